"""The plain n-gram functions and the fast ones give the same."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.tasks.language_models import NGramModel
from nlpjourney.tasks.language_models.plain import plain_count, plain_kneser_ney, plain_score

SENTENCES = st.lists(st.lists(st.sampled_from(["a", "b", "c", "é"]), max_size=6), min_size=1, max_size=8)


def named(model):
    words = model.vocabulary.words()
    return {tuple(words[w] for w in model.ngrams.words(i)): i for i in range(1, len(model.ngrams.word))}


@given(SENTENCES, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_counting(sentences, order):
    model = NGramModel(order).fit(sentences)
    found = {gram: int(model.counts[i]) for gram, i in named(model).items() if model.counts[i]}
    assert found == dict(plain_count(sentences, order))


@given(SENTENCES, st.integers(1, 4), st.lists(st.sampled_from(["a", "b", "é", "new"]), max_size=6))
@settings(max_examples=60, deadline=None)
def test_smoothing_and_queries(sentences, order, text):
    model = NGramModel(order, "kneser_ney").fit(sentences)
    vocabulary = {"<unk>", "</s>"} | {w for s in sentences for w in s}
    slow = plain_kneser_ney(
        plain_count(sentences, order), order, {n: d[0] for n, d in enumerate(model.discounts, 1)}, vocabulary
    )
    log_prob = {gram: float(model.log_prob[i]) for gram, i in named(model).items()}
    backoff = {gram: float(model.backoff[i]) for gram, i in named(model).items()}
    total, history = 0.0, ("<s>",)
    for word in [*text, "</s>"]:
        known = word if word in vocabulary else "<unk>"
        short = history[-(order - 1) :] if order > 1 else ()
        score = plain_score(known, short, log_prob, backoff)
        assert score == pytest.approx(math.log10(slow(known, history)), abs=1e-5)
        total += score
        history = (*history, known)
    assert model.score(text) == pytest.approx(total, abs=1e-6)
    many = model.score_batch([text] * 40)  # more than are read side by side
    assert np.allclose(many, total, atol=1e-6)
