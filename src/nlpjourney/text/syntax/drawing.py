"""Trees as pictures: SVG that needs nothing else, with a title and a description in words that screen readers read out.

A constituency tree has its words in one line, each phrase centred over its parts. Dependencies are arcs over the words, an
arrow at the dependent, higher the further apart the two are. Lines have the colour of the text around, for dark pages; labels
and arrows have classes (`phrase`, `arrow`), so that a page may colour them in its own way. No inline style: pages may forbid it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nlpjourney.text.syntax.tree import Tree

_LABEL = 'class="phrase" fill="#0072B2" font-weight="bold"'
LEVEL, LETTER, GAP = 44.0, 8.2, 18.0  # pixels: between levels, of one letter's width, between words


def tree_svg(tree: Tree) -> str:
    """A constituency tree: phrases in blue above, words in one line below."""
    baseline = tree.height() * LEVEL + 20
    shapes: list[str] = []

    def place(part: Tree | str, left: float, depth: int) -> tuple[float, float]:
        """Draw a part from `left` on; returns where a line from above meets it."""
        x = left + _room(part) / 2
        if isinstance(part, str):
            shapes.append(_text(x, baseline, part))
            return x, baseline - 14
        y = depth * LEVEL + 20
        at = x - sum(map(_room, part.children)) / 2
        for child in part.children:
            shapes.append(_line(x, y + 5, *place(child, at, depth + 1)))
            at += _room(child)
        shapes.append(_text(x, y, part.label, _LABEL))
        return x, y - 14

    place(tree, 0.0, 0)
    return _svg(_room(tree), baseline + 12, f"Phrases of the sentence: {' '.join(tree.leaves())}", str(tree), shapes)


def _room(part: Tree | str) -> float:
    """The width that a part takes with all that is below it."""
    if isinstance(part, str):
        return _width(part) + GAP
    return max(_width(part.label) + GAP, sum(map(_room, part.children)))


def dependency_svg(words: Sequence[str], heads: Sequence[int]) -> str:
    """Dependencies: an arc from each head (-1: the root) to its dependent. Raises ValueError for lists of different lengths."""
    if len(words) != len(heads):
        raise ValueError(f"{len(words)} words but {len(heads)} heads")
    if any(not -1 <= head < len(words) or head == i for i, head in enumerate(heads)):
        raise ValueError(f"a head is another word of the sentence or -1, unlike in {list(heads)}")
    centres, right = [], GAP / 2
    for word in words:
        centres.append(right + _width(word) / 2)
        right += _width(word) + GAP
    longest = max((abs(i - head) for i, head in enumerate(heads) if head >= 0), default=1)
    baseline = 34 + 14 * longest + 30.0
    shapes = [_text(x, baseline, word) for x, word in zip(centres, words)]
    floor = baseline - 18
    for i, head in enumerate(heads):
        x = centres[i]
        if head < 0:
            shapes += [_line(x, 8, x, floor), _text(x + 20, 16, "root", _LABEL)]
        else:
            start = centres[head] + (4 if head < i else -4)  # arcs that meet at a head stand apart
            top = floor - 14 - 14 * abs(i - head)
            curve = f"M {start:.1f} {floor:.1f} C {start:.1f} {top:.1f}, {x:.1f} {top:.1f}, {x:.1f} {floor:.1f}"
            shapes.append(f'<path d="{curve}" fill="none" stroke="currentColor"/>')
        shapes.append(_arrow(x, floor))
    said = ", ".join(
        f"{word} hangs on {words[head]}" if head >= 0 else f"{word} is the root" for word, head in zip(words, heads)
    )
    return _svg(right, baseline + 12, f"Dependencies of the sentence: {' '.join(words)}", said, shapes)


def _width(text: str) -> float:
    return max(LETTER * len(text), 2 * LETTER)


def _text(x: float, y: float, text: str, look: str = 'fill="currentColor"') -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" {look}>{escape(text)}</text>'


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="currentColor" opacity="0.6"/>'


def _arrow(x: float, y: float) -> str:
    return f'<path d="M {x - 4:.1f} {y - 7:.1f} L {x:.1f} {y:.1f} L {x + 4:.1f} {y - 7:.1f} Z" class="arrow" fill="#D55E00"/>'


def _svg(width: float, height: float, title: str, description: str, shapes: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" '
        f'font-family="sans-serif" font-size="14"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        f"{''.join(shapes)}</svg>"
    )
