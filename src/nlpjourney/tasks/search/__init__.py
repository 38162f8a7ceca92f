"""Information retrieval: find the documents that answer a query.

By words: BM25Index, BM25FIndex, TfidfIndex, PhraseIndex, and on disk IndexWriter and IndexReader. By meaning: SentenceEncoder
and SemanticIndex, over ExactIndex, IVFIndex, HNSWIndex or PQIndex. Both: `reciprocal_rank_fusion`. How good: `metrics`.
"""

from typing import Any

from nlpjourney.ann.hnsw import HNSWIndex
from nlpjourney.ann.ivf import IVFIndex
from nlpjourney.ann.pq import PQIndex, ProductQuantizer
from nlpjourney.ann.vectors import ExactIndex
from nlpjourney.tasks.search import metrics
from nlpjourney.tasks.search.analyzer import ENGLISH_STOP_WORDS, Analyzer
from nlpjourney.tasks.search.bm25 import BM25Index, TermScore
from nlpjourney.tasks.search.bm25f import BM25FIndex
from nlpjourney.tasks.search.disk import IndexWriter
from nlpjourney.tasks.search.disk_search import IndexReader
from nlpjourney.tasks.search.expansion import rm3, rocchio
from nlpjourney.tasks.search.fusion import comb_mnz, comb_sum, reciprocal_rank_fusion
from nlpjourney.tasks.search.highlight import Snippet, highlight, highlight_phrase, mark_up, snippet
from nlpjourney.tasks.search.phrase import PhraseIndex
from nlpjourney.tasks.search.scored import Hit
from nlpjourney.tasks.search.semantic import SemanticHit, SemanticIndex
from nlpjourney.tasks.search.tfidf import TermWeight, TfidfIndex

__all__ = [
    "ENGLISH_STOP_WORDS",
    "Analyzer",
    "BM25FIndex",
    "BM25Index",
    "ExactIndex",
    "HNSWIndex",
    "Hit",
    "IVFIndex",
    "IndexReader",
    "IndexWriter",
    "PQIndex",
    "PhraseIndex",
    "ProductQuantizer",
    "SemanticHit",
    "SemanticIndex",
    "SentenceEncoder",
    "Snippet",
    "TermScore",
    "TermWeight",
    "TfidfIndex",
    "comb_mnz",
    "comb_sum",
    "highlight",
    "highlight_phrase",
    "mark_up",
    "metrics",
    "reciprocal_rank_fusion",
    "rm3",
    "rocchio",
    "snippet",
]


def __getattr__(name: str) -> Any:
    """SentenceEncoder on first use: it needs torch, which takes seconds to import."""
    if name == "SentenceEncoder":
        from nlpjourney.llm.sentence_encoder import SentenceEncoder

        return SentenceEncoder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words."""
    import tempfile

    texts = ["a cat", "a dog ran", " ".join(f"word{i}" for i in range(600))]  # enough words that the table grows
    for index in (BM25Index(), TfidfIndex(), PhraseIndex()):
        index.fit(texts).search("cat dog")
    PhraseIndex().fit(texts).phrase("a dog")
    BM25FIndex({"body": 1.0}).fit([{"body": "a cat"}]).search("cat")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with IndexWriter(folder) as writer:
            for i, text in enumerate(texts):
                writer.add(str(i), text)
                writer.commit()
            writer.delete("0")
            writer.merge()
        IndexReader(folder).search_phrases('ran "a dog"')
