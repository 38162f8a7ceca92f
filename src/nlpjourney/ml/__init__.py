"""Learning from examples, whatever they are of: estimators, classifiers, clusters, maps, and how good the answers are."""

from nlpjourney.ml.agreement import Reliability, cohen_kappa, fleiss_kappa, rater_reliability
from nlpjourney.ml.bootstrap import confidence_interval
from nlpjourney.ml.calibration import (
    Bin,
    IsotonicCalibration,
    PlattScaling,
    TemperatureScaling,
    expected_calibration_error,
    reliability,
)
from nlpjourney.ml.checks import check_matrix, check_vectors
from nlpjourney.ml.dbscan import DBSCAN
from nlpjourney.ml.estimator import Estimator, Learned, NotFittedError, Saved
from nlpjourney.ml.evaluation import Thresholds, at_thresholds, class_reports, confusion_matrix, holm, macro_f1, mcnemar
from nlpjourney.ml.hierarchical import AgglomerativeClustering, cut, linkage_matrix
from nlpjourney.ml.kmeans import kmeans, nearest_centroid
from nlpjourney.ml.linear_svm import LinearSVC
from nlpjourney.ml.logistic import LogisticRegression, logistic_weights
from nlpjourney.ml.metrics import PrecisionRecall
from nlpjourney.ml.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from nlpjourney.ml.optics import OPTICS
from nlpjourney.ml.projection import PCA, TSNE
from nlpjourney.ml.ridge import Ridge
from nlpjourney.ml.selection import Validated, cross_validate, stratified_folds

__all__ = [
    "DBSCAN",
    "OPTICS",
    "PCA",
    "TSNE",
    "AgglomerativeClustering",
    "BernoulliNB",
    "Bin",
    "ComplementNB",
    "Estimator",
    "IsotonicCalibration",
    "Learned",
    "LinearSVC",
    "LogisticRegression",
    "MultinomialNB",
    "NotFittedError",
    "PlattScaling",
    "PrecisionRecall",
    "Reliability",
    "Ridge",
    "Saved",
    "TemperatureScaling",
    "Thresholds",
    "Validated",
    "at_thresholds",
    "check_matrix",
    "check_vectors",
    "class_reports",
    "cohen_kappa",
    "confidence_interval",
    "confusion_matrix",
    "cross_validate",
    "cut",
    "expected_calibration_error",
    "fleiss_kappa",
    "holm",
    "kmeans",
    "linkage_matrix",
    "logistic_weights",
    "macro_f1",
    "mcnemar",
    "nearest_centroid",
    "rater_reliability",
    "reliability",
    "stratified_folds",
]  # fmt: skip


def warmup() -> None:
    """Compile every kernel of this package by running it on a few points."""
    import numpy as np

    from nlpjourney.ml.perceptron import average

    TSNE(perplexity=2, n_iter=1).fit_transform(np.eye(4))
    average(np.zeros((1, 2), np.float32), np.zeros((1, 2)), 1)
    points = np.abs(np.random.default_rng(0).standard_normal((12, 3)))
    for labels in (np.arange(12) % 2, np.arange(12) % 3):
        MultinomialNB().fit(points, labels).predict(points)
        LinearSVC().fit(points, labels)
        for solver in ("lbfgs", "sgd"):
            LogisticRegression(solver=solver, max_iter=20).fit(points, labels)
    IsotonicCalibration().fit(points[:, 0], np.arange(12) % 2)
    for precision in (np.float32, np.float64):
        DBSCAN().fit(points.astype(precision))
    OPTICS().fit(points)
    for linkage in ("single", "ward"):
        AgglomerativeClustering(linkage=linkage).fit(points)
