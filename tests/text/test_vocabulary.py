"""The byte scanner against Python's `re`."""

import re
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nlpjourney.assets import corpora
from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.postings import invert, positions_by_term
from nlpjourney.text.vocabulary import Vocabulary
from nlpjourney.text.word_characters import any_script

ODD = ["", "İstanbul İ", "ΑΣ ας", "a\xff\x00b", "_x_1", "\ud800 lone", "👩‍👩‍👧 é é", "𝔘𝔫𝔦 ﬁn", "x" * 100_000, "  "]


def read(texts: list[str], min_length: int = 1, characters: NDArray[np.uint8] | None = None) -> list[list[str]]:
    vocabulary = Vocabulary()
    tokens, lengths = vocabulary.add_texts(texts, min_length, characters=characters)
    words = [vocabulary[int(token)] if token >= 0 else "" for token in tokens]
    ends = np.cumsum(lengths)
    return [words[end - n : end] for end, n in zip(ends, lengths)]


@pytest.mark.parametrize("min_length", [1, 2])
def test_equals_re(min_length: int) -> None:
    texts = ODD + corpora.lee_news()[0] + list(corpora.django_messages("ja"))[0:0]
    texts += [target for language in ("ja", "ar", "hi", "ru") for _, target in corpora.django_messages(language)[:300]]
    expected = [[w if len(w) >= min_length else "" for w in re.findall(r"\w+", text.lower())] for text in texts]
    assert read(texts, min_length) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(), max_size=8))
def test_any_text(texts: list[str]) -> None:
    expected = [re.findall(r"\w+", text.lower()) for text in texts]
    assert read(texts) == expected


def plain_words(text: str) -> list[str]:
    words = [""]
    for c in text:
        mark = unicodedata.category(c) in ("Mn", "Mc", "Me", "Cf") and c != "\u200b"
        if c.isalnum() or c == "_" or (mark and words[-1]):
            words[-1] += c
        else:
            words.append("")
    return [word for word in words if word]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text(st.one_of(st.characters(), st.sampled_from("aक की\u200c\u0301\ufe0f❤")), max_size=20), max_size=5)
)
def test_words_of_any_script(texts: list[str]) -> None:
    """The scanner, the analyzer and a rule in plain Python."""
    expected = [plain_words(text.lower()) for text in texts]
    assert read(texts, characters=any_script()) == expected
    assert [Analyzer()(text) for text in texts] == expected


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("हिन्दी की को के", ["हिन्दी", "की", "को", "के"]),
        ("বাংলা தமிழ் ภาษา", ["বাংলা", "தமிழ்", "ภาษา"]),
        ("Cafe\u0301 שָׁלוֹם مُحَمَّد", ["cafe\u0301", "שָׁלוֹם", "مُحَمَّد"]),
        ("می\u200cخواهم a\u200bb ❤\ufe0f 東京", ["می\u200cخواهم", "a", "b", "東京"]),
    ],
)
def test_vowel_signs_and_accents_belong_to_their_words(text: str, terms: list[str]) -> None:
    assert Analyzer()(text) == terms
    assert read([text], characters=any_script()) == [terms]


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_spans_point_at_their_words(text: str) -> None:
    spans = Analyzer().spans(text)
    assert [term for _, _, term in spans] == Analyzer()(text)
    for start, end, term in spans:
        assert term in text[start:end].lower()


def test_growth_keeps_numbers() -> None:
    vocabulary = Vocabulary()
    words = [f"word{i}" for i in range(5000)]
    tokens, _ = vocabulary.add_texts([" ".join(words[:2500]), " ".join(words)])
    assert tokens.tolist() == [*range(2500), *range(5000)]
    assert vocabulary.words() == words
    assert vocabulary.find(["word4999", "word5000", "", "word0"]).tolist() == [4999, -1, -1, 0]
    assert vocabulary.add_words(["new one!", "word7", "new one!", ""]).tolist() == [5000, 7, 5000, -1]
    assert vocabulary[5000] == vocabulary[-1] == "new one!"
    with pytest.raises(IndexError):
        vocabulary[5001]


def test_postings_equal_counting() -> None:
    texts = [*corpora.lee_news()[0][:50], "", "one one"]
    vocabulary = Vocabulary()
    tokens, lengths = vocabulary.add_texts(texts)
    postings = invert(tokens, lengths, len(vocabulary))
    positions = positions_by_term(tokens, lengths, len(vocabulary))
    counts = [Counter(re.findall(r"\w+", text.lower())) for text in texts]
    begin = 0
    for term, word in enumerate(vocabulary.words()):
        docs, tf = postings.of(term)
        assert dict(zip(docs.tolist(), tf.tolist())) == {d: c[word] for d, c in enumerate(counts) if word in c}
        assert docs.tolist() == sorted(docs.tolist())
        for doc, n in zip(docs.tolist(), tf.tolist()):
            here = re.findall(r"\w+", texts[doc].lower())
            assert positions[begin : begin + n].tolist() == [i for i, w in enumerate(here) if w == word]
            begin += n
    assert postings.doc_len.tolist() == [sum(c.values()) for c in counts]


def test_large_counts() -> None:
    vocabulary = Vocabulary()
    tokens, lengths = vocabulary.add_texts(["x " * 70_000])
    assert invert(tokens, lengths, 1).tf.tolist() == [70_000]
    with pytest.raises(ValueError, match="lengths add up to 1"):
        invert(tokens, np.array([1], dtype=np.int32), 1)
