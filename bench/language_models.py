"""N-gram queries against KenLM, from Python: lists of sentences to a list of scores, on a 5-gram model of 10 MB of English."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import kenlm
import numpy as np

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.tasks.language_models import NGramModel, write_arpa


def comparisons() -> Iterator[Comparison]:
    lines = [line for line in corpora.english_text(12_000_000).replace("\0", "").split("\n") if line.strip()]
    lines = [line.replace("<s>", "").replace("</s>", "") for line in lines]
    training, test = lines[::2], lines[1::2]
    ours = NGramModel(5).fit(training)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.arpa"
        write_arpa(ours, file)
        theirs = kenlm.Model(str(file))
    n_words = sum(len(line.split()) + 1 for line in test)
    yield Comparison(
        work=f"scores of {len(test):,} sentences, 5-grams ({sum(ours.n_ngrams) / 1e6:.1f} million)",
        peer="KenLM",
        topic="2.7",
        ours=lambda: ours.score_batch(test),
        theirs=lambda: [theirs.score(line) for line in test],
        agree=lambda a, b: np.allclose(a, b, rtol=1e-5, atol=1e-4),
        goal=1.0,
        amount=n_words / 1e6,
        unit="million words",
        packages=("kenlm",),
        repeat=5,
    )
