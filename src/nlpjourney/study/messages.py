"""Verdicts and progress in words: as plain text for terminals, as HTML for notebooks and pages."""

from __future__ import annotations

import html

from nlpjourney.study import learner
from nlpjourney.study.grade import Verdict
from nlpjourney.study.progress import State
from nlpjourney.study.roadmap import topics


def headline(verdict: Verdict) -> str:
    if verdict.passed:
        return f"✔ {verdict.exercise} {verdict.title}: passed, on {verdict.tried} inputs."
    if verdict.status == "untouched":
        return f"○ {verdict.exercise} {verdict.title}: not started. Replace the line `raise NotImplementedError`."
    return f"✘ {verdict.exercise} {verdict.title}: not yet."


def rows(verdict: Verdict) -> list[tuple[str, str]]:
    """What to show below the headline, label and text, in order."""
    found = [
        ("Input", verdict.input),
        ("Got", verdict.got),
        ("Expected", verdict.expected),
        ("Difference", verdict.fault if verdict.fault != verdict.got else ""),
        ("Printed", verdict.printed),
        ("Not run, though it may change what you use", verdict.left_out),
        ("Hint", verdict.hint),
        ("Why it works", verdict.explanation),
        ("A strong engineer would add", verdict.beyond),
    ]
    return [(label, text) for label, text in found if text]


def next_step(verdict: Verdict) -> str:
    if verdict.status == "failed" and not verdict.hint:
        return f'For a hint: hint("{verdict.exercise}")'
    return ""


def as_text(verdict: Verdict) -> str:
    lines = [headline(verdict), *(f"  {label}: {text}" for label, text in rows(verdict))]
    return "\n".join([*lines, *filter(None, [next_step(verdict)])])


def as_html(verdict: Verdict) -> str:
    """The verdict as a fragment of HTML with inline styles that suit light and dark notebooks."""
    colour = {"passed": "#009E73", "failed": "#D55E00", "untouched": "#56B4E9"}[verdict.status]
    mono = ("Input", "Got", "Expected", "Printed")
    body = "".join(
        f"<dt style='font-weight:600'>{label}</dt><dd style='margin:0 0 .4em 1em;white-space:pre-wrap;overflow-wrap:anywhere"
        f"{';font-family:monospace' if label in mono else ''}'>{html.escape(text)}</dd>"
        for label, text in rows(verdict)
    )
    step = f"<p style='margin:.3em 0 0'>{html.escape(next_step(verdict))}</p>" if next_step(verdict) else ""
    return (
        f"<div role='status' style='border-left:4px solid {colour};padding:.4em .8em'>"
        f"<strong>{html.escape(headline(verdict))}</strong><dl style='margin:.4em 0 0'>{body}</dl>{step}</div>"
    )


def progress_lines(state: State) -> list[tuple[str, str]]:
    """(topic, how far) for each topic that has a practice."""
    lines = []
    for t in topics():
        if t.is_built:
            status = learner.topic_status(t, state)
            how = "proved" if status.proved else f"{status.passed} of {status.total} exercises passed"
            lines.append((str(t), how))
    return lines


def _next_lines(state: State) -> list[str]:
    due, following = len(learner.review_items(state)), learner.continue_topic(state)
    return [
        f"Due for review: {due}.",
        f"Go on with: {following}." if following else "Everything that has a practice is done.",
    ]


def progress_text(state: State) -> str:
    width = max((len(name) for name, _ in progress_lines(state)), default=0)
    lines = [f"{name:<{width}}  {how}" for name, how in progress_lines(state)]
    return "\n".join([*lines, *_next_lines(state)])


def progress_html(state: State) -> str:
    body = "".join(f"<tr><td>{html.escape(a)}</td><td>{html.escape(b)}</td></tr>" for a, b in progress_lines(state))
    after = "".join(f"<p>{html.escape(line)}</p>" for line in _next_lines(state))
    return f"<table><tr><th>Topic</th><th>Progress</th></tr>{body}</table>{after}"
