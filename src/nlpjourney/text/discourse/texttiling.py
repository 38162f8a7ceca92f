"""TextTiling: where a text changes its subject, seen from its words alone.

Hearst (1997). The words are cut into pseudo-sentences of w words; at each gap between two of them the blocks of k
pseudo-sentences on either side are compared by the cosine of their word counts. A change of subject is a valley of that
curve: its depth is how far it lies below the peaks on both sides, and gaps deeper than the average less half a standard
deviation become boundaries, the deepest first, none within three gaps of another. Notable choices: NLTK's smoothing and
margins, so that the curves are equal; a boundary moves to the nearest place where the text may be cut.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpjourney.text.tokenize.words import spans

_NEAR = 4  # boundaries lie at least so many gaps apart


@dataclass(frozen=True)
class Tiling:
    """The curves over the gaps, each (n_gaps,): gap i lies before word (i + 1)·w."""

    scores: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    depths: NDArray[np.float64]
    boundaries: list[int]  # the gaps where the subject changes, in order


class TextTiler:
    """Splits texts by subject.

    w: words in a pseudo-sentence; k: pseudo-sentences in a block; smoothing: gaps in the moving average, odd (1: none);
    stop_words: what says nothing about the subject.
    """

    def __init__(self, w: int = 20, k: int = 10, smoothing: int = 3, stop_words: Collection[str] = ()) -> None:
        if w < 1 or k < 1 or smoothing < 1 or smoothing % 2 == 0:
            raise ValueError(f"w and k are at least 1 and smoothing is odd, not {w}, {k} and {smoothing}")
        self.w, self.k, self.smoothing = w, k, smoothing
        self.stop_words = frozenset(stop_words)

    def tile(self, words: Sequence[str]) -> Tiling:
        """The curves and boundaries of a text given as its words in small letters; too short a text has no boundaries."""
        blocks = [
            Counter(word for word in words[at : at + self.w] if word not in self.stop_words)
            for at in range(0, len(words), self.w)
        ]
        n_gaps = max(len(blocks) - 1, 0)
        scores = np.zeros(n_gaps)
        for gap in range(n_gaps):
            size = min(self.k, gap + 1, n_gaps - gap)  # as many on both sides, fewer at the ends
            before, after = (
                sum(blocks[gap + 1 - size : gap + 1], Counter()),
                sum(blocks[gap + 1 : gap + 1 + size], Counter()),
            )
            scores[gap] = _cosine(before, after)
        smoothed = _smooth(scores, self.smoothing)
        depths = _depths(smoothed)
        return Tiling(scores, smoothed, depths, _boundaries(depths))

    def split(self, text: str, breaks: Sequence[int] | None = None) -> list[str]:
        """The text in segments, which together are the text. breaks: offsets at which it may be cut (the paragraphs' ends).

        Raises ValueError when there is nowhere to cut.
        """
        if breaks is None:
            places = [match.start() for match in re.finditer(r"\s+", text) if match[0].count("\n") >= 2]
        else:
            places = sorted(breaks)
        if not places:
            raise ValueError("the text has no paragraphs: give `breaks`, for instance the ends of sentences")
        words = [(text[start:end].lower(), start) for start, end in spans(text) if text[start].isalpha()]
        tiling = self.tile([word for word, _ in words])
        wanted = [words[(gap + 1) * self.w][1] for gap in tiling.boundaries]
        cuts = sorted({_nearest(places, offset) for offset in wanted} - {0, len(text)})
        return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)])]


def _nearest(places: Sequence[int], offset: int) -> int:
    """The one of the ascending `places` that is nearest to `offset`, of two the first."""
    at = bisect_left(places, offset)
    return min(places[max(at - 1, 0) : at + 1], key=lambda place: abs(place - offset))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    product = sum(count * other[word] for word, count in one.items())
    lengths = sum(c * c for c in one.values()) * sum(c * c for c in other.values())
    return float(product / np.sqrt(lengths)) if lengths else 0.0


def _smooth(scores: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """A moving average; beyond the ends the curve goes on turned around its end points."""
    if width == 1 or len(scores) <= width:
        return scores
    half = width // 2
    left = 2 * scores[0] - scores[half + 1 : 1 : -1]
    right = 2 * scores[-1] - scores[-1 : -half - 1 : -1]
    return np.convolve(np.concatenate((left, scores, right)), np.full(width, 1 / width), mode="valid")


def _depths(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """How deep each gap lies below the peaks beside it; 0 near the ends, where blocks are short."""
    depths = np.zeros(len(scores))
    margin = min(max(len(scores) // 10, 2), 5)
    left, right = _peaks(scores), _peaks(scores[::-1])[::-1]
    inner = slice(margin, len(scores) - margin)
    depths[inner] = (left + right - 2 * scores)[inner]
    return depths


def _peaks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each gap the height that one reaches from it to the left without a step down."""
    peaks = scores.copy()
    for gap in range(1, len(scores)):
        if scores[gap - 1] >= scores[gap]:
            peaks[gap] = peaks[gap - 1]
    return peaks


def _boundaries(depths: NDArray[np.float64]) -> list[int]:
    if not depths.any():
        return []
    cutoff = float(sum(depths) / len(depths) - np.std(depths) / 2)
    chosen: set[int] = set()
    for depth, gap in sorted(zip(depths.tolist(), range(len(depths))), reverse=True):
        if depth > cutoff and chosen.isdisjoint(range(gap - _NEAR + 1, gap + _NEAR)):
            chosen.add(gap)
    return sorted(chosen)
