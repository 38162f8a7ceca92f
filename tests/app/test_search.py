"""The search explorer: vectors are computed once, and the page shows what each ranker finds and why."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

from nlpjourney import assets
from nlpjourney.app.demos.search import vectors as keeping
from nlpjourney.app.demos.search import work

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

VECTORS = 600_000  # milliseconds: all passages through MiniLM on a busy machine, when they are not cached yet


class SlowEncoder:
    """Vectors only after it is told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.calls = 0

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        assert self.go_on.wait(120)
        self.calls += 1
        return np.eye(40, dtype=np.float32)[[len(text) for text in texts]]


def use(monkeypatch: pytest.MonkeyPatch, encoder: Callable[[], object]) -> None:
    for module in (keeping, work):
        monkeypatch.setattr(module, "encoder", encoder)


def finished(vectors: work.Vectors) -> None:
    until = time.monotonic() + 120
    while vectors.index is None and not vectors.problem and time.monotonic() < until:
        time.sleep(0.01)


def test_vectors_are_computed_aside_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path))
    encoder = SlowEncoder()
    use(monkeypatch, lambda: encoder)
    texts = ["x" * n for n in range(1, 40)]
    vectors = work.Vectors("texts", texts)
    assert vectors.waiting == "Reading the passages for the first time: 0 of 39."
    assert vectors.index is None
    encoder.go_on.set()
    finished(vectors)
    assert vectors.problem == "" and vectors.index is not None
    assert vectors.index.search("xxx", 1)[0].text == "xxx"
    calls = encoder.calls
    again = work.Vectors("texts", texts)
    finished(again)
    assert again.index is not None and encoder.calls == calls  # out of the cache


def test_a_missing_encoder_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise assets.AssetError("no network")

    use(monkeypatch, refuse)
    vectors = work.Vectors("texts", ["a"])
    finished(vectors)
    assert "could not be fetched" in vectors.problem


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
