"""Word embeddings: words as points in space, learned from the company they keep."""

from nlpjourney.text.embeddings.corpus import Corpus
from nlpjourney.text.embeddings.evaluation import (
    google_analogies,
    score_analogies,
    score_pairs,
    simlex999,
    wordsim353,
)
from nlpjourney.text.embeddings.fasttext import FastText, SubwordVectors
from nlpjourney.text.embeddings.glove import GloVe
from nlpjourney.text.embeddings.word2vec import Word2Vec
from nlpjourney.text.embeddings.word2vec_file import load_binary, load_text, save_binary, save_text
from nlpjourney.text.embeddings.word_vectors import WordVectors

__all__ = [
    "Corpus",
    "FastText",
    "GloVe",
    "SubwordVectors",
    "Word2Vec",
    "WordVectors",
    "google_analogies",
    "load_binary",
    "load_text",
    "save_binary",
    "save_text",
    "score_analogies",
    "score_pairs",
    "simlex999",
    "wordsim353",
]


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words."""
    for embedding in (Word2Vec(min_count=1), GloVe(min_count=1, epochs=1), FastText(min_count=1, bucket=100)):
        embedding.fit([["to", "be", "or", "not", "to", "be", "that", "is", "the", "question"]])
