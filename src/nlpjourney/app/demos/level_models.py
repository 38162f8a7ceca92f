"""What the page of four levels has learned: grammar, heads and coherence from news that spaCy parsed, and WordNet.

spaCy's parses of the news are kept in the cache, so that later starts need neither spaCy nor its model; and so is all that was
learned, as long as the code that learns it stays as it is. Where an asset cannot be had the generated Tinytown and our little
WordNet stand in, and the page says so.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpjourney import assets, files
from nlpjourney.assets import corpora
from nlpjourney.text.discourse import CoherenceRanker, entity_grid, grid_features, noun_roles
from nlpjourney.text.lemma import MorphyLemmatizer
from nlpjourney.text.lemma.morphy import POS
from nlpjourney.text.semantics import WordNet, little_wordnet, wordnet
from nlpjourney.text.sentences import PunktSentenceTokenizer
from nlpjourney.text.syntax import (
    DependencyParser,
    OpenGrammarParser,
    Parsed,
    is_projective_tree,
    parsed_by_spacy,
    phrases,
    treebank,
)
from nlpjourney.town import Town
from nlpjourney.town.world import MEN, WOMEN

PACKAGE = Path(__file__).parents[2]

N_HELD = 100  # of the 300 news texts: what the page's figures are measured on
LONGEST = 25  # words of the sentences whose surprise is the usual one
SENSE_POS: dict[str, tuple[POS, str]] = {
    "NN": ("noun", "n"),
    "VB": ("verb", "v"),
    "JJ": ("adj", "a"),
    "RB": ("adv", "r"),
}


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
    """What `learn` gives: out of the cache if it is there, for learning takes ten seconds."""
    file = assets.cache_folder() / "app" / f"levels-{_version()}.pickle"
    if file.exists():
        found: Models = pickle.loads(file.read_bytes())
        return found
    found = learn()
    if not found.notes:  # nothing stands in for something better
        for old in file.parent.glob("levels-*.pickle"):
            old.unlink(missing_ok=True)
        files.write_bytes(file, pickle.dumps(found))
    return found


def _version() -> str:
    """A name for all that the models depend on: our code and the catalog of assets, NumPy, Python."""
    digest = hashlib.sha256(f"{np.__version__} {sys.version}".encode())
    for folder in ("text", "assets"):
        for file in sorted((PACKAGE / folder).rglob("*.*")):
            if file.suffix in (".py", ".toml"):
                digest.update(file.read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:16]


def learn() -> Models:
    """Learn everything from the assets, or from what stands in for them."""
    notes = []
    names = dict.fromkeys(WOMEN, "f") | dict.fromkeys(MEN, "m")
    ranker, accuracy = None, 0.0
    try:
        texts = _news()
        known, held = texts[:-N_HELD], texts[-N_HELD:]
        rows = [s for text in known for s in text if is_projective_tree(s.heads)]
        trees = [phrases(s) for s in rows]
        sentences = [(s.words, s.tags, s.heads) for s in rows]
        held_words = [s.words for text in held for s in text]
        ranker, accuracy = _ranker(known, held)
        source, plain = f"{len(known)} news texts of 2001 as spaCy parses them", "\n".join(corpora.lee_news()[0])
    except assets.AssetError:
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
    net, wordnet_name, note = _wordnet()
    return Models(
        grammar, DependencyParser().fit(words, tags, heads), _surprises(grammar, held_words),
        PunktSentenceTokenizer.train(plain), ranker, accuracy, net, _lemmatizer(net), names, source,
        sum(map(len, words)), wordnet_name, (*notes, *note),
    )  # fmt: skip


def _news() -> list[list[Parsed]]:
    """The news with spaCy's analysis, out of the cache if it is there. Raises AssetError."""
    reports = corpora.lee_news()[0]
    key = hashlib.sha256("\0".join([assets.find("spacy-english").archive.sha256, *reports]).encode()).hexdigest()[:16]
    file = assets.cache_folder() / "app" / f"parsed-news-{key}.json"
    if not file.exists():
        files.write_text(file, json.dumps(parsed_by_spacy(reports)))
    return [[Parsed(*row) for row in text] for text in json.loads(file.read_text(encoding="utf-8"))]


def _surprises(grammar: OpenGrammarParser, sentences: Sequence[Sequence[str]]) -> tuple[float, ...]:
    some = [words for words in sentences if 3 < len(words) <= LONGEST][:200]
    return tuple(sorted(grammar.surprise(words) for words in some))


def _ranker(known: Sequence[Sequence[Parsed]], held: Sequence[Sequence[Parsed]]) -> tuple[CoherenceRanker, float]:
    """Trained on texts and their shuffled copies; how many unseen pairs it puts in the right order."""
    rng = random.Random(0)

    def pairs(texts: Sequence[Sequence[Parsed]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        better, worse = [], []
        for text in texts:
            rows = [noun_roles(s.words, s.tags, s.heads) for s in text]
            for _ in range(8 if len(rows) > 3 else 0):
                other = rng.sample(rows, len(rows))
                if other != rows:
                    better.append(grid_features(entity_grid(rows)))
                    worse.append(grid_features(entity_grid(other)))
        return np.array(better), np.array(worse)

    ranker = CoherenceRanker(l2=1e-4).fit(*pairs(known))
    better, worse = pairs(held)
    return ranker, float(np.mean(ranker.score(better) > ranker.score(worse)))


def _wordnet() -> tuple[WordNet, str, tuple[str, ...]]:
    try:
        return wordnet(), "WordNet 3.0", ()
    except assets.AssetError:
        note = "WordNet (32 MB) is not on this machine and could not be fetched: a small one of our own stands in."
        return little_wordnet(), "our little WordNet", (note,)


def _lemmatizer(net: WordNet) -> MorphyLemmatizer:
    """Morphy over the graph's own words, with WordNet's irregular forms where they are there."""
    dictionary: dict[str, set[str]] = {pos: set() for pos, _ in SENSE_POS.values()}
    by_letter = {letter: pos for pos, letter in SENSE_POS.values()} | {"s": "adj"}
    for synset in net.synsets.values():
        dictionary[by_letter[synset.pos]].update(lemma.lower() for lemma in synset.lemmas)
    exceptions: dict[str, dict[str, list[str]]] = {}
    if assets.is_cached("wordnet"):
        for pos in dictionary:
            lines = (assets.path("wordnet") / f"{pos}.exc").read_text(encoding="utf-8").splitlines()
            exceptions[pos] = {form: lemmas for form, *lemmas in map(str.split, lines)}
    return MorphyLemmatizer(dictionary, exceptions)
