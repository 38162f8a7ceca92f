"""Characters, contractions and punctuation: what must change, what must not, and agreement with NLTK's Treebank tokenizer."""

import doctest
import re
import string
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nltk.tokenize import TreebankWordTokenizer

from nlpjourney.assets import corpora
from nlpjourney.text.normalize import (
    characters,
    clean,
    contractions,
    expand_contractions,
    is_punctuation,
    punctuation,
    remove_punctuation,
    split_contraction,
)
from tests.growth import growth


@pytest.mark.parametrize("module", [characters, contractions, punctuation])
def test_examples_in_docstrings(module):
    results = doctest.testmod(module)
    assert results.attempted and not results.failed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cafe\u0301", "Café"),
        ("‘a’ “b” «c»", '\'a\' "b" "c"'),
        ("1–2, a—b, x‐y, −5", "1--2, a--b, x-y, -5"),
        ("wait…", "wait..."),
        ("a\u00a0b\u2009c\u3000d", "a b c d"),
        ("so\u00adft zero\u200bwidth \ufeffmark \u202eleft\u202c", "soft zerowidth mark left"),
        ("bell\x07 null\0 escape\x1b", "bell null escape"),
        ("a\r\nb\rc\x85d\u2028e", "a\nb\nc\nd\ne"),
        ("  two  spaces\t \n end ", "two spaces\nend"),
        ("ﬁ ② 2⁵", "ﬁ ② 2⁵"),
        ("", ""),
    ],
)
def test_one_way_of_writing(text, expected):
    assert clean(text) == expected


def test_options():
    assert clean("ﬁ ② 2⁵ ´", "NFKC") == "fi 2 25 '"
    assert clean("é", "NFD") == clean("é", "NFKD") == "e\u0301"
    assert clean("e\u0301", None) == "e\u0301"
    assert clean("“Ångström” naïve", accents=False) == '"Angstrom" naive'
    assert clean("हिन्दी", accents=False) == "हिन्दी"
    assert clean("“a”—b…", ascii_signs=False) == "“a”—b…"
    with pytest.raises(ValueError, match="NFC, NFD, NFKC, NFKD or None, not 'UTF-8'"):
        clean("", "UTF-8")


@pytest.mark.parametrize("text", ["👩‍💻", "👨🏽‍🚀", "❤️‍🔥", "می‌خواهم", "क्‍ष", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\u0600١"], ids=ascii)
def test_invisible_characters_that_mean_something_stay(text):
    assert clean(text) == unicodedata.normalize("NFC", text)


def test_joiners_between_other_letters_go():
    assert clean("a\u200db \u200cx y\u200d ậ\u200dc 漢\u200d字") == "ab x y ậc 漢字"


@settings(deadline=None)
@example("¸", "NFKC", False)
@example("﹘", "NFKC", True)
@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]), st.booleans())
def test_cleaning_twice_is_cleaning_once(text, form, accents):
    once = clean(text, form, accents=accents)
    assert clean(once, form, accents=accents) == once


@given(st.text())
def test_equal_up_to_canonical_equivalence(text):
    assert clean(unicodedata.normalize("NFD", text)) == clean(unicodedata.normalize("NFC", text))


def words_with_apostrophes():
    text = " ".join([*corpora.wikipedia().values(), *corpora.tales().values(), *corpora.django_docs().values()])
    return sorted(set(re.findall(r"\b[A-Za-z]+'[A-Za-z]+\b", text)))


def test_splits_are_those_of_the_treebank():
    words = [
        *words_with_apostrophes(),
        "cannot",
        "gonna",
        "Gotta",
        "WANNA",
        "lemme",
        "gimme",
        "word",
        "can",
        "O'Neill's",
    ]
    assert len(words) > 1000
    theirs = TreebankWordTokenizer()
    # NLTK knows 'll and LL, not 'Ll, and cuts at the first rule that fits; words with two endings ("couldn't've") are left out.
    words = [word for word in words if word.count("'") < 2 and not re.search(r"'(?:Ll|lL|Re|Ve|T)\b", word)]
    differ = [(word, split_contraction(word), theirs.tokenize(f"{word} x")[:-1]) for word in words]
    assert [row for row in differ if row[1] != row[2]] == []


def test_splits_of_typographic_apostrophes():
    assert split_contraction("don’t") == ["do", "n’t"]
    assert split_contraction("’tis") == ["’t", "is"]
    assert split_contraction("") == [""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't, WON'T, can't, shan’t", "Do not, WILL NOT, can not, shall not"),
        ("I'm you're we've they'll", "I am you are we have they will"),
        ("he's here, he's gone, it's not been", "he is here, he has gone, it has not been"),
        ("that's enabled, it's known, she's seen it", "that is enabled, it is known, she has seen it"),
        ("I'd go. I'd better. We'd just arrived.", "I would go. I had better. We had just arrived."),
        ("let's, LET'S", "let us, LET US"),
        ("the king's men, o'clock, ain't, rock'n'roll, Mary'd", "the king's men, o'clock, ain't, rock'n'roll, Mary'd"),
        ("'quoted' it's.", "'quoted' it is."),
        ("", ""),
    ],
)
def test_written_out(text, expected):
    assert expand_contractions(text) == expected


@given(st.text("abI'’nt ds.lve", max_size=40))
def test_text_without_apostrophes_stays(text):
    plain = text.replace("'", "").replace("’", "")
    assert expand_contractions(plain) == plain
    expand_contractions(text)


def test_punctuation_of_ascii_and_beyond():
    assert all(map(is_punctuation, string.punctuation))
    assert all(map(is_punctuation, "«»„…—€£±。、؟"))
    assert not any(map(is_punctuation, "aé5 \n©😀🏽漢"))
    with pytest.raises(TypeError):
        is_punctuation("..")


@pytest.mark.parametrize(
    ("text", "kept", "all_out"),
    [
        ("Don't!", "Don't", "Don t"),
        ("'quoted' (so).", "quoted so", "quoted so"),
        ("a--b, c...d", "a b c d", "a b c d"),
        ("3.5 and/or x_1", "3.5 and/or x_1", "3 5 and or x 1"),
        ("A.B. -5 x-", "A.B 5 x", "A B 5 x"),
        ("_a_ -_- ", "a", "a"),
        ("", "", ""),
    ],
)
def test_removing_punctuation(text, kept, all_out):
    assert remove_punctuation(text) == kept
    assert remove_punctuation(text, inside_words=True) == all_out


@given(st.text(st.sampled_from("ab5é漢.,-'_$€ \n"), max_size=40))
def test_what_is_left_has_signs_only_alone_inside_words(text):
    left = remove_punctuation(text)
    assert re.sub(r"(?<=\w)[^\w\s](?=\w)|(?<=[^\W_])_(?=[^\W_])", "", left).replace(" ", "").isalnum() or not left
    assert not any(map(is_punctuation, remove_punctuation(text, inside_words=True)))
    assert remove_punctuation(left) == left


@pytest.mark.parametrize("worst", ["a", "a'", "’", "a' ", "'a ", "' \n", "é"])
@pytest.mark.parametrize("function", [expand_contractions, remove_punctuation])
def test_the_time_grows_with_the_text(function, worst):
    assert growth(function, lambda n: worst * (n // len(worst)) + "!", 40_000) < 8
