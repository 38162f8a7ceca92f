"""The hand-written scanners against the regular expressions they stand for, and the Unicode table against its sources."""

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import generate_unicode_tables, unicode_classes
from nlpjourney.text.tokenize.bpe_json import oniguruma
from nlpjourney.text.tokenize.splitting import PATTERNS, REGEXES, split

from .strategies import any_text

# `regex` carries another Unicode version than the tables; on these all versions agree.
SETTLED = st.text(st.characters(codec="utf-8", max_codepoint=0x24FF, exclude_categories=["Cn"])).filter(
    lambda text: all(regex.match(r"\p{Assigned}", c) for c in text)
)


@pytest.mark.parametrize("name", PATTERNS)
@given(text=st.one_of(SETTLED, any_text()))
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost(name, text):
    assert "".join(split(text, name)) == text


@pytest.mark.parametrize("name", PATTERNS)
def test_same_words_as_regex_on_real_text(name):
    languages = "".join(
        b for code in ("de", "hi", "ja", "ar", "th", "ko") for _, b in corpora.django_messages(code)[:300]
    )
    text = corpora.english_text(400_000) + "  \n\n" + languages
    assert split(text, name) == regex.findall(REGEXES[name], text)


@pytest.mark.parametrize("name", [name for name in PATTERNS if name != "whole"])  # that is no splitting
@given(text=any_text())
@settings(max_examples=60, deadline=None)
def test_same_words_as_hugging_face(name, text):
    if text == "":
        return
    peer = pre_tokenizers.Split(Regex(oniguruma(name)), "isolated")
    # Oniguruma, the peer's engine, has its own Unicode table, of an older version.
    text = "".join(
        c for c in text if c.isascii() or (regex.match(r"[\p{L}\p{N}\p{M}\p{P}\p{S}\p{Z}]", c) and c < "\U00010000")
    )
    text = regex.sub(r"[^\p{Latin}\p{Greek}\p{Cyrillic}\p{Han}\p{Common}\p{Inherited}]", "", text)
    assert split(text, name) == [word for word, _ in peer.pre_tokenize_str(text)]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("gpt2", "It's 2024!\n\n  x", ["It", "'s", " 2024", "!", "\n\n ", " x"]),
        ("smollm", "a 123", ["a", " ", "1", "2", "3"]),
        ("cl100k", "It'S 12345\n\n  x", ["It", "'S", " ", "123", "45", "\n\n", " ", " x"]),
        ("cl100k", "a\n  ", ["a", "\n  "]),
        ("llama3", "a\n  ", ["a", "\n", "  "]),
        ("o200k", "HelloWorld's don't", ["Hello", "World's", " don't"]),
        ("whole", "a b\nc", ["a b\nc"]),
        ("whole", "", []),
    ],
)
def test_examples(name, text, words):
    assert split(text, name) == words


def test_unknown_pattern():
    with pytest.raises(ValueError, match="unknown split pattern 'gpt5'; there are gpt2"):
        split("a", "gpt5")


def test_the_committed_table_is_that_of_the_installed_libraries():
    assert np.array_equal(unicode_classes.split_classes(), generate_unicode_tables.split_table())
