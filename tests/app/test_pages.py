"""The pages in a real browser: a learner's way through them, accessibility, safety."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from nlpjourney.app.demos import demos
from nlpjourney.study.exercise import Exercise
from nlpjourney.study.practice import practice
from nlpjourney.study.roadmap import topic

from .conftest import Server, Visitor
from .looks import faults

TOPIC = "1.2"
IMAGES = Path(__file__).parents[2] / "docs" / "images"
SLOW = 180_000  # milliseconds: what loads a model or starts a kernel on a busy machine
PAGES = [
    "", f"/topics/{TOPIC}", "/topics/7.16", f"/topics/{TOPIC}/prove", f"/topics/{TOPIC}/reset", "/reset", "/review",
    "/topics/9.9", "/demos", *(f"/demos/{demo.slug}" for demo in demos()),
]  # fmt: skip


def first_exercise() -> Exercise:
    return practice(TOPIC).exercises[0]


def wrong_answer(exercise: Exercise) -> tuple[str, str]:
    """A known wrong answer as somebody would type it, and the hint that names its fault."""
    wrong = exercise.wrong[0]
    return f"{exercise.source_of(wrong)}\n{exercise.function} = {wrong.name}\n", wrong.hint


def right_answer(exercise: Exercise) -> str:
    return practice(TOPIC).cell(exercise.id).solution


def plain(markdown: str) -> str:
    """The beginning of a Markdown sentence up to its first mark, as it stands on the page."""
    return re.split(r"[`*_\n]", markdown)[0].strip()


def test_a_learner_goes_from_the_roadmap_to_a_passed_exercise_and_finds_it_after_a_restart(
    browser: Browser, fresh_server: Server
) -> None:
    exercise = first_exercise()
    source, hint = wrong_answer(exercise)
    someone = Visitor(browser, fresh_server)
    page = someone.page
    page.get_by_role("link", name=f"{TOPIC} {topic(TOPIC).title}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(topic(TOPIC).title)

    card = page.locator(".exercise").first
    answer = card.get_by_label(f"Your answer to {exercise.id}")
    expect(answer).to_have_value(re.compile("raise NotImplementedError"))
    expect(card).to_contain_text("Not tried yet")
    answer.fill(source)
    card.get_by_role("button", name="Check").click()
    verdict = card.locator(".verdict")
    expect(verdict).to_contain_text("not yet", timeout=SLOW)
    for label in ("Input", "Got", "Expected", "Hint"):
        expect(verdict).to_contain_text(label)
    expect(verdict).to_contain_text(plain(hint))
    expect(card).to_contain_text("Tried, not yet passed")
    assert page.locator(".exercise [aria-live] .verdict").count() == 1

    card.get_by_role("button", name="Next hint").click()
    expect(card.locator(".hints")).to_contain_text(f"Hint 1 of {len(exercise.hints)}")

    answer.fill(right_answer(exercise))
    card.get_by_role("button", name="Check").click()
    expect(card.locator(".verdict.passed")).to_contain_text("passed", timeout=SLOW)
    expect(card.locator(".exercise-meta")).to_contain_text("Passed")
    assert someone.complaints == []
    someone.context.close()

    fresh_server.stop()
    fresh_server.start()
    again = Visitor(browser, fresh_server)
    expect(again.page.locator(".fact").first).to_contain_text("1 of")
    expect(again.page.get_by_role("link", name="Continue with")).to_be_visible()
    card = again.go(f"/topics/{TOPIC}").locator(".exercise").first
    expect(card.locator(".exercise-meta")).to_contain_text("Passed")
    expect(card.locator("textarea")).to_have_value(right_answer(exercise))
    again.context.close()


def test_the_solution_opens_after_a_first_try_and_start_over_forgets_it(browser: Browser, empty_server: Server) -> None:
    exercise = first_exercise()
    someone = Visitor(browser, empty_server)
    card = someone.go(f"/topics/{TOPIC}").locator(".exercise").first
    card.get_by_role("button", name="Solution").click()
    expect(card.locator(".help")).to_contain_text("after your first try")
    card.locator("textarea").fill(wrong_answer(exercise)[0])
    card.get_by_role("button", name="Check").click()
    expect(card.locator(".verdict")).to_be_visible(timeout=SLOW)
    card.get_by_role("button", name="Solution").click()
    expect(card.locator(".solution")).to_contain_text(f"Our solution of {exercise.id}")
    someone.page.once("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Start over").click()
    expect(card.locator("textarea")).to_have_value(re.compile("raise NotImplementedError"))
    expect(card.locator("textarea")).to_be_focused()
    expect(card).to_contain_text("Not tried yet")
    someone.context.close()


def test_the_practice_opens_in_notebook_and_a_cell_runs(browser: Browser, fresh_server: Server) -> None:
    someone = Visitor(browser, fresh_server)
    page = someone.go(f"/topics/{TOPIC}")
    page.get_by_role("button", name="Open in notebook").click()
    page.wait_for_url("**/notebooks/**", timeout=SLOW)
    code = page.locator(".jp-CodeCell").first
    expect(code).to_be_visible(timeout=SLOW)
    # A cell of our own before the first one, so that the test does not hang on what the practice computes first.
    page.locator(".jp-Notebook").click()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.keyboard.type("import nlpjourney; print('it', 'runs', 6 * 7)")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".jp-OutputArea-output", has_text="it runs 42")).to_be_visible(timeout=SLOW)
    mine = fresh_server.workspace / topic(TOPIC).folder.parent.name / f"{TOPIC}-{topic(TOPIC).slug}.ipynb"
    assert mine.exists()
    someone.context.close()


def test_questions_explain_and_proving_makes_a_topic_done(browser: Browser, empty_server: Server) -> None:
    someone = Visitor(browser, empty_server)
    question = practice(TOPIC).questions[0]
    page = someone.go(f"/topics/{TOPIC}")
    card = page.locator(".question").first
    card.locator(f"input[value='{(question.answer + 1) % len(question.choices)}']").click()
    card.get_by_role("button", name="Answer").click()
    expect(card.locator(".verdict.failed")).to_contain_text("Not quite")
    expect(card.locator(".verdict")).to_contain_text(plain(question.explanation))

    page = someone.go(f"/topics/{TOPIC}/prove")
    for q in practice(TOPIC).questions:
        page.locator(f"input[name='{q.id}'][value='{(q.answer + 1) % len(q.choices)}']").click()
    page.get_by_role("button", name="Answer all").click()
    expect(page.locator(".head .verdict.failed")).to_be_visible()
    for q in practice(TOPIC).questions:
        page.locator(f"input[name='{q.id}'][value='{q.answer}']").click()
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator(".head .verdict.passed")).to_contain_text("counts as done")
    expect(someone.go(f"/topics/{TOPIC}").locator(".meta")).to_contain_text("you proved that you know it")

    page = someone.go(f"/topics/{TOPIC}/reset")
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".meta")).to_contain_text("0 of")
    someone.context.close()


def test_what_is_due_comes_one_at_a_time(browser: Browser, empty_server: Server) -> None:
    from datetime import UTC, datetime, timedelta

    from nlpjourney.study.progress import Progress

    q = practice(TOPIC).questions[0]
    log = Progress(empty_server.workspace / "progress.sqlite3")
    for id in (q.id, first_exercise().id):
        kind = "answer" if id == q.id else "attempt"
        log.record(kind, id, at=datetime.now(UTC) - timedelta(days=3), passed=True, source="")
    someone = Visitor(browser, empty_server)
    page = someone.go("/review")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 things are due")
    page.locator(f"input[name='choice'][value='{q.answer}']").click()
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".verdict.passed")).to_contain_text(plain(q.explanation))
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 thing is due")
    page.locator("textarea").fill(right_answer(first_exercise()))
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".verdict.passed")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing is due")
    someone.context.close()


def test_the_keyboard_is_enough(browser: Browser, empty_server: Server) -> None:
    exercise = first_exercise()
    someone = Visitor(browser, empty_server)
    page = someone.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=re.compile("Start with|Continue with"))).to_be_focused()
    someone.go(f"/topics/{TOPIC}")
    field = page.get_by_label(f"Your answer to {exercise.id}")
    for _ in range(60):
        page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    expect(field).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("if True:")
    page.keyboard.press("Enter")
    page.keyboard.type("x = 1")
    expect(field).to_have_value("if True:\n    x = 1")
    page.keyboard.press("Tab")
    expect(field).to_have_value("if True:\n    x = 1    ")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator(".exercise").first.get_by_role("button", name="Check")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".exercise").first.locator(".verdict")).to_be_visible(timeout=SLOW)
    someone.context.close()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_violations_or_scrolls_sideways(browser: Browser, server: Server, path: str) -> None:
    someone = Visitor(browser, server)
    page = someone.go(path)
    assert faults(page) == []
    assert someone.complaints == []
    someone.context.close()


def test_answers_have_no_violations_either(browser: Browser, empty_server: Server) -> None:
    exercise = first_exercise()
    someone = Visitor(browser, empty_server)
    page = someone.go(f"/topics/{TOPIC}")
    card = page.locator(".exercise").first
    card.locator("textarea").fill(wrong_answer(exercise)[0])
    card.get_by_role("button", name="Check").click()
    expect(card.locator(".verdict.failed")).to_be_visible(timeout=SLOW)
    card.get_by_role("button", name="Solution").click()
    expect(card.locator(".solution")).to_be_visible()
    page.locator(".question").first.locator("label.choice").first.click()
    page.locator(".question").first.get_by_role("button", name="Answer").click()
    expect(page.locator(".question .verdict").first).to_be_visible()
    assert faults(page) == []
    card.locator("textarea").fill(right_answer(exercise))
    card.get_by_role("button", name="Check").click()
    expect(card.locator(".verdict.passed")).to_be_visible(timeout=SLOW)
    assert faults(page) == []
    someone.context.close()


def test_what_a_learner_types_is_text_and_nothing_else(browser: Browser, empty_server: Server) -> None:
    exercise = first_exercise()
    evil = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
    someone = Visitor(browser, empty_server)
    page = someone.go(f"/topics/{TOPIC}")
    card = page.locator(".exercise").first
    card.locator("textarea").fill(
        f"def {exercise.function}(*args):\n    print({evil!r})\n    raise ValueError({'</textarea>' + evil!r})\n"
    )
    card.get_by_role("button", name="Check").click()
    expect(card.locator(".verdict")).to_contain_text("onerror", timeout=SLOW)
    page = someone.go(f"/topics/{TOPIC}")  # the answer now comes out of the log
    expect(page.locator(".exercise textarea").first).to_have_value(re.compile("onerror"))
    page = someone.go("/demos/tokenizer")
    page.get_by_label("Your text").fill(evil)
    expect(page.locator(".tokens").first).to_contain_text("onerror", timeout=SLOW)
    page.goto(empty_server.url("/demos/search?in=%3Cscript%3Edocument.title='pwned'%3C/script%3E&q=x"))
    page.goto(empty_server.url("/topics/%3Cscript%3E"))
    assert page.title() != "pwned"
    page = someone.go(f"/topics/{TOPIC}")
    assert page.title() != "pwned"
    assert page.locator("img[src='x']").count() == 0
    someone.context.close()


def test_a_server_that_is_gone_is_said_and_the_draft_stays(browser: Browser, fresh_server: Server) -> None:
    exercise = first_exercise()
    someone = Visitor(browser, fresh_server)
    card = someone.go(f"/topics/{TOPIC}").locator(".exercise").first
    card.locator("textarea").fill("# half an answer")
    fresh_server.stop()
    card.get_by_role("button", name="Check").click()
    expect(card.locator(".result")).to_contain_text("The server does not answer")
    expect(card.get_by_label(f"Your answer to {exercise.id}")).to_have_value("# half an answer")
    someone.context.close()


def test_a_draft_survives_loading_the_page_again(browser: Browser, empty_server: Server) -> None:
    someone = Visitor(browser, empty_server)
    field = someone.go(f"/topics/{TOPIC}").locator(".exercise textarea").first
    field.fill("# half an answer")
    someone.page.reload()
    expect(field).to_have_value("# half an answer")
    someone.context.close()


def test_everything_works_without_javascript(browser: Browser, empty_server: Server) -> None:
    exercise = first_exercise()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{empty_server.url()}?token={empty_server.token}")
    page.goto(empty_server.url(f"/topics/{TOPIC}"))
    card = page.locator(".exercise").first
    source, hint = wrong_answer(exercise)
    card.locator("textarea").fill(source)
    card.get_by_role("button", name="Check").click()
    expect(card.locator(".verdict.failed")).to_contain_text(plain(hint), timeout=SLOW)
    expect(card.locator("textarea")).to_have_value(source)
    context.close()


def test_the_picture_of_the_readme(browser: Browser, empty_server: Server, tmp_path: Path) -> None:
    """With NLP_JOURNEY_SCREENSHOTS=1 it becomes the README's."""
    folder = IMAGES if os.environ.get("NLP_JOURNEY_SCREENSHOTS") else tmp_path
    someone = Visitor(browser, empty_server)
    someone.page.screenshot(path=folder / "roadmap.png")
    someone.context.close()
    assert (folder / "roadmap.png").stat().st_size > 10_000
