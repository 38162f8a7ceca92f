"""Bag of words against scikit-learn: 50 MB of English, one document a paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sklearn.feature_extraction.text as theirs

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text import vectorize as ours


def comparisons() -> Iterator[Comparison]:
    documents = [paragraph for paragraph in corpora.english_text().split("\n\n") if paragraph.strip()]
    size = sum(len(d.encode()) for d in documents) / 1e6

    def same(a: Any, b: Any) -> bool:
        return a.shape == b.shape and a.nnz == b.nnz and abs(a - b).max() < 1e-9

    for name, options, goal, repeat in (
        ("CountVectorizer", {}, 1.8, 5),
        ("CountVectorizer", {"ngram_range": (1, 2)}, 1.0, 3),
        ("TfidfVectorizer", {"min_df": 3}, 1.8, 3),
        ("HashingVectorizer", {}, 1.8, 3),
    ):
        yield Comparison(
            work=f"{name}({', '.join(f'{k}={v}' for k, v in options.items())}), {size:.0f} MB",
            peer="scikit-learn",
            topic="1.5",
            ours=lambda name=name, options=options: getattr(ours, name)(**options).fit_transform(documents),
            theirs=lambda name=name, options=options: getattr(theirs, name)(**options).fit_transform(documents),
            agree=same,
            goal=goal,
            amount=size,
            unit="MB",
            packages=("scikit-learn",),
            repeat=repeat,
        )
