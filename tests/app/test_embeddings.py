"""The embedding map: what it draws is what the vectors say, and the page shows it to eyes, ears and fingers."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from nlpjourney import assets
from nlpjourney.app.demos.embeddings import vectors as learning
from nlpjourney.app.demos.embeddings import work as embeddings
from nlpjourney.drawing.labels import Label, overlap, text_box
from nlpjourney.text.embeddings import WordVectors

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

LEARNING = 300_000  # milliseconds: reading and learning on a busy machine, when the vectors are not in the cache yet


class Ready:
    """Vectors that are there already: two directions (kind, number) and noise, so that the analogies are exact."""

    problem, waiting = "", ""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        words = [kind + ending for kind in ("cat", "dog", "cow", "pig", "hen") for ending in ("", "s")]
        plane = [[np.cos(i), np.sin(i), plural] for i in range(5) for plural in (0, 1.5)]
        others = rng.normal(size=(60, 3)) * [1, 1, 0.1] - [0, 0, 2]
        self.vectors = WordVectors(
            [*words, *(f"other{i}" for i in range(60))], np.vstack([plane, others]).astype(np.float32)
        )


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> WordVectors:
    state = Ready()
    monkeypatch.setattr(embeddings, "_vectors", lambda: state)
    return state.vectors


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_neighbours_are_those_of_the_vectors(ready: WordVectors, method: str) -> None:
    found = embeddings.neighbours("cats", method)
    assert [(row.word, row.cosine) for row in found.rows] == ready.most_similar("cats", embeddings.NEAR)
    assert [dot.word for dot in found.dots if dot.kind == "asked"] == ["cats"]
    for dot in found.dots:
        assert 0 <= dot.x <= embeddings.WIDTH and 0 <= dot.y <= embeddings.HEIGHT
    assert found.arrows == ()


def test_an_analogys_arrows_lead_where_they_should(ready: WordVectors) -> None:
    found = embeddings.analogy("cat", "cats", "dog")
    assert [(row.word, row.cosine) for row in found.rows] == ready.analogy("cat", "cats", "dog", embeddings.ANSWERS)
    assert found.rows[0].word == "dogs"
    at = {dot.word: (dot.x, dot.y) for dot in found.dots}
    given, moved, answer = found.arrows
    assert ((given.x1, given.y1), (given.x2, given.y2)) == (at["cat"], at["cats"])
    assert (answer.x1, answer.y1) == (moved.x1, moved.y1) == at["dog"]
    assert (answer.x2, answer.y2) == at["dogs"]
    # The same arrow, begun elsewhere.
    assert moved.x2 - moved.x1 == pytest.approx(given.x2 - given.x1, abs=0.3)
    assert moved.y2 - moved.y1 == pytest.approx(given.y2 - given.y1, abs=0.3)


def test_names_cover_neither_dots_nor_names(ready: WordVectors) -> None:
    for word in ready.words[:20]:
        dots = embeddings.neighbours(word, "pca").dots
        boxes = []
        for dot in dots:
            if dot.label:
                boxes.append(text_box(Label(*dot.label), dot.word))
        assert len(boxes) >= len(dots) / 2
        assert all(dot.label for dot in dots if dot.kind == "asked")
        for i, box in enumerate(boxes):
            assert not any(overlap(box, other) for other in boxes[:i])
            assert not any(box[0] < dot.x < box[2] and box[1] < dot.y < box[3] for dot in dots)


def test_an_unknown_word_is_named_with_others_spelt_alike(ready: WordVectors) -> None:
    found = embeddings.analogy("catz", "cats", "zzz")
    assert [word for word, _ in found.unknown] == ["catz", "zzz"]
    assert set(found.unknown[0][1]) >= {"cat", "cats"} and found.unknown[1][1] == ()
    assert not found.dots


@pytest.fixture
def arrival(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[threading.Event]:
    """A corpus of two kinds of sentences that arrives when it is told to."""
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path))
    arrive = threading.Event()

    def texts() -> Iterator[str]:
        assert arrive.wait(30)
        yield from ["red green blue", "one two three"] * 40

    monkeypatch.setattr(learning, "_texts", texts)
    yield arrive
    arrive.set()


def test_vectors_are_learned_aside_and_kept(arrival: threading.Event) -> None:
    state = learning.LearnedVectors()
    assert state.vectors is None and state.waiting.startswith("Reading the text for the first time, 0 seconds")
    arrival.set()
    state.join()
    assert state.problem == "" and state.vectors is not None
    assert sorted(state.vectors.words) == ["blue", "green", "one", "red", "three", "two"]
    arrival.clear()  # nothing is read again
    again = learning.LearnedVectors()
    again.join()
    assert again.vectors is not None
    assert again.vectors.vectors.tobytes() == state.vectors.vectors.tobytes()


def test_texts_that_cannot_be_had_are_a_sentence(arrival: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise assets.AssetError("no network")

    monkeypatch.setattr(learning, "_texts", refuse)
    state = learning.LearnedVectors()
    state.join()
    assert "could not be fetched" in state.problem
    monkeypatch.setattr(embeddings, "_vectors", lambda: state)
    assert embeddings.neighbours("cat", "pca").problem == state.problem


@pytest.mark.timeout(900)
def test_the_embedding_map(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.go("/demos/embeddings")
    page.get_by_label("Word", exact=True).fill("October")
    page.get_by_label("Word", exact=True).press("Enter")
    rows = page.locator(".word-table tbody tr")
    expect(rows).to_have_count(embeddings.NEAR, timeout=LEARNING)
    words = rows.locator("a").all_inner_texts()
    assert {"september", "november", "august"} <= set(words)
    expect(page.locator("#said")).to_contain_text(f"nearest words to october are {words[0]}")
    expect(page.locator(".word-drawing .dot")).to_have_count(embeddings.NEAR + 1)
    assert faults(page) == []

    page.get_by_label("Drawn by").select_option("tsne")
    page.get_by_role("button", name="Show neighbours").click()
    expect(page.locator(".word-map")).to_contain_text("t-SNE keeps neighbours together", timeout=SLOW)
    rows.nth(1).locator("a").focus()  # its dot is marked in the drawing
    expect(page.locator(f'.dot[data-word="{words[1]}"]')).to_have_class(re.compile(r"\bpointed\b"))
    page.keyboard.press("Enter")
    expect(page.locator(".word-map h2")).to_contain_text(f"{words[1]} and its neighbours", timeout=SLOW)

    someone.go("/demos/embeddings")
    page.get_by_role("link", name="he : his = she : ?").click()
    expect(page.locator(".word-map h2")).to_contain_text("he is to his as she is to her", timeout=SLOW)
    expect(page.locator(".arrow")).to_have_count(3)
    assert faults(page) == []
    page.get_by_label("so is").fill("")
    page.get_by_role("button", name="to … ?").click()
    expect(page.locator(".verdict.failed")).to_contain_text("needs three words", timeout=SLOW)
    page.get_by_label("Word", exact=True).fill("<b>octobre")
    page.get_by_role("button", name="Show neighbours").click()
    expect(page.locator(".verdict.failed")).to_contain_text("“<b>octobre” occurs fewer than ten times", timeout=SLOW)
    assert faults(page) == []
    assert someone.complaints == []
    someone.context.close()
