"""Which names special tokens can have, and how they are given."""

import re

import pytest

from nlpjourney.text.tokenize import BPE, SpecialTokens, Unigram

NAMES = pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        (5, TypeError, "of strings, but holds 5"),
        (b"<s>", TypeError, "of strings, but holds b'<s>'"),
        ("", ValueError, "must not hold the empty string"),
        ("<\ud800>", ValueError, re.escape(r"must not hold '<\ud800>': a lone surrogate")),
    ],
)


@NAMES
def test_names_that_cannot_be(name, error, message):
    with pytest.raises(error, match=f"special_tokens .*{message}"):
        SpecialTokens({name: 7})
    with pytest.raises(error, match=f"special_tokens .*{message}"):
        BPE.train("hello", 300, special_tokens=["<s>", name])
    with pytest.raises(error, match=f"control .*{message}"):
        Unigram.train("hello", 20, control=["<s>", name])


@NAMES
@pytest.mark.parametrize("argument", ["allowed_special", "disallowed_special"])
def test_names_that_no_text_can_hold(name, error, message, argument):
    bpe = BPE.train("hello", 257, special_tokens=["<s>"])
    with pytest.raises(error, match=f"{argument} .*{message}"):
        bpe.encode("hello", **{argument: [name]})
