"""Word tokenizers: the rules by example, the Treebank convention against NLTK on real text."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.tokenize import TreebankWordTokenizer

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import words
from tests.growth import growth

from .strategies import any_text

PEER = TreebankWordTokenizer()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't stop-it, o’clock!", ["Don't", "stop-it", ",", "o’clock", "!"]),
        ("See https://a.org/x?y=1. Or www.b.de!", ["See", "https://a.org/x?y=1", ".", "Or", "www.b.de", "!"]),
        ("mail me@x-y.co.uk, @you #now", ["mail", "me@x-y.co.uk", ",", "@you", "#now"]),
        (
            "1,000.50 at 12:30 on 2024-01-31: 3rd, 50%",
            ["1,000.50", "at", "12:30", "on", "2024-01-31", ":", "3rd", ",", "50%"],
        ),
        ("U.S.A. won... really?!", ["U.S.A.", "won", "...", "really", "?", "!"]),
        ("naïve Привет 東京 👍👍", ["naïve", "Привет", "東京", "👍👍"]),
        ("हिन्दी भाषा, தமிழ் ภาษาไทย", ["हिन्दी", "भाषा", ",", "தமிழ்", "ภาษาไทย"]),  # vowel signs belong to their words
        ("cafe\u0301 שָׁלוֹם مُحَمَّد", ["cafe\u0301", "שָׁלוֹם", "مُحَمَّد"]),
        ("می\u200cخواهم a\u200bb ❤\ufe0f", ["می\u200cخواهم", "a", "\u200b", "b", "❤", "\ufe0f"]),
        ("#हिन्दी @cafe\u0301", ["#हिन्दी", "@cafe\u0301"]),
        (
            "@y.z1@x.org www.a@b.org@c.de, a+b.c@d-e.org@f",
            ["@y", ".z1@x.org", "www.a@b.org@c.de", ",", "a+b.c@d-e.org", "@f"],
        ),
        ("", []),
        (" \n\t", []),
    ],
)
def test_rules(text, tokens):
    assert words.tokenize(text) == tokens
    assert [text[start:end] for start, end in words.spans(text)] == tokens


@given(any_text())
@settings(max_examples=100, deadline=None)
def test_rules_lose_nothing_but_space(text):
    assert "".join(words.tokenize(text)) == "".join(text.split())


@pytest.mark.parametrize(
    "worst", ["a.b+", "a+b+", "+-", "_.", "a@b.", "@a.b", "%20+x", "a@b-", "http:", "'a", "\u0301", " "]
)
def test_the_time_grows_with_the_text(worst):
    assert growth(words.spans, lambda n: worst * (n // len(worst)) + "!", 100_000) < 8


@pytest.fixture(scope="module")
def lines():
    found = corpora.english_text(4_000_000).split("\n")
    return random.Random(0).sample(found, 3000)


def test_treebank_equals_nltk_on_real_text(lines):
    for line in lines:
        assert words.treebank(line) == PEER.tokenize(line)


def test_treebank_offsets_equal_nltks(lines):
    for line in lines[:1000]:
        tokens, spans = words.treebank_with_offsets(line)
        assert tokens == PEER.tokenize(line) and spans == list(PEER.span_tokenize(line))


@given(st.text(st.sampled_from("ab 1.,:;'`\"()[]<>!?-%$\nst"), max_size=30))
@settings(max_examples=150, deadline=None)
def test_treebank_equals_nltk_on_odd_text(text):
    assert words.treebank(text) == PEER.tokenize(text)
    tokens, spans = words.treebank_with_offsets(text)
    assert tokens == words.treebank(text)
    for token, (start, end) in zip(tokens, spans):
        assert text[start:end] == token or token in ("``", "''")


@pytest.mark.parametrize(
    "text",
    [
        "I can't cannot CANNOT gonna 'tis 'Twas wanna go",
        "more'n d'ye gimme lemme gotta",
        "\"a\" ``b`` ''c''",
        "N'T x'S y'LL .",
        "",
        '"',
    ],
)
def test_treebank_contractions(text):
    assert words.treebank(text) == PEER.tokenize(text)
