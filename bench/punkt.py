"""Punkt against NLTK's: training and splitting, the same parameters and the same borders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nltk.tokenize.punkt import PunktParameters as NltkParameters
from nltk.tokenize.punkt import PunktSentenceTokenizer as NltkTokenizer
from nltk.tokenize.punkt import PunktTrainer as NltkTrainer

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.sentences import PunktParameters, PunktSentenceTokenizer, PunktTrainer


def trained(text: str) -> PunktParameters:
    trainer = PunktTrainer()
    trainer.train(text)
    return trainer.params()


def trained_by_nltk(text: str) -> NltkParameters:
    trainer = NltkTrainer()
    trainer.train(text)
    return trainer.get_params()


def same_parameters(ours: PunktParameters, theirs: Any) -> bool:
    contexts = {word: flags for word, flags in theirs.ortho_context.items() if flags}  # it notes a 0 when it is asked
    return (
        ours.abbrev_types == theirs.abbrev_types
        and ours.collocations == theirs.collocations
        and ours.sent_starters == theirs.sent_starters
        and ours.ortho_context == contexts
    )


def comparisons() -> Iterator[Comparison]:
    text = "\n\n".join(corpora.wikipedia().values())
    megabytes = len(text.encode()) / 1e6
    yield Comparison(
        work=f"Punkt, training on {megabytes:.1f} MB of Wikipedia",
        peer="NLTK",
        topic="1.4",
        ours=lambda: trained(text),
        theirs=lambda: trained_by_nltk(text),
        agree=same_parameters,
        goal=5.0,
        amount=megabytes,
        unit="MB",
        packages=("nltk",),
    )
    params = trained(text)
    theirs = NltkTokenizer(trained_by_nltk(text))
    yield Comparison(
        work=f"Punkt, splitting {megabytes:.1f} MB of Wikipedia",
        peer="NLTK",
        topic="1.4",
        # A new tokenizer each time: nothing is known from the run before.
        ours=lambda: PunktSentenceTokenizer(params).span_tokenize(text),
        theirs=lambda: list(theirs.span_tokenize(text)),
        agree=list.__eq__,
        goal=3.0,
        amount=megabytes,
        unit="MB",
        packages=("nltk",),
    )
