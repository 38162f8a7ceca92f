"""Learning from examples, whatever they are of: estimators, linear models, clusters, maps, and how good the answers are."""

from nlpjourney.ml.bootstrap import confidence_interval
from nlpjourney.ml.checks import check_matrix, check_vectors
from nlpjourney.ml.estimator import Estimator, Learned, NotFittedError, Saved
from nlpjourney.ml.kmeans import kmeans, nearest_centroid
from nlpjourney.ml.linear_svm import LinearSVC
from nlpjourney.ml.logistic import LogisticRegression, logistic_weights
from nlpjourney.ml.metrics import PrecisionRecall
from nlpjourney.ml.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from nlpjourney.ml.projection import PCA, TSNE

__all__ = [
    "PCA", "TSNE", "Estimator", "Learned", "NotFittedError", "PrecisionRecall", "Saved", "check_matrix", "check_vectors",
    "confidence_interval", "kmeans", "logistic_weights", "nearest_centroid",
]  # fmt: skip


def warmup() -> None:
    """Compile every kernel of this package by running it on a few points."""
    import numpy as np

    from nlpjourney.ml.perceptron import average

    TSNE(perplexity=2, n_iter=1).fit_transform(np.eye(4))
    average(np.zeros((1, 2), np.float32), np.zeros((1, 2)), 1)
