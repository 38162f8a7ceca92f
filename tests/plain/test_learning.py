"""The plain steps of learning and quantizing, and the fast ones, give the same."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from nlpjourney.deploy.quantization.calibration import Inputs
from nlpjourney.deploy.quantization.gptq import plain_gptq, round_columns
from nlpjourney.llm.gguf import quantize_k
from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.plain import plain_ranged_scale, plain_round
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.unpack import integers
from nlpjourney.ml.calibration import isotonic, plain_isotonic
from nlpjourney.ml.cells import Cells, have_within, plain_within
from nlpjourney.ml.dbscan import DBSCAN, plain_dbscan
from nlpjourney.ml.hierarchical import cut, linkage_matrix, plain_agglomerate
from nlpjourney.ml.lbfgs import MEMORY, direction, plain_direction
from nlpjourney.ml.linear_svm import dual_descent, plain_dual_descent
from nlpjourney.ml.logistic import logistic_loss, plain_loss_and_gradient, softmax_loss
from nlpjourney.ml.naive_bayes import MultinomialNB, plain_multinomial_nb
from nlpjourney.ml.optics import OPTICS, plain_optics
from nlpjourney.ml.perceptron import average, learn, plain_averaged_perceptron
from nlpjourney.ml.projection import _gradient, joint_probabilities, plain_gradient, plain_joint_probabilities
from nlpjourney.ml.sgd import descend, plain_sgd
from nlpjourney.ml.sparse import Rows, class_sums, plain_class_sums, plain_scores, scores
from nlpjourney.ml.union_find import find, plain_find
from nlpjourney.tasks.classification.fasttext import learn as learn_texts
from nlpjourney.tasks.classification.fasttext import plain_fasttext_step
from nlpjourney.text.embeddings import Corpus
from nlpjourney.text.embeddings.cooccurrence import cooccurrences
from nlpjourney.text.embeddings.glove import learn_pairs
from nlpjourney.text.embeddings.plain import (
    plain_bucket,
    plain_cooccurrences,
    plain_learn_pair,
    plain_learn_target,
    plain_noise,
)
from nlpjourney.text.embeddings.sampling import DOMAIN, noise_table, noise_word
from nlpjourney.text.embeddings.subwords import character_ngrams, subword_buckets
from nlpjourney.text.embeddings.word2vec_training import learn_row
from nlpjourney.text.vectorize import CountVectorizer
from nlpjourney.text.vectorize.hashing import murmurhash3
from nlpjourney.text.vectorize.plain import plain_count, plain_murmurhash3, plain_number_words
from nlpjourney.text.vocabulary import Vocabulary

RNG = np.random.default_rng(5)


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 5), max_size=4, unique=True), st.integers(0, 2)), min_size=1, max_size=20
    )
)
@settings(max_examples=80)
def test_averaged_perceptron(examples):
    weights, sums = np.zeros((6, 3), np.float32), np.zeros((6, 3))
    for step, (rows, right) in enumerate(examples, start=1):
        active = np.array(rows, dtype=np.int64)
        chosen = int(weights[active].sum(axis=0).argmax())
        if chosen != right:
            learn(weights, sums, active, right, chosen, step)
    expected = plain_averaged_perceptron(examples, 6, 3)
    np.testing.assert_allclose(average(weights, sums, len(examples)), expected, atol=1e-6)


def sparse_rows(n, d):
    """A matrix with empty places, and its rows as (column, value) pairs."""
    dense = RNG.standard_normal((n, d)) * (RNG.random((n, d)) < 0.6)
    return dense, csr_matrix(dense), [[(j, float(x)) for j, x in enumerate(row) if x] for row in dense]


@pytest.mark.parametrize("n_classes", [1, 3])
def test_products_with_sparse_rows(n_classes):
    _, matrix, rows = sparse_rows(9, 5)
    weights, bias, out = RNG.standard_normal((5, n_classes)), RNG.standard_normal(n_classes), np.empty((9, n_classes))
    scores(Rows.of(matrix), weights, bias, out)
    np.testing.assert_allclose(out, plain_scores(rows, weights.tolist(), bias.tolist()), atol=1e-12)
    codes, sums = np.arange(9) % n_classes, np.zeros((n_classes, 5))
    class_sums(Rows.of(matrix), codes, sums)
    np.testing.assert_allclose(sums, plain_class_sums(rows, codes.tolist(), n_classes, 5), atol=1e-12)


def test_multinomial_naive_bayes():
    texts, labels = [["a", "b", "a"], ["b"], ["c", "a"], []], ["x", "y", "y", "x"]
    prior, likelihood = plain_multinomial_nb(texts, labels, 0.5)
    model = MultinomialNB(alpha=0.5).fit([[text.count(w) for w in "abc"] for text in texts], labels)
    assert model.class_log_prior_.tolist() == pytest.approx([prior["x"], prior["y"]])
    expected = [[likelihood[label, word] for word in "abc"] for label in "xy"]
    np.testing.assert_allclose(model.feature_log_prob_, expected)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_cross_entropy_and_its_gradient(n_classes):
    dense, matrix, _ = sparse_rows(8, 4)
    codes, x = np.arange(8) % n_classes, RNG.standard_normal((5, n_classes))
    loss, by_weights, by_bias = plain_loss_and_gradient(dense.tolist(), codes.tolist(), x[:-1].tolist(), x[-1].tolist())
    gradient = np.empty_like(x)
    assert softmax_loss(Rows.of(matrix), codes, x, gradient, 0.0, True) == pytest.approx(loss)
    np.testing.assert_allclose(gradient, [*by_weights, by_bias], atol=1e-12)
    if n_classes == 2:  # the log-odds are the difference of the two scores
        odds = np.ascontiguousarray(x[:, 1:] - x[:, :1])
        single = np.empty_like(odds)
        assert logistic_loss(Rows.of(matrix), codes, odds, single, 0.0, True) == pytest.approx(loss)
        np.testing.assert_allclose(single[:, 0], gradient[:, 1], atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 3, MEMORY, MEMORY + 4])
def test_direction(n):
    steps, changes, pairs = np.zeros((MEMORY, 6)), np.zeros((MEMORY, 6)), []
    for i in range(n):
        s = RNG.standard_normal(6)
        y = s * np.arange(1, 7) + 0.1 * RNG.standard_normal(6)
        steps[i % MEMORY], changes[i % MEMORY] = s, y
        pairs.append((s.tolist(), y.tolist()))
    gradient, out = RNG.standard_normal(6), np.empty(6)
    direction(gradient, steps, changes, min(n, MEMORY), (n - 1) % MEMORY, out)
    np.testing.assert_allclose(out, plain_direction(gradient.tolist(), pairs[-MEMORY:]), rtol=1e-9)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_stochastic_gradient_descent(n_classes):
    dense, matrix, _ = sparse_rows(20, 4)
    codes, x = RNG.integers(0, n_classes, 20), np.zeros((5, n_classes))
    descend(matrix, codes, x, 0.02, True, 3, 0.3, seed=4)
    rng = np.random.default_rng(4)
    orders = [rng.permutation(20).tolist() for _ in range(3)]
    np.testing.assert_allclose(x, plain_sgd(dense.tolist(), codes.tolist(), orders, n_classes, 0.02, 0.3), atol=1e-12)


@pytest.mark.parametrize("squared", [True, False])
def test_dual_coordinate_descent(squared):
    dense, matrix, _ = sparse_rows(25, 4)
    signs = np.where(RNG.random(25) < 0.5, 1, -1).astype(np.int8)
    w, alpha = np.zeros(5), np.zeros(25)
    rounds = dual_descent(Rows.of(matrix), signs, (dense**2).sum(axis=1), 0.7, squared, 0.0, 1e-10, 20_000, 0, w, alpha)
    assert rounds < 20_000
    expected, _ = plain_dual_descent(dense.tolist(), signs.tolist(), 0.7, 5000, squared)
    np.testing.assert_allclose(w[:-1], expected, atol=1e-6)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 3)), min_size=1, max_size=30))
@settings(max_examples=80)
def test_isotonic(pairs):
    values, weights = (np.array(part) for part in zip(*pairs))
    out = np.empty_like(values)
    isotonic(values, weights, out)
    np.testing.assert_allclose(out, plain_isotonic(values.tolist(), weights.tolist()), atol=1e-9)


def test_fasttext_step():
    vectors, output = (RNG.standard_normal((n, 3)).astype(np.float32) for n in (6, 2))
    plain = vectors.tolist(), output.tolist()
    texts, codes = [[0, 3, 3], [5]], np.array([1, 0])
    for text, code in zip(texts, codes.tolist()):
        assert plain_fasttext_step(*plain, text, code, 0.2) > 0
    learn_texts(np.array([0, 3, 3, 5]), np.array([0, 3, 4]), codes, 0, 2, vectors, output, np.float32(0.2))
    np.testing.assert_allclose(vectors, plain[0], atol=1e-5)
    np.testing.assert_allclose(output, plain[1], atol=1e-5)


def test_tsne():
    x, y = RNG.standard_normal((9, 4)), RNG.standard_normal((9, 2))
    p = joint_probabilities(x, 3.0)
    np.testing.assert_allclose(plain_joint_probabilities(x.tolist(), 3.0), p, atol=1e-12)
    np.testing.assert_allclose(plain_gradient(y.tolist(), p.tolist()), _gradient(y, p)[0], atol=1e-12)


TEXT = st.text("ab Éü1\n", max_size=30)


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(max_examples=100)
def test_counting(texts):
    vocabulary = Vocabulary()
    tokens, lengths = vocabulary.add_texts(texts)
    rows = [part.tolist() for part in np.split(tokens, np.cumsum(lengths)[:-1])]
    assert (vocabulary.words(), rows) == plain_number_words(texts)
    expected = plain_count(texts, (1, 2))
    if any(expected):
        counter = CountVectorizer(ngram_range=(1, 2))
        matrix = counter.fit_transform(texts).toarray()
        names = counter.get_feature_names_out()
        assert [{n: c for n, c in zip(names, row) if c} for row in matrix.tolist()] == expected


@given(st.lists(st.text(max_size=9), max_size=5))
@settings(max_examples=100)
def test_murmurhash3(words):
    assert murmurhash3(words).tolist() == [plain_murmurhash3(word.encode()) for word in words]


def test_word2vec_step():
    hidden = RNG.standard_normal(5).astype(np.float32) / 2
    output = RNG.standard_normal((4, 5)).astype(np.float32) / 2
    rows, gradient = output.astype(float).tolist(), np.zeros(5, np.float32)
    expected = plain_learn_target(hidden.tolist(), rows, [1, 0, 0, 0], 0.05)
    for row, label in enumerate((1, 0, 0, 0)):
        learn_row(hidden, output, row, np.float32(label), np.float32(0.05), gradient)
    np.testing.assert_allclose(gradient, expected, atol=2e-3)  # the fast one looks the sigmoid up in a table
    np.testing.assert_allclose(output, rows, atol=2e-3)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20), st.floats(0.001, 0.999))
@settings(max_examples=100)
def test_noise(counts, random):
    table = noise_table(np.array(counts))
    number = int(random * DOMAIN)
    fast = noise_word(np.uint64(number << 16), *table)
    assert abs(fast - plain_noise(random, counts)) <= (
        1 if 0 in np.abs(table.cumulated - np.int64(number)) else 0
    ) or any(abs(int(c) - number) <= 1 for c in table.cumulated)


def test_glove_step():
    w, v = (RNG.standard_normal((1, 4)).astype(np.float32) / 2 for _ in range(2))
    w_sums, v_sums = np.ones((1, 4), np.float32), np.ones((1, 4), np.float32)
    plain = [part[0].astype(float).tolist() for part in (w, v, w_sums, v_sums)]
    zero = np.zeros(1, np.int32)
    for x in (3.0, 20.0):
        loss = plain_learn_pair(*plain, x, 10.0, 0.05)
        log, weight = np.array([np.log(x)], np.float32), np.array([min(1, (x / 10) ** 0.75)], np.float32)
        found = learn_pairs(zero.astype(np.int64), zero, zero, log, weight, w, v, w_sums, v_sums, np.float32(0.05))
        assert found == pytest.approx(loss, rel=1e-4)
    for fast, slow in zip((w, v, w_sums, v_sums), plain):
        np.testing.assert_allclose(fast[0], slow, rtol=1e-4)


def test_cooccurrences():
    sentences = [["a", "b", "a", "c"], ["c"], ["b", "b", "c", "a", "d"]]
    corpus = Corpus.from_sentences(sentences, 1)
    matrix = cooccurrences(corpus, 2).tocoo()
    found = {(corpus.words[i], corpus.words[j]): x for i, j, x in zip(matrix.row, matrix.col, matrix.data)}
    assert found == pytest.approx(plain_cooccurrences(sentences, 2))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
@settings(max_examples=100)
def test_buckets(word):
    _, found = subword_buckets([word], 3, 6, 1000)
    assert found.tolist() == [plain_bucket(ngram, 1000) for ngram in character_ngrams(word)]


def test_gptq():
    n = 8
    x = RNG.standard_normal((50, n))
    hessian = x.T @ x
    w = RNG.standard_normal((3, n)).astype(np.float32)
    upper = np.linalg.cholesky(np.linalg.inv(hessian)).T.astype(np.float32)  # UᵀU = H⁻¹
    codes, errors = np.empty((3, n), np.int16), np.empty((3, n), np.float32)
    scale = np.full((3, n), 0.25, np.float32)
    moved = w.copy()
    round_columns(moved, upper, scale, np.zeros((3, n), np.float32), np.float32(-8), np.float32(7), codes, errors)
    assert codes.tolist() == [plain_gptq(row.tolist(), hessian.tolist(), 0.25, -8, 7) for row in w]
    assert Inputs.of(torch.eye(2)) is not None


@given(st.lists(st.floats(-2, 2, width=32), min_size=32, max_size=32))
@settings(max_examples=40)
def test_k_quants(weights):
    small = np.array([weights], np.float32)
    scales, minima = quantize_k._ranged_scales(small, 15)
    scale, minimum = plain_ranged_scale(small[0].tolist(), 15, quantize_k.TRIES)

    def error(s, m):
        q = np.clip(np.rint((small[0] + m) / s), 0, 15) if s > 0 else np.zeros(32)
        return float((((s * q - m) - small[0]) ** 2 * (np.sqrt(np.mean(small[0] ** 2)) + abs(small[0]))).sum())

    assert error(float(scales[0]), float(minima[0])) == pytest.approx(error(scale, minimum), rel=0.05, abs=1e-4)


def test_one_scale():
    weights = RNG.standard_normal((1, 32)).astype(np.float32)
    scale, q = plain_round(weights[0].tolist(), 8)
    found, scales, _ = integers(quantize(weights, GGMLType.Q8_0), GGMLType.Q8_0, weights.shape)
    assert found[0].tolist() == q and scales[0, 0] == pytest.approx(scale, rel=1e-3)
    assert plain_round([0.0, 0.0], 4) == (0.0, [0, 0])


POINTS = st.lists(st.tuples(st.integers(-8, 8), st.integers(-8, 8)), min_size=2, max_size=40)


@given(POINTS, st.sampled_from([0.7, 1.0, 1.5, 3.0]), st.integers(1, 5))
@settings(max_examples=80, deadline=None)
def test_dbscan(points, eps, min_samples):
    X = np.array(points, float)
    cells = Cells.of(X, eps)
    found = np.empty(len(X), np.bool_)
    have_within(cells, min_samples, found)
    assert found.tolist() == [len(plain_within(points, i, eps)) >= min_samples for i in cells.order]
    assert DBSCAN(eps, min_samples=min_samples).fit_predict(X).tolist() == plain_dbscan(points, eps, min_samples)


@given(POINTS, st.integers(2, 4))
@settings(max_examples=80, deadline=None)
def test_optics(points, min_samples):
    if len(points) < min_samples:
        return
    fast = OPTICS(min_samples=min_samples).fit(np.array(points, float))
    order, reachability = plain_optics(points, min_samples)
    np.testing.assert_allclose(fast.reachability_[fast.ordering_], np.array(reachability)[order], rtol=1e-12)
    assert fast.ordering_.tolist() == order


@pytest.mark.parametrize("linkage", ["single", "complete", "average", "ward"])
@pytest.mark.parametrize("n", [2, 3, 10, 25])
def test_agglomerate(linkage, n):
    points = RNG.normal(size=(n, 3))
    tree = linkage_matrix(points, linkage)
    for i, (joined, height) in enumerate(plain_agglomerate(points.tolist(), linkage)):
        assert np.isclose(tree[i, 2], height)
        labels = cut(tree, n - i - 1)
        assert np.flatnonzero(labels == labels[joined[0]]).tolist() == joined


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
@settings(max_examples=80, deadline=None)
def test_find(steps):
    """A forest in which each parent stands at its child or after it."""
    plain = [min(i + step, len(steps) - 1) for i, step in enumerate(steps)]
    fast = np.array(plain)
    for i in range(len(steps)):
        assert find(fast, i) == plain_find(plain, i)
        assert fast.tolist() == plain
