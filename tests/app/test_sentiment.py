"""The sentiment demo: its scores are the library's, and the page shows every rule."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from nlpjourney.app.demos.sentiment import SAMPLES, work
from nlpjourney.tasks.sentiment import PatternAnalyzer, Vader

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW


@pytest.mark.parametrize("text", [*(text for _, text in SAMPLES), "", "table", "ünïcode 😀 <b>good</b>", "good " * 90])
def test_scores_are_those_of_the_library(text: str) -> None:
    found = work.score(text)
    assert (found.neg, found.neu, found.pos, found.compound) == Vader().scores(text)
    assert (found.polarity, found.subjectivity) == PatternAnalyzer().score(text)
    assert sum(word.valence for word in found.words) == pytest.approx(found.total)
    assert bool(found.picture) == any(word.steps for word in found.words)


@pytest.mark.timeout(300)
def test_the_page(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.go("/demos/sentiment")
    expect(page.locator("#vader-name")).to_contain_text("compound", timeout=SLOW)
    assert faults(page) == []
    page.get_by_label("Your text").fill("The <b>room</b> was not good, but the view was GREAT!")
    page.get_by_role("button", name="Score").click()
    row = page.locator("#scored tbody tr").filter(has_text="lexicon +1.90")
    expect(row).to_contain_text("negation “not” -1.41", timeout=SLOW)
    expect(page.locator("#said")).to_contain_text("TextBlob: polarity")
    assert faults(page) == []
    page.get_by_label("Your text").fill("table")
    page.get_by_role("button", name="Score").click()
    expect(page.locator("#scored")).to_contain_text("is in VADER's lexicon: it has no opinion", timeout=SLOW)
    assert someone.complaints == []
    someone.context.close()
