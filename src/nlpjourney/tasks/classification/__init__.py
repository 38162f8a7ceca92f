"""Text classification: texts to labels, and the words that made the decision."""

from nlpjourney.tasks.classification.fasttext import FastTextClassifier
from nlpjourney.tasks.classification.text_classifier import Contribution, TextClassifier

__all__ = ["Contribution", "FastTextClassifier", "TextClassifier"]


def warmup() -> None:
    """Compile every kernel of this package by running it on a few texts."""
    texts, labels = ["to be or not to be", "that is the question"], ["a", "b"]
    FastTextClassifier(vector_size=4, n_epochs=1, word_ngrams=2, bucket=10).fit(texts, labels).predict(texts)
