"""Text as sparse vectors of counts, with scikit-learn's interface; and neighbours that are more than chance."""

from nlpjourney.text.vectorize.collocations import Collocation, collocations
from nlpjourney.text.vectorize.count import CountVectorizer
from nlpjourney.text.vectorize.hashing import HashingVectorizer
from nlpjourney.text.vectorize.tfidf import TfidfTransformer, TfidfVectorizer

__all__ = [
    "Collocation",
    "CountVectorizer",
    "HashingVectorizer",
    "TfidfTransformer",
    "TfidfVectorizer",
    "collocations",
]
