"""Parsing, similarity and segmentation against NLTK: Viterbi parses, WordNet's nouns, TextTiling of news."""

from __future__ import annotations

import math
import random
import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import nltk
import numpy as np
from nltk.corpus.reader.wordnet import WordNetCorpusReader
from nltk.tokenize.texttiling import TextTilingTokenizer

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.discourse import TextTiler
from nlpjourney.text.semantics import wordnet, wup_similarity
from nlpjourney.text.syntax import PCFG, ViterbiParser, treebank
from nlpjourney.town import Town


def comparisons() -> Iterator[Comparison]:
    town = Town(seed=1)
    sentences = [s for i in range(20) for s in treebank.sentences(town.story(i))]
    grammar = PCFG.from_trees(s.tree for s in sentences)
    parser = ViterbiParser(grammar)
    peer = nltk.ViterbiParser(
        nltk.induce_pcfg(
            nltk.Nonterminal("S"), [p for s in sentences for p in nltk.Tree.fromstring(str(s.tree)).productions()]
        )
    )
    tested = [s.words for s in sentences if len(s.words) <= 12][:12]
    yield Comparison(
        work=f"Viterbi parses of {len(tested)} sentences, {len(grammar.rules)} rules",
        peer="NLTK",
        topic="1.1",
        ours=lambda: [parser.parse(words).log_probability for words in tested],
        theirs=lambda: [math.log(next(peer.parse(words)).prob()) for words in tested],
        agree=lambda ours, theirs: np.allclose(ours, theirs, rtol=1e-9),
        goal=100.0,
        amount=len(tested),
        unit="sentences",
        packages=("nltk",),
        repeat=3,
    )
    yield from _similarities()
    text = "\n\n".join(corpora.lee_news()[0][:20])
    words = re.findall(r"\w+", "".join(re.findall(r"[a-z\-' \n\t]", text.lower())))
    tiler, tokenizer = TextTiler(), TextTilingTokenizer(stopwords=set(), demo_mode=True)
    yield Comparison(
        work=f"TextTiling boundaries of {len(words):,} words",
        peer="NLTK",
        topic="1.1",
        ours=lambda: tiler.tile(words).boundaries,
        theirs=lambda: np.flatnonzero(tokenizer.tokenize(text)[3]).tolist(),
        agree=list.__eq__,
        goal=10.0,
        amount=len(words) / 1e3,
        unit="thousand words",
        packages=("nltk",),
        repeat=3,
    )


def _similarities() -> Iterator[Comparison]:
    """Senses of WordNet 3.0, read by both from the same files (NLTK counts bytes: it gets their line ends as they were)."""
    net = wordnet()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NLTK misses the other languages
        for file in assets.path("wordnet").iterdir():
            (Path(folder) / file.name).write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))
        nltk.data.path.append(folder)
        reader = _Reader(folder, None)
        nouns = [name for name, synset in net.synsets.items() if synset.pos == "n"]
        rng = random.Random(0)
        pairs = [(rng.choice(nouns), rng.choice(nouns)) for _ in range(1000)]
        peers = [(reader.synset(a), reader.synset(b)) for a, b in pairs]
        yield Comparison(
            work=f"Wu-Palmer similarity of {len(pairs):,} pairs of WordNet's nouns",
            peer="NLTK",
            topic="1.1",
            ours=lambda: [wup_similarity(net, a, b) for a, b in pairs],
            theirs=lambda: [a.wup_similarity(b) for a, b in peers],
            agree=lambda ours, theirs: np.allclose(ours, theirs, rtol=1e-12),
            goal=5.0,
            amount=len(pairs),
            unit="pairs",
            packages=("nltk",),
            repeat=3,
        )


class _Reader(WordNetCorpusReader):
    """Without its map to the files of another version, which are not there."""

    def map_wn(self, version: str = "wordnet") -> dict[str, str]:
        return {}
