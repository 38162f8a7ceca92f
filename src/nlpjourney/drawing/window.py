"""A window over a sequence: what one position sees of the others."""

from __future__ import annotations

from collections.abc import Sequence

from nlpjourney.drawing.canvas import COLOURS, FAINT, Canvas, Drawing, text_width

HEIGHT, GAP = 34.0, 8.0


def window(
    items: Sequence[str],
    centre: int,
    before: int,
    after: int,
    title: str,
    *,
    centre_name: str = "centre",
    seen_name: str = "context",
    arrows: bool = True,
    description: str = "",
) -> Drawing:
    """The items side by side; item `centre` sees `before` items to its left and `after` to its right.

    Items beyond the ends are not there and not seen. arrows: from the centre to each item that it sees. Raises ValueError for a
    centre that is not in the sequence and for negative widths.
    """
    if not 0 <= centre < len(items) or before < 0 or after < 0:
        raise ValueError(f"item {centre} of {len(items)} with a window of {before} and {after} cannot be drawn")
    canvas = Canvas()
    first, last = max(0, centre - before), min(len(items) - 1, centre + after)
    x, middles = 0.0, []
    for i, item in enumerate(items):
        width = max(text_width(item) + 16, 30.0)
        seen = first <= i <= last and i != centre
        colour = COLOURS[4] if i == centre else COLOURS[0] if seen else FAINT
        canvas.box(
            x,
            0,
            width,
            HEIGHT,
            colour,
            strength=0.3 if i == centre else 0.18 if seen else 0.04,
            dashed=not seen and i != centre,
        )
        canvas.text(x + width / 2, HEIGHT / 2, item, bold=i == centre)
        middles.append(x + width / 2)
        x += width + GAP
    for i in range(first, last + 1) if arrows else ():
        if i != centre:
            high = -12.0 - 9.0 * abs(i - centre)
            canvas.curve(
                (middles[centre], -2),
                ((middles[centre] + middles[i]) / 2, 2 * high),
                (middles[i], -2),
                COLOURS[0],
                arrow=True,
            )
    canvas.text(middles[centre], HEIGHT + 16, centre_name, size=12, colour=COLOURS[4])
    half = text_width(centre_name, 12) / 2 + text_width(seen_name, 12) / 2 + 8
    shown = [i for i in range(first, last + 1) if i != centre]
    apart = [i for i in shown if abs(middles[i] - middles[centre]) >= half]
    if shown:
        at = middles[apart[-1]] if apart else middles[centre] + half
        canvas.text(at, HEIGHT + 16, seen_name, size=12, colour=COLOURS[0])
    seen_items = ", ".join(repr(items[i]) for i in shown) or "nothing"
    return canvas.finish(
        title,
        description or f"In the sequence {' '.join(items)!r}, {items[centre]!r} ({centre_name}) sees {seen_items}.",
    )
