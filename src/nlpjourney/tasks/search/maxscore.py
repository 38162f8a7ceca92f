"""The k best documents without scoring them all: MaxScore over windows of documents.

Idea (Turtle & Flood, "Query evaluation: strategies and optimizations", 1995): each term can add at most its
largest impact. Once k documents are found, the worst of them is the threshold. Terms whose bounds together
stay below it are *non-essential*: a document with only those cannot enter, so their lists, usually the
longest, are never walked but only asked about documents that an essential term brought up.

Notable choices: the threshold does not start at 0: the k-th largest impact of any one term is a score that k
documents reach, and it is stored for a few k (Mallia, Siedlaczek, Suel & Zahran, "A comparison of top-k
threshold estimation techniques", 2020). Documents are taken in windows of 4,096, so that the running scores
stay in the L1 cache (as Lucene's bulk scorer does since 2023); scores are added in the order of falling
bounds whatever the threshold is, so the result is exactly that of adding up everything; of equal scores the
lower document number wins.

In plain Python: `plain_best` (`tasks.search.plain`).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_WINDOW = 4096
_LEAST = np.finfo(np.float32).smallest_subnormal
LANDMARKS = (1, 10, 100)  # the ranks whose impact is stored for each term


@njit(cache=True, nogil=True, inline="always")
def _worse(score_a, doc_a, score_b, doc_b):  # type: ignore[no-untyped-def]
    return score_a < score_b or (score_a == score_b and doc_a > doc_b)


@njit(cache=True, nogil=True)
def _sift_down(scores, docs, size, at):  # type: ignore[no-untyped-def]
    """Restore the heap (worst result on top) below position `at`."""
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and _worse(scores[child + 1], docs[child + 1], scores[child], docs[child]):
            child += 1
        if not _worse(scores[child], docs[child], scores[at], docs[at]):
            return
        scores[at], scores[child] = scores[child], scores[at]
        docs[at], docs[child] = docs[child], docs[at]
        at = child


@njit(cache=True, nogil=True, inline="always")
def _offer(scores, docs, size, score, doc):  # type: ignore[no-untyped-def]
    """Put a result on the heap if it has room or the result beats the worst. Returns the heap's new size."""
    if size < len(scores):
        at = size
        scores[at] = score
        docs[at] = doc
        while at > 0:
            parent = (at - 1) // 2
            if not _worse(scores[at], docs[at], scores[parent], docs[parent]):
                break
            scores[at], scores[parent] = scores[parent], scores[at]
            docs[at], docs[parent] = docs[parent], docs[at]
            at = parent
        return size + 1
    if _worse(scores[0], docs[0], score, doc):
        scores[0] = score
        docs[0] = doc
        _sift_down(scores, docs, size, 0)
    return size


@njit(cache=True, nogil=True)
def find_landmarks(impacts, indptr):  # type: ignore[no-untyped-def]
    """For each rank of LANDMARKS and each term, its impact of that rank, 0 if its list is shorter. (n_ranks,
    n_terms).
    """
    found = np.zeros((len(LANDMARKS), len(indptr) - 1), dtype=np.float32)
    nowhere = np.zeros(LANDMARKS[-1], dtype=np.int32)
    for r in range(len(LANDMARKS)):
        heap = np.empty(LANDMARKS[r], dtype=np.float32)
        for term in range(len(indptr) - 1):
            size = 0
            if indptr[term + 1] - indptr[term] >= LANDMARKS[r]:
                for i in range(indptr[term], indptr[term + 1]):
                    size = _offer(heap, nowhere[: LANDMARKS[r]], size, impacts[i], 0)
                found[r, term] = heap[0]
    return found


@njit(cache=True, nogil=True, inline="always")
def first_at_least(docs, lo, hi, doc):  # type: ignore[no-untyped-def]
    """The first i in [lo, hi] with docs[i] >= doc: steps that double, then a binary search."""
    step = 1
    while lo + step < hi and docs[lo + step] < doc:
        lo += step
        step *= 2
    hi = min(hi, lo + step)
    while lo < hi:
        middle = (lo + hi) // 2
        if docs[middle] < doc:
            lo = middle + 1
        else:
            hi = middle
    return lo


@njit(cache=True, nogil=True, inline="always")
def _window_end(docs, lo, hi, doc, step):  # type: ignore[no-untyped-def]
    """As `first_at_least`, in steps of what about half a window holds."""
    while lo + step < hi and docs[lo + step] < doc:
        lo += step
    hi = min(hi, lo + step)
    while lo < hi:
        middle = (lo + hi) // 2
        if docs[middle] < doc:
            lo = middle + 1
        else:
            hi = middle
    return lo


@njit(cache=True, nogil=True)
def _top_k(  # type: ignore[no-untyped-def]
    docs, impacts, starts, ends, weights, bounds, threshold, n_docs, best_scores, best_docs, scores, touched
):
    """Fill best_scores/best_docs (k,), best first, and return how many there are.

    threshold: a score that k documents are known to reach, or 0.

    docs, impacts: the postings; term j's are [starts[j], ends[j]), its weight weights[j], its bound bounds[j]
    >= weight * impact; the terms stand in the order of falling bounds. scores, touched: scratch of one
    window, scores all zero.
    """
    n_terms = len(starts)
    cursor = starts.copy()
    rest = np.zeros(n_terms + 1, dtype=np.float64)  # what the terms from j on can add at most
    for j in range(n_terms - 1, -1, -1):
        rest[j] = rest[j + 1] + bounds[j] * 1.000001  # a little more, so that rounding prunes nothing
    stops = np.empty(n_terms, dtype=np.int64)
    begins = np.empty(n_terms, dtype=np.int64)
    steps = np.maximum(1, (ends - starts) * (_WINDOW // 2) // n_docs)
    size = 0
    essential = n_terms
    while True:
        while essential > 0 and rest[essential - 1] < threshold:
            essential -= 1
        # The next window is the one with the next document of an essential term.
        low = n_docs
        for j in range(essential):
            if cursor[j] < ends[j] and docs[cursor[j]] < low:
                low = docs[cursor[j]]
        if low == n_docs:
            break
        low -= low % _WINDOW
        high = low + _WINDOW

        n_essential = 0
        for j in range(essential):
            stops[j] = _window_end(docs, cursor[j], ends[j], high, steps[j])
            n_essential += stops[j] - cursor[j]
        n_touched = 0
        essential_before = essential
        walked = False
        for j in range(essential):
            begin, end = cursor[j], stops[j]
            begins[j] = begin
            weight = weights[j]
            # What a document needs that no term before had. The place of one that cannot enter is taken by the next.
            enough = max(_LEAST, np.float32(threshold * 0.999999 - rest[j + 1]))
            for i in range(begin, end):
                at = np.uint32(docs[i] - low)
                before = scores[at]
                added = weight * impacts[i]
                scores[at] = before + added
                touched[np.uint32(n_touched)] = at
                n_touched += (before == 0) & (added >= enough)
            cursor[j] = end

        for j in range(essential, n_terms):
            enough = np.float32(threshold * 0.999999 - rest[j])  # a little less, so that rounding prunes nothing
            kept = 0
            for c in range(n_touched):  # without branches: half of them would be guessed wrong
                at = touched[c]
                touched[np.uint32(kept)] = at
                kept += scores[at] >= enough
            n_touched = kept
            if n_touched == 0:
                break
            begin = first_at_least(docs, cursor[j], ends[j], low)
            end = _window_end(docs, begin, ends[j], high, steps[j])
            if end - begin < 64 * n_touched:  # few postings: walk them all, whether a document waits or not
                walked = True
                weight = weights[j]
                for i in range(begin, end):
                    at = np.uint32(docs[i] - low)
                    scores[at] += weight * impacts[i]
            else:
                for c in range(n_touched):
                    i = first_at_least(docs, begin, end, low + touched[c])
                    if i < end and docs[i] == low + touched[c]:
                        scores[touched[c]] += weights[j] * impacts[i]
            cursor[j] = end

        for c in range(n_touched):
            score = scores[touched[c]]
            if score >= threshold:
                size = _offer(best_scores, best_docs, size, score, low + touched[c])
                if size == len(best_scores):
                    threshold = max(threshold, np.float64(best_scores[0]))

        if walked or n_essential > _WINDOW // 8:
            scores[:] = 0
        else:
            for j in range(essential_before):
                for i in range(begins[j], stops[j]):
                    scores[np.uint32(docs[i] - low)] = 0

    # Heap sort: the worst goes last.
    for last in range(size - 1, 0, -1):
        best_scores[0], best_scores[last] = best_scores[last], best_scores[0]
        best_docs[0], best_docs[last] = best_docs[last], best_docs[0]
        _sift_down(best_scores, best_docs, last, 0)
    return size


@njit(cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def]
    docs, impacts, indptr, landmarks, terms, weights, query_ptr, n_docs, best_docs, best_scores, counts
):
    scores = np.zeros(_WINDOW, dtype=np.float32)
    touched = np.empty(_WINDOW + 1, dtype=np.int32)
    rank = 0  # the smallest landmark that is at least k
    while rank < len(LANDMARKS) and LANDMARKS[rank] < best_docs.shape[1]:
        rank += 1
    for q in range(len(query_ptr) - 1):
        threshold = 0.0
        n_terms = query_ptr[q + 1] - query_ptr[q]
        starts = np.empty(n_terms, dtype=np.int64)
        ends = np.empty(n_terms, dtype=np.int64)
        factor = np.empty(n_terms, dtype=np.float32)
        bounds = np.empty(n_terms, dtype=np.float64)
        for j in range(n_terms):  # insertion sort by falling bound; equal bounds by term number
            term = terms[query_ptr[q] + j]
            weight = weights[query_ptr[q] + j]
            bound = np.float64(weight) * np.float64(landmarks[0, term])
            if rank < len(LANDMARKS):
                # In float32, as the scores are: adding further impacts can then never fall below it.
                threshold = max(threshold, np.float64(weight * landmarks[rank, term]))
            at = j
            while at > 0 and (bounds[at - 1] < bound or (bounds[at - 1] == bound and starts[at - 1] > indptr[term])):
                bounds[at] = bounds[at - 1]
                starts[at] = starts[at - 1]
                ends[at] = ends[at - 1]
                factor[at] = factor[at - 1]
                at -= 1
            bounds[at] = bound
            starts[at] = indptr[term]
            ends[at] = indptr[term + 1]
            factor[at] = weight
        found = best_scores[q], best_docs[q]
        counts[q] = _top_k(docs, impacts, starts, ends, factor, bounds, threshold, n_docs, *found, scores, touched)


def search(
    docs: NDArray[np.int32],
    impacts: NDArray[np.float32],
    indptr: NDArray[np.int64],
    landmarks: NDArray[np.float32],
    terms: NDArray[np.int32],
    weights: NDArray[np.float32],
    query_ptr: NDArray[np.int64],
    n_docs: int,
    k: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
    """The k best documents of each query by the sum over its terms of weight * impact.

    Postings: term t's documents are docs[indptr[t]:indptr[t + 1]], ascending, below n_docs, with impacts >=
    0; landmarks: see `find_landmarks`. Query q's distinct terms are terms[query_ptr[q]:query_ptr[q + 1]],
    with weights >= 0.

    Returns documents (n_queries, k), scores (n_queries, k), best first, and counts (n_queries,): a query's
    row holds only `count` results, those with a score above 0.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    n_queries = len(query_ptr) - 1
    k = max(1, min(k, n_docs))
    best_docs = np.full((n_queries, k), -1, dtype=np.int32)
    best_scores = np.zeros((n_queries, k), dtype=np.float32)
    counts = np.zeros(n_queries, dtype=np.int64)
    _search(docs, impacts, indptr, landmarks, terms, weights, query_ptr, n_docs, best_docs, best_scores, counts)
    return best_docs, best_scores, counts
