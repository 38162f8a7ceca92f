"""Stacked bars: what a whole is made of, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlpjourney.drawing.canvas import COLOURS, FAINT, INK, Canvas, Drawing, text_width

HEIGHT, GAP, WIDTH = 26.0, 12.0, 460.0


def stacked_bars(
    rows: Mapping[str, Sequence[float]], parts: Sequence[str], title: str, *, unit: str = "", description: str = ""
) -> Drawing:
    """A bar for each row, made of its values for `parts`, to one scale; totals at the end, the parts' names above.

    Raises ValueError for no rows, values that do not fit the parts, and negative or no finite ones.
    """
    if not rows or not parts or len(parts) > len(COLOURS):
        raise ValueError(f"give at least one row, and 1 to {len(COLOURS)} parts, not {len(parts)}")
    for name, values in rows.items():
        if len(values) != len(parts) or not all(0 <= value < float("inf") for value in values):
            raise ValueError(f"row {name!r} needs {len(parts)} numbers of at least 0, not {list(values)}")
    canvas = Canvas()
    left = max(text_width(name) for name in rows) + 12
    most = max(sum(values) for values in rows.values()) or 1.0
    x, y = left, -46.0
    for i, part in enumerate(parts):  # the legend, in as many lines as it needs
        wide = text_width(part) + 34
        if x > left and x + wide > left + WIDTH:
            x, y = left, y + 22
        canvas.box(x, y - 7, 14, 14, COLOURS[i], strength=0.55)
        canvas.text(x + 20, y, part, anchor="start")
        x += wide
    top = y + 24
    for r, (name, values) in enumerate(rows.items()):
        at = top + r * (HEIGHT + GAP)
        canvas.text(left - 12, at + HEIGHT / 2, name, anchor="end")
        x = left
        for i, value in enumerate(values):
            wide = WIDTH * value / most
            if value:
                canvas.box(x, at, wide, HEIGHT, COLOURS[i], strength=0.55)
            if wide > text_width(_number(value), 12) + 6:
                canvas.text(x + wide / 2, at + HEIGHT / 2, _number(value), size=12, colour=INK)
            x += wide
        canvas.text(x + 8, at + HEIGHT / 2, f"{_number(sum(values))} {unit}".strip(), anchor="start", colour=FAINT)
    said = "; ".join(
        f"{name}: "
        + ", ".join(f"{part} {_number(v)}" for part, v in zip(parts, values))
        + f", in all {_number(sum(values))} {unit}"
        for name, values in rows.items()
    )
    return canvas.finish(title, description or f"{said.strip()}.")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
