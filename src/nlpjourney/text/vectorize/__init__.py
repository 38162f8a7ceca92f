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


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words."""
    text = "to be or not to be"
    counts = CountVectorizer(ngram_range=(1, 2))
    counts.fit_transform([text, " ".join(f"word{i}" for i in range(1200))])  # so many pairs that the table grows
    counts.transform([text])
    HashingVectorizer().transform([text])
