"""The tokenizer explorer: its tokens are the library's, and the page shows them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from nlpjourney import assets
from nlpjourney.app.demos.tokenizer import BYTE_PAIR, unigram, work
from nlpjourney.text.tokenize import BPE, Unigram

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

LOADING = 600_000  # milliseconds: all vocabularies on a busy machine, when one has to be trained first
TEXTS = ["", " ", "hello", "  two  spaces\n\tand a tab\r\n", "naïve 🤷🏽‍♀️ こんにちは", "x" * 300, "\0\x7f"]


@pytest.fixture(autouse=True, scope="module")
def loaded_once() -> Iterator[None]:
    """The library's own vocabularies: the demo, which asks for them by the same names, and we share what was loaded."""
    with pytest.MonkeyPatch.context() as patch:
        for key in BYTE_PAIR:
            patch.setattr(BPE, key, cache(getattr(BPE, key)))
        yield


def library(key: str) -> BPE:
    model: BPE = getattr(BPE, key)()
    return model


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_the_library_and_lose_nothing(text: str) -> None:
    for result in work.tokenize(text):
        assert not result.problem
        if result.vocabulary.merges:
            model = library(result.vocabulary.key)
            assert [token.id for token in result.tokens] == model.encode_ordinary(text)
            assert "".join(word.text for word in result.words) == text
            assert sum(token.n_bytes for token in result.tokens) == len(model.decode_bytes(model.encode_ordinary(text)))


@pytest.mark.parametrize("key", BYTE_PAIR)
def test_merges_end_at_the_tokens_of_the_word(key: str) -> None:
    model = library(key)
    for word in (" tokenization", "hello", " naïve", "🤷", " "):
        steps = work.merge_steps(key, word)
        assert len(steps[0].tokens) == len(word.encode())
        assert len(steps[-1].tokens) == len(model.encode_ordinary(word))


def test_vocabularies_that_cannot_be_had_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(key: str) -> None:
        raise assets.AssetError("no network")

    monkeypatch.setattr(work, "_load", refuse)
    results = work.tokenize("hello")
    assert [r.problem for r in results] == ["Its vocabulary is not on this machine and could not be fetched."] * 5


def test_the_tokenizer_explorer(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.go("/demos/tokenizer")
    page.get_by_label("Your text").fill("hello tokenization")
    page.get_by_role("button", name="Tokenize").click()
    sections = page.locator(".tokens")
    expect(sections).to_have_count(5, timeout=LOADING)
    expect(page.locator(".compare tbody tr")).to_have_count(5)
    ids = library("gpt2").encode("hello tokenization")
    expect(page.locator(".compare tbody tr").first).to_contain_text(str(len(ids)))
    expect(page.locator("#said")).to_contain_text(f"GPT-2: {len(ids)} tokens.")  # for those who listen
    sections.first.locator("summary").click()
    for id in ids:
        expect(sections.first.locator("table")).to_contain_text(str(id))
    sections.first.locator("button.word").nth(1).click()
    expect(page.locator(".merge-card")).to_contain_text("How GPT-2 builds", timeout=SLOW)
    steps = len(list(library("gpt2").merge_steps(" tokenization")))
    expect(page.locator(".merge-steps li")).to_have_count(steps)
    assert faults(page) == []
    page.get_by_label("Your text").fill("x" * 5000)
    page.get_by_role("button", name="Tokenize").click()
    expect(page.locator("#tokenized")).to_contain_text("4,000 characters at most", timeout=SLOW)
    assert someone.complaints == []
    someone.context.close()


def test_the_vocabulary_trained_here_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path))
    monkeypatch.setattr(unigram, "N_PIECES", 300)
    stems = ("walk", "jump", "look", "call", "ask", "play", "turn", "open")
    words = [stem + end for stem in stems for end in ("", "s", "ed", "ing", "er")]
    monkeypatch.setattr(unigram.corpora, "wikipedia", lambda: {"A": " ".join(words) * 50})
    first = unigram.trained_here()
    monkeypatch.setattr(Unigram, "train", None)  # not again
    assert unigram.trained_here().pieces == first.pieces


def test_without_htmx_merges_are_a_page_of_their_own(visitor: Visitor) -> None:
    page = visitor.go("/demos/tokenizer/merges?vocabulary=gpt2&word=hello")
    expect(page.locator(".merge-card")).to_contain_text("How GPT-2 builds", timeout=SLOW)
    assert faults(page) == []
    visitor.go("/demos/tokenizer/merges?vocabulary=unigram&word=hello")
    expect(page.locator(".verdict.failed")).to_contain_text("Choose a word of one of the byte-pair vocabularies.")
