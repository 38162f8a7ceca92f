"""The training page: it starts a run, shows what the logbook says, survives a stop, and goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from nlpjourney.app.demos.training import TrainingView, entries, folder
from nlpjourney.app.demos.training import work as demo
from nlpjourney.nets.training import read_logbook

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

ENTRIES = [
    {"step": 0, "val_loss": 8.0},
    {"step": 0, "sample": "x"},
    {"step": 1, "loss": 4.0, "lr": 0.1, "tokens": 10, "tokens_per_second": 100.0},
    {"step": 2, "loss": 2.0, "lr": 0.1, "tokens": 20, "tokens_per_second": 50.0},
    {"step": 2, "sample": "y"},
]


def test_the_view_tells_what_the_logbook_says() -> None:
    view = TrainingView(entries=ENTRIES, n_steps=4, width=100, height=40)
    assert (view.done, view.finished, view.top) == (2, False, 8.0)
    assert view.points("loss") == "25.0,20.0 50.0,30.0"
    assert view.points("val_loss") == "0.0,0.0"
    assert [e["sample"] for e in view.samples] == ["y", "x"]
    assert view.speed == pytest.approx(2 / (1 / 100 + 1 / 50))  # as many tokens a step: the harmonic mean


def test_the_logbook_is_read_up_to_its_last_whole_line() -> None:
    assert entries() == []
    folder().mkdir()
    text = "".join(json.dumps(entry) + "\n" for entry in [*ENTRIES, {"step": 3, "sample": "\u2028 \r"}])
    (folder() / "logbook.jsonl").write_text(text + '{"step": 4, "lo')
    assert entries() == read_logbook(folder() / "logbook.jsonl")[0]
    assert len(entries()) == len(ENTRIES) + 1


def test_the_run_goes_on_from_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"N_STEPS": 4, "EVERY": 2, "STORIES": 80, "WIDTH": 32, "LAYERS": 1, "VOCABULARY": 320}.items():
        monkeypatch.setattr(demo, name, value)
    demo.train(str(tmp_path))
    demo.train(str(tmp_path))  # nothing is left to do
    entries, _ = read_logbook(tmp_path / "logbook.jsonl")
    assert [e["step"] for e in entries if "loss" in e] == [1, 2, 3, 4]
    assert [e["step"] for e in entries if "sample" in e] == [0, 2, 4]


@pytest.mark.timeout(600)
def test_the_training_page(browser: Browser, fresh_server: Server) -> None:
    someone = Visitor(browser, fresh_server)
    page = someone.page
    page.set_default_timeout(SLOW)
    someone.go("/demos/training")
    page.get_by_role("button", name="Start", exact=True).click()
    state = page.locator("#training-state")
    expect(state).to_contain_text("Step", timeout=SLOW)  # the page follows by itself
    expect(page.get_by_role("img")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Stop").click()
    expect(state).to_contain_text("Stopped after step")
    expect(page.locator("td").first).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert someone.complaints == []
    someone.context.close()
