"""Sentences drawn: phrases as a tree above the words, dependencies as arcs over them."""

from __future__ import annotations

from collections.abc import Sequence

from nlpjourney.drawing.canvas import COLOURS, FAINT, Canvas, Drawing, text_width

LEVEL, GAP = 44.0, 18.0  # pixels between levels, and between words
WRONG = COLOURS[4]

Node = str | tuple[str, Sequence["Node"]]  # a word, or a label and what stands below it


def tree(root: Node, title: str, description: str = "") -> Drawing:
    """Labels above, the words in one line below, each label centred over its parts."""
    canvas = Canvas()
    baseline = _height(root) * LEVEL

    def place(part: Node, left: float, depth: int) -> tuple[float, float]:
        """Draw a part from `left` on; returns where a line from above meets it."""
        x = left + _room(part) / 2
        if isinstance(part, str):
            canvas.text(x, baseline, part)
            return x, baseline - 10
        label, parts = part
        y = depth * LEVEL
        at = x - sum(map(_room, parts)) / 2
        for child in parts:
            canvas.line((x, y + 10), place(child, at, depth + 1))
            at += _room(child)
        canvas.text(x, y, label, colour=COLOURS[0], bold=True)
        return x, y - 10

    place(root, 0.0, 0)
    return canvas.finish(title, description or _in_words(root))


def _height(part: Node) -> int:
    return 0 if isinstance(part, str) else 1 + max(map(_height, part[1]), default=0)


def _room(part: Node) -> float:
    """The width that a part takes with all that is below it."""
    if isinstance(part, str):
        return max(text_width(part), 16.0) + GAP
    return max(text_width(part[0]) * 1.06 + GAP, sum(map(_room, part[1])))


def _in_words(part: Node) -> str:
    return part if isinstance(part, str) else f"({part[0]} {' '.join(map(_in_words, part[1]))})"


def arcs(
    words: Sequence[str], heads: Sequence[int], title: str, description: str = "", *, gold: Sequence[int] | None = None
) -> Drawing:
    """An arc from each head (-1: the root) to its dependent, with an arrow there, the higher the further apart the two are.

    An arc whose head is not that of `gold`, the true heads, is red and dashed.
    Raises ValueError for lists of different lengths, and for a head that is no other word of the sentence.
    """
    gold = heads if gold is None else gold
    for given in (heads, gold):
        if not words or len(words) != len(given):
            raise ValueError(f"{len(words)} words but {len(given)} heads")
        if any(not -1 <= head < len(words) or head == i for i, head in enumerate(given)):
            raise ValueError(f"a head is another word of the sentence or -1, unlike in {list(given)}")
    canvas, centres, right = Canvas(), list[float](), 0.0
    for word in words:
        room = max(text_width(word), 24.0)
        centres.append(right + room / 2)
        right += room + GAP
    for x, word in zip(centres, words):
        canvas.text(x, 16, word)
    longest = max((abs(i - head) for i, head in enumerate(heads) if head >= 0), default=1)
    for i, head in enumerate(heads):
        x, wrong = centres[i], head != gold[i]
        if head < 0:
            top = -20 - 13.0 * longest
            canvas.line((x, top), (x, 0), arrow=True, colour=WRONG if wrong else COLOURS[4], dashed=wrong)
            canvas.text(x, top - 10, "root", colour=COLOURS[0], bold=True)
        else:
            start = centres[head] + (5 if head < i else -5)  # arcs that meet at a head stand apart
            pull = ((start + x) / 2, -16 - 26.0 * abs(i - head))
            canvas.curve((start, 2), pull, (x, 0), WRONG if wrong else FAINT, arrow=True, dashed=wrong)
    said = ", ".join(
        _said(words, i, head) + (f" (wrong: {_said(words, i, true)})" if head != true else "")
        for i, (head, true) in enumerate(zip(heads, gold))
    )
    return canvas.finish(title, description or f"{said}.")


def _said(words: Sequence[str], i: int, head: int) -> str:
    return f"{words[i]} depends on {words[head]}" if head >= 0 else f"{words[i]} is the root"
