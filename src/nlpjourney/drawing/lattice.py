"""A lattice: all pieces that a text may be cut into, each over the characters that it covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlpjourney.drawing.canvas import COLOURS, FAINT, Canvas, Drawing, text_width
from nlpjourney.drawing.tiles import Token, shown

HEIGHT, STEP, SMALL = 26.0, 32.0, 12.0
Span = tuple[int, int]


def lattice(
    items: Sequence[Token],
    edges: Mapping[Span, str],
    title: str,
    *,
    path: Sequence[Span] = (),
    below: Sequence[str] = (),
    description: str = "",
) -> Drawing:
    """The items side by side, and below them a bar for each edge (start, end), which covers items start to end - 1.

    A way through the lattice is a row of bars that cover every item once; `path` is the one that stands out. below: texts under
    the len(items) + 1 places between the items. Raises ValueError for edges that do not fit the items, a path that is no way
    from the first place to the last, and another number of texts.
    """
    if not items or not edges or not all(0 <= start < end <= len(items) for start, end in edges):
        raise ValueError(f"an edge goes from a place to a later one, of 0 to {len(items)}, unlike in {list(edges)}")
    if path and (
        [0, *(end for _, end in path)] != [*(start for start, _ in path), len(items)] or set(path) - set(edges)
    ):
        raise ValueError(f"the path {list(path)} does not lead along edges from 0 to {len(items)}")
    if below and len(below) != len(items) + 1:
        raise ValueError(f"between and around {len(items)} items are {len(items) + 1} places, not {len(below)}")
    wide = max(
        36.0,
        *((text_width(label) * 1.06 + 14) / (end - start) for (start, end), label in edges.items()),
        *(text_width(shown(item)) * 1.06 + 12 for item in items),
        *(text_width(text, SMALL) + 10 for text in below),
    )
    canvas, rows = Canvas(), _rows(edges)
    bottom = HEIGHT + 14 + STEP * (1 + max(rows.values()))
    for place in range(len(items) + 1):
        canvas.line((place * wide, -4), (place * wide, bottom), colour="#d0d0d0")
    for i, item in enumerate(items):
        canvas.text((i + 0.5) * wide, HEIGHT / 2, shown(item), bold=True)
    for (start, end), label in edges.items():
        y, on = HEIGHT + 8 + STEP * rows[start, end], (start, end) in path
        width = (end - start) * wide - 6
        canvas.box(start * wide + 3, y, width, HEIGHT, COLOURS[1 if on else 5], strength=0.6 if on else 0.18)
        canvas.text((start + end) / 2 * wide, y + HEIGHT / 2, label, bold=on)
    for place, text in enumerate(below):
        canvas.text(place * wide, bottom + 12, text, size=SMALL, colour=FAINT)
    names = {span: "".join(map(shown, items[slice(*span)])) for span in edges}
    said = "Pieces: " + ", ".join(f"{names[span]} ({label})" for span, label in edges.items())
    if path:
        said += "; marked: " + " | ".join(names[span] for span in path)
    return canvas.finish(title, description or f"{said}.")


def _rows(edges: Mapping[Span, str]) -> dict[Span, int]:
    """For each edge the first row, shorter edges above longer ones, in which it covers no other."""
    rows: dict[Span, int] = {}
    taken: list[list[Span]] = []
    for length in sorted({end - start for start, end in edges}):
        first = len(taken)  # edges of one length stand together
        for start, end in sorted(edge for edge in edges if edge[1] - edge[0] == length):
            free = (r for r in range(first, len(taken)) if all(end <= a or b <= start for a, b in taken[r]))
            row = next(free, len(taken))
            if row == len(taken):
                taken.append([])
            taken[row].append((start, end))
            rows[start, end] = row
    return rows
