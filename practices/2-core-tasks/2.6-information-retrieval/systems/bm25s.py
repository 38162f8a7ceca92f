"""bm25s: all its variants give the scores of BM25Index on 300 news texts, and the same ten best documents."""

import json
from importlib.metadata import version

import bm25s
import numpy as np

from nlpjourney.assets import corpora
from nlpjourney.tasks.search import ENGLISH_STOP_WORDS, Analyzer, BM25Index

METHODS = ["robertson", "lucene", "atire", "bm25l", "bm25+"]
QUERIES = [
    "sydney bush fire",
    "prime minister howard",
    "al qaeda afghanistan",
    "world cup cricket",
    "interest rates cut",
]


def main() -> None:
    news = corpora.lee_news()[0]
    analyzer = Analyzer(stop_words=ENGLISH_STOP_WORDS, min_length=2)
    words = [analyzer(text) for text in news]
    largest = 0.0
    for method in METHODS:
        theirs = bm25s.BM25(method=method, k1=1.5, b=0.75, delta=0.5, dtype="float64")
        theirs.index(words, show_progress=False)
        ours = BM25Index(analyzer, method=method, k1=1.5, b=0.75, delta=0.5, nonoccurrence=True).fit(news)
        for query in QUERIES:
            known = [word for word in analyzer(query) if word in theirs.vocab_dict]
            scores = theirs.get_scores(known)
            largest = max(largest, float(np.abs(scores - ours.scores(query)).max()))
            _, best = theirs.retrieve([known], k=10, show_progress=False)
            hits = ours.search(query, 10)
            assert np.allclose([hit.score for hit in hits], best[0][: len(hits)], rtol=1e-5), (method, query)
    assert largest < 1e-6, largest
    result = (
        f"{len(METHODS)} variants, {len(QUERIES)} queries, {len(news)} documents: scores differ from ours by at most "
        f"{largest:.1e}; the same ten best scores"
    )
    print(json.dumps({"version": version("bm25s"), "result": result}))


if __name__ == "__main__":
    main()
