"""Passages: prose of a bearable length, whole sentences, nothing twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney.text.passages import cut_passages, split_sentences

SENTENCE = "This is a sentence of exactly nine words, really it is. "


def test_passages_are_prose_of_a_bearable_length() -> None:
    text = f"= Heading =\n\n{SENTENCE * 40}\n\n* a list\n* of links\n\nToo short.\n\n| a. | table. |" + " x" * 99
    found = cut_passages(text, 14)
    assert len(found) > 3 and all(25 <= len(passage.split()) <= 110 for passage in found)
    assert " ".join(found).count("exactly") in range(38, 41)
    assert not any(word in " ".join(found) for word in ("Heading", "links", "short", "table"))
    assert cut_passages(text, 2) == found[:2] and cut_passages(text, 0) == [] and cut_passages("Nothing.", 5) == []


def test_short_paragraphs_are_joined_and_a_long_sentence_stays_whole() -> None:
    short = (SENTENCE * 2).strip()
    assert cut_passages(f"{short}\n\n{short}", 5) == [f"{short} {short}"]
    long = "word " * 200 + "end."
    assert cut_passages(f"{SENTENCE * 2}{long[0].upper()}{long[1:]}", 5, min_words=1)[1].split() == [
        "Word",
        *long.split()[1:],
    ]


def test_sentences() -> None:
    assert split_sentences("One. Two? 3.5 is a number. Yes!") == ["One.", "Two? 3.5 is a number.", "Yes!"]


@given(st.text("aB. \n'", max_size=400), st.integers(0, 5))
def test_any_text_can_be_cut(text: str, n: int) -> None:
    found = cut_passages(text, n, min_words=2, max_words=6)
    assert len(found) <= n
    words, at = text.split(), 0
    for word in " ".join(found).split():  # in the text's order
        at = words.index(word, at) + 1


def test_lengths_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="from 1 to max_words"):
        cut_passages("", 1, 10, 9)
