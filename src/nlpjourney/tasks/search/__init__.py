"""Information retrieval: find the documents that answer a query.

By words: BM25Index, BM25FIndex, TfidfIndex, PhraseIndex, and on disk IndexWriter and IndexReader. By meaning: SentenceEncoder
and SemanticIndex, over ExactIndex, IVFIndex, HNSWIndex or PQIndex. Both: `reciprocal_rank_fusion`. How good: `metrics`.
"""

from typing import Any

from nlpjourney.tasks.search import metrics
from nlpjourney.tasks.search.analyzer import ENGLISH_STOP_WORDS, Analyzer
from nlpjourney.tasks.search.bm25 import BM25Index, TermScore
from nlpjourney.tasks.search.bm25f import BM25FIndex
from nlpjourney.tasks.search.disk import IndexWriter
from nlpjourney.tasks.search.disk_search import IndexReader
from nlpjourney.tasks.search.expansion import rm3, rocchio
from nlpjourney.tasks.search.fusion import comb_mnz, comb_sum, reciprocal_rank_fusion
from nlpjourney.tasks.search.highlight import Snippet, highlight, highlight_phrase, mark_up, snippet
from nlpjourney.tasks.search.hnsw import HNSWIndex
from nlpjourney.tasks.search.ivf import IVFIndex
from nlpjourney.tasks.search.phrase import PhraseIndex
from nlpjourney.tasks.search.pq import PQIndex, ProductQuantizer
from nlpjourney.tasks.search.scored import Hit
from nlpjourney.tasks.search.semantic import SemanticHit, SemanticIndex
from nlpjourney.tasks.search.tfidf import TermWeight, TfidfIndex
from nlpjourney.tasks.search.vectors import ExactIndex

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
        from nlpjourney.tasks.search.encoder import SentenceEncoder

        return SentenceEncoder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
