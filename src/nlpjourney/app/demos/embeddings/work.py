"""The embedding map: a word among its neighbours, and analogies as arrows."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nlpjourney.app.demos.embeddings import Arrow, Dot, WordMap
from nlpjourney.app.demos.embeddings.vectors import LearnedVectors
from nlpjourney.drawing import place_labels
from nlpjourney.ml import PCA, TSNE
from nlpjourney.text.embeddings import WordVectors

NEAR = 30  # neighbours drawn
ANSWERS = 6
WIDTH, HEIGHT, MARGIN = 720.0, 500.0, 48.0


def neighbours(word: str, method: str) -> WordMap:
    """The words most similar to `word`, placed by `method`: pca or tsne."""
    return _answer([word], lambda vectors: _neighbours(vectors, word, method))


def analogy(a: str, b: str, c: str) -> WordMap:
    """What is to `c` as `b` is to `a`: the best answers, and the arrows."""
    return _answer([a, b, c], lambda vectors: _analogy(vectors, a, b, c))


def _answer(words: Sequence[str], draw: Callable[[WordVectors], WordMap]) -> WordMap:
    state = _vectors()
    vectors, problem = state.vectors, state.problem  # read once: a thread may set them meanwhile
    if problem or vectors is None:
        return WordMap(problem=problem, waiting="" if problem else state.waiting)
    missing = tuple((word, _alike(word, vectors)) for word in words if word not in vectors)
    return WordMap(unknown=missing, n_words=len(vectors)) if missing else draw(vectors)


def _alike(word: str, vectors: WordVectors) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(word, vectors.words, n=4, cutoff=0.75))


def _neighbours(vectors: WordVectors, word: str, method: str) -> WordMap:
    found = vectors.most_similar(word, NEAR)
    unit = vectors.unit[[vectors.index[w] for w in (word, *(w for w, _ in found))]]
    if method == "tsne":
        xy = TSNE(perplexity=min(8, len(found) / 2), n_iter=750).fit_transform(unit)
        about = "t-SNE keeps neighbours together: only who stands beside whom means something, not the gaps."
    else:
        pca = PCA(2)
        xy = pca.fit_transform(unit)
        share = pca.explained_variance_ratio.sum()
        about = f"PCA shows these words from the side where they differ most: {share:.0%} of their spread is visible."
    xy = _fit(xy)
    (x0, y0), *places = xy.tolist()
    dots = [Dot(word, x0, y0, "asked")]
    for rank, ((other, cosine), (x, y)) in enumerate(zip(found, places), start=1):
        dots.append(Dot(other, x, y, "near", rank, cosine))
    return WordMap(_labelled(dots), (), about, len(vectors))


def _analogy(vectors: WordVectors, a: str, b: str, c: str) -> WordMap:
    found = vectors.analogy(a, b, c, ANSWERS)
    given = vectors.unit[[vectors.index[w] for w in (a, b, c)]]
    answers = vectors.unit[[vectors.index[w] for w, _ in found]]
    target = given[1] - given[0] + given[2]
    # The plane in which a, b, c and the best answer differ most; the other answers are seen from the same side.
    pca = PCA(2).fit(np.vstack([given, answers[:1]]))
    xy = _fit(pca.transform(np.vstack([given, target, answers])))
    (xa, ya), (xb, yb), (xc, yc), (xt, yt), (x1, y1) = xy[:5].tolist()
    dots = [Dot(a, xa, ya, "given"), Dot(b, xb, yb, "given"), Dot(c, xc, yc, "given")]
    for rank, ((word, cosine), (x, y)) in enumerate(zip(found, xy[4:].tolist()), start=1):
        dots.append(Dot(word, x, y, "answer" if rank == 1 else "other", rank, cosine))
    arrows = (
        Arrow(xa, ya, xb, yb, "given"),
        Arrow(xc, yc, xt, yt, "moved"),
        Arrow(xc, yc, x1, y1, "found"),
    )
    about = (
        f"The arrow from {a} to {b}, begun at {c} (dashed), ends at the cross; {found[0][0]} is the word whose direction "
        f"is nearest to it. Drawn by PCA, since t-SNE keeps no directions; {a}, {b} and {c} cannot be answers."
    )
    return WordMap(_labelled([*dots, Dot(f"{b} - {a} + {c}", xt, yt, "target")]), arrows, about, len(vectors))


def _fit(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places moved and scaled, both axes alike, so that they fill the drawing; y grows downwards."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    scale = (room / np.maximum(high - low, 1e-9)).min()
    placed = (xy - (low + high) / 2) * scale * [1, -1] + [WIDTH / 2, HEIGHT / 2]
    return np.asarray(placed.round(1))


def _labelled(dots: Sequence[Dot]) -> tuple[Dot, ...]:
    """The dots with their names beside them; important words choose their places first."""
    order = {"asked": 0, "given": 0}
    by_weight = sorted(range(len(dots)), key=lambda i: (order.get(dots[i].kind, 1), dots[i].rank))
    names = ["" if dot.kind == "target" else dot.word for dot in dots]
    labels = place_labels([(dot.x, dot.y) for dot in dots], names, (WIDTH, HEIGHT), by_weight)
    return tuple(replace(dot, label=label) for dot, label in zip(dots, labels))


@cache
def _vectors() -> LearnedVectors:
    return LearnedVectors()
