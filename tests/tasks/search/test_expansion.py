"""Rocchio and RM3 against their formulas, written out with other means."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpjourney.assets import corpora
from nlpjourney.tasks.search import Analyzer, BM25Index, TfidfIndex
from nlpjourney.tasks.search.expansion import relevance_model, rm3, rocchio


@pytest.fixture(scope="module")
def news() -> list[str]:
    return corpora.lee_news()[0]


def test_rocchio_moves_the_vector(news: list[str]) -> None:
    """scikit-learn's vectors, moved by the formula, rank every document as the expanded query does."""
    index = TfidfIndex(Analyzer(min_length=2)).fit(news)
    vectorizer = TfidfVectorizer()
    matrix = vectorizer.fit_transform(news)
    moved = rocchio(index, "sydney fire", news[10:13], news[20:22], n_terms=10**6)
    q = vectorizer.transform(["sydney fire"]).toarray()[0]
    q = q + 0.75 * np.asarray(matrix[10:13].mean(axis=0))[0] - 0.15 * np.asarray(matrix[20:22].mean(axis=0))[0]
    q = np.maximum(q, 0)
    np.testing.assert_allclose(index.scores(moved), matrix @ (q / np.linalg.norm(q)), atol=1e-9)


def test_rocchio_keeps_the_query_and_the_best_new_terms(news: list[str]) -> None:
    index = BM25Index().fit(news)
    everything = rocchio(index, "sydney fire", news[10:13], n_terms=10**6)
    some = rocchio(index, "sydney fire", news[10:13], n_terms=5)
    assert len(some) == 7 and {"sydney", "fire"} <= set(some)
    assert all(some[term] == everything[term] for term in some)
    value = {term: weight * float(index.idf[index.vocabulary.find([term])[0]]) for term, weight in everything.items()}
    dropped = max(value[term] for term in everything if term not in some)
    assert min(value[term] for term in some if term not in ("sydney", "fire")) >= dropped
    assert list(some.values()) == sorted(some.values(), reverse=True)
    assert index.search(some)  # search accepts it
    alone = rocchio(index, "sydney fire", [])
    assert [h.doc for h in index.search(alone)] == [h.doc for h in index.search("sydney fire")]
    assert rocchio(index, "unknownword", []) == {}
    with pytest.raises(ValueError, match="gamma must be at least 0"):
        rocchio(index, "x", [], gamma=-1)


def test_relevance_model_by_hand() -> None:
    """Two documents, all numbers written out."""
    documents = ["cat cat dog", "dog bird", "fish fish fish fish fish"]
    index = BM25Index().fit(documents)
    mu = 2.0
    p_cat, p_dog = 2 / 10, 2 / 10  # shares of the collection
    d0 = (2 + mu * p_cat) / (3 + mu) * (1 + mu * p_dog) / (3 + mu)  # P(Q|D) for the query "cat dog"
    d1 = (0 + mu * p_cat) / (2 + mu) * (1 + mu * p_dog) / (2 + mu)
    expected = {
        "cat": d0 * 2 / 3 / (d0 + d1),
        "dog": (d0 / 3 + d1 / 2) / (d0 + d1),
        "bird": d1 / 2 / (d0 + d1),
    }
    model = relevance_model(index, "cat dog absent", documents[:2], mu=mu)
    assert model == pytest.approx(expected)
    assert sum(model.values()) == pytest.approx(1)
    mixed = rm3(index, "cat fish", documents[:2], original=0.25, n_terms=1, mu=mu)
    top = next(iter(relevance_model(index, "cat fish", documents[:2], mu=mu)))
    assert mixed == pytest.approx({"cat": 0.125, "fish": 0.125} | {top: (0.125 if top == "cat" else 0.0) + 0.75})


def test_rm3_is_a_distribution_and_falls_back(news: list[str]) -> None:
    index = BM25Index().fit(news)
    found = rm3(index, "sydney fire", news[10:15], n_terms=20)
    assert sum(found.values()) == pytest.approx(1) and 20 <= len(found) <= 22
    assert index.search(found)
    assert rm3(index, "sydney fire", news[10:15], original=1.0) == {"fire": 0.5, "sydney": 0.5}
    assert rm3(index, "sydney fire", []) == {"fire": 0.5, "sydney": 0.5}
    assert rm3(index, "sydney fire", ["", "!"]) == {"fire": 0.5, "sydney": 0.5}
    assert rm3(index, "", news[:2], original=0.5)  # no query: the feedback speaks alone
    for bad in ({"original": 1.5}, {"n_terms": -1}, {"mu": 0.0}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} must"):
            rm3(index, "fire", news[:2], **bad)
