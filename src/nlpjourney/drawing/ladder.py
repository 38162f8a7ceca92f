"""A sequence on its way: each row joins neighbours of the row above, and a piece is as wide as what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from nlpjourney.drawing.canvas import COLOURS, FAINT, Canvas, Drawing, text_width
from nlpjourney.drawing.tiles import Token, shown

HEIGHT, STEP, SMALL = 26.0, 32.0, 12.0


def ladder(rows: Sequence[tuple[Sequence[Token], str]], title: str, *, description: str = "") -> Drawing:
    """Rows of pieces with a note at the end of each; a piece that the row above does not have stands out in bold.

    The first row has the smallest pieces; each later row the same text in fewer. Raises ValueError for no rows, an empty piece,
    and a row that is not made by joining pieces of the first.
    """
    if not rows or not rows[0][0]:
        raise ValueError("a ladder needs rows, and a first row with pieces in it")
    units = _ends(rows[0][0])
    for pieces, _ in rows:
        if not set(ends := _ends(pieces)) <= set(units) or ends[-1:] != units[-1:] or len(set(ends)) < len(ends):
            raise ValueError(f"the pieces {list(pieces)} do not come of joining those of the first row")
    column = {end: i + 1 for i, end in enumerate(units)} | {0: 0}
    wide = max(
        (text_width(shown(piece)) * 1.06 + 12) / (column[end] - column[start])
        for pieces, _ in rows
        for piece, start, end in _spans(pieces)
    )
    wide = max(wide, 26.0)
    canvas, above, said = Canvas(), set[tuple[int, int]](), list[str]()
    for r, (pieces, note) in enumerate(rows):
        y, here = r * STEP, set[tuple[int, int]]()
        for piece, start, end in _spans(pieces):
            here.add((start, end))
            new = r > 0 and (start, end) not in above
            x, width = column[start] * wide, (column[end] - column[start]) * wide
            canvas.box(x + 1.5, y, width - 3, HEIGHT, COLOURS[1 if new else 5], strength=0.6 if new else 0.18)
            canvas.text(x + width / 2, y + HEIGHT / 2, shown(piece), bold=new)
        if note:
            canvas.text(len(units) * wide + 12, y + HEIGHT / 2, note, anchor="start", size=SMALL, colour=FAINT)
        above = here
        said.append(" | ".join(map(shown, pieces)) + (f" ({note})" if note else ""))
    return canvas.finish(title, description or "; then ".join(said) + ".")


def _ends(pieces: Sequence[Token]) -> list[int]:
    return list(accumulate(map(len, pieces)))


def _spans(pieces: Sequence[Token]) -> list[tuple[Token, int, int]]:
    ends = _ends(pieces)
    return list(zip(pieces, [0, *ends], ends))
