"""Tokens as tiles, and a grid of shaded cells: how a text is cut, and who looks at whom."""

from __future__ import annotations

from collections.abc import Sequence

from nlpjourney.drawing.canvas import COLOURS, FAINT, INK, SIZE, Canvas, Drawing, text_width

HEIGHT, GAP, SMALL = 30.0, 4.0, 11.0
VISIBLE = str.maketrans({" ": "␣", "\n": "↵", "\t": "⇥"})

Token = str | bytes


def shown(token: Token) -> str:
    """A token as it is drawn and printed: signs for spaces and line ends, ∅ for nothing; bytes that are no text as <0xCE>."""
    if isinstance(token, bytes):
        try:
            token = token.decode()
        except UnicodeDecodeError:
            return "".join(f"<0x{byte:02X}>" for byte in token)
    return token.translate(VISIBLE) or "∅"


def tiles(
    rows: Sequence[tuple[str, Sequence[Token]]],
    title: str,
    *,
    ids: Sequence[Sequence[int]] | None = None,
    width: float = 720.0,
    description: str = "",
) -> Drawing:
    """Named rows of tokens, each token a tile; a row longer than `width` pixels goes on below.

    ids: below each tile. Labels are those of `shown`. Raises ValueError for no rows, and for ids that do not fit.
    """
    if not rows:
        raise ValueError("there is nothing to draw: give at least one row of tokens")
    if ids is not None and [len(row) for row in ids] != [len(tokens) for _, tokens in rows]:
        raise ValueError("give an id for each token of each row, or none at all")
    canvas, y = Canvas(), 0.0
    left = max(text_width(name) for name, _ in rows) + 14
    for r, (name, tokens) in enumerate(rows):
        canvas.text(left - 14, y + HEIGHT / 2, name, anchor="end", colour=FAINT)
        x = left
        for i, token in enumerate(tokens):
            label = shown(token)
            number = "" if ids is None else str(ids[r][i])
            wide = max(text_width(label), text_width(number, SMALL)) + 12
            if x > left and x + wide > left + width:
                x, y = left, y + HEIGHT + (18 if ids is not None else 6)
            canvas.box(x, y, wide, HEIGHT, COLOURS[i % len(COLOURS)])
            canvas.text(x + wide / 2, y + HEIGHT / 2, label)
            if number:
                canvas.text(x + wide / 2, y + HEIGHT + 9, number, size=SMALL, colour=FAINT)
            x += wide + GAP
        y += HEIGHT + (28 if ids is not None else 14)
    said = "; ".join(f"{name}: {len(tokens)} tokens, {' | '.join(map(shown, tokens))}" for name, tokens in rows)
    return canvas.finish(title, description or f"{said}.")


def grid(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    title: str,
    *,
    digits: int | None = 2,
    row_name: str = "",
    column_name: str = "",
    description: str = "",
) -> Drawing:
    """A table of numbers from 0 to 1, the darker the larger; rows look at columns, as in attention.

    digits: of the number in each cell, None for none. Raises ValueError for values of another shape or outside 0 … 1.
    """
    if not rows or not columns or [len(row) for row in values] != [len(columns)] * len(rows):
        raise ValueError(f"{len(rows)} rows and {len(columns)} columns need as many values in each direction")
    if not all(0 <= value <= 1 for row in values for value in row):
        raise ValueError("the values of a grid lie between 0 and 1")
    canvas = Canvas()
    names = list(map(shown, columns))
    cell = max(max(text_width(name) for name in names) + 10, 40.0)
    left = max(text_width(name) for name in rows) + 12
    for j, name in enumerate(names):
        canvas.text(left + (j + 0.5) * cell, -14, name)
    for i, name in enumerate(rows):
        canvas.text(left - 12, (i + 0.5) * HEIGHT, shown(name), anchor="end")
        for j, value in enumerate(values[i]):
            canvas.box(left + j * cell, i * HEIGHT, cell, HEIGHT, COLOURS[0], strength=0.04 + 0.9 * value)
            if digits is not None:
                colour = "#ffffff" if value > 0.55 else INK
                canvas.text(left + (j + 0.5) * cell, (i + 0.5) * HEIGHT, f"{value:.{digits}f}", size=12, colour=colour)
    if column_name:
        canvas.text(left + len(columns) * cell / 2, -14 - SIZE - 8, column_name, size=12, colour=FAINT)
    if row_name:
        canvas.text(left - 12, len(rows) * HEIGHT + 14, row_name, anchor="end", size=12, colour=FAINT)
    most = [max(range(len(columns)), key=row.__getitem__) for row in values]
    said = "; ".join(f"{name} most at {columns[j]} ({values[i][j]:.2f})" for i, (name, j) in enumerate(zip(rows, most)))
    return canvas.finish(title, description or f"Rows look at columns: {said}.")
