"""Parsing and segmentation against NLTK: Viterbi parses of Tinytown's sentences, TextTiling of news."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import nltk
import numpy as np
from nltk.tokenize.texttiling import TextTilingTokenizer

from nlpjourney.assets import corpora
from nlpjourney.assets.town import Town
from nlpjourney.study.bench import Comparison
from nlpjourney.text.discourse import TextTiler
from nlpjourney.text.syntax import PCFG, ViterbiParser, treebank


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
