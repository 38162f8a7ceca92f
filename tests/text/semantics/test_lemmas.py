"""Base forms are words of the graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlpjourney.text.semantics import lemmatizer_of, little_wordnet


def test_forms_lead_to_words_of_the_graph() -> None:
    net = little_wordnet()
    lemmatizer = lemmatizer_of(net)
    assert lemmatizer.lemmatize("dogs") == "dog" and lemmatizer.lemmatize("dogs", "verb") == "dogs"
    words = {lemma.lower() for synset in net.synsets.values() for lemma in synset.lemmas}
    assert set().union(*lemmatizer.dictionary.values()) == words
    assert lemmatizer.exceptions["noun"]["geese"] == ["goose"]


def test_without_wordnets_files_rules_alone_do_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path))
    lemmatizer = lemmatizer_of(little_wordnet())
    assert lemmatizer.exceptions["noun"] == {} and lemmatizer.lemmatize("dogs") == "dog"
