"""The map of prerequisites: each stage a column, each topic a box, each `requires` a line.

Coordinates are SVG user units. The picture is 364 wide, so that on a phone one unit is one pixel and the numbers stay legible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlpjourney.study.roadmap import Topic, stages, topics

COLUMN, ROW = 52, 26
BOX_WIDTH, BOX_HEIGHT = 34, 18
TOP = 22  # room for the stages' numbers


@dataclass(frozen=True)
class Box:
    topic: Topic
    status: str
    x: float
    y: float
    width: float = BOX_WIDTH
    height: float = BOX_HEIGHT

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Line:
    """From a prerequisite (`source`) to the topic that needs it (`target`); `path` is an SVG path."""

    source: str
    target: str
    path: str


@dataclass(frozen=True)
class Map:
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    columns: tuple[tuple[int, float], ...]  # a stage's number, the middle of its column
    width: int
    height: int


def draw(status: Mapping[str, str]) -> Map:
    """Place the topics; `status` of each by id (it decides the box's colour and mark)."""
    boxes = {}
    for column, stage in enumerate(stages()):
        for row, t in enumerate(stage.topics):
            x, y = column * COLUMN + (COLUMN - BOX_WIDTH) / 2, TOP + row * ROW
            boxes[t.id] = Box(t, status[t.id], x, y)
    lines = tuple(Line(source, t.id, _path(boxes[source], boxes[t.id])) for t in topics() for source in t.requires)
    columns = tuple((stage.number, column * COLUMN + COLUMN / 2) for column, stage in enumerate(stages()))
    height = TOP + max(len(stage.topics) for stage in stages()) * ROW
    return Map(tuple(boxes.values()), lines, columns, COLUMN * len(columns), height)


def _path(a: Box, b: Box) -> str:
    """A curve from one box to another: across the columns from side to side, within one column around the left."""
    if a.x == b.x and b.y - a.y == ROW:
        middle = a.x + a.width / 2
        return f"M{middle:g} {a.y + a.height:g}V{b.y:g}"
    if a.x == b.x:
        bend = a.x - 5 - min(7.0, abs(b.y - a.y) / ROW)
        return f"M{a.x:g} {a.middle:g}C{bend:g} {a.middle:g} {bend:g} {b.middle:g} {b.x:g} {b.middle:g}"
    start, end = a.x + a.width, b.x
    reach = max(9.0, (end - start) / 2)
    return f"M{start:g} {a.middle:g}C{start + reach:g} {a.middle:g} {end - reach:g} {b.middle:g} {end:g} {b.middle:g}"
