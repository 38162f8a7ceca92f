"""The embedding map: a word among its neighbours, and analogies as arrows.

The vectors are learned here, in a quarter of a minute, the first time somebody asks: a thread does it while the page says so, and
they are kept in the cache, in word2vec's binary format.
"""

from __future__ import annotations

import difflib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.ml import PCA, TSNE
from nlpjourney.text.embeddings import Corpus, Word2Vec, WordVectors, load_binary, save_binary

NEAR = 30  # neighbours drawn
ANSWERS = 6
WIDTH, HEIGHT, MARGIN = 720.0, 500.0, 48.0
LETTER, LINE = 8.2, 17.0  # about the size of a letter of a label
OPTIONS = {"vector_size": 100, "window": 5, "epochs": 6, "alpha": 0.05, "sample": 1e-4, "workers": 2}
MIN_COUNT = 10


@dataclass(frozen=True)
class Dot:
    """A word on the drawing. kind: asked, near, given, answer, other, or target (where an analogy's arrow ends).

    rank: its row in the table, from 1, or 0 for a word that has none; label: where its name stands and which side of it is
    there (start, middle, end), or None where the name would cover another's.
    """

    word: str
    x: float
    y: float
    kind: str
    rank: int = 0
    cosine: float = 1.0
    label: tuple[float, float, str] | None = None


@dataclass(frozen=True)
class Arrow:
    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True)
class WordMap:
    """A drawing with its table. about: what the drawing can and cannot show."""

    dots: tuple[Dot, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    about: str = ""
    n_words: int = 0
    waiting: str = ""  # why there is nothing yet
    problem: str = ""  # why there will be nothing
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()  # words without a vector, with others that look alike

    @property
    def rows(self) -> list[Dot]:
        """The words of the table, best first."""
        return sorted((dot for dot in self.dots if dot.rank), key=lambda dot: dot.rank)


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
    """A place for each name that covers no dot and no other name; important words choose first."""
    taken: list[tuple[float, float, float, float]] = [(d.x - 6, d.y - 6, d.x + 6, d.y + 6) for d in dots]
    order = {"asked": 0, "given": 0, "target": 9}
    labels: dict[str, tuple[float, float, str]] = {}
    for dot in sorted(dots, key=lambda d: (order.get(d.kind, 1), d.rank)):
        width = LETTER * len(dot.word)
        for x, y, anchor, left in _sides(dot, width):
            box = (left, y - LINE * 0.8, left + width, y + LINE * 0.25)
            inside = box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= HEIGHT
            if inside and not any(_overlap(box, other) for other in taken):
                labels[dot.word] = (round(x, 1), round(y, 1), anchor)
                taken.append(box)
                break
    return tuple(
        Dot(d.word, d.x, d.y, d.kind, d.rank, d.cosine, None if d.kind == "target" else labels.get(d.word))
        for d in dots
    )


def _sides(dot: Dot, width: float) -> Iterator[tuple[float, float, str, float]]:
    yield dot.x + 10, dot.y + 5, "start", dot.x + 10
    yield dot.x - 10, dot.y + 5, "end", dot.x - 10 - width
    yield dot.x, dot.y - 11, "middle", dot.x - width / 2
    yield dot.x, dot.y + 21, "middle", dot.x - width / 2


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


class LearnedVectors:
    """The vectors: from the cache, else learned by a thread."""

    def __init__(self) -> None:
        self.vectors: WordVectors | None = None
        self.problem = ""
        self._doing, self._since = "Reading the text", time.monotonic()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> str:
        """What is going on, and for how long."""
        return f"{self._doing} for the first time, {time.monotonic() - self._since:.0f} seconds so far."

    def join(self) -> None:
        """Wait until the vectors are there, or a problem is."""
        self._thread.join()

    def _work(self) -> None:
        try:
            file = _cache_file()
            if not file.exists():
                save_binary(self._learn(), file)
            self.vectors = load_binary(file)
            _ = self.vectors.unit
        except assets.AssetError:
            self.problem = "The texts to learn from are not on this machine and could not be fetched."
        except Exception as error:
            self.problem = f"The vectors could not be made: {error}"
            raise

    def _learn(self) -> WordVectors:
        corpus = Corpus.from_texts(_texts(), MIN_COUNT)
        self._doing = f"Learning {len(corpus.words):,} vectors from {len(corpus.tokens) / 1e6:.1f} million words"
        return Word2Vec(**OPTIONS).fit(corpus).vectors  # type: ignore[arg-type]


def _texts() -> Iterator[str]:
    for article in corpora.wikipedia().values():
        yield from article.split("\n")
    for document in (*corpora.newsgroups(), *corpora.reuters()):
        yield document.text


def _cache_file() -> Path:
    key = hashlib.sha256(repr((OPTIONS, MIN_COUNT)).encode()).hexdigest()[:16]
    return assets.cache_folder() / "app" / f"word2vec-{key}.bin"


@cache
def _vectors() -> LearnedVectors:
    return LearnedVectors()
