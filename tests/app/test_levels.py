"""The page of four levels: what the worker computes is right, and the page shows it to everybody."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from nlpjourney import assets
from nlpjourney.app.demos.levels import models
from nlpjourney.app.demos.levels import work as levels
from nlpjourney.text.syntax import Tree

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

STORY = (
    "Nora lost her kite in the park. She looked everywhere. A boy found the kite near the river. He gave it to Nora."
)


def test_a_sentence_has_trees_of_its_own_words() -> None:
    (sentence,) = levels.look("The old man saw some of the girls.").syntax
    assert Tree.parse(sentence.brackets).leaves() == list(sentence.words)
    assert len(sentence.heads) == len(sentence.tags) == len(sentence.words) == 9
    assert sentence.heads.count(-1) == 1
    assert sentence.tree.startswith("<svg") and sentence.arcs.startswith("<svg")
    assert not sentence.problem and sentence.above < 0.9


def test_new_words_and_nonsense_are_named() -> None:
    good, bad = levels.look("The blorp zibbled the snargs. Snargs the two the zibbled of blorp.").syntax
    assert good.unknown == ("blorp", "zibbled", "snargs")
    assert good.surprise < bad.surprise and bad.above > 0.9
    (signs,) = levels.look("!!! ???").syntax[:1]
    assert "no word here" in signs.problem
    (long,) = levels.look("a " * 60).syntax
    assert "too many" in long.problem and not long.tree


def test_senses_with_their_reasons() -> None:
    found = levels.look("They pulled the boat up on the bank of the river.").meanings
    bank = next(m for m in found if m.lemma == "bank")
    assert bank.senses[0].name == "bank.n.01" and "river" in bank.senses[0].shared
    assert next(m for m in found if m.word == "pulled").lemma == "pull"
    both = levels.look("They sat on the bank of the river by the water. The bank lends money on deposits.").meanings
    assert [(m.senses[0].name, m.sentence) for m in both if m.lemma == "bank"] == [
        ("bank.n.01", 1),
        ("depository_financial_institution.n.01", 2),
    ]
    past = levels.look("She saw the dogs.").meanings
    assert [m.lemma for m in past] == ["see", "dog"]


def test_implicatures_and_the_published_numbers() -> None:
    found = levels.look("Some of the guests left. It was not good.")
    assert [(s.sentence, s.word, s.turned) for s in found.scalar] == [(1, "Some", ""), (2, "good", "not")]
    _, literal, pragmatic = next(row for row in found.apples if row[0] == "some")
    assert literal == pytest.approx((0, 1 / 3, 1 / 3, 1 / 3))
    assert pragmatic == pytest.approx((0, 4 / 9, 4 / 9, 1 / 9))


def test_chains_orders_and_segments() -> None:
    found = levels.look(STORY).discourse
    assert found is not None
    assert [[text for text, _ in chain] for chain in found.chains] == [
        ["Nora", "her", "She", "Nora"],
        ["kite", "the kite", "it"],
        ["A boy", "He"],
    ]
    assert "".join(text for text, _ in found.pieces) == STORY
    assert (found.n_orders, len(found.best), found.segments) == (24, 4, ())
    assert levels.look("One sentence only.").discourse is None
    long = levels.look(f"{STORY} {STORY} {STORY}").discourse
    assert long is not None and "".join(long.segments) == f"{STORY} {STORY} {STORY}"


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "🤷 🤷", "Hello", "hello? no. yes", "((((", "x" * 500, "It. It. It. It. It. It. It. It. It. It."],
)
def test_any_text_is_looked_at(text: str) -> None:
    found = levels.look(text)
    assert len(found.syntax) <= levels.MAX_SENTENCES


def test_without_assets_the_small_ones_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise assets.AssetError("no network")

    monkeypatch.setattr(models, "parsed_news", refuse)
    monkeypatch.setattr(models, "wordnet", refuse)
    small = models.learn()
    monkeypatch.setattr(levels, "models", lambda: small)
    found = levels.look("Ada lost the kite at the bank. She found it.")
    assert len(found.notes) == 2 and found.wordnet == "our little WordNet"
    assert all(s.tree for s in found.syntax)
    assert found.discourse is not None and found.discourse.n_orders == 0


def test_what_was_learned_is_kept_unless_something_stands_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path))
    learned: list[bool] = []
    missing = True

    def learn(stand_ins: bool = True) -> SimpleNamespace:
        if missing and not stand_ins:
            raise assets.AssetError("no network")
        learned.append(stand_ins)
        return SimpleNamespace(number=len(learned))

    def found() -> int:
        return int(models.models.__wrapped__().number)  # type: ignore[attr-defined]

    monkeypatch.setattr(models, "learn", learn)
    assert [found(), found()] == [1, 2]
    missing = False
    assert [found(), found()] == [3, 3] and learned == [True, True, False]


def test_nothing_stands_in_where_it_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise assets.AssetError("no network")

    for name in ("wordnet", "parsed_news"):
        with monkeypatch.context() as patch:
            patch.setattr(models, name, refuse)
            with pytest.raises(assets.AssetError):
                models.learn(stand_ins=False)


@pytest.mark.timeout(600)
def test_the_page(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.go("/demos/levels")
    page.get_by_label("Your text").fill(f"Some of the people saw Nora at the bank. {STORY}")
    page.get_by_role("button", name="Look").click()
    expect(page.locator(".level")).to_have_count(4, timeout=SLOW)
    expect(page.locator("#said")).to_contain_text("5 sentences looked at")  # for those who listen
    expect(page.get_by_role("img", name="Phrases of the sentence: She looked everywhere")).to_be_visible()
    expect(page.get_by_role("img", name="Dependencies of the sentence: She looked")).to_be_visible()
    page.locator(".sentence").nth(1).locator("summary").first.click()
    expect(page.locator(".sentence").nth(1)).to_contain_text("(S (NP")
    expect(page.locator("#level-3 ~ p").first).to_contain_text("not most, not all")
    expect(page.locator(".chained mark").first).to_contain_text("Nora")
    expect(page.locator(".level").nth(3)).to_contain_text("orders of your sentences")
    assert faults(page) == []
    assert someone.complaints == []
    someone.context.close()


def test_a_link_leads_to_a_text_and_too_long_ones_are_refused(visitor: Visitor) -> None:
    page = visitor.go(f"/demos/levels?text={quote('dog the the of saw')}")
    expect(page.locator(".level")).to_have_count(4, timeout=SLOW)
    expect(page.locator(".level").first).to_contain_text("do not believe the trees")
    expect(page.locator(".level").nth(3)).to_contain_text("add a second")
    visitor.go(f"/demos/levels?text={'a' * 1300}")
    expect(page.locator("#levels")).to_contain_text("1,200 characters at most")
    visitor.go(f"/demos/levels?text={quote('<script>alert(1)</script> & friends')}")
    expect(page.locator(".level")).to_have_count(4, timeout=SLOW)
    visitor.go("/topics/1.1")
    expect(page.get_by_role("link", name="Four levels")).to_be_visible()


def test_kept_models_are_read_only_if_they_are_whole_and_ours(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "learn", lambda stand_ins=True: {"learned": stand_ins})
    kept = tmp_path / "kept"
    models._keep(kept)
    assert models._read_kept(kept) == {"learned": False}
    kept.chmod(0o666)  # anybody may have written it
    assert models._read_kept(kept) is None
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes()[:-1])
    assert models._read_kept(kept) is None
    kept.write_bytes(b"")
    assert models._read_kept(kept) is None
    models._keep(kept)
    monkeypatch.setattr(models.os, "getuid", lambda: 12345)  # another's file
    assert models._read_kept(kept) is None
