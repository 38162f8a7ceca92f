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
from nlpjourney.text.embeddings.projection import PCA, TSNE
from nlpjourney.text.embeddings.word2vec import Word2Vec
from nlpjourney.text.embeddings.word2vec_file import load_binary, load_text, save_binary, save_text
from nlpjourney.text.embeddings.word_vectors import WordVectors

__all__ = [
    "PCA",
    "TSNE",
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
