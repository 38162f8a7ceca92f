"""Tokenizers: from rules for words to learned subwords, each built from scratch and able to read the files of others."""

from nlpjourney.text.tokenize.bpe import BPE, MergeStep
from nlpjourney.text.tokenize.special_tokens import SpecialTokens
from nlpjourney.text.tokenize.unigram import Unigram
from nlpjourney.text.tokenize.wordpiece import WordPiece

__all__ = ["BPE", "MergeStep", "SpecialTokens", "Unigram", "WordPiece"]
