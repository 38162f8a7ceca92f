"""The pictures of practice 2.5: a sentence's sum as a waterfall, opinion words linked to aspects, accuracies with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from nlpjourney.drawing import COLOURS, Canvas, Drawing, described
from nlpjourney.drawing.canvas import FAINT, text_width
from nlpjourney.drawing.figure import Described
from nlpjourney.tasks.sentiment.aspects import Aspect
from nlpjourney.tasks.sentiment.rules import Step
from nlpjourney.tasks.sentiment.vader import Explanation

GOOD, BAD = COLOURS[0], COLOURS[4]
ROW, WIDTH = 30.0, 320.0
MARKERS = ("o", "s", "^", "D", "v", "P")


def waterfall(found: Explanation, title: str) -> Drawing:
    """How a sentence gets its compound score: a row for each word with a valence, its bar begins where the sum stood before."""
    rows = [(judged.word, _story(judged.steps), judged.valence) for judged in found.words if judged.steps]
    if found.punctuation and found.total:
        rows.append(("! and ?", "punctuation", found.punctuation if found.total > 0 else -found.punctuation))
    ends = np.cumsum([0.0, *(value for *_, value in rows)])
    low, high = min(ends.min(), 0.0), max(ends.max(), 0.0)
    scale = WIDTH / ((high - low) or 1.0)
    canvas = Canvas()
    zero = -low * scale
    bottom = ROW * max(len(rows), 1)
    canvas.line((zero, -8), (zero, bottom + 4), dashed=True)
    canvas.text(zero, -18, "0", size=12, colour=FAINT)
    left = min(0.0, zero) - 14
    for i, (word, story, value) in enumerate(rows):
        start, end = (ends[i] - low) * scale, (ends[i + 1] - low) * scale
        y = i * ROW
        canvas.box(
            min(start, end), y + 3, max(abs(end - start), 1.5), ROW - 8, GOOD if value >= 0 else BAD, strength=0.5
        )
        canvas.text(left, y + ROW / 2 - 1, word, anchor="end", bold=True)
        canvas.text(WIDTH + 14, y + ROW / 2 - 1, f"{value:+.2f}", anchor="start", bold=True)
        canvas.text(WIDTH + 70, y + ROW / 2 - 1, story, anchor="start", size=12)
    said = f"sum {ends[-1]:+.2f}, squashed to compound {found.scores.compound:+.4f}"
    canvas.text(left, bottom + 18, said, anchor="start", bold=True)
    words = "; ".join(f"{word} {value:+.2f} ({story})" for word, story, value in rows) or "no word has a valence"
    return canvas.finish(title, f"{words}. {said[0].upper()}{said[1:]}.")


def _story(steps: Sequence[Step]) -> str:
    """The steps of a word as one line: lexicon 1.9, booster very 2.19, …"""
    return " → ".join(
        f"{s.rule} {s.valence:+.2f}" if s.rule in ("lexicon", "but") else f"{s.rule} “{s.because}” {s.valence:+.2f}"
        for s in steps
    )


def aspect_arcs(words: Sequence[str], aspects: Sequence[Aspect], title: str) -> Drawing:
    """Arcs from opinion words to the terms they reach, and below the sentence a grid of aspect and polarity."""
    canvas, centres, right = Canvas(), list[float](), 0.0
    inside = {i for a in aspects for i in range(a.start, a.end)}
    opinions = {i for a in aspects for i in a.opinions}
    for word in words:
        room = max(text_width(word), 16.0)
        centres.append(right + room / 2)
        right += room + 12
    for i, (x, word) in enumerate(zip(centres, words)):
        canvas.text(x, 16, word, bold=i in inside or i in opinions, colour=COLOURS[0] if i in inside else "#222222")
    for aspect in aspects:
        for i in aspect.opinions:
            goal = centres[aspect.end - 1]
            height = -16 - min(110.0, 0.35 * abs(goal - centres[i]))
            colour = GOOD if aspect.valence > 0 else BAD
            canvas.curve((centres[i], 2), ((centres[i] + goal) / 2, height), (goal, 2), colour, arrow=True)
    top = 52.0
    for column, name in enumerate(("aspect", "positive", "negative")):
        canvas.text(60.0 + 130 * column, top, name, colour=FAINT)
    rows = []
    for row, aspect in enumerate(aspects):
        term = " ".join(words[aspect.start : aspect.end])
        y = top + 28.0 * (row + 1)
        canvas.text(60, y, term, bold=True)
        for column in (0, 1):
            here = (aspect.valence < 0) == bool(column)
            canvas.box(
                140 + 130.0 * column, y - 12, 100, 24, GOOD if not column else BAD, strength=0.5 if here else 0.04
            )
            if here:
                canvas.text(190 + 130.0 * column, y, f"{aspect.valence:+.2f}")
        rows.append(f"{term} {aspect.valence:+.2f} because of {', '.join(words[i] for i in aspect.opinions)}")
    return canvas.finish(title, "; ".join(rows) + "." if rows else "No aspect is found.")


class Measured(NamedTuple):
    """A value and its interval."""

    value: float
    low: float
    high: float


def intervals(
    rows: Mapping[str, Mapping[str, Measured]], title: str, *, x_name: str, level: float | None = None
) -> Described:
    """For each row and each series (the same in all rows) a point with its interval. level: a dotted line to compare with."""
    import matplotlib.pyplot as plt

    series = list(next(iter(rows.values())))
    figure, ax = plt.subplots(figsize=(8.6, 0.9 + 0.22 * len(rows) * (len(series) + 1)), layout="constrained", dpi=90)
    colours = (COLOURS[0], COLOURS[4], COLOURS[2], "#000000", COLOURS[3], COLOURS[5])
    middle = (len(series) - 1) / 2
    for k, (name, colour, marker) in enumerate(zip(series, colours, MARKERS)):
        for r, cells in enumerate(rows.values()):
            cell = cells[name]
            y = r + (k - middle) * 0.8 / len(series)
            ax.plot([cell.low, cell.high], [y, y], color=colour, lw=2)
            ax.plot(cell.value, y, marker, color=colour, markersize=6, label=name if r == 0 else None)
    if level is not None:
        ax.axvline(level, color=FAINT, lw=1, ls=":")
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(x_name)
    ax.set_title(title, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    if len(series) > 1:
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    said = "; ".join(
        f"{row}: " + ", ".join(f"{name} {c.value:.2f} ({c.low:.2f} to {c.high:.2f})" for name, c in cells.items())
        for row, cells in rows.items()
    )
    return described(figure, f"{title}. {x_name}, with 95 % intervals. {said}.")
