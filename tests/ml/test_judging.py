"""Calibration, cross-validation and measures are scikit-learn's, and refuse what they cannot use."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.calibration import CalibratedClassifierCV, _SigmoidCalibration, calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedKFold

from nlpjourney.errors import InvalidInput
from nlpjourney.ml import (
    IsotonicCalibration,
    LogisticRegression,
    MultinomialNB,
    PlattScaling,
    TemperatureScaling,
    at_thresholds,
    class_reports,
    confusion_matrix,
    cross_validate,
    expected_calibration_error,
    holm,
    macro_f1,
    mcnemar,
    reliability,
    stratified_folds,
)

RNG = np.random.default_rng(1)
SCORES = np.round(RNG.standard_normal(400) * 3, 1)  # with ties
RIGHT = RNG.random(400) < 1 / (1 + np.exp(-1.7 * SCORES + 0.4))
FINE = np.linspace(-12, 12, 301)


def test_platt_scaling():
    for scores in (SCORES, SCORES * 1e3, SCORES / 1e3 + 0.2):
        theirs = _SigmoidCalibration().fit(scores, RIGHT.astype(int))
        grid = np.linspace(scores.min(), scores.max(), 50)
        np.testing.assert_allclose(PlattScaling().fit(scores, RIGHT).predict(grid), theirs.predict(grid), atol=1e-4)


def test_platt_scaling_of_several_classes_is_one_against_the_rest():
    X = np.abs(RNG.standard_normal((600, 5))) + np.eye(5)[np.arange(600) % 3]
    codes = np.where(RNG.random(600) < 0.8, np.arange(600) % 3, RNG.integers(0, 3, 600))
    model = LogisticRegression().fit(X[:300], codes[:300])
    theirs = CalibratedClassifierCV(FrozenEstimator(model), method="sigmoid").fit(X[300:], codes[300:])
    ours = PlattScaling().fit(model.decision_function(X[300:]), codes[300:])
    found = ours.predict(model.decision_function(X))
    np.testing.assert_allclose(found, theirs.predict_proba(X), atol=1e-4)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(ours.predict([[-np.inf * a for a in np.sign(ours.a_)]]), [[1 / 3] * 3])  # all are 0
    with pytest.raises(InvalidInput, match=r"fitted on scores of shape \('n', 3\)"):
        ours.predict([0.5])
    for scores, right in (([[1.0, 2.0]] * 4, [0, 0, 0, 0]), ([[1.0]] * 2, [0, 0]), ([[1.0, 2.0]] * 2, ["a", "b"])):
        with pytest.raises(InvalidInput, match="of each an example"):
            PlattScaling().fit(scores, right)
    with pytest.raises(InvalidInput, match="use PlattScaling or TemperatureScaling"):
        IsotonicCalibration().fit([[1.0, 2.0], [2.0, 1.0]], [0, 1])


def test_isotonic():
    theirs = IsotonicRegression(out_of_bounds="clip").fit(SCORES, RIGHT.astype(float))
    ours = IsotonicCalibration().fit(SCORES, RIGHT)
    np.testing.assert_allclose(ours.predict(FINE), theirs.predict(FINE), atol=1e-12)
    assert (np.diff(ours.predict(FINE)) >= 0).all()


def test_temperature_is_where_the_loss_is_lowest():
    scores = RNG.standard_normal((500, 3)) * 2
    codes = np.array([RNG.choice(3, p=np.exp(z) / np.exp(z).sum()) for z in scores])
    fitted = TemperatureScaling().fit(scores * 5, codes)
    losses = [metrics.log_loss(codes, _softmax(scores * 5 / t)) for t in np.linspace(3, 8, 51)]
    assert metrics.log_loss(codes, fitted.predict(scores * 5)) <= min(losses) + 1e-9
    assert 4 < fitted.temperature_ < 6.5
    assert (fitted.predict(scores).argmax(axis=1) == scores.argmax(axis=1)).all()
    two = TemperatureScaling().fit(SCORES, RIGHT.astype(int))
    np.testing.assert_allclose(two.predict(SCORES)[:, 1], 1 / (1 + np.exp(-SCORES / two.temperature_)), atol=1e-9)


def _softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def test_reliability():
    p = RNG.random(500)
    p[:3] = 0.0, 1.0, 0.5
    y = RNG.random(500) < p**2
    true, confidence = calibration_curve(y, p, n_bins=10)
    bins = reliability(p, y)
    np.testing.assert_allclose([b.accuracy for b in bins], true)
    np.testing.assert_allclose([b.confidence for b in bins], confidence)
    expected = sum(b.n * abs(b.accuracy - b.confidence) for b in bins) / 500
    assert expected_calibration_error(p, y) == pytest.approx(expected)
    assert expected_calibration_error(np.full(10, 0.8), [1] * 8 + [0] * 2) == pytest.approx(0)


@pytest.mark.parametrize("kind", [PlattScaling, IsotonicCalibration])
def test_what_cannot_be_calibrated(kind):
    for scores, right in (
        ([], []),
        ([1.0, np.nan], [0, 1]),
        ([1.0, 2.0], [1, 1]),
        ([1.0, 2.0], [0, 2]),
        ([1.0], [0, 1]),
    ):
        with pytest.raises(InvalidInput):
            kind().fit(scores, right)


LABELS = st.lists(st.sampled_from("abc"), min_size=1, max_size=40)


@given(
    LABELS.flatmap(lambda y: st.tuples(st.just(y), st.lists(st.sampled_from("abc"), min_size=len(y), max_size=len(y))))
)
@settings(max_examples=60)
def test_measures(pair):
    true, predicted = pair
    table = confusion_matrix(true, predicted)
    np.testing.assert_array_equal(table, metrics.confusion_matrix(true, predicted))
    theirs = metrics.precision_recall_fscore_support(true, predicted, zero_division=0)
    np.testing.assert_allclose([(*r, r.f1) for r in class_reports(table)], np.stack(theirs[:3], axis=1))
    assert macro_f1(table) == pytest.approx(metrics.f1_score(true, predicted, average="macro", zero_division=0))


def test_thresholds():
    curve = at_thresholds(RIGHT, SCORES)
    assert curve.roc_auc == pytest.approx(metrics.roc_auc_score(RIGHT, SCORES))
    assert curve.average_precision == pytest.approx(metrics.average_precision_score(RIGHT, SCORES))
    for threshold, precision, recall in zip(curve.thresholds, curve.precision, curve.recall):
        found = threshold <= SCORES
        assert precision == pytest.approx(RIGHT[found].mean()) and recall == pytest.approx(found[RIGHT].mean())
    for positive, scores in (([1, 1], [0.1, 0.2]), ([0, 1], [0.1, np.nan]), ([0, 1], [0.1])):
        with pytest.raises(InvalidInput):
            at_thresholds(positive, scores)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=60)
def test_mcnemar(pairs):
    a, b = map(np.array, zip(*pairs))
    one, other = int((a & ~b).sum()), int((b & ~a).sum())
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert mcnemar(a, b) == pytest.approx(expected)


@pytest.mark.parametrize("labels", ["aabbbcccc" * 3, "ab" * 11 + "a", "ccbbaaaaaaaaaaa" * 2])
def test_folds(labels):
    labels = list(labels)
    theirs = [held.tolist() for _, held in StratifiedKFold(3).split(labels, labels)]
    assert [held.tolist() for _, held in stratified_folds(labels, 3, seed=None)] == theirs
    folds = list(stratified_folds(labels, 3))
    assert sorted(i for _, held in folds for i in held) == list(range(len(labels)))
    assert all(not set(training) & set(held) for training, held in folds)
    with pytest.raises(InvalidInput, match="folds cannot be made"):
        list(stratified_folds(labels, 100))


def test_cross_validation_fits_everything_anew():
    seen = []

    class Model(MultinomialNB):
        def fit(self, X, y):
            seen.append(X[:, 0].tolist())
            return super().fit(X, y)

    X = np.stack([np.arange(20), np.arange(20) % 2], axis=1)
    result = cross_validate(Model, X, X[:, 1] == 1, 4)
    assert len(seen) == 4 and all(len(part) == 15 for part in seen)
    assert len(result.accuracies) == 4 and result.predictions.shape == (20,)
    answers = cross_validate(LogisticRegression, X.tolist(), ["odd" if i % 2 else "even" for i in range(20)], 4)
    assert np.mean(answers.accuracies) > 0.9


def test_holm_multiplies_the_smallest_most_and_keeps_the_order():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.5]) == [1.0, 1.0] and holm([0.2]) == [0.2] and holm([]) == []
