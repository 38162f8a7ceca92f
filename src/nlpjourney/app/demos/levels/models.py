"""What the page of four levels has learned: grammar, heads and coherence from news that spaCy parsed, and WordNet.

All that was learned is kept. Where an asset cannot be had the generated Tinytown and our little WordNet stand in, and the page
says so.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from nlpjourney import assets
from nlpjourney.app.demos.levels.news import parsed_news
from nlpjourney.assets import corpora
from nlpjourney.text.discourse import CoherenceRanker, noun_roles, pairwise_accuracy, shuffled_pairs
from nlpjourney.text.lemma import MorphyLemmatizer
from nlpjourney.text.semantics import WordNet, lemmatizer_of, little_wordnet, wordnet
from nlpjourney.text.sentences import PunktSentenceTokenizer
from nlpjourney.text.syntax import (
    DependencyParser,
    OpenGrammarParser,
    Parsed,
    is_projective_tree,
    phrases,
    treebank,
)
from nlpjourney.town import Town
from nlpjourney.town.world import MEN, WOMEN

ASSETS = ("lee-news", "spacy-english", "wordnet")
N_HELD = 100  # of the 300 news texts: what the page's figures are measured on
LONGEST = 25  # words of the sentences whose surprise is the usual one


@dataclass(frozen=True)
class Models:
    grammar: OpenGrammarParser
    parser: DependencyParser
    surprises: tuple[float, ...]  # of sentences that the grammar has not seen, in order
    splitter: PunktSentenceTokenizer
    ranker: CoherenceRanker | None
    accuracy: float
    net: WordNet
    lemmatizer: MorphyLemmatizer
    names: dict[str, str]  # genders of given names
    grammar_of: str
    n_words: int
    wordnet_name: str
    notes: tuple[str, ...]


@cache
def models() -> Models:
    """What `learn` gives: out of the cache if it is there, for learning takes ten seconds. What stands in for it is not kept."""
    versions = f"{np.__version__} {sys.version}"  # a pickle is theirs, too
    for _ in range(2):
        try:
            file = assets.derived("levels", [*(assets.find(name) for name in ASSETS), versions], _keep)
        except assets.AssetError:
            return learn()
        kept = _read_kept(file)
        if kept is not None:
            return kept
        try:
            file.unlink()  # damaged: it is made anew
        except OSError:
            break
    return learn()


def _keep(file: Path) -> None:
    content = pickle.dumps(learn(stand_ins=False))
    file.touch(0o600)
    file.write_bytes(hashlib.sha256(content).digest() + content)


def _read_kept(file: Path) -> Models | None:
    """What `_keep` wrote; None for what is damaged, or what somebody else could have written: to read a pickle is to run it."""
    with file.open("rb") as f:
        owner = os.fstat(f.fileno())
        digest, content = f.read(32), f.read()
    if os.name == "posix" and (owner.st_uid != os.getuid() or owner.st_mode & 0o022):
        return None
    if hashlib.sha256(content).digest() != digest:
        return None
    found: Models = pickle.loads(content)
    return found


def learn(stand_ins: bool = True) -> Models:
    """Learn everything from the assets, or from what stands in for them. Raises AssetError where nothing may."""
    notes = []
    net, wordnet_name, note = _wordnet(stand_ins)
    names = dict.fromkeys(WOMEN, "f") | dict.fromkeys(MEN, "m")
    ranker, accuracy = None, 0.0
    try:
        texts = parsed_news()
        known, held = texts[:-N_HELD], texts[-N_HELD:]
        rows = [s for text in known for s in text if is_projective_tree(s.heads)]
        trees = [phrases(s) for s in rows]
        sentences = [(s.words, s.tags, s.heads) for s in rows]
        held_words = [s.words for text in held for s in text]
        ranker, accuracy = _ranker(known, held)
        source, plain = f"{len(known)} news texts of 2001 as spaCy parses them", "\n".join(corpora.lee_news()[0])
    except assets.AssetError:
        if not stand_ins:
            raise
        town, other = Town(seed=1), Town(seed=2)
        stories = [s for i in range(60) for s in treebank.sentences(town.story(i))]
        trees, sentences = [s.tree for s in stories], [(s.words, s.tags, s.heads) for s in stories]
        held_words = [s.words for i in range(20) for s in treebank.sentences(other.story(i))]
        source, plain = "the stories of Tinytown, our generated world", "\n".join(town.story(i).text for i in range(60))
        notes.append(
            "The news or spaCy's small English model (13 MB) is not on this machine and could not be fetched: "
            "the grammar is that of Tinytown's stories, which knows few words and short sentences, and coherence is not judged."
        )
    grammar = OpenGrammarParser().fit(trees)
    words, tags, heads = (list(column) for column in zip(*sentences))
    return Models(
        grammar, DependencyParser().fit(words, tags, heads), _surprises(grammar, held_words),
        PunktSentenceTokenizer.train(plain), ranker, accuracy, net, lemmatizer_of(net), names, source,
        sum(map(len, words)), wordnet_name, (*notes, *note),
    )  # fmt: skip


def _surprises(grammar: OpenGrammarParser, sentences: Sequence[Sequence[str]]) -> tuple[float, ...]:
    some = [words for words in sentences if 3 < len(words) <= LONGEST][:200]
    return tuple(sorted(grammar.surprise(words) for words in some))


def _ranker(known: Sequence[Sequence[Parsed]], held: Sequence[Sequence[Parsed]]) -> tuple[CoherenceRanker, float]:
    """Learned from the known texts; which share of unseen pairs it puts in the right order."""

    def rows(texts: Sequence[Sequence[Parsed]]) -> list[list[dict[str, str]]]:
        return [[noun_roles(s.words, s.tags, s.heads) for s in text] for text in texts]

    ranker = CoherenceRanker(l2=1e-4).fit(*shuffled_pairs(rows(known)))
    return ranker, pairwise_accuracy(ranker, *shuffled_pairs(rows(held), seed=1))


def _wordnet(stand_ins: bool) -> tuple[WordNet, str, tuple[str, ...]]:
    try:
        return wordnet(), "WordNet 3.0", ()
    except assets.AssetError:
        if not stand_ins:
            raise
        note = "WordNet (32 MB) is not on this machine and could not be fetched: a small one of our own stands in."
        return little_wordnet(), "our little WordNet", (note,)
