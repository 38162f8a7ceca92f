"""The pictures of language models: what players expect next, two networks and how they were trained, and texts with what was
copied underlined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlpjourney.drawing import COLOURS, Canvas, Drawing, described, shown
from nlpjourney.drawing.canvas import FAINT, text_width
from nlpjourney.drawing.figure import Described

LINE, GAP = 22.0, 5.0
BAR, TALL, SMALL, CELL = 26.0, 46.0, 11.0, 30.0


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
    said = "; ".join(f"{name}: {sum(marks)} of {len(marks)} tokens underlined" for name, (_, marks) in rows.items())
    return canvas.finish(title, description or f"{said}.")


def beliefs(rows: Mapping[str, Sequence[float]], names: Sequence[str], title: str, *, came: str = "") -> Drawing:
    """Bars of probabilities: a row for each player, a column for each of `names`; `came` is the one that really came."""
    canvas = Canvas()
    labels = [shown(name) for name in names]
    wide = max(BAR, *(text_width(label) for label in labels), text_width("<1 %", SMALL)) + 12
    left, said = max(map(text_width, rows)) + 14, []
    highest = max(max(row) for row in rows.values())
    for r, (player, values) in enumerate(rows.items()):
        bottom = (r + 1) * (TALL + 26)
        canvas.text(left - 14, bottom - 12, player, anchor="end")
        canvas.line((left, bottom), (left + wide * len(labels), bottom))
        for j, value in enumerate(values):
            x, high = left + (j + 0.5) * wide, TALL * value / highest
            canvas.box(x - BAR / 2, bottom - high, BAR, high, COLOURS[4 if names[j] == came else 0], strength=0.55)
            text = f"{value:.0%}".replace("%", " %") if value >= 0.005 else "<1 %"
            canvas.text(x, bottom - high - 9, text, size=SMALL)
        said.append(f"{player}: " + ", ".join(f"{label} {value:.0%}" for label, value in zip(labels, values)))
    bottom = len(rows) * (TALL + 26)
    for j, name in enumerate(names):
        x = left + (j + 0.5) * wide
        canvas.text(x, bottom + 15, labels[j], bold=name == came, colour=COLOURS[4] if name == came else "#1a1a1a")
        if name == came:
            canvas.text(x, bottom + 32, "came", size=SMALL, colour=COLOURS[4])
    after = f" What came was {shown(came)}." if came else ""
    return canvas.finish(title, "; ".join(said) + "." + after)


def expectations(spreads: Mapping[str, NDArray[np.float64]], came: str, title: str, n: int = 9) -> Drawing:
    """What players expect next: their probabilities of the `n` characters that are likeliest on average, and of what came."""
    best = [chr(b) for b in np.argsort(-np.mean(list(spreads.values()), axis=0))[:n]]
    names = best if came in best else [*best[:-1], came]
    return beliefs({p: [float(s[ord(c)]) for c in names] for p, s in spreads.items()}, names, title, came=came)


def two_networks(text: str, title: str) -> Drawing:
    """How a recurrent network and a Transformer see the past of each character of `text`: a chain, and a triangle."""
    canvas, n = Canvas(), len(text)
    gap, names = 24.0, list(map(shown, text))
    canvas.text(n * (CELL + gap) / 2, -34, "RNN: one state, handed on", bold=True)
    for i, name in enumerate(names):
        x = i * (CELL + gap)
        middle = x + CELL / 2
        canvas.text(middle, 0, names[i + 1] if i + 1 < n else "?", colour=COLOURS[4])
        canvas.line((middle, 44), (middle, 14), arrow=True)
        canvas.box(x, 46, CELL, CELL, COLOURS[0], strength=0.4)
        canvas.line((x + CELL, 61), (x + CELL + gap - 2, 61), colour=COLOURS[0], arrow=True, width=2.2)
        canvas.line((middle, 106), (middle, 78), arrow=True)
        canvas.text(middle, 118, name)
    canvas.text(-12, 0, "predicted", anchor="end", size=12, colour=FAINT)
    canvas.text(-12, 61, "state", anchor="end", size=12, colour=FAINT)
    canvas.text(-12, 118, "read", anchor="end", size=12, colour=FAINT)
    left = n * (CELL + gap) + 130
    canvas.text(left + n * CELL / 2, -34, "Transformer: all of the past", bold=True)
    for i, name in enumerate(names):
        y = i * CELL
        canvas.text(left - 10, y + CELL / 2, name, anchor="end")
        for j in range(n):
            canvas.box(left + j * CELL, y, CELL, CELL, COLOURS[2] if j <= i else FAINT, strength=0.5 if j <= i else 0.0)
        canvas.text(left + n * CELL + 16, y + CELL / 2, names[i + 1] if i + 1 < n else "?", colour=COLOURS[4])
    for j, name in enumerate(names):
        canvas.text(left + (j + 0.5) * CELL, -12, name)
    canvas.text(left - 10, n * CELL + 14, "after", anchor="end", size=12, colour=FAINT)
    canvas.text(left + n * CELL / 2, n * CELL + 14, "is looked at (green)", size=12, colour=FAINT)
    canvas.text(left + n * CELL + 16, n * CELL + 32, "predicted", size=12, colour=FAINT)
    said = (
        f"Left, a recurrent network reads {text!r} character by character and hands one state to the next step. Right, a table: "
        "the Transformer looks from each character at itself and all earlier ones, a lower triangle; later ones are hidden."
    )
    return canvas.finish(title, said)


def training_curves(
    steps: Sequence[int], runs: Mapping[str, Sequence[float]], title: str, at: int | None = None
) -> Described:
    """Validation losses, in bits a byte, of runs named “network, run of so many steps”; NaN where a run has ended. A network has
    one colour, its shorter runs are dashed. at: a step to mark."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.5, 3.8), dpi=100)
    networks = list(dict.fromkeys(name.split(",")[0] for name in runs))
    longest = max(int(np.isfinite(losses).sum()) for losses in runs.values())
    said = []
    for name, losses in runs.items():
        j, n = networks.index(name.split(",")[0]), int(np.isfinite(losses).sum())
        axes.plot(
            steps[:n], losses[:n], f"{'os'[j % 2]}{'-' if n == longest else '--'}", color=COLOURS[(0, 4)[j % 2]],
            markersize=4, markerfacecolor=COLOURS[(0, 4)[j % 2]] if n == longest else "white", label=name,
        )  # fmt: skip
        said.append(f"{name}: from {losses[0]:.2f} to {losses[n - 1]:.2f}")
    if at is not None:
        axes.axvline(at, color=FAINT, linestyle=":")
    axes.set(xlabel="steps", ylabel="bits a byte, validation plays", title=title)
    axes.legend(frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    return described(figure, f"{title}. Bits a byte on the validation plays over steps. {'; '.join(said)}.")
