"""The pictures of language models: texts with what was copied underlined, and what several players expect next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlpjourney.drawing import COLOURS, Canvas, Drawing, grid, shown
from nlpjourney.drawing.canvas import FAINT, text_width

LINE, GAP = 22.0, 5.0


def underlined(
    rows: Mapping[str, tuple[Sequence[str], Sequence[bool]]], title: str, *, width: float = 640.0, description: str = ""
) -> Drawing:
    """Named texts as words, of which those marked True are underlined."""
    canvas, y = Canvas(), 0.0
    left = max(map(text_width, rows)) + 16
    for name, (words, marks) in rows.items():
        canvas.text(left - 16, y, name, anchor="end", colour=FAINT)
        x = left
        for i, (word, mark) in enumerate(zip(words, marks, strict=True)):
            wide = text_width(word)
            if x > left and x + wide > left + width:
                x, y = left, y + LINE
            canvas.text(x, y, word, anchor="start")
            if mark:
                joined = GAP if i + 1 < len(marks) and marks[i + 1] else 0.0
                canvas.line((x, y + 10), (x + wide + joined, y + 10), colour=COLOURS[4], width=2.5)
            x += wide + GAP
        y += LINE + 12
    said = "; ".join(f"{name}: {sum(marks)} of {len(marks)} words underlined" for name, (_, marks) in rows.items())
    return canvas.finish(title, description or f"{said}.")


def expectations(spreads: Mapping[str, NDArray[np.float64]], title: str, n: int = 9) -> Drawing:
    """What players expect next: their probabilities of the `n` characters that are likeliest on average."""
    best = np.argsort(-np.mean(list(spreads.values()), axis=0))[:n]
    values = [[float(spread[b]) for b in best] for spread in spreads.values()]
    return grid(list(spreads), [shown(chr(b)) for b in best], values, title, column_name="the next character")
