"""What all drawings share: shapes and texts on paper of their own colour, as SVG that needs nothing else.

The paper is white on dark pages too, since a picture inside a notebook or a README does not learn the page's colours. Looks are
attributes and no style sheet, which the app's security policy would drop. The palette is Okabe & Ito's (2008), which people
with any kind of colour vision tell apart. A text's width is estimated from its characters, so nothing has to be drawn to be
measured; every text keeps its box, and drawings see to it that no two overlap.
"""

from __future__ import annotations

import textwrap
import unicodedata
from html import escape
from typing import Literal, NamedTuple

COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#D55E00",
    "#56B4E9",
)  # blue, orange, green, pink, vermilion, sky
INK, FAINT, PAPER = "#1a1a1a", "#6b6b6b", "#ffffff"
SIZE, LINE, PAD = 14.0, 18.0, 12.0  # pixels: of a letter, between two lines, around the drawing
TITLE_SIZE, MIN_TITLE = 15.0, 420.0  # of a letter of the title, and how wide that may be above a narrow drawing
_NARROW, _WIDE = set("iljtfrI.,:;'|!()[]{} "), set("mwMW@%—…")

Anchor = Literal["start", "middle", "end"]


class TextBox(NamedTuple):
    """A text and the room that it takes."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def text_width(text: str, size: float = SIZE) -> float:
    """About how many pixels a text is wide in a sans-serif font, rather too many than too few."""
    total = 0.0
    for c in text:
        if unicodedata.combining(c) or unicodedata.category(c) in ("Cf", "Mn"):
            continue
        if unicodedata.east_asian_width(c) in "WF" or ord(c) > 0x1F000:
            total += 1.15
        else:
            total += 0.36 if c in _NARROW else 0.95 if c in _WIDE else 0.72 if c.isupper() else 0.61
    return total * size


def _dash(dashed: bool) -> str:
    return ' stroke-dasharray="5 4"' if dashed else ""


def tint(colour: str, share: float = 0.18) -> str:
    """The colour on white paper with `share` of its strength, 0 to 1."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


class Drawing:
    """A finished picture. `title` and `description` say in words what it shows; `texts` is where each label stands."""

    def __init__(self, svg: str, title: str, description: str, texts: list[TextBox]) -> None:
        self.svg, self.title, self.description, self.texts = svg, title, description, texts

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        return self.svg

    def __str__(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        """What a terminal shows, and a notebook keeps beside the picture."""
        return f"{self.title}. {self.description}"


class Canvas:
    """Where shapes are put, in pixels from the upper left; the frame grows to hold them all."""

    def __init__(self) -> None:
        self._shapes: list[str] = []
        self._texts: list[TextBox] = []
        self._left = self._top = float("inf")
        self._right = self._bottom = float("-inf")

    def _reach(self, *points: tuple[float, float]) -> None:
        for x, y in points:
            self._left, self._right = min(self._left, x), max(self._right, x)
            self._top, self._bottom = min(self._top, y), max(self._bottom, y)

    def is_free(self, x: float, y: float, text: str, size: float = SIZE) -> bool:
        """Whether a text around (x, y) would cover no other text."""
        half, high = text_width(text, size) / 2, size * 0.55
        return all(
            x + half <= t.left or t.right <= x - half or y + high <= t.top or t.bottom <= y - high for t in self._texts
        )

    def text(
        self, x: float, y: float, text: str, *, anchor: Anchor = "middle", colour: str = INK, bold: bool = False,
        size: float = SIZE, plate: bool = False,
    ) -> None:  # fmt: skip
        """One line of text, its middle at height y; with a `plate` of paper behind it, for a text that stands on a line."""
        width = text_width(text, size) * (1.06 if bold else 1)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        box = TextBox(text, left, y - size * 0.55, left + width, y + size * 0.55)
        self._texts.append(box)
        self._reach((box.left, box.top), (box.right, box.bottom))
        if plate:
            self._shapes.append(
                f'<rect x="{left - 2:.1f}" y="{box.top:.1f}" width="{width + 4:.1f}" height="{size * 1.1:.1f}" fill="{PAPER}"/>'
            )
        weight = ' font-weight="bold"' if bold else ""
        self._shapes.append(
            f'<text x="{x:.1f}" y="{y + size * 0.35:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{colour}"{weight}>'
            f"{escape(text)}</text>"
        )

    def box(
        self, x: float, y: float, width: float, height: float, colour: str = COLOURS[0], *, strength: float = 0.18,
        dashed: bool = False,
    ) -> None:  # fmt: skip
        """A box with its upper left corner at (x, y), filled with a tint of its colour."""
        self._reach((x, y), (x + width, y + height))
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5" fill="{tint(colour, strength)}" '
            f'stroke="{colour}" stroke-width="1.3"{_dash(dashed)}/>'
        )

    def line(
        self, *points: tuple[float, float], colour: str = FAINT, arrow: bool = False, width: float = 1.3,
        dashed: bool = False,
    ) -> None:  # fmt: skip
        """A line through the points; with `arrow` it ends in one."""
        self._reach(*points)
        path = " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self._shapes.append(
            f'<path d="M {path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{_dash(dashed)}/>'
        )
        if arrow:
            self._arrow(points[-2], points[-1], colour)

    def curve(
        self, start: tuple[float, float], pull: tuple[float, float], end: tuple[float, float], colour: str = FAINT,
        *, arrow: bool = False, dashed: bool = False,
    ) -> None:  # fmt: skip
        """A curve from start to end, drawn towards `pull`; with `arrow` it ends in one."""
        middle = tuple((a + 2 * p + b) / 4 for a, p, b in zip(start, pull, end, strict=True))
        self._reach(start, end, (middle[0], middle[1]))
        (x0, y0), (x1, y1), (x2, y2) = start, pull, end
        self._shapes.append(
            f'<path d="M {x0:.1f} {y0:.1f} Q {x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f}" fill="none" stroke="{colour}" '
            f'stroke-width="1.3"{_dash(dashed)}/>'
        )
        if arrow:
            self._arrow(pull, end, colour)

    def _arrow(self, start: tuple[float, float], tip: tuple[float, float], colour: str) -> None:
        dx, dy = tip[0] - start[0], tip[1] - start[1]
        length = (dx * dx + dy * dy) ** 0.5 or 1.0
        dx, dy = 7 * dx / length, 7 * dy / length
        x, y = tip[0] - dx, tip[1] - dy
        self._shapes.append(
            f'<path d="M {tip[0]:.1f} {tip[1]:.1f} L {x - dy / 2:.1f} {y + dx / 2:.1f} L {x + dy / 2:.1f} {y - dx / 2:.1f} Z" '
            f'fill="{colour}"/>'
        )

    def finish(self, title: str, description: str) -> Drawing:
        """The picture, its title above it, in a frame. Raises ValueError where nothing was put here, or without a title."""
        if not self._shapes or not title or not description:
            raise ValueError("a drawing needs something in it, a title and a description in words")
        width = max(self._right - self._left, MIN_TITLE)
        lines = textwrap.wrap(title, max(1, int(len(title) * width / text_width(title, TITLE_SIZE))))
        top, left = self._top, self._left
        for i, line in enumerate(reversed(lines)):
            self.text(left, top - LINE - i * LINE, line, anchor="start", size=TITLE_SIZE)
        x, y = self._left - PAD, self._top - PAD
        width, height = self._right - x + PAD, self._bottom - y + PAD
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:.0f} {y:.0f} {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'role="img" font-family="sans-serif" preserveAspectRatio="xMidYMid meet"><title>{escape(title)}</title>'
            f'<desc>{escape(description)}</desc><rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="8" '
            f'fill="{PAPER}"/>{"".join(self._shapes)}</svg>'
        )
        return Drawing(svg, title, description, list(self._texts))
