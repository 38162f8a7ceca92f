"""Sentences of four genres, each rated by about twenty people: the data of VADER's paper (Hutto & Gilbert, 2014).

Film reviews, product reviews, newspaper editorials and tweets; every rater gave a whole number from -4 (extremely negative) to 4
(extremely positive). Notable choice: `mean` is the published one. It is that of `ratings` everywhere but in 196 tweets, of
whose raters some are not in the file.
"""

from __future__ import annotations

import ast
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass

from nlpjourney.assets.store import path

GENRES = {
    "movies": "movieReviewSnippets",
    "products": "amazonReviewSnippets",
    "editorials": "nytEditorialSnippets",
    "tweets": "tweets",
}


@dataclass(frozen=True)
class RatedSentence:
    """A sentence, the document that it stands in (a sentence of films and tweets is a document of its own), and its ratings."""

    genre: str
    document: int
    text: str
    mean: float
    ratings: tuple[int, ...]


def rated_sentences(genres: Sequence[str] = tuple(GENRES)) -> list[RatedSentence]:
    """23,703 sentences: 10,605 of movies, 3,708 of products, 5,190 of editorials, 4,200 tweets, in the order of the files.

    Raises ValueError for another genre.
    """
    if unknown := set(genres) - GENRES.keys():
        raise ValueError(f"there is no genre {sorted(unknown)[0]!r}: there are {', '.join(GENRES)}")
    with tarfile.open(path("rated-sentences")) as archive:
        return [row for genre in genres for row in _read(archive, genre)]


def _read(archive: tarfile.TarFile, genre: str) -> list[RatedSentence]:
    ratings = {id: ast.literal_eval(values) for id, _, _, values in _rows(archive, f"{GENRES[genre]}_anonDataRatings")}
    return [
        RatedSentence(genre, int(id.split("_")[0]), text, float(mean), tuple(ratings[id]))
        for id, mean, text in _rows(archive, f"{GENRES[genre]}_GroundTruth")
    ]


def _rows(archive: tarfile.TarFile, name: str) -> list[list[str]]:
    file = archive.extractfile(f"hutto_ICWSM_2014/{name}.txt")
    assert file is not None
    lines = file.read().decode("utf-8-sig").split("\n")
    return [line.rstrip("\r").split("\t") for line in lines if line.strip()]
