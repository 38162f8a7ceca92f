"""Nearest neighbours among vectors: exactly, or nearly and much faster.

ExactIndex compares everything, IVFIndex the vectors of the nearest clusters, HNSWIndex walks a graph of neighbours, PQIndex
compares short codes. `array_file` keeps arrays on disk, checked and mapped into memory.
"""

from nlpjourney.ann.array_file import CorruptIndexError, open_arrays, write_arrays
from nlpjourney.ann.hnsw import HNSWIndex
from nlpjourney.ann.ivf import IVFIndex
from nlpjourney.ann.pq import PQIndex, ProductQuantizer
from nlpjourney.ann.vectors import ExactIndex, Metric, Neighbours

__all__ = [
    "CorruptIndexError", "ExactIndex", "HNSWIndex", "IVFIndex", "Metric", "Neighbours", "PQIndex", "ProductQuantizer",
    "open_arrays", "write_arrays",
]  # fmt: skip


def warmup() -> None:
    """Compile every kernel of this package by running it on a few vectors."""
    from nlpjourney.ann import hnsw, ivf, pq, vectors

    for module in (vectors, ivf, pq, hnsw):
        module.warmup()
