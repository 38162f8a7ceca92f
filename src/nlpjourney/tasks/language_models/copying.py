"""How much of what a model writes is copied from its training text, computed once: `python -m
nlpjourney.tasks.language_models.copying` writes `trained/copied.json`.

Each model writes 30 texts after “what is”, of 40 words and signs (n-grams) or 170 bytes (networks), at temperature 0.8. A token
is copied if it lies in a run of five that stands in the training text. About three minutes. One more model shows what smoothing
prevents: a 5-gram model from whose counts only 0.1 is taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nlpjourney.files import write_text
from nlpjourney.llm.generation import Options, generate_all
from nlpjourney.llm.sampling import Sampler
from nlpjourney.tasks.language_models import neural, play
from nlpjourney.tasks.language_models.ngram import NGramModel
from nlpjourney.tasks.language_models.split import shakespeare_split
from nlpjourney.text.tokenize import words

N_TEXTS, N_WORDS, N_BYTES, RUN = 30, 40, 170, 5
TABLE = neural.TRAINED / "copied.json"
LITTLE = 0.1  # the discount of the model that recites


def tokens(text: str) -> list[str]:
    """The words and signs of a text in lower case, line after line."""
    return [token for line in text.split("\n") for token in words.tokenize(line.lower())]


def texts(model: Any, n: int = N_TEXTS, seed: int = 0) -> Iterator[list[str]]:
    """What a model of words or of bytes writes, as words and signs."""
    of_words = isinstance(model, NGramModel)
    prompt = [1, *map(int, model.vocabulary.find(["what", "is"]))] if of_words else list(b"\n\nWhat is")
    how = Options(sampler=Sampler(temperature=0.8), max_new_tokens=N_WORDS if of_words else N_BYTES, seed=seed)
    for answer in generate_all(model, [prompt] * n, how):
        yield (
            [model.vocabulary[i] for i in answer.ids]
            if of_words
            else tokens(bytes(answer.ids).decode(errors="replace"))
        )


def copied_shares(written: Sequence[Sequence[str]], known: set[tuple[str, ...]]) -> list[float]:
    """For each text the share of its tokens that lie in a known run."""
    return [round(float(np.mean(play.copied_runs(text, known))), 4) for text in written]


def models(speech: list[str]) -> Iterator[tuple[str, Any]]:
    """Each model of the table with its name."""
    for n in (2, 3, 4, 5):
        yield f"{n}-gram", NGramModel(n).fit([speech])
    yield "5-gram that recites", NGramModel(5, "kneser_ney", discount=LITTLE).fit([speech])
    yield "RNN", neural.trained("rnn")
    yield "Transformer", neural.trained("transformer")


def copied() -> dict[str, list[float]]:
    """The committed table: for each model the copied shares of its texts."""
    table: dict[str, list[float]] = json.loads(TABLE.read_text("utf-8"))
    return table


def main() -> None:
    speech = tokens(shakespeare_split().training)
    known, table = play.runs(speech, RUN), {}
    for seed, (name, model) in enumerate(models(speech)):
        table[name] = copied_shares(list(texts(model, seed=1000 * seed)), known)  # no two models share their draws
        print(f"{name:20} {np.mean(table[name]):.1%}", flush=True)
    write_text(TABLE, json.dumps(table) + "\n")


if __name__ == "__main__":
    main()
