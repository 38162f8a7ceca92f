"""Whether the arrays of a segment fit each other: a damaged file is told when it is opened, not by a crash in a search.

Every number that a search uses as a place or divides by is looked at once. What this cannot see (another term, another count
that would be as good) the checksum sees, which `verify` compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.vocabulary import Vocabulary

_DTYPES: dict[str, Any] = {
    "indptr": np.int64, "docs": np.int32, "tf": np.int32, "starts": np.int64, "positions": np.int32, "doc_len": np.int32,
    "texts.pool": np.uint8, "texts.offsets": np.int64, "stored.pool": np.uint8, "stored.offsets": np.int64,
    "terms.pool": np.uint8, "terms.offsets": np.int64, "terms.hashes": np.uint64, "terms.slots": np.int32,
    "ids.pool": np.uint8, "ids.offsets": np.int64, "ids.hashes": np.uint64, "ids.slots": np.int32,
}  # fmt: skip


def is_sound(arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether these are the arrays of a segment (see `segment.py`), and no number in them leads out of another."""
    if {name: array.dtype for name, array in arrays.items()} != {name: np.dtype(d) for name, d in _DTYPES.items()}:
        return False
    if any(array.ndim != 1 for array in arrays.values()):
        return False
    n_docs, n_terms = len(arrays["doc_len"]), len(arrays["terms.hashes"])
    return (
        all(_divides(arrays[f"{name}.offsets"], n, arrays[f"{name}.pool"]) for name, n in _counts(n_docs, n_terms))
        and len(arrays["ids.hashes"]) == n_docs
        and all(_finds(arrays, name) for name in ("terms", "ids"))
        and _divides(arrays["indptr"], n_terms, arrays["docs"])
        and _divides(arrays["starts"], n_terms, arrays["positions"])
        and len(arrays["tf"]) == len(arrays["docs"])
        and bool(_postings_fit(*(arrays[name] for name in ("indptr", "docs", "tf", "starts", "positions", "doc_len"))))
    )


def _counts(n_docs: int, n_terms: int) -> list[tuple[str, int]]:
    return [("terms", n_terms), ("ids", n_docs), ("texts", n_docs), ("stored", n_docs)]


def _divides(borders: NDArray[np.int64], n: int, whole: NDArray[Any]) -> bool:
    """Whether `borders` cut `whole` into n parts, from its start to its end."""
    if len(borders) != n + 1 or borders[0] != 0 or borders[-1] != len(whole):
        return False
    return bool((borders[1:] >= borders[:-1]).all())


def _finds(arrays: Mapping[str, NDArray[Any]], name: str) -> bool:
    """Whether a table of words has places left, so that looking for one ends, and holds words that can be read."""
    slots, n = arrays[f"{name}.slots"], len(arrays[f"{name}.hashes"])
    if len(slots) <= n or len(slots) & (len(slots) - 1) or slots.min() < -1 or slots.max() >= n or slots.min() >= 0:
        return False
    try:
        Vocabulary.from_arrays(
            **{part: arrays[f"{name}.{part}"] for part in ("pool", "offsets", "hashes", "slots")}
        ).words()
    except UnicodeDecodeError:
        return False
    return True


@njit(cache=True)
def _postings_fit(indptr, docs, tf, starts, positions, doc_len):  # type: ignore[no-untyped-def]
    """Whether each term's documents ascend, exist and are long enough, and its counts and positions agree."""
    for doc in range(len(doc_len)):
        if doc_len[doc] < 0:
            return False
    for position in positions:
        if position < 0:
            return False
    for term in range(len(indptr) - 1):
        before, occurrences = -1, 0
        for i in range(indptr[term], indptr[term + 1]):
            if docs[i] <= before or docs[i] >= len(doc_len) or tf[i] < 1 or tf[i] > doc_len[docs[i]]:
                return False
            before = docs[i]
            occurrences += tf[i]
        if occurrences != starts[term + 1] - starts[term]:
            return False
    return True
