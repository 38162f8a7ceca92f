"""Word embeddings: words as points in space, learned from the company they keep."""

from nlpjourney.text.embeddings.corpus import Corpus
from nlpjourney.text.embeddings.word2vec import Word2Vec
from nlpjourney.text.embeddings.word_vectors import WordVectors

__all__ = ["Corpus", "Word2Vec", "WordVectors"]
