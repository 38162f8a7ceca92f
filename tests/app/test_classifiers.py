"""The page of four classifiers: scores are the sums that are shown, verdicts are the library's, and a miss is called one."""

from __future__ import annotations

import re
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from nlpjourney.app.demos.classifiers import QUESTIONS, ClassifiersView, work
from nlpjourney.tasks.classification import FastTextClassifier, TextClassifier

from .conftest import Server, Visitor
from .looks import faults
from .test_pages import SLOW

BADGER = QUESTIONS["headlines"].samples[0][1]
ODD = ["x", "zqx vvw", "🤷 🤷", "\0", "a " * 300, "prize\n\nPRIZE  prize", "<script>alert(1)</script>"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_classes_are_the_classifiers_own(question: str) -> None:
    trained = work._trained(question)
    for model in trained.models.values():
        assert tuple(model.classes_.tolist()) == QUESTIONS[question].classes
    assert min(trained.accuracies.values()) > 0.8 and len(trained.held_out) >= 1000


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_shown_adds_up_and_decides(question: str) -> None:
    negative, positive = QUESTIONS[question].classes
    for text in [*ODD, *(text for _, text in QUESTIONS[question].samples)]:
        judged = work.judge(question, text)
        assert len(judged.verdicts) == 4
        for verdict in judged.verdicts:
            assert sum(part.adds for part in verdict.rows) == pytest.approx(verdict.score, abs=1e-9)
            assert verdict.label == (positive if verdict.score > 0 else negative)
            model = work._trained(question).models[verdict.name]
            (expected,) = model.predict([" ".join(text.lower().split())])
            assert verdict.label == expected
            if verdict.probability is None:
                assert verdict.name == "linear SVM"
            else:
                assert verdict.probability == pytest.approx(1 / (1 + np.exp(-abs(verdict.score))), abs=1e-6)
            if isinstance(model, TextClassifier):  # without any known word all that speaks is the start
                assert verdict.start == pytest.approx(_score_of_nothing(model), abs=1e-9)


def _score_of_nothing(model: TextClassifier) -> float:
    classifier = model.classifier
    if hasattr(classifier, "intercept_"):
        return float(classifier.intercept_[0])
    logs = model.classifier.predict_log_proba(model.vectorizer.transform([""]))[0]
    return float(logs[1] - logs[0])


def test_the_first_example_is_held_out_and_all_miss_it() -> None:
    judged = work.judge("headlines", BADGER)
    assert (judged.truth, judged.learned, judged.misses) == ("news", False, 4)
    assert judged.summary == "All four say satire."
    disagree = work.judge("headlines", "woman injured in hostile makeover")
    assert 0 < disagree.misses < 4 and disagree.summary.startswith("They disagree: ")
    trained = work._trained("headlines")
    known = next(text for text in trained.labels if text not in trained.held_out)
    assert work.judge("headlines", f"  {known.upper()}\n").learned
    for samples in (question.samples for question in QUESTIONS.values()):
        assert len({name for name, _ in samples}) == len(samples)
    for _, text in QUESTIONS["headlines"].samples[:4]:
        assert text in trained.held_out


def test_unknown_words_are_named() -> None:
    judged = work.judge("headlines", "zqxv trump zqxv")
    assert judged.unknown == ("zqxv",) and judged.truth == "" and judged.misses == 0
    nothing = work.judge("headlines", "zqxv vzzk")
    assert len(nothing.unknown) == nothing.n_words == 2
    assert all(verdict.parts == () for verdict in nothing.verdicts)
    assert isinstance(work._trained("headlines").models["fastText"], FastTextClassifier)


def test_without_a_text_the_best_example_stands_in_the_field() -> None:
    assert ClassifiersView().first == BADGER and ClassifiersView(text="a").first == "a"


@pytest.mark.timeout(600)
def test_the_page(browser: Browser, server: Server) -> None:
    someone = Visitor(browser, server)
    page = someone.go("/demos/classifiers")
    expect(page.get_by_label("Your text")).to_have_value(BADGER)
    expect(page.locator(".judge")).to_have_count(4, timeout=SLOW)  # without a click
    expect(page.locator(".summary")).to_contain_text("All four say satire. In the data it is news: all four miss.")
    expect(page.locator("#said")).to_have_text("All four say satire.")  # for those who listen
    expect(page.locator(".miss")).to_have_count(4)
    expect(page.locator(".judge").first.locator("tfoot")).to_contain_text("above 0: satire")
    assert faults(page) == []
    page.get_by_label("Your text").fill("area man zqxv")
    page.get_by_role("button", name="Classify").click()
    expect(page.locator(".notice")).to_contain_text("Never met, so without effect: zqxv.", timeout=SLOW)
    expect(page.locator(".judge").first).to_contain_text("area man")
    expect(page).to_have_url(re.compile(r"text=area\+man\+zqxv"))
    page.get_by_label("Question").select_option("messages")
    page.get_by_label("Your text").fill("Congratulations! You have won a prize. Call now to claim it")
    page.get_by_role("button", name="Classify").click()
    expect(page.locator(".summary")).to_contain_text("All four say spam.", timeout=SLOW)
    page.get_by_role("link", name="Lunch").click()
    expect(page.locator(".summary")).to_contain_text("All four say ham.", timeout=SLOW)
    assert someone.complaints == []
    someone.context.close()


def test_a_link_leads_to_a_text_and_odd_ones_are_refused(visitor: Visitor) -> None:
    page = visitor.go(f"/demos/classifiers?text={quote('<b>zqxv</b> vzzk')}")
    expect(page.locator(".notice")).to_contain_text("Nobody has met any of these words", timeout=SLOW)
    visitor.go(f"/demos/classifiers?text={'a' * 601}")
    expect(page.locator("#verdicts")).to_contain_text("600 characters at most")
    visitor.go("/topics/2.1")
    expect(page.get_by_role("link", name="Four classifiers")).to_be_visible()
