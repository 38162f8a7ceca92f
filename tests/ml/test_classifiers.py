"""Naive Bayes, logistic regression and linear SVMs: scikit-learn's numbers on real text, its own checks, and odd input."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn import linear_model, naive_bayes, svm
from sklearn.linear_model import SGDClassifier
from sklearn.utils.estimator_checks import check_estimator

from nlpjourney.assets import corpora
from nlpjourney.errors import InvalidInput
from nlpjourney.ml import (
    BernoulliNB,
    ComplementNB,
    LinearSVC,
    LogisticRegression,
    MultinomialNB,
    NotFittedError,
    logistic_weights,
)
from nlpjourney.text.vectorize import CountVectorizer, TfidfVectorizer
from tests.rated import rated_sentences

ALL = [
    MultinomialNB(),
    ComplementNB(),
    BernoulliNB(),
    LogisticRegression(),
    LogisticRegression(solver="sgd"),
    LinearSVC(),
]
NAMES = ["multinomial", "complement", "bernoulli", "lbfgs", "sgd", "svm"]


def _split(documents, n):
    documents = documents[:: max(1, len(documents) // n)]
    texts, labels = [d.text for d in documents], np.array([d.label for d in documents])
    return texts[::2], labels[::2], texts[1::2]


SETS = {
    "newsgroups": lambda: _split(corpora.newsgroups(), 1500),
    "sms": lambda: _split(corpora.sms_spam(), 5574),
    "headlines": lambda: _split(corpora.headlines(), 6000),
    "rated": lambda: _split(rated_sentences(), 4000),
}


@pytest.fixture(scope="module", params=SETS)
def data(request):
    return SETS[request.param]()


@pytest.mark.parametrize("name", ["MultinomialNB", "ComplementNB", "BernoulliNB"])
@pytest.mark.parametrize("options", [{}, {"alpha": 0.01, "fit_prior": False}, {"norm": True}, {"binarize": 1.0}])
def test_naive_bayes_is_scikit_learns(data, name, options):
    if not options.keys() <= naive_bayes.__dict__[name]().get_params().keys():
        return
    texts, labels, others = data
    counter = CountVectorizer()
    X, Z = counter.fit_transform(texts), counter.transform(others)
    ours = {c.__name__: c for c in (MultinomialNB, ComplementNB, BernoulliNB)}[name](**options).fit(X, labels)
    theirs = getattr(naive_bayes, name)(**options).fit(X, labels)
    np.testing.assert_allclose(ours.feature_log_prob_, theirs.feature_log_prob_, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ours.predict_log_proba(Z), theirs.predict_log_proba(Z), rtol=1e-9, atol=1e-8)
    assert (ours.predict(Z) == theirs.predict(Z)).all()


def test_logistic_regression_is_scikit_learns(data):
    texts, labels, others = data
    vectorizer = TfidfVectorizer()
    X, Z = vectorizer.fit_transform(texts), vectorizer.transform(others)
    for options in ({"C": 1.0}, {"C": 0.1, "fit_intercept": False}):
        ours = LogisticRegression(tol=1e-7, max_iter=1000, **options).fit(X, labels)
        theirs = linear_model.LogisticRegression(tol=1e-7, max_iter=1000, **options).fit(X, labels)
        assert ours.converged_
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-3)
        np.testing.assert_allclose(ours.predict_proba(Z), theirs.predict_proba(Z), atol=1e-4)
        np.testing.assert_allclose(ours.decision_function(Z), theirs.decision_function(Z), atol=2e-3)
        assert (ours.predict(Z) == theirs.predict(Z)).mean() > 0.999


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
def test_the_linear_svm_is_liblinears(data, loss):
    texts, labels, others = data
    vectorizer = TfidfVectorizer()
    X, Z = vectorizer.fit_transform(texts), vectorizer.transform(others)
    C = 1.0 if loss == "squared_hinge" else 0.1
    ours = LinearSVC(loss=loss, C=C, tol=1e-6, max_iter=5000).fit(X, labels)
    theirs = svm.LinearSVC(loss=loss, C=C, dual=True, tol=1e-6, max_iter=5000).fit(X, labels)
    assert ours.converged_
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-4)
    assert (ours.predict(Z) == theirs.predict(Z)).all()


def test_the_weights_of_a_machine_are_the_sum_of_its_support_vectors():
    texts, labels, _ = SETS["sms"]()
    X = TfidfVectorizer().fit_transform(texts)
    model = LinearSVC(tol=1e-8, max_iter=5000).fit(X, labels)
    signs = np.where(labels == "spam", 1, -1)
    np.testing.assert_allclose(X.T @ (model.dual_coef_[0] * signs), model.coef_[0], atol=1e-9)
    margins = signs * model.decision_function(X)
    assert (model.dual_coef_[0][margins > 1 + 1e-6] == 0).all() and (model.dual_coef_[0][margins < 1 - 1e-6] > 0).all()


@pytest.mark.parametrize("n_classes", [2, 4])
def test_stochastic_descent_comes_to_the_same_place(n_classes):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 5))
    y = (X @ rng.standard_normal((5, n_classes)) + rng.standard_normal((600, n_classes))).argmax(axis=1)
    exact = LogisticRegression(tol=1e-9, max_iter=1000).fit(X, y)
    rough = LogisticRegression(solver="sgd", max_iter=200, learning_rate=0.1).fit(X, y)
    np.testing.assert_allclose(rough.coef_, exact.coef_, atol=0.03)
    if n_classes == 2:
        theirs = SGDClassifier(
            loss="log_loss", alpha=1 / 600, max_iter=200, tol=None, average=True, random_state=0
        ).fit(X, y)
        assert np.abs(rough.coef_ - exact.coef_).max() <= np.abs(theirs.coef_ - exact.coef_).max() + 0.02


@pytest.mark.parametrize("estimator", ALL, ids=NAMES)
def test_scikit_learns_own_checks(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert [r["check_name"] for r in results if r["status"] not in ("passed", "skipped")] == []
    assert len(results) > 50


@pytest.mark.parametrize("estimator", ALL, ids=NAMES)
def test_input_is_looked_at(estimator):
    X = np.abs(np.random.default_rng(0).standard_normal((9, 3)))
    y = np.arange(9) % 3
    with pytest.raises(NotFittedError, match="call fit first"):
        type(estimator)().predict(X)
    for bad, labels, message in (
        (np.empty((0, 3)), [], "0 sample"),
        (X * np.inf, y, "NaN or inf"),
        (X, None, "target y is None"),
        (X, y[:5], "9 samples and 5 labels"),
        (X, y + 0.5, "Unknown label type"),
        (X, [None, 1, 2] * 3, "of one kind"),
        (X[0], y, "2D array"),
        (["text"], ["a"], None),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            type(estimator)().fit(bad, labels)
    fitted = type(estimator)().fit(X, y)
    with pytest.raises(InvalidInput, match="2 features"):
        fitted.predict(X[:, :2])


def test_what_the_arguments_must_be():
    X, y = np.eye(4), [0, 1, 0, 1]
    for estimator in (
        MultinomialNB(alpha=0), BernoulliNB(binarize=-1), LogisticRegression(C=0), LogisticRegression(solver="newton"),
        LinearSVC(loss="log"), LinearSVC(tol=0),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            estimator.fit(X, y)
    with pytest.raises(InvalidInput, match="Negative values"):
        MultinomialNB().fit(-X, y)
    for estimator in (LogisticRegression(), LinearSVC()):
        with pytest.raises(InvalidInput, match="only one class"):
            estimator.fit(X, [1, 1, 1, 1])
    assert MultinomialNB().fit(X, ["ä"] * 4).predict(X).tolist() == ["ä"] * 4


def test_sparse_rows_are_not_copied_and_not_changed():
    X = scipy.sparse.random_array((40, 30), density=0.2, format="csr", rng=np.random.default_rng(0))
    before = X.copy()
    for estimator in ALL:
        fitted = type(estimator)().fit(X, np.arange(40) % 3)
        assert fitted.predict(X).tolist() == fitted.predict(X.toarray()).tolist()
    assert (before != X).nnz == 0
    twice = scipy.sparse.csr_matrix(
        (np.ones(4), [0, 0, 1, 1], [0, 2, 4]), shape=(2, 2)
    )  # entries at the same place add up
    for estimator in ALL:
        np.testing.assert_allclose(
            getattr(type(estimator)().fit(twice, [0, 1]), "coef_", 0),
            getattr(type(estimator)().fit(twice.toarray(), [0, 1]), "coef_", 0), atol=1e-12,
        )  # fmt: skip
    assert twice.nnz == 4


def test_weights_from_pairs():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((50, 3)) + np.array([1, 0, -0.5])
    w = logistic_weights(x, 0.1, 500)
    np.testing.assert_allclose(x.T @ (1 / (1 + np.exp(x @ w))) / 50, 0.1 * w, atol=1e-7)  # the gradient is 0
