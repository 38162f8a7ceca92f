"""TF-IDF cosine against scikit-learn."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpjourney.assets import corpora
from nlpjourney.tasks.search.analyzer import ENGLISH_STOP_WORDS, Analyzer
from nlpjourney.tasks.search.tfidf import TfidfIndex

ODD = ["", "one one", "zwei Äpfel", "!", "one two " * 300]


@pytest.mark.parametrize("sublinear", [False, True])
@pytest.mark.parametrize("stop_words", [frozenset(), ENGLISH_STOP_WORDS])
def test_equals_scikit_learn(sublinear: bool, stop_words: frozenset[str]) -> None:
    news = corpora.lee_news()[0]
    for documents, queries in ((news, news[:20]), (ODD, ["one", "one two two", "äpfel", "", "absent one"])):
        index = TfidfIndex(Analyzer(stop_words, min_length=2), sublinear_tf=sublinear).fit(documents)
        vectorizer = TfidfVectorizer(stop_words=sorted(stop_words) or None, sublinear_tf=sublinear)
        matrix = vectorizer.fit_transform(documents)
        for query in queries:
            expected = (matrix @ vectorizer.transform([query]).T).toarray().ravel()
            np.testing.assert_allclose(index.scores(query), expected, atol=1e-12)
            hits = index.search(query, k=5)
            best = np.sort(expected[expected > 0])[::-1][:5]
            np.testing.assert_allclose([hit.score for hit in hits], best, rtol=1e-5)
            np.testing.assert_allclose(expected[[hit.doc for hit in hits]], best, rtol=1e-5)


def test_tiny() -> None:
    assert TfidfIndex().fit([]).search("x") == []
    assert TfidfIndex().fit([""]).scores("x").tolist() == [0]
    index = TfidfIndex().fit(["a b", "a"])
    assert index.search({"a": 0.0}) == []
    with pytest.raises(TypeError, match="brackets"):
        TfidfIndex().fit("a b")
