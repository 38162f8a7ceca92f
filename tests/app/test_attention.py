"""The attention explorer: its scores are what they are called, its words are the model's weights, and everybody can use it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
import torch
from playwright.sync_api import Browser, expect

from nlpjourney.app.demos import attention as view
from nlpjourney.app.demos import smollm2
from nlpjourney.app.demos.attention import work as demo
from nlpjourney.llm.blocks.attention import attention_maps

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

ONCE = "The quick brown fox jumps over the lazy dog."


def test_a_reading_is_the_models_own_attention() -> None:
    found = demo.read(view.NAMES, "induction", 7, 3)
    ids = smollm2.tokenizer().encode(view.NAMES)
    with attention_maps() as maps, torch.inference_mode():
        smollm2.decoder()(torch.tensor([ids]))
    assert "".join(found.tokens).replace("␣", " ") == view.NAMES
    for i, row in enumerate(found.weights):
        assert len(row) == i + 1 and sum(row) == pytest.approx(1, abs=1e-4)
        torch.testing.assert_close(torch.tensor(row), maps[7][0, 3, i, : i + 1])
        shares = [source.share for source in found.sources(i)]
        assert shares == sorted(row, reverse=True)[: len(shares)] and all(
            row[s.at] == s.share for s in found.sources(i)
        )
    assert len(found.overview) == view.HEADS and all(len(row) == view.LAYERS for row in found.overview)


@pytest.mark.parametrize("example", view.EXAMPLES, ids=lambda example: example[0])
def test_the_examples_show_what_they_promise(example: tuple[str, str, str, int]) -> None:
    _, text, kind, at = example
    found = demo.read(text, kind, None, None)
    score = dict(found.scores)[kind]
    assert score.best == (found.layer, found.head)
    assert score.here == found.overview[found.head][found.layer] == max(max(row) for row in found.overview)  # type: ignore[type-var]
    assert score.here > 0.6 and score.mean is not None and score.here > 1.5 * score.mean
    strongest = found.sources(at)[0].at
    if kind == "induction":
        assert found.tokens[strongest - 1] == found.tokens[at] and strongest < at
    else:
        assert strongest == (at - 1 if kind == "previous" else 0)


def test_texts_and_heads_that_cannot_be_shown_are_a_sentence() -> None:
    assert "40 at most" in demo.read("word " * 41, "first", None, None).problem
    assert "layers are 0 to 29" in demo.read("a b c", "first", 30, 0).problem
    found = demo.read(ONCE, "induction", None, None)
    assert (found.layer, found.head) == (0, 0) and found.overview[0][0] is None and not found.problem


@pytest.mark.timeout(600)
def test_the_attention_explorer(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.page
    page.set_default_timeout(SLOW)
    someone.go("/demos/attention")
    page.get_by_role("link", name="An induction head").click()
    expect(page.locator("#looking")).to_contain_text("“urs” (token 12) looks at “ley” (4) with")
    looker = page.locator(".seen").nth(3)
    looker.focus()
    expect(page.locator("#looking")).to_contain_text("“ley” (token 4) looks at")
    expect(page.locator(".looker").nth(3)).to_have_class("looker pointed")
    expect(page.locator(".attention-table tbody tr").nth(3)).to_have_class("pointed")
    expect(page.locator(".seen").nth(5)).to_have_class("seen later")
    assert faults(page) == []
    page.keyboard.press("Enter")  # the same, as an address
    page.wait_for_url("**token=3*")
    expect(page.locator("#looking")).to_contain_text("“ley” (token 4) looks at")

    cell = page.locator(".heads a[aria-current]")
    expect(cell).to_have_attribute("tabindex", "0")
    assert page.locator(".heads a[tabindex='0']").count() == 1
    cell.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#head-title")).to_have_text("Layer 16, head 5")
    expect(page.get_by_label("Layer", exact=True)).to_have_value("16")

    page.get_by_label("How much a head looks at").select_option("first")
    page.get_by_label("Layer", exact=True).fill("")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".verdict.failed")).to_contain_text("give both, or neither")
    page.get_by_role("textbox", name="Text").fill("<b>x</b> word")
    page.get_by_label("Head", exact=True).fill("")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".looked")).to_have_text("<b>x</b>␣word")
    assert faults(page) == []
    assert someone.complaints == []
    someone.context.close()


def test_without_scripts_links_do_all_of_it(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{server.url()}?token={server.token}")
    page.goto(server.url("/demos/attention?" + urlencode({"text": ONCE, "score": "previous"})))
    page.locator(".heads a").nth(9 * 3 + 4).click()
    chosen = page.locator(".heads a[aria-current]")
    assert (chosen.get_attribute("href") or "").endswith("#overview")
    page.locator(".seen").nth(2).click()
    expect(page.locator("#looking")).to_contain_text("“␣brown” (token 3) looks at")
    page.goto(server.url("/demos/attention?" + urlencode({"text": ONCE, "score": "induction"})))
    expect(page.locator("#overview")).to_contain_text("cannot be said")
    for wrong, said in [("score=x", "no score"), ("text=a&layer=-1", "must be a number"), ("text=" + "a" * 301, "300")]:
        page.goto(server.url("/demos/attention?" + wrong))
        expect(page.locator("main")).to_contain_text(said)
    context.close()
