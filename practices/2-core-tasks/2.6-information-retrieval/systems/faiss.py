"""FAISS: exact, IVF, PQ and HNSW search give what ours give on TF-IDF/SVD vectors of Wikipedia paragraphs."""

import json
from importlib.metadata import version

import faiss
import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpjourney.assets import corpora
from nlpjourney.tasks.search import ExactIndex, HNSWIndex, IVFIndex, PQIndex

DIM, LISTS, PARTS, K = 64, 32, 16, 10


def recall(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), true.tolist())]))


def main() -> None:
    paragraphs = [p for text in corpora.wikipedia().values() for p in text.split("\n\n") if 200 <= len(p) < 2000]
    tfidf = TfidfVectorizer(min_df=2, stop_words="english").fit_transform(paragraphs)
    vectors = np.ascontiguousarray(TruncatedSVD(DIM, random_state=0).fit_transform(tfidf), dtype=np.float32)
    queries, stored = vectors[::20].copy(), np.delete(vectors, np.s_[::20], axis=0)

    exact, flat = ExactIndex(DIM), faiss.IndexFlatL2(DIM)
    exact.add(stored)
    flat.add(stored)
    true = exact.search(queries, K)
    assert np.allclose(true.scores, flat.search(queries, K)[0], atol=1e-5)

    coarse = faiss.IndexFlatL2(DIM)
    theirs = faiss.IndexIVFFlat(coarse, DIM, LISTS)
    theirs.train(stored)
    theirs.add(stored)
    ours = IVFIndex(DIM, LISTS, centroids=coarse.reconstruct_n(0, LISTS))
    ours.add(stored)
    for nprobe in (1, 4, LISTS):
        theirs.nprobe = nprobe
        assert np.allclose(ours.search(queries, K, nprobe=nprobe).scores, theirs.search(queries, K)[0], atol=1e-5), (
            nprobe
        )

    packed = faiss.IndexPQ(DIM, PARTS, 8)
    packed.train(stored)
    packed.add(stored)
    pq = PQIndex(DIM, PARTS)
    pq.quantizer.codebooks = faiss.vector_to_array(packed.pq.centroids).reshape(PARTS, 256, DIM // PARTS).copy()
    pq.add(stored)
    ours_pq, theirs_pq = pq.search(queries, K), packed.search(queries, K)
    assert np.allclose(ours_pq.scores, theirs_pq[0], atol=1e-4)

    graph, walked = faiss.IndexHNSWFlat(DIM, 16), HNSWIndex(DIM, "l2", M=16, ef_construction=100)
    graph.hnsw.efConstruction, graph.hnsw.efSearch = 100, 50
    graph.add(stored)
    walked.add(stored)
    found = recall(walked.search(queries, K, ef=50).ids, true.ids), recall(graph.search(queries, K)[1], true.ids)
    assert min(found) > 0.94 and found[0] > found[1] - 0.02, found
    result = (
        f"{len(stored)} vectors of {DIM} dimensions, {len(queries)} queries: exact, IVF (same centroids) and PQ (same codebooks) "
        f"distances equal ours; HNSW recall@{K} {found[1]:.3f}, ours {found[0]:.3f}"
    )
    print(json.dumps({"version": version("faiss-cpu"), "result": result}))


if __name__ == "__main__":
    main()
