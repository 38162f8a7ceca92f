"""Rational Speech Acts: the published examples as exact fractions, and the formula written out with loops."""

import math
from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlpjourney.text.pragmatics import SpeechAct, lexicon


def exactly(table, fractions):
    np.testing.assert_allclose(table, [[float(x) for x in row] for row in fractions], rtol=1e-12, atol=1e-15)


def test_scalar_implicature():
    """Of three apples 0, 1, 2 or 3 are red; one can say none, some, all. Literally "some" includes all."""
    rules = {"none": lambda n: n == 0, "some": lambda n: n > 0, "all": lambda n: n == 3}
    act = SpeechAct(lexicon(list(rules), range(4), lambda word, n: rules[word](n)))
    exactly(act.literal_listener(), [[1, 0, 0, 0], [0, F(1, 3), F(1, 3), F(1, 3)], [0, 0, 0, 1]])
    exactly(act.speaker(), [[1, 0, 0, 0], [0, 1, 1, F(1, 4)], [0, 0, 0, F(3, 4)]])
    exactly(act.listener(), [[1, 0, 0, 0], [0, F(4, 9), F(4, 9), F(1, 9)], [0, 0, 0, 1]])


def test_reference_game():
    """Frank & Goodman's context: a blue square, a blue circle, a green square. Their speaker takes the narrower word: |w|^-1."""
    objects = [("blue", "square"), ("blue", "circle"), ("green", "square")]
    act = SpeechAct(lexicon(["blue", "green", "square", "circle"], objects, lambda word, thing: word in thing))
    exactly(act.speaker(), [[F(1, 2), F(1, 3), 0], [0, 0, F(2, 3)], [F(1, 2), 0, F(1, 3)], [0, F(2, 3), 0]])
    exactly(act.listener(), [[F(3, 5), F(2, 5), 0], [0, 0, 1], [F(3, 5), 0, F(2, 5)], [0, 1, 0]])


def test_more_rational_speakers_and_deeper_listeners_imply_more():
    weak, strong = (SpeechAct([[1, 1], [0, 1]], alpha=alpha).listener()[0, 1] for alpha in (1, 4))
    deep = SpeechAct([[1, 1], [0, 1]]).listener(depth=3)[0, 1]
    assert deep < weak and strong < weak == 0.25


def test_what_is_dear_is_said_less():
    speaker = SpeechAct([[1, 1], [0, 1]], cost=[0, 100]).speaker()
    assert speaker[0, 1] > 0.999


@given(
    truth=arrays(float, (3, 4), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])).filter(
        lambda t: (t.sum(axis=1) > 0).all()
    ),
    prior=arrays(float, 4, elements=st.floats(0.1, 5)),
    cost=arrays(float, 3, elements=st.floats(0, 3)),
    alpha=st.floats(0.1, 8),
)
def test_like_the_formula(truth, prior, cost, alpha):
    act = SpeechAct(truth, prior, cost, alpha)
    literal = [
        [prior[w] * truth[u, w] / sum(prior[v] * truth[u, v] for v in range(4)) for w in range(4)] for u in range(3)
    ]
    weight = [[literal[u][w] ** alpha * math.exp(-alpha * cost[u]) for w in range(4)] for u in range(3)]
    total = [sum(weight[u][w] for u in range(3)) for w in range(4)]
    said = [[weight[u][w] / total[w] if total[w] else 0.0 for w in range(4)] for u in range(3)]
    np.testing.assert_allclose(act.speaker(), said, rtol=1e-9, atol=1e-12)
    heard = [[prior[w] * said[u][w] / sum(prior[v] * said[u][v] for v in range(4)) for w in range(4)] for u in range(3)]
    np.testing.assert_allclose(act.listener(), heard, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (([1, 0],), "table"), (([[1, 0], [0, 0]],), "no possible world"), (([[1, 2]],), "between 0 and 1"),
        (([[1, 1]], [1, 1, 1]), "as many priors"), (([[1, 1]], [1, -1]), "not negative"), (([[1, 1]], None, None, 0), "alpha"),
        (([[1, 0]], [0, 1]), "no possible world"),
    ],
)  # fmt: skip
def test_wrong_input_is_explained(arguments, fault):
    with pytest.raises(ValueError, match=fault):
        SpeechAct(*arguments)
    with pytest.raises(ValueError, match="first speaker"):
        SpeechAct([[1]]).speaker(0)
