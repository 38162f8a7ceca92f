"""The plain steps of learning and quantizing, and the fast ones, give the same."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.deploy.quantization.calibration import Inputs
from nlpjourney.deploy.quantization.gptq import plain_gptq, round_columns
from nlpjourney.llm.gguf import quantize_k
from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.plain import plain_ranged_scale, plain_round
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.unpack import integers
from nlpjourney.ml.perceptron import average, learn, plain_averaged_perceptron
from nlpjourney.ml.projection import _gradient, joint_probabilities, plain_gradient, plain_joint_probabilities
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
