"""TextTiling: the same curves and boundaries as NLTK's, and segments that are the text."""

import random
import re

import numpy as np
import pytest
from nltk.tokenize.texttiling import TextTilingTokenizer

from nlpjourney.assets import corpora
from nlpjourney.text.discourse import TextTiler
from tests.growth import growth

STOP_WORDS = {"the", "of", "and", "to", "in", "a", "is", "was", "for", "on", "that", "with", "as", "by", "it", "at"}


@pytest.fixture(scope="module")
def news():
    return corpora.lee_news()[0]


@pytest.mark.parametrize("w", [10, 20])
@pytest.mark.parametrize("k", [3, 10])
def test_curves_and_boundaries_like_nltk(news, w, k):
    rng = random.Random(w * k)
    for _ in range(2):
        text = "\n\n".join(rng.sample(news, 6))
        theirs = TextTilingTokenizer(w=w, k=k, stopwords=STOP_WORDS, demo_mode=True).tokenize(text)
        kept = "".join(re.findall(r"[a-z\-' \n\t]", text.lower()))
        ours = TextTiler(w=w, k=k, stop_words=STOP_WORDS).tile(re.findall(r"\w+", kept))
        for curve, expected in zip((ours.scores, ours.smoothed, ours.depths), theirs):
            np.testing.assert_allclose(curve, expected, rtol=1e-9, atol=1e-12)
        assert ours.boundaries == np.flatnonzero(theirs[3]).tolist()


def test_a_change_of_subject_is_found():
    def talk(words, rng):
        return "\n\n".join(" ".join(rng.choices(words, k=40)) + "." for _ in range(4))

    rng = random.Random(0)
    subjects = [
        ["ship", "sea", "wind", "sail", "port"],
        ["bread", "oven", "flour", "baker"],
        ["train", "rail", "station", "ticket"],
    ]
    parts = [talk(words, rng) for words in subjects]
    text, tiler = "\n\n".join(parts), TextTiler(w=10, k=6)
    tiling = tiler.tile(re.findall(r"\w+", text))
    assert sorted(np.argsort(tiling.depths)[-2:]) == [15, 31]  # 160 words a subject, 16 pseudo-sentences
    assert {15, 31} <= set(tiling.boundaries)
    segments = [segment.strip() for segment in tiler.split(text)]
    assert all(any(segment and part.startswith(segment) for segment in segments) for part in parts)


def test_segments_are_the_text(news):
    text = "\n\n".join(news[:12])
    assert "".join(TextTiler(stop_words=STOP_WORDS).split(text)) == text
    assert TextTiler().split("a b\n\nc d") == ["a b\n\nc d"]
    assert TextTiler().tile([]).boundaries == []


def test_wrong_input_is_explained():
    with pytest.raises(ValueError, match="breaks"):
        TextTiler().split("one paragraph")
    with pytest.raises(ValueError, match="odd"):
        TextTiler(smoothing=2)


@pytest.mark.parametrize("worst", [" ", "\n", "a ", "a\n\n", "ab cd \n\n", "a.b+"])
def test_the_time_grows_with_the_text(worst):
    tiler = TextTiler(w=5, k=2)
    assert growth(tiler.split, lambda n: "\n\n" + worst * (n // len(worst)) + "!", 40_000) < 8
