"""Words on scales: what is implied, how far, and where nothing is."""

import itertools

import pytest

from nlpjourney.text.pragmatics import SCALES, on_scale, scalar_words


def test_the_weaker_word_implies_not_the_stronger():
    (some,) = scalar_words(["Some", "students", "passed"])
    assert (some.place, some.word, some.stronger, some.turned) == (0, "Some", ("most", "all"), "")
    assert some.literal == pytest.approx(1 / 3) and some.implied > some.literal
    (warm,) = scalar_words(["the", "soup", "is", "warm"])
    assert (warm.literal, warm.implied) == (
        0.5,
        0.75,
    )  # two words, two worlds: S1(warm | warm) = 1, S1(warm | hot) = 1/3


def test_the_strongest_word_implies_nothing_more():
    (all_,) = scalar_words(["all", "came"])
    assert all_.stronger == () and all_.literal == all_.implied == 1


def test_a_not_or_an_if_turns_the_scale():
    assert [s.turned for s in scalar_words(["it", "is", "not", "good", "or", "warm"])] == ["not"] * 3
    assert scalar_words(["if", "some", "come"])[0].turned == "if"
    assert scalar_words(["some", "did", "not", "come"])[0].turned == ""  # "not" comes later
    assert scalar_words(["the", "cat", "sat"]) == []


@pytest.mark.parametrize("n", [2, 3, 5])
def test_thinking_of_the_speaker_always_helps(n):
    act = on_scale(n)
    for weaker in range(n - 1):
        assert act.listener()[weaker, weaker] > act.literal_listener()[weaker, weaker]


def test_scales_say_each_pair_once():
    pairs = [pair for scale in SCALES for pair in itertools.combinations(scale, 2)]
    assert len(pairs) == len(set(pairs))
    assert all(len(set(scale)) == len(scale) >= 2 for scale in SCALES)
