"""Stemming against PyStemmer (Snowball's C code), Snowball's Python and NLTK: all different words of 9 MB of English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import Stemmer
from nltk.stem.lancaster import LancasterStemmer as NltkLancaster
from nltk.stem.porter import PorterStemmer as NltkPorter

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.stem import EnglishStemmer, LancasterStemmer, PorterStemmer


def comparisons() -> Iterator[Comparison]:
    words = sorted(set(re.findall(r"[a-z]+", corpora.english_text(9_000_000).lower())))
    pystemmer = Stemmer.Stemmer("english", 0)  # without its cache: every word is new
    nltk_porter, nltk_lancaster = NltkPorter(), NltkLancaster()
    for work, peer, package, ours, theirs, goal in (
        ("Snowball English stems", "PyStemmer, C", "PyStemmer", EnglishStemmer(), pystemmer.stemWords, 1.0),
        ("Porter stems", "NLTK", "nltk", PorterStemmer(), lambda w: [nltk_porter.stem(x) for x in w], 10.0),
        ("Lancaster stems", "NLTK", "nltk", LancasterStemmer(), lambda w: [nltk_lancaster.stem(x) for x in w], 10.0),
    ):
        yield Comparison(
            work=f"{work} of {len(words):,} different words",
            peer=peer,
            topic="1.3",
            ours=lambda stemmer=ours: stemmer.stem_words(words),
            theirs=lambda stem_all=theirs: stem_all(words),
            agree=list.__eq__,
            goal=goal,
            amount=len(words) / 1e3,
            unit="thousand words",
            packages=(package,),
            repeat=5 if peer == "PyStemmer, C" else 3,
        )
