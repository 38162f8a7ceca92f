"""Boxes with shapes, one row after another: how data goes through a model or a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nlpjourney.drawing.canvas import COLOURS, FAINT, SIZE, Canvas, Drawing, text_width

SMALL = 12.0
ROW_GAP, GAP = 44.0, 22.0  # between rows, between the boxes of a row


class Block(NamedTuple):
    """A box: what it does, below it in small letters a shape or a number, and which of the palette's colours it has."""

    label: str
    detail: str = ""
    colour: int = 0

    @property
    def width(self) -> float:
        return max(text_width(self.label, SIZE) * 1.06, text_width(self.detail, SMALL)) + 24

    @property
    def height(self) -> float:
        return 52.0 if self.detail else 34.0


Row = Block | Sequence[Block]


def flow(
    rows: Sequence[Row],
    title: str,
    *,
    between: Sequence[str] = (),
    skips: Sequence[tuple[int, int]] = (),
    back: tuple[int, int, str] | None = None,
    description: str = "",
) -> Drawing:
    """A block diagram, read from top to bottom.

    rows: a block, or several that stand side by side. Two rows of as many blocks are joined one to one, others each to each.
    between: what flows from row i to row i + 1, mostly a shape such as (B, T, D). skips: (i, j), a way from below row i around
    all that follows to below row j, as a residual connection goes. back: (i, j, name), a dashed way from below row i up to row
    j, as decoding goes. description: by default the rows in words.
    Raises ValueError for no rows, an empty row, and skips, `back` or `between` that do not fit the rows.
    """
    table = [[row] if isinstance(row, Block) else list(row) for row in rows]
    if not table or not all(table):
        raise ValueError("a diagram needs rows, and each row a block")
    if len(between) > len(table) - 1:
        raise ValueError(f"{len(table)} rows have {len(table) - 1} gaps between them, not {len(between)}")
    for start, end in skips:
        if not 0 <= start < end < len(table):
            raise ValueError(
                f"a skip goes down from a row to a later one, unlike {(start, end)} with {len(table)} rows"
            )
    if back and not 0 <= back[1] < back[0] < len(table):
        raise ValueError(f"the way back goes up from a row to an earlier one, unlike {back} with {len(table)} rows")
    canvas = Canvas()
    widths = [sum(block.width for block in row) + GAP * (len(row) - 1) for row in table]
    centre, top = max(widths) / 2, 0.0
    written = 0.0  # how far to the right the texts between the rows reach
    places: list[list[tuple[float, float, float]]] = []  # of each block: middle, top, bottom
    for row, width in zip(table, widths):
        left, height = centre - width / 2, max(block.height for block in row)
        places.append([])
        for block in row:
            y = top + (height - block.height) / 2
            canvas.box(left, y, block.width, block.height, COLOURS[block.colour % len(COLOURS)])
            x = left + block.width / 2
            if block.detail:
                canvas.text(x, y + 18, block.label, bold=True)
                canvas.text(x, y + 37, block.detail, size=SMALL, colour=FAINT)
            else:
                canvas.text(x, y + block.height / 2, block.label, bold=True)
            places[-1].append((x, y, y + block.height))
            left += block.width + GAP
        top += height + ROW_GAP
    for i, (upper, lower) in enumerate(zip(places, places[1:])):
        pairs = zip(upper, lower) if len(upper) == len(lower) else ((a, b) for a in upper for b in lower)
        for (x, _, bottom), (to_x, to_top, _) in pairs:
            canvas.line((x, bottom), (to_x, to_top - 1), arrow=True)
        if i < len(between) and between[i]:
            right = max(x for x, _, _ in (*upper, *lower))
            middle = (max(b for _, _, b in upper) + min(t for _, t, _ in lower)) / 2
            written = max(written, right + 10 + text_width(between[i], SMALL))
            canvas.text(right + 10, middle, between[i], anchor="start", size=SMALL, colour=FAINT)
    side = max(centre + max(widths) / 2, written) + 14
    for n, (start, end) in enumerate(skips):
        at = side + 16 * n
        y, to_y = (max(b for _, _, b in places[i]) + 8 for i in (start, end))
        x, to_x = places[start][-1][0], places[end][-1][0]
        canvas.line((x, y), (at, y), (at, to_y), (to_x + 4, to_y), colour=COLOURS[4], arrow=True)
    if back:
        start, end, name = back
        at, y = side + 16 * len(skips), places[start][-1][2] + 8
        x, to_top, to_bottom = places[end][-1]
        to_x, to_y = x + table[end][-1].width / 2, (to_top + to_bottom) / 2
        canvas.line((places[start][-1][0], y), (at, y), (at, to_y), (to_x + 1, to_y), arrow=True, dashed=True)
        canvas.text(at + 8, (y + to_y) / 2, name, anchor="start", size=SMALL, colour=FAINT)
    said = description or _in_words(table, between, skips, back)
    return canvas.finish(title, said)


def _in_words(
    table: list[list[Block]],
    between: Sequence[str],
    skips: Sequence[tuple[int, int]],
    back: tuple[int, int, str] | None,
) -> str:
    parts = []
    for i, row in enumerate(table):
        names = " and ".join(f"{b.label} ({b.detail})" if b.detail else b.label for b in row)
        parts.append(names + (f", giving {between[i]}" if i < len(between) and between[i] else ""))
    around = [f"a way around from {table[a][-1].label} to after {table[b][-1].label}" for a, b in skips]
    if back:
        around.append(f"a way back from below {table[back[0]][-1].label} to {table[back[1]][-1].label}: {back[2]}")
    return "From top to bottom: " + "; then ".join(parts) + "".join(f"; {way}" for way in around) + "."
