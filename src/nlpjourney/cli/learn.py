"""The learner's verbs: start, next, list, check, hint, solution, review, skip, progress, reset."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nlpjourney.cli.output import json_option, next_step, say, say_json, say_table

if TYPE_CHECKING:
    from nlpjourney.study.exercise import Exercise, Question
    from nlpjourney.study.grade import Verdict


@click.command()
@click.option("--port", type=int, help="By default the first free one from 8888 on.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def start(port: int | None, no_browser: bool) -> None:
    """Start the app: the roadmap, practices and demos in your browser."""
    from nlpjourney.app import start as start_app

    start_app(port=port, open_browser=not no_browser)


@click.command("next")
@json_option
def next_(as_json: bool) -> None:
    """Where to go on."""
    from nlpjourney.study import learner
    from nlpjourney.study.practice import demand_practices
    from nlpjourney.study.progress import Progress

    demand_practices()
    state = Progress().state()
    topic, due = learner.continue_topic(state), len(learner.review_items(state))
    if as_json:
        say_json({"topic": topic and topic.id, "title": topic and topic.title, "due_for_review": due})
        return
    if due:
        say(f"{due} due for review: journey review")
    if topic is None:
        say("Everything that has a practice is done.")
        return
    status = learner.topic_status(topic, state)
    say(f"{topic}: {topic.summary}")
    say(f"{status.passed} of {status.total} exercises passed, about {topic.minutes} minutes in all.")
    next_step(f"{learner.open_practice(topic)}  (or: journey start)")


@click.command("list")
@json_option
def list_(as_json: bool) -> None:
    """All topics with your progress."""
    from nlpjourney.study import learner
    from nlpjourney.study.practice import demand_practices
    from nlpjourney.study.progress import Progress
    from nlpjourney.study.roadmap import topics

    demand_practices()
    state = Progress().state()
    rows = [(t, learner.topic_status(t, state)) for t in topics()]
    if as_json:
        say_json(
            [{"id": t.id, "title": t.title, "has_practice": t.is_built, **asdict(s), "done": s.done} for t, s in rows]
        )
        return
    say_table(
        ["Topic", "Practice", "Progress"],
        [(str(t), "yes" if t.is_built else "to come", _how_far(s) if t.is_built else "") for t, s in rows],
    )
    next_step("journey next")


def _how_far(status: object) -> str:
    from nlpjourney.study.learner import TopicStatus

    assert isinstance(status, TopicStatus)
    return "✔ proved" if status.proved else f"{'✔ ' if status.done else ''}{status.passed} of {status.total}"


@click.command()
@click.argument("what")
@click.option(
    "--file", type=click.Path(exists=True, path_type=Path), help="A Python file or notebook with your answer."
)
@json_option
def check(what: str, file: Path | None, as_json: bool) -> None:
    """Check your answers: of a topic (1.2) or one exercise (1.2.a), from your notebook or from a file."""
    from nlpjourney.study import learner, messages
    from nlpjourney.study.practice import practice
    from nlpjourney.study.progress import Progress
    from nlpjourney.study.roadmap import topic

    p = practice(what)
    exercises = [p.exercise(what)] if what.count(".") == 2 else list(p.exercises)
    source = file or learner.open_practice(topic(what))
    verdicts: list[Verdict] = []
    for exercise in exercises:
        if source.suffix == ".ipynb":
            verdict = learner.check_cells(exercise, learner.code_cells(source), exercise.function, Progress())
        else:
            verdict = learner.check_source(exercise.id, source.read_text(encoding="utf-8"))
        verdicts.append(verdict)
        if not as_json:
            say(messages.as_text(verdict))
    if as_json:
        say_json([asdict(v) for v in verdicts])
    undone = [v for v in verdicts if not v.passed]
    if not as_json:
        next_step(f"journey hint {undone[0].exercise}" if undone else "journey next")
    sys.exit(1 if undone else 0)


@click.command()
@click.argument("exercise")
def hint(exercise: str) -> None:
    """The next hint of an exercise."""
    from nlpjourney.study import learner

    found = learner.next_hint(exercise)
    say(f"Hint {found.number} of {found.total}: {found.text}" if found else "This exercise has no hints.")
    next_step(f"journey check {exercise}")


@click.command()
@click.argument("exercise")
def solution(exercise: str) -> None:
    """Our solution of an exercise, after a first try of yours."""
    from nlpjourney.study import learner

    try:
        say(learner.solution(exercise))
    except learner.TooEarly as error:
        raise click.ClickException(str(error)) from error
    next_step("close it, and write it once more from memory")


@click.command()
def review() -> None:
    """Answer what is due for review."""
    from nlpjourney.study import learner
    from nlpjourney.study.exercise import Question
    from nlpjourney.study.progress import Progress

    items: list[Exercise | Question] = learner.review_items(Progress().state())
    for item in items:
        if not isinstance(item, Question):
            say(f"Exercise {item.id}, {item.title}: solve it once more, then: journey check {item.id}")
            continue
        choice = _ask(item)
        say("Right." if learner.answer(item.id, choice) else f"No: {item.choices[item.answer]}")
        say(item.explanation)
    if not items:
        say("Nothing is due.")
    next_step("journey next")


def _ask(question: Question) -> int:
    say(f"\n{question.text}")
    order = question.shuffled()
    for i, (_, choice) in enumerate(order, start=1):
        say(f"  {i}. {choice}")
    picked: int = click.prompt("Your answer", type=click.IntRange(1, len(order)))
    return order[picked - 1][0]


@click.command()
@click.argument("topic")
def skip(topic: str) -> None:
    """Skip a topic by answering all its questions."""
    from nlpjourney.study import learner
    from nlpjourney.study.practice import practice

    questions = practice(topic).questions
    wrong = learner.prove(topic, {q.id: _ask(q) for q in questions})
    for question in wrong:
        say(f"\n{question.text}\n{question.explanation}")
    say(f"{len(questions) - len(wrong)} of {len(questions)} right" + ("." if wrong else ": proved."))
    next_step(f"the practice of {topic}: journey start" if wrong else "journey next")


@click.command()
@json_option
def progress(as_json: bool) -> None:
    """What you have passed, and what is due."""
    from nlpjourney.study import learner, messages
    from nlpjourney.study.progress import Progress

    state = Progress().state()
    if as_json:
        items = {
            id: {
                "passed": item.passed,
                "attempts": item.attempts,
                "hints": item.hints,
                "due": item.due and item.due.isoformat(),
            }
            for id, item in state.items.items()
        }
        say_json({"items": items, "proved": sorted(state.proved), "due": [i.id for i in learner.review_items(state)]})
        return
    say(messages.progress_text(state))
    next_step("journey next")


@click.command()
@click.argument("what", required=False, default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(what: str, yes: bool) -> None:
    """Start over: one exercise, one topic, or (without an argument) everything. Your notebooks stay."""
    from nlpjourney.study import learner

    if not yes and not click.confirm(f"Forget your progress of {what or 'everything'}?"):
        return
    learner.reset(what)
    say(f"Progress of {what or 'everything'} is reset.")
    next_step("journey next")


COMMANDS = [start, next_, list_, check, hint, solution, review, skip, progress, reset]
