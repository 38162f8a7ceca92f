"""Lemmatizers: rules that never invent a word, and trees that always give back what they were made of."""

import gzip
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney import assets
from nlpjourney.text.lemma import EditTreeLemmatizer, MorphyLemmatizer
from nlpjourney.text.lemma.edit_tree import Keep, Replace, apply_tree, edit_tree


@pytest.fixture(scope="module")
def english():
    return MorphyLemmatizer.english()


@pytest.fixture(scope="module")
def table():
    file = assets.path("english-lemmas") / "en_lemma_lookup.json.gz"
    return sorted(json.loads(gzip.decompress(file.read_bytes())).items())


@pytest.mark.parametrize(
    ("word", "pos", "lemma"),
    [
        ("wolves", "noun", "wolf"), ("women", "noun", "woman"), ("churches", "noun", "church"), ("cities", "noun", "city"),
        ("dogs", "noun", "dog"), ("mice", "noun", "mouse"), ("went", "verb", "go"), ("denied", "verb", "deny"),
        ("making", "verb", "make"), ("slept", "verb", "sleep"), ("saw", "noun", "saw"), ("better", "adj", "good"),
        ("nicest", "adj", "nice"), ("meeting", "noun", "meeting"), ("meeting", "verb", "meet"),
    ],
)  # fmt: skip
def test_known_lemmas(english, word, pos, lemma):
    assert english.lemmatize(word, pos) == lemma


def test_several_lemmas_are_all_told(english):
    assert english.candidates("saw", "verb") == ["saw", "see"]
    assert english.candidates("best", "adv") == ["best", "well"]
    assert {"ax", "axis"} <= set(english.candidates("axes"))


@pytest.mark.parametrize("word", ["", "s", "ing", "blorfs", "日本語", "👩‍💻", "İstanbul", "a" * 10_000 + "s"])
def test_a_word_that_no_dictionary_has_stays(english, word):
    for pos in ("noun", "verb", "adj", "adv"):
        if not english.candidates(word, pos):
            assert english.lemmatize(word, pos) == word
    assert english.lemmatize("blorfs") == "blorfs"


@given(word=st.text(alphabet="aeiswzchmnrdgty", max_size=12))
def test_no_word_is_invented(english, word):
    for pos in ("noun", "verb", "adj", "adv"):
        known = english.dictionary[pos] | set(english.exceptions[pos].get(word, ()))
        assert all(lemma in known for lemma in english.candidates(word, pos))


def test_unknown_part_of_speech_is_refused(english):
    with pytest.raises(ValueError, match="noun, verb, adj, adv"):
        english.lemmatize("dogs", "NN")
    with pytest.raises(ValueError, match="not 'NN'"):
        MorphyLemmatizer({"NN": {"dog"}})


def test_a_tree_says_what_changes():
    assert edit_tree("walked", "walk") == Keep(0, 2, Replace("", ""), Replace("ed", ""))
    assert apply_tree(edit_tree("walked", "walk"), "talked") == "talk"
    assert apply_tree(edit_tree("gesagt", "sagen"), "gefragt") == "fragen"
    assert apply_tree(edit_tree("walked", "walk"), "talks") is None
    assert edit_tree("is", "be") == Replace("is", "be")


@given(form=st.text(max_size=12), lemma=st.text(max_size=12))
def test_every_tree_turns_its_form_into_its_lemma(form, lemma):
    assert apply_tree(edit_tree(form, lemma), form) == lemma


def test_every_pair_of_the_table(table):
    assert all(apply_tree(edit_tree(form, lemma), form) == lemma for form, lemma in table)


def test_learns_what_it_was_shown_and_most_of_what_it_was_not(table):
    shuffled = random.Random(0).sample(table, len(table))
    train, test = shuffled[:-4000], shuffled[-4000:]
    lemmatizer = EditTreeLemmatizer().fit(*zip(*train))
    lemmas = lemmatizer.predict([form for form, _ in test])
    accuracy = sum(got == lemma for got, (_, lemma) in zip(lemmas, test)) / len(test)
    unchanged = sum(form == lemma for form, lemma in test) / len(test)
    assert accuracy > 0.9 > unchanged + 0.2, (accuracy, unchanged)


def test_the_part_of_speech_decides():
    forms, lemmas, pos = ["saw", "saw"], ["see", "saw"], ["verb", "noun"]
    lemmatizer = EditTreeLemmatizer().fit(forms, lemmas, pos)
    assert lemmatizer.predict(["saw", "saw"], ["noun", "verb"]) == ["saw", "see"]


def test_why_names_the_suffix_and_the_tree():
    lemmatizer = EditTreeLemmatizer().fit(["walked", "talked", "bed"], ["walk", "talk", "bed"])
    vote = lemmatizer.why("balked")
    assert (vote.suffix, vote.n_seen) == ("alked", 2)
    assert lemmatizer.why("bed").suffix == "^bed"


def test_odd_input():
    lemmatizer = EditTreeLemmatizer().fit(["", "aaaa", "é"], ["", "a", "e"])
    assert lemmatizer.predict([""]) == [""]
    assert lemmatizer.predict([]) == []
    assert lemmatizer.predict(["x" * 5000])[0] == "x" * 5000
    with pytest.raises(ValueError, match="nothing to learn from"):
        EditTreeLemmatizer().fit([], [])
    with pytest.raises(ValueError, match="2 forms, 1 lemmas"):
        EditTreeLemmatizer().fit(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="at least 1"):
        EditTreeLemmatizer(0)
