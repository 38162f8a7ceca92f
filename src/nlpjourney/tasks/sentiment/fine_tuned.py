"""MiniLM, fine-tuned on film reviews: how probably each test sentence is positive, computed once.

`python -m nlpjourney.tasks.sentiment.fine_tuned` makes `fine_tuned.json`, which practice 2.5 shows: fine-tuning takes longer
than a page may. It learns the clear sentences of the films' training set, with several seeds, and answers for the test sets
of all four genres, also for sentences that are not clear.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpjourney.assets import corpora
from nlpjourney.files import write_text
from nlpjourney.tasks.sentiment.judged import clear, split

FILE = Path(__file__).with_name("fine_tuned.json")
SEEDS = (0, 1, 2)
LEARNED_FROM = "movies"


def fine_tune(seed: int, n_texts: int | None = None) -> tuple[dict[str, list[float]], float]:
    """P(positive) of each test sentence by genre, and the seconds of learning; from `n_texts` sentences, by default all."""
    from nlpjourney.tasks.classification.encoder import EncoderClassifier

    parts = split(corpora.rated_sentences())
    lessons = clear([s for s in parts.train if s.genre == LEARNED_FROM])[:n_texts]
    start = time.perf_counter()
    model = EncoderClassifier(n_epochs=2, learning_rate=1e-4, seed=seed)
    model.fit([s.text for s in lessons], [s.mean > 0 for s in lessons])
    seconds = time.perf_counter() - start
    found = {}
    for genre in dict.fromkeys(s.genre for s in parts.test):
        own = [s.text for s in parts.test if s.genre == genre]
        found[genre] = [
            round(float(p), 3) for p in model.predict_proba(own if n_texts is None else own[:n_texts])[:, 1]
        ]
    return found, seconds


def committed(genre: str) -> NDArray[np.float64]:
    """P(positive) (n_seeds, n) of the genre's test sentences, in the order of `split`."""
    runs = json.loads(FILE.read_text(encoding="utf-8"))["runs"]
    return np.array([run["positive"][genre] for run in runs])


def main() -> None:
    runs = []
    for seed in SEEDS:
        found, seconds = fine_tune(seed)
        runs.append({"seed": seed, "seconds": round(seconds), "positive": found})
        print(f"seed {seed}: {seconds:.0f} s", flush=True)
        note = f"P(positive) of each test sentence; made by python -m {__spec__.name if __spec__ else __name__}"
        write_text(FILE, json.dumps({"about": note, "runs": runs}) + "\n")


if __name__ == "__main__":
    main()
