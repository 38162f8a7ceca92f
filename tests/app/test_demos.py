"""The demos: what the worker computes is right, and the pages show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

from nlpjourney import assets
from nlpjourney.app.demos import search, tokenizers
from nlpjourney.app.demos.collections import MAX_WORDS, cut, sentences
from nlpjourney.text.tokenize import BPE

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

VECTORS = 600_000  # milliseconds: all passages through MiniLM on a busy machine, when they are not cached yet
TEXTS = ["", " ", "hello", "  two  spaces\n\tand a tab\r\n", "naïve 🤷🏽‍♀️ こんにちは", "x" * 300, "\0\x7f"]
BYTE_PAIRS = ["gpt2", "cl100k", "o200k"]


@pytest.fixture(autouse=True, scope="module")
def loaded_once() -> Iterator[None]:
    """The library's own vocabularies: the demo, which asks for them by the same names, and we share what was loaded."""
    with pytest.MonkeyPatch.context() as patch:
        for key in BYTE_PAIRS:
            patch.setattr(BPE, key, cache(getattr(BPE, key)))
        yield


def library(key: str) -> BPE:
    model: BPE = getattr(BPE, key)()
    return model


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_the_library_and_lose_nothing(text: str) -> None:
    for result in tokenizers.tokenize(text):
        assert not result.problem
        if result.vocabulary.merges:
            model = library(result.vocabulary.key)
            assert [token.id for token in result.tokens] == model.encode_ordinary(text)
            assert "".join(word.text for word in result.words) == text
            assert sum(token.n_bytes for token in result.tokens) == len(model.decode_bytes(model.encode_ordinary(text)))


@pytest.mark.parametrize("key", BYTE_PAIRS)
def test_merges_end_at_the_tokens_of_the_word(key: str) -> None:
    model = library(key)
    for word in (" tokenization", "hello", " naïve", "🤷", " "):
        steps = tokenizers.merge_steps(key, word)
        assert len(steps[0].tokens) == len(word.encode())
        assert len(steps[-1].tokens) == len(model.encode_ordinary(word))


def test_vocabularies_that_cannot_be_had_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(key: str) -> None:
        raise assets.AssetError("no network")

    monkeypatch.setattr(tokenizers, "_load", refuse)
    results = tokenizers.tokenize("hello")
    assert [r.problem for r in results] == ["Its vocabulary is not on this machine and could not be fetched."] * 5


def test_passages_are_prose_of_a_bearable_length() -> None:
    prose = "This is a sentence of exactly nine words, really it is. " * 40
    found = cut({"A": f"= Heading =\n\n{prose}\n\n* a list\n* of links\n\nToo short.", "B": "Nothing."})
    assert {p.title for p in found} == {"A"}
    assert all(25 <= len(p.text.split()) <= MAX_WORDS for p in found)
    assert "Heading" not in found[0].text
    assert sentences("One. Two? 3.5 is a number. Yes!") == ["One.", "Two? 3.5 is a number.", "Yes!"]


class SlowEncoder:
    """Vectors only after it is told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.calls = 0

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        assert self.go_on.wait(120)
        self.calls += 1
        return np.eye(40, dtype=np.float32)[[len(text) for text in texts]]


def finished(vectors: search.Vectors) -> None:
    until = time.monotonic() + 120
    while vectors.index is None and not vectors.problem and time.monotonic() < until:
        time.sleep(0.01)


def test_vectors_are_computed_aside_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path))
    encoder = SlowEncoder()
    monkeypatch.setattr(search, "_encoder", lambda: encoder)
    texts = ["x" * n for n in range(1, 40)]
    vectors = search.Vectors(texts)
    assert vectors.waiting == "Reading the passages for the first time: 0 of 39."
    assert vectors.index is None
    encoder.go_on.set()
    finished(vectors)
    assert vectors.problem == "" and vectors.index is not None
    assert vectors.index.search("xxx", 1)[0].text == "xxx"
    calls = encoder.calls
    again = search.Vectors(texts)
    finished(again)
    assert again.index is not None and encoder.calls == calls  # out of the cache


def test_a_missing_encoder_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise assets.AssetError("no network")

    monkeypatch.setattr(search, "_encoder", refuse)
    vectors = search.Vectors(["a"])
    finished(vectors)
    assert "could not be fetched" in vectors.problem


def test_the_tokenizer_explorer(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.go("/demos/tokenizer")
    page.get_by_label("Your text").fill("hello tokenization")
    page.get_by_role("button", name="Tokenize").click()
    sections = page.locator(".tokens")
    expect(sections).to_have_count(5, timeout=VECTORS)
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


@pytest.mark.timeout(900)
def test_the_search_explorer(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.go("/demos/search")
    page.get_by_label("Query").fill("animals that live in water and on land")
    page.get_by_role("button", name="Search").click()
    rankings = page.locator(".ranking")
    expect(rankings).to_have_count(4, timeout=SLOW)
    expect(page.get_by_text("looks again by itself")).to_have_count(0, timeout=VECTORS)
    for number in range(4):
        expect(rankings.nth(number).locator("ol > li")).to_have_count(5)
    expect(page.locator("#said")).to_contain_text("BM25: 5 results.")
    expect(rankings.nth(1).locator("mark").first).to_be_visible()
    expect(rankings.nth(2)).to_contain_text("Amphibian")  # found by meaning
    assert faults(page) == []
    bm25 = rankings.nth(1).locator("li").first
    bm25.locator("summary").click()
    score = float((bm25.locator("summary").inner_text()).split()[1].rstrip(":"))
    parts = [float(cell) for cell in bm25.locator("tbody td.number").all_inner_texts()]
    assert sum(parts) == pytest.approx(score, abs=1e-3)  # why it scored what it did
    assert faults(page) == []
    page.get_by_label("Query").fill("zzzzqqq")
    page.get_by_role("button", name="Search").click()
    expect(rankings.nth(0)).to_contain_text("no passage has a word of this query", timeout=SLOW)
    assert someone.complaints == []
    someone.context.close()
