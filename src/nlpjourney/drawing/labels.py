"""Names beside the dots of a map, none over another.

Placing as many labels as possible without overlap is NP-hard (Formann & Wagner, 1991), and the best is not needed: the important
dots choose first, each takes the first of four places (right, left, above, below) that is free, and who finds none stays
without a name, which a page can show when the dot is pointed at. Notable choice: a text's width is estimated from the number
of its letters, so that nothing has to be drawn to be measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

Box = tuple[float, float, float, float]  # left, top, right, bottom


class Label(NamedTuple):
    """Where a text stands in an SVG: `x` and `y` of its baseline, and which part of it is at `x`."""

    x: float
    y: float
    anchor: Literal["start", "middle", "end"]


def place_labels(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    size: tuple[float, float],
    order: Sequence[int] | None = None,
    letter: float = 8.2,
    line: float = 17.0,
    radius: float = 6.0,
) -> list[Label | None]:
    """A place for each text that covers no dot, no other text and no edge; None where there is none, or no text.

    points: the dots, in pixels, y downwards; texts: the name of each, or ""; size: width and height of the drawing; order: the
    numbers of the dots, the important ones first (by default as they come); letter: the mean width of a letter; line: the
    height of a line; radius: of a dot. Raises ValueError where the numbers of points and texts differ.
    """
    if len(points) != len(texts):
        raise ValueError(f'each dot has a text, or "": there are {len(points)} dots and {len(texts)} texts')
    taken: list[Box] = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    labels: list[Label | None] = [None] * len(points)
    for i in range(len(points)) if order is None else order:
        for label in _sides(*points[i], radius) if texts[i] else ():
            box = text_box(label, texts[i], letter, line)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]
            if inside and not any(overlap(box, other) for other in taken):
                labels[i] = label
                taken.append(box)
                break
    return labels


def label_dots(ax: Axes, points: ArrayLike, texts: Sequence[str], font_size: float = 8.0) -> list[str]:
    """Write the names beside the dots (n, 2) of a plot, after all else is drawn; returns those that found no room."""
    ax.get_xlim(), ax.get_ylim()  # Matplotlib fits the limits to the dots only when asked for them
    frame, pixel = ax.get_window_extent(), ax.figure.dpi / 72  # pixels a point
    at = ax.transData.transform(points)
    dots = [(float(x) - frame.x0, frame.y1 - float(y)) for x, y in at]
    labels = place_labels(
        dots, texts, (frame.width, frame.height),
        letter=0.65 * font_size * pixel, line=1.2 * font_size * pixel, radius=3 * pixel,
    )  # fmt: skip
    sides = {"start": "left", "middle": "center", "end": "right"}
    for label, text in zip(labels, texts):
        if label:
            place = (label.x / frame.width, 1 - label.y / frame.height)
            ax.text(*place, text, transform=ax.transAxes, ha=sides[label.anchor], fontsize=font_size)
    return [text for label, text in zip(labels, texts) if text and not label]


def _sides(x: float, y: float, radius: float) -> Iterator[Label]:
    yield Label(round(x + radius + 4, 1), round(y + 5, 1), "start")
    yield Label(round(x - radius - 4, 1), round(y + 5, 1), "end")
    yield Label(round(x, 1), round(y - radius - 5, 1), "middle")
    yield Label(round(x, 1), round(y + radius + 15, 1), "middle")


def text_box(label: Label, text: str, letter: float = 8.2, line: float = 17.0) -> Box:
    """The room that a text takes where `place_labels` put it."""
    width = letter * len(text)
    left = label.x - {"start": 0.0, "middle": width / 2, "end": width}[label.anchor]
    return left, label.y - 0.8 * line, left + width, label.y + 0.25 * line


def overlap(a: Box, b: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
