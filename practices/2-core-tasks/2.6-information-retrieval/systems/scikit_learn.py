"""scikit-learn: TfidfVectorizer's cosines are those of TfidfIndex, and its ndcg_score is our nDCG."""

import json
from importlib.metadata import version

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import ndcg_score
from sklearn.neighbors import NearestNeighbors

from nlpjourney.assets import corpora
from nlpjourney.tasks.search import Analyzer, ExactIndex, TfidfIndex, metrics

QUERIES = ["sydney bush fire", "prime minister howard", "al qaeda afghanistan", "world cup cricket"]


def main() -> None:
    background, judged, similarity = corpora.lee_news()
    largest = 0.0
    for sublinear in (False, True):
        vectorizer = TfidfVectorizer(sublinear_tf=sublinear)
        matrix = vectorizer.fit_transform(background)
        ours = TfidfIndex(Analyzer(min_length=2), sublinear_tf=sublinear).fit(background)
        for query in QUERIES:
            theirs = (matrix @ vectorizer.transform([query]).T).toarray()[:, 0]
            largest = max(largest, float(np.abs(theirs - ours.scores(query)).max()))
    assert largest < 1e-12, largest

    # The judged texts against each other: people's similarities as grades, the cosine as the ranking.
    matrix = TfidfVectorizer().fit_transform(judged)
    cosine = (matrix @ matrix.T).toarray()
    values = []
    for i in range(len(judged)):
        others = np.arange(len(judged)) != i
        grades, scores = np.rint(similarity[i, others] * 10).astype(int), cosine[i, others]
        qrels = {"q": {f"{d:02d}": int(g) for d, g in enumerate(grades)}}
        run = {"q": {f"{d:02d}": float(s) for d, s in enumerate(scores)}}
        value = metrics.evaluate(metrics.ndcg(10), qrels, run)["q"]
        if len(np.unique(scores.astype(np.float32))) == len(scores):  # ties are ordered differently
            assert abs(value - ndcg_score([grades], [scores], k=10)) < 1e-9
        values.append(value)

    exact, theirs = ExactIndex(20), NearestNeighbors(n_neighbors=5, algorithm="brute")
    points = np.random.default_rng(0).standard_normal((500, 20)).astype(np.float32)
    exact.add(points)
    assert np.array_equal(exact.search(points, 5).ids, theirs.fit(points).kneighbors(points)[1])
    result = (
        f"{len(QUERIES)} queries, {len(background)} documents: cosines differ from ours by at most {largest:.1e}; ndcg_score "
        f"equals ours (mean nDCG@10 of TF-IDF by human judgement {np.mean(values):.3f}); the same neighbours"
    )
    print(json.dumps({"version": version("scikit-learn"), "result": result}))


if __name__ == "__main__":
    main()
