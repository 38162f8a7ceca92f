"""Stems equal to NLTK's and Snowball's on real words, on odd ones, and on strings that are no words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem.lancaster import LancasterStemmer as NltkLancaster
from nltk.stem.porter import PorterStemmer as NltkPorter

from nlpjourney.assets import corpora
from nlpjourney.text.stem import EnglishStemmer, LancasterStemmer, PorterStemmer

ODD = [
    "", "a", "'", "''", "'s", "'s'", "y", "yy", "yyyyyyy", "sY", "Y", "İ", "İİs", "straße", "naïvely", "élèves", "日本語",
    "don't", "t't", "ies", "ied", "eed", "ing", "ed", "s", "ss", "us", "past", "pasted", "succeed", "dying", "outing", "evening",
    "adding", "egged", "offed", "ALWAYS", "Yes", "skies", "news\n", "two\nlines", "a" * 999 + "ing", "a" * 1001 + "ing",
    "👩‍💻s", "\0ing", "\ud800ed", "geologi", "radicalli", "alliallialli",
]  # fmt: skip

PORTERS = {"nltk": "NLTK_EXTENSIONS", "martin": "MARTIN_EXTENSIONS", "original": "ORIGINAL_ALGORITHM"}


def porter_as_nltk(mode):
    theirs = NltkPorter(PORTERS[mode])
    return PorterStemmer(mode), theirs.stem


def lancaster_as_nltk():
    theirs = NltkLancaster()
    return LancasterStemmer(), theirs.stem


def english_as_snowball():
    # The pure Python program, where PyStemmer's C is not in its place.
    from snowballstemmer.english_stemmer import EnglishStemmer as Theirs

    return EnglishStemmer(), Theirs().stemWord


PAIRS = {
    "porter nltk": lambda: porter_as_nltk("nltk"),
    "porter martin": lambda: porter_as_nltk("martin"),
    "porter original": lambda: porter_as_nltk("original"),
    "lancaster": lancaster_as_nltk,
    "snowball": english_as_snowball,
}


@pytest.fixture(scope="module")
def real_words():
    """Every third, which is enough for each rule of each stemmer to be used often."""
    words = sorted(set(re.findall(r"[^\W\d_]+(?:'\w+)?", corpora.english_text(8_000_000))))[::3]
    assert len(words) > 12_000
    return words


@pytest.mark.parametrize("name", PAIRS)
def test_same_stems_on_real_words(name, real_words):
    ours, theirs = PAIRS[name]()
    expected = [theirs(word) for word in real_words]
    assert [pair for pair in zip(real_words, ours.stem_words(real_words), expected) if pair[1] != pair[2]] == []


@pytest.mark.parametrize("name", PAIRS)
def test_same_stems_on_odd_strings(name):
    ours, theirs = PAIRS[name]()
    words = [word for word in ODD if name != "lancaster" or word]  # NLTK's fails on the empty string
    assert ours.stem_words(words) == [theirs(word) for word in words]
    assert [ours.stem(word) for word in words] == [theirs(word) for word in words]


@pytest.mark.parametrize("name", PAIRS)
@given(words=st.lists(st.text(alphabet="aeiouybdgilnrsty'Yé", min_size=1, max_size=14), max_size=20))
def test_same_stems_on_any_letters(name, words):
    ours, theirs = PAIRS[name]()
    assert ours.stem_words(words) == [theirs(word) for word in words]


def test_no_words_and_a_string_by_mistake():
    assert EnglishStemmer().stem_words([]) == []
    assert LancasterStemmer().stem("") == ""
    with pytest.raises(TypeError, match="list of words"):
        EnglishStemmer().stem_words("running")


def test_unknown_dialect_is_refused():
    with pytest.raises(ValueError, match="'nltk', 'martin' or 'original'"):
        PorterStemmer("nltk3")
