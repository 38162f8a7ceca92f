"""How accuracy grows with the number of labelled texts: headlines, four classifiers, several draws of the training texts.

`python -m nlpjourney.tasks.classification.learning_curves` computes the table that practice 2.1 shows,
`learning_curves.json`; fine-tuning takes most of its time (see "seconds" in the file). All classifiers of a draw see the
same texts, nested: a larger sample contains the smaller. The three that start from nothing also see the same features:
what stands between white space, and pairs of neighbours.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nlpjourney.assets import corpora
from nlpjourney.files import write_text
from nlpjourney.ml import LogisticRegression, MultinomialNB
from nlpjourney.tasks.classification.fasttext import FastTextClassifier
from nlpjourney.tasks.classification.text_classifier import TextClassifier
from nlpjourney.text.vectorize import CountVectorizer, TfidfVectorizer

FILE = Path(__file__).with_name("learning_curves.json")
SIZES = {"naive Bayes": 16_000, "logistic regression": 16_000, "fastText": 16_000, "MiniLM, fine-tuned": 2_000}
STEPS = (50, 100, 200, 500, 1_000, 2_000, 4_000, 8_000, 16_000)
N_TEST, N_DRAWS = 2_000, 3
SAME_FEATURES: dict[str, Any] = {
    "ngram_range": (1, 2),
    "token_pattern": r"\S+",
}  # what fastText with word_ngrams=2 looks at


class Point(NamedTuple):
    """One run:

    classifier, number of training texts, the draw, accuracy on the held-out texts, and the seconds that fitting took.
    """

    model: str
    n: int
    draw: int
    accuracy: float
    seconds: float


def _minilm(seed: int) -> Any:
    from nlpjourney.tasks.classification.encoder import EncoderClassifier

    return EncoderClassifier(n_epochs=3, learning_rate=1e-4, seed=seed)


MODELS: dict[str, Callable[[int], Any]] = {
    "naive Bayes": lambda seed: TextClassifier(CountVectorizer(**SAME_FEATURES), MultinomialNB()),
    "logistic regression": lambda seed: TextClassifier(TfidfVectorizer(**SAME_FEATURES), LogisticRegression(C=10)),
    "fastText": lambda seed: FastTextClassifier(n_epochs=25, learning_rate=0.5, word_ngrams=2, seed=seed),
    "MiniLM, fine-tuned": _minilm,
}


def distinct_headlines() -> tuple[list[str], list[str]]:
    """Each headline once, and its label, in an order drawn once and for all."""
    seen = {h.text: h.label for h in corpora.headlines()}
    order = np.random.default_rng(0).permutation(len(seen))
    texts, labels = list(seen), list(seen.values())
    return [texts[i] for i in order], [labels[i] for i in order]


def points() -> Iterator[Point]:
    """Every run. The last `N_TEST` headlines are held out; each draw takes its training texts from all the others."""
    texts, labels = distinct_headlines()
    test, expected = texts[-N_TEST:], labels[-N_TEST:]
    for make in MODELS.values():  # no run's seconds hold the loading of kernels
        make(0).fit(texts[:16], labels[:16])
    for draw in range(N_DRAWS):
        order = np.random.default_rng(draw + 1).permutation(len(texts) - N_TEST)
        for name, make in MODELS.items():
            for n in (n for n in STEPS if n <= SIZES[name]):
                chosen = order[:n]
                start = time.perf_counter()
                model = make(draw).fit([texts[i] for i in chosen], [labels[i] for i in chosen])
                seconds = time.perf_counter() - start
                accuracy = float((model.predict(test) == np.asarray(expected)).mean())
                yield Point(name, n, draw, round(accuracy, 4), round(seconds, 3))


def committed() -> list[Point]:
    """The points of the committed table."""
    return [Point(**row) for row in json.loads(FILE.read_text(encoding="utf-8"))["points"]]


def main() -> None:
    found = []
    for point in points():
        print(*point, flush=True)
        found.append(point._asdict())
    note = f"{N_TEST} held-out headlines, {N_DRAWS} draws; made by python -m {__spec__.name if __spec__ else __name__}"
    write_text(FILE, json.dumps({"about": note, "points": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
