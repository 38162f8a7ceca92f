"""Lemmatizers: the dictionary form of a word, looked up by rule or learned from pairs."""

from nlpjourney.text.lemma.edit_tree import EditTreeLemmatizer
from nlpjourney.text.lemma.morphy import MorphyLemmatizer

__all__ = ["EditTreeLemmatizer", "MorphyLemmatizer"]
