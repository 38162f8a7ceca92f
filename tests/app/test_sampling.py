"""The sampling explorer: its numbers are the library's, each cut token names its rule, and an address repeats everything."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import torch
from playwright.sync_api import Browser, expect

from nlpjourney.app.demos import sampling as demo
from nlpjourney.app.demos.sampling import Settings
from nlpjourney.app.views import sampling as view
from nlpjourney.assets import store
from nlpjourney.llm.engine import Engine, GGUFTokenizer
from nlpjourney.llm.models import load_decoder

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

PROMPT = "My favourite colour is"
ALL = Settings(1.3, 40, 0.9, 0.05)


def test_rule_after_rule_is_what_the_sampler_does() -> None:
    logits = torch.randn(500, generator=torch.Generator().manual_seed(0)) * 3
    for settings in (Settings(), ALL, Settings(2.0, None, 0.5), Settings(0.5, 3), Settings(min_p=0.2)):
        left, removed = demo.apply(logits, settings)
        torch.testing.assert_close(left, settings.sampler.apply(logits[None], torch.empty(1, 0, dtype=torch.long))[0])
        cut = sum((gone.long() for _, gone in removed), torch.zeros(500, dtype=torch.long))
        assert torch.equal(cut, left.isinf().long())  # each that is gone was removed by exactly one rule


def test_each_rule_gets_its_own_tokens() -> None:
    logits = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05]).log()
    _, removed = demo.apply(logits, Settings(1.0, 4, 0.85, 0.5))
    assert [(rule, gone.nonzero().flatten().tolist()) for rule, gone in removed] == [
        ("top-k", [4]),
        ("top-p", [3]),
        ("min-p", [2]),
    ]


def test_the_table_holds_the_models_likeliest_tokens() -> None:
    found = demo.look(PROMPT, (), ALL)
    engine = Engine(store.path(demo.MODEL), threads=1)
    likely = torch.from_numpy(engine.sequence().prefill(GGUFTokenizer(engine.file).encode(PROMPT))).softmax(-1)
    best = likely.topk(demo.SHOWN)
    assert [c.id for c in found.choices] == best.indices.tolist()
    assert [c.before for c in found.choices] == pytest.approx(best.values.tolist(), rel=1e-4)
    kept = [c for c in found.choices if not c.cut_by]
    assert len(kept) == min(found.kept, demo.SHOWN) and all((c.after > 0) == (not c.cut_by) for c in found.choices)
    assert found.rest[0] == pytest.approx(1 - float(best.values.sum()), abs=1e-4)
    plain = demo.look(PROMPT, (), Settings())
    assert plain.kept == plain.n_vocab and plain.kept_mass == pytest.approx(1, abs=1e-4)
    assert plain.effective[0] == plain.effective[1] > found.effective[1]


def test_a_seed_draws_the_same_again_and_only_what_is_kept() -> None:
    first = demo.look(PROMPT, (), ALL, seed=5)
    assert first.drawn is not None and first.drawn.after > 0 and first.added == (first.drawn.id,)
    demo._logits.cache_clear()
    assert demo.look(PROMPT, (), ALL, seed=5) == first
    assert len({demo.look(PROMPT, (), ALL, seed=seed).added for seed in range(8)}) > 3
    assert demo.look(PROMPT, first.added, ALL).choices == first.choices


def test_what_was_asked_before_changes_nothing() -> None:
    model = load_decoder(store.path(demo.MODEL))
    for ids in [(504, 260, 253), (504, 260), (504,), (504, 260, 300, 301)]:
        demo._logits.cache_clear()
        logits = demo._logits(ids)
        with torch.inference_mode():
            exact = model(torch.tensor([ids]))[0, -1]
        torch.testing.assert_close(logits.softmax(-1), exact.softmax(-1), atol=0.04, rtol=0)
        demo._logits.cache_clear()
        demo._logits((1, 2, 3, 4, 5))
        assert torch.equal(demo._logits(ids), logits)


def test_draws_follow_the_distribution() -> None:
    likely = torch.tensor([0.5, 0.3, 0.2])
    n = 2_000
    drawn = torch.tensor([demo.draw(likely.log(), Settings(), seed, 7) for seed in range(n)])
    shares = drawn.bincount(minlength=3) / n
    assert ((shares - likely).abs() < 4 * (likely * (1 - likely) / n).sqrt()).all()


def test_what_cannot_be_read_is_a_sentence() -> None:
    assert "may have 100" in demo.look("word " * 201, (), Settings()).problem
    assert "does not exist" in demo.look("a", (999_999,), Settings()).problem
    assert "Start over" in demo.look("a", (1,) * demo.MAX_ADDED, Settings(), seed=1).problem
    assert demo.MAX_ADDED == view.MAX_ADDED


def test_the_token_that_ends_a_text_has_a_name() -> None:
    _, tokenizer = demo._model()
    end = tokenizer.encode("<|im_end|>", special=True)[-1]
    found = demo.look("Hello", (end,), Settings())
    assert found.added_tokens == ("<|im_end|>",) and found.ended


@pytest.mark.parametrize(
    ("change", "said"),
    [({"temperature": "0"}, "temperature"), ({"temperature": "nan"}, "temperature"), ({"top_k": "1.5"}, "whole number"),
     ({"top_p": "0"}, "Top-p"), ({"min_p": "2"}, "Min-p"), ({"seed": "-1"}, "seed"), ({"seed": "x"}, "seed")],
)  # fmt: skip
def test_settings_out_of_range_are_refused(change: dict[str, str], said: str) -> None:
    with pytest.raises(view.BadSetting, match=said):
        view.read_settings(view.PLAIN | change)


def test_settings_that_are_off_are_none() -> None:
    assert view.read_settings(view.PLAIN) == (1.0, None, None, None, 1)
    assert view.read_settings(view.USUAL) == (0.7, 50, 0.9, None, 1)
    assert view.read_ids("") == () and view.read_ids("3.14") == (3, 14)
    for bad in ("x", "1..2", "-1", "1." * 100 + "1"):
        with pytest.raises(view.BadSetting):
            view.read_ids(bad)


@pytest.mark.timeout(600)
def test_the_sampling_explorer(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.page
    page.set_default_timeout(SLOW)
    someone.go("/demos/sampling")
    page.get_by_role("textbox", name="Prompt").fill("The capital of France is")
    page.get_by_role("button", name="Show what may come next").click()
    rows = page.locator(".choices tbody tr")
    expect(rows).to_have_count(demo.SHOWN + 1)
    expect(rows.first).to_contain_text("Paris")
    expect(page.locator("#kept")).to_contain_text("Nothing is cut")
    page.get_by_label("Top-k").fill("5")
    page.keyboard.press("Enter")
    expect(page.locator("#kept")).to_contain_text("5 of 49,152 tokens")
    expect(rows.nth(4)).to_contain_text("kept")
    expect(rows.nth(5)).to_contain_text("cut by top-k")
    assert faults(page) == []
    page.get_by_role("button", name="Append ␣Paris").click()
    expect(page.locator(".written")).to_have_text("The capital of France is␣Paris")
    page.get_by_role("button", name="Draw one").click()
    expect(page.locator(".notice").first).to_contain_text("Seed 1 drew")
    written = page.locator(".written").text_content() or ""
    assert faults(page) == []
    page.reload()
    expect(page.locator(".written")).to_have_text(written)
    page.get_by_role("link", name="Take back the last token").click()
    expect(page.locator(".written")).to_have_text("The capital of France is␣Paris")
    page.get_by_role("link", name="Start over").click()
    expect(page.locator(".written")).to_have_text("The capital of France is")
    assert someone.complaints == []
    someone.context.close()


def test_without_scripts_and_with_nonsense(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{server.url()}?token={server.token}")
    page.goto(server.url("/demos/sampling?" + urlencode({"text": "<i>Hello", "top_k": "3"})))
    expect(page.locator(".written")).to_have_text("<i>Hello")
    page.get_by_role("button", name="Draw one").click()
    page.get_by_role("button", name="Draw one").click()
    expect(page.locator(".written .token")).to_have_count(2)
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["top_k"] == ["3"] and asked["seed"] == ["1"] and "." not in asked["then"][0]
    for wrong, said in [
        ("text=a&temperature=hot", "temperature"),
        ("text=a&then=x", "Start over"),
        ("text=" + "a" * 501, "500"),
    ]:
        page.goto(server.url("/demos/sampling?" + wrong))
        expect(page.locator(".verdict.failed")).to_contain_text(said)
    context.close()
