"""hnswlib: the same recall as our HNSW graph with the same parameters, on TF-IDF/SVD vectors of Wikipedia paragraphs."""

import json
from importlib.metadata import version

import hnswlib
import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpjourney.assets import corpora
from nlpjourney.tasks.search import ExactIndex, HNSWIndex

DIM, M, EF_CONSTRUCTION, K = 128, 16, 100, 10


def recall(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), true.tolist())]))


def main() -> None:
    paragraphs = [p for text in corpora.wikipedia().values() for p in text.split("\n\n") if 200 <= len(p) < 2000]
    tfidf = TfidfVectorizer(min_df=2, stop_words="english").fit_transform(paragraphs)
    vectors = np.ascontiguousarray(TruncatedSVD(DIM, random_state=0).fit_transform(tfidf), dtype=np.float32)
    queries, stored = vectors[::20].copy(), np.delete(vectors, np.s_[::20], axis=0)
    exact = ExactIndex(DIM, "cosine")
    exact.add(stored)
    true = exact.search(queries, K)

    theirs = hnswlib.Index("cosine", DIM)
    theirs.init_index(len(stored), M=M, ef_construction=EF_CONSTRUCTION, random_seed=0)
    theirs.add_items(stored, num_threads=1)
    ours = HNSWIndex(DIM, "cosine", M=M, ef_construction=EF_CONSTRUCTION)
    ours.add(stored)
    points = []
    for ef in (10, 20, 40):
        theirs.set_ef(ef)
        labels, distances = theirs.knn_query(queries, K, num_threads=1)
        found = ours.search(queries, K, ef=ef)
        points.append((ef, recall(found.ids, true.ids), recall(labels.astype(np.int64), true.ids)))
        # Where both found the same neighbours, hnswlib's cosine distance is one minus our similarity.
        same = (labels == found.ids).all(axis=1)
        assert same.any() and np.allclose(1 - found.scores[same], distances[same], atol=1e-4)
        assert points[-1][1] > points[-1][2] - 0.02, points
    told = ", ".join(f"ef {ef}: {b:.3f} (ours {a:.3f})" for ef, a, b in points)
    result = (
        f"{len(stored)} vectors of {DIM} dimensions, {len(queries)} queries; recall@{K} at {told}; the same distances"
    )
    print(json.dumps({"version": version("hnswlib"), "result": result}))


if __name__ == "__main__":
    main()
