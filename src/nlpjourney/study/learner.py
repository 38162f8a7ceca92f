"""What a learner does: check, ask for a hint, look at the solution, answer, prove, review, go on.

The notebook, the app and the terminal call these functions; each records what happened in the log (`progress`), and
everything shown is derived from that log.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nlpjourney.errors import FileFormatError, InvalidInput, JourneyError
from nlpjourney.study.apart import grade_apart
from nlpjourney.study.exercise import Exercise, Question
from nlpjourney.study.gather import NotFound, gather, gather_all
from nlpjourney.study.grade import Verdict
from nlpjourney.study.paths import workspace
from nlpjourney.study.practice import NoPractice, demand_practices, exercise_ids, practice
from nlpjourney.study.progress import Progress, State
from nlpjourney.study.roadmap import Topic, topic, topics


class TooEarly(RuntimeError, JourneyError):
    """The solution was asked for before the first try."""


@dataclass(frozen=True)
class Hint:
    """Hint `number` of `total`, counted from 1."""

    number: int
    total: int
    text: str


@dataclass(frozen=True)
class TopicStatus:
    """How far a learner is with one topic."""

    passed: int
    total: int
    opened: bool
    proved: bool

    @property
    def done(self) -> bool:
        return self.proved or (self.total > 0 and self.passed == self.total)


def find_exercise(id: str) -> Exercise:
    """The exercise with this id. Raises UnknownTopic or NoPractice, which say what there is."""
    return practice(id).exercise(id)


def find_question(id: str) -> Question:
    """The review question with this id. Raises NoPractice when its topic has none such."""
    for question in practice(id).questions:
        if question.id == id:
            return question
    raise NoPractice(f"topic {topic(id).id} has no question {id!r}")


def check_source(exercise_id: str, source: str, progress: Progress | None = None) -> Verdict:
    """Grade what somebody typed outside a notebook (a text area, a file), and record the attempt.

    Names that the source does not define come from the practice's cells; exercises that this one needs come as the
    learner solved them, else as we did. The learner's code runs in a process of its own, so this blocks until the
    verdict is there: seconds at most.
    """
    exercise, log = find_exercise(exercise_id), progress or Progress()
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        fault = f"Python cannot read this: {str(error) or 'it is nested too deeply'}"
        return record(
            log, Verdict(exercise.id, exercise.title, "failed", fault=fault, got=type(error).__name__), source
        )
    p, state = practice(exercise_id), log.state()
    answers = {
        c.exercise: state.item(c.exercise).passed_source or c.solution
        for c in p.cells
        if c.exercise and c.exercise != exercise.id
    }
    cells = [s for s in p.sources(answers=answers) if s != p.cell(exercise.id).stub]
    return check_cells(exercise, [*cells, source], exercise.function, log, typed=source)


def check_cells(
    exercise: Exercise, cells: list[str], function: str, log: Progress, typed: str | None = None
) -> Verdict:
    """Grade `function` as the cells define it, and record the attempt with what was `typed`."""
    try:
        if typed is not None:
            gather([typed], [function])
        gathered = gather_all(cells, [function])
    except NotFound as error:
        return record(log, Verdict(exercise.id, exercise.title, "failed", fault=str(error)), typed or "")
    source = gathered.source
    if _is_stub(source, function):
        return Verdict(exercise.id, exercise.title, "untouched")
    verdict = grade_apart(exercise, source, function)
    if verdict.status == "failed":
        verdict = replace(verdict, left_out="; ".join(gathered.left_out))
    return record(log, verdict, source if typed is None else typed)


def _is_stub(source: str, function: str) -> bool:
    """Whether the function does nothing but say that it is still to be written: no process needs to find that out."""
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef(name=name, decorator_list=[]) if name == function:
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                match body:
                    case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")))]:
                        return True
    return False


def record(log: Progress, verdict: Verdict, source: str) -> Verdict:
    """Write an attempt into the log; an untouched stub is none."""
    if verdict.status != "untouched":
        log.record(
            "attempt", verdict.exercise, passed=verdict.passed, source=source, misconception=verdict.misconception
        )
    return verdict


def next_hint(exercise_id: str, progress: Progress | None = None) -> Hint | None:
    """The next hint of an exercise, from a nudge to a strong one; the last again when all are used, None without any."""
    exercise, log = find_exercise(exercise_id), progress or Progress()
    total = len(exercise.hints)
    if not total:
        return None
    used = log.state().item(exercise_id).hints
    if used < total:
        log.record("hint", exercise_id)
    number = min(used + 1, total)
    return Hint(number, total, exercise.hints[number - 1])


def solution(exercise_id: str, progress: Progress | None = None) -> str:
    """Our solution's source. Raises TooEarly before a first try."""
    exercise, log = find_exercise(exercise_id), progress or Progress()
    if not log.state().item(exercise.id).attempts:
        raise TooEarly(
            f"The solution of {exercise.id} opens after your first try: a wrong answer teaches more than none."
        )
    log.record("solution", exercise.id)
    return practice(exercise_id).cell(exercise.id).solution


def answer(question_id: str, choice: int, progress: Progress | None = None) -> bool:
    """Answer a review question; True when right."""
    question = find_question(question_id)
    if not 0 <= choice < len(question.choices):
        raise InvalidInput(f"{question_id} has the choices 0 to {len(question.choices) - 1}, not {choice}")
    right = choice == question.answer
    (progress or Progress()).record("answer", question_id, passed=right, choice=choice)
    return right


def prove(topic_id: str, choices: Mapping[str, int], progress: Progress | None = None) -> list[Question]:
    """Skip a topic by answering all its questions; returns those that were wrong or left out (none: it is proved)."""
    questions = practice(topic_id).questions
    if not questions:
        raise NoPractice(f"topic {topic(topic_id)} has no questions to prove it with")
    wrong = [q for q in questions if choices.get(q.id) != q.answer]
    if not wrong:
        (progress or Progress()).record("proved", topic(topic_id).id)
    return wrong


def reset(item: str = "", progress: Progress | None = None) -> None:
    """Start over with an exercise, a topic, or ("") everything; notebooks in the workspace stay as they are."""
    if item:
        find_exercise(item) if item.count(".") == 2 else topic(item)
    (progress or Progress()).reset(item)


def topic_status(t: Topic, state: State) -> TopicStatus:
    ids = exercise_ids(t) if t.is_built else []
    passed = sum(state.item(id).passed for id in ids)
    return TopicStatus(passed, len(ids), t.id in state.opened, t.id in state.proved)


def waiting_for(t: Topic, state: State) -> list[Topic]:
    """The topics that this one stands on and that are not done yet (only those that have a practice)."""
    needed = [topic(id) for id in t.requires]
    return [n for n in needed if n.is_built and not topic_status(n, state).done]


def continue_topic(state: State) -> Topic | None:
    """Where to go on: the topic opened last if it is not done, else the first that is open to start; None when all are done."""
    undone = [t for t in topics() if t.is_built and not topic_status(t, state).done]
    begun = [t for t in undone if t.id in state.opened]
    if begun:
        return max(begun, key=lambda t: state.opened[t.id])
    ready = [t for t in undone if not waiting_for(t, state)]
    return next(iter(ready or undone), None)


def review_items(state: State, now: datetime | None = None) -> list[Exercise | Question]:
    """What is due for review, the longest waiting first; items that no longer exist are passed over."""
    found: list[Exercise | Question] = []
    for id in state.due(now):
        try:
            found.append(find_question(id) if id.rpartition(".")[2].startswith("q") else find_exercise(id))
        except LookupError:
            continue
    return found


def open_practice(t: Topic, progress: Progress | None = None) -> Path:
    """The learner's copy of the notebook, made on first use and never overwritten; records that the topic was opened.

    When the practice has changed since, the new version is put beside the learner's as "… (new).ipynb".
    """
    demand_practices()
    if not t.is_built:
        raise NoPractice(f"topic {t} has no practice yet")
    try:
        mine = _copy(t, workspace() / t.folder.parent.name)
    except OSError as error:
        raise InvalidInput(
            f"your copy of {t} could not be written ({error}): is the disk full, or the folder closed to you?"
        ) from error
    (progress or Progress()).record("opened", t.id)
    return mine


def _copy(t: Topic, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    mine, original = folder / f"{t.id}-{t.slug}.ipynb", folder / f".{t.id}-{t.slug}.original.ipynb"
    if not mine.exists():
        shutil.copyfile(t.notebook, mine)
        shutil.copyfile(t.notebook, original)
    elif not original.exists() or original.read_bytes() != t.notebook.read_bytes():
        untouched = original.exists() and mine.read_bytes() == original.read_bytes()
        shutil.copyfile(t.notebook, mine if untouched else mine.with_name(f"{mine.stem} (new).ipynb"))
        shutil.copyfile(t.notebook, original)
    return mine


def code_cells(notebook: Path) -> list[str]:
    """The sources of a notebook file's code cells. Raises ValueError when it is no notebook."""
    import nbformat

    try:
        book = nbformat.reads(notebook.read_text(encoding="utf-8"), as_version=4)
    except (ValueError, nbformat.reader.NotJSONError) as error:
        raise FileFormatError(f"{notebook} is not a notebook: {error}") from error
    return [str(cell.source) for cell in book.cells if cell.cell_type == "code"]
