"""BM25 against rank_bm25 and bm25s; the top-k search against adding up everything."""

import itertools

import bm25s
import numpy as np
import pytest
import rank_bm25
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import corpora
from nlpjourney.tasks.search import BM25Index, PhraseIndex, TfidfIndex
from nlpjourney.tasks.search.analyzer import ENGLISH_STOP_WORDS, Analyzer
from nlpjourney.tasks.search.bm25f import BM25FIndex

ODD = [
    "",
    "one",
    "one",
    "zwei Äpfel, ÄPFEL!",
    "naïve 東京 東京 x" * 3,
    "the the the the",
    "?!",
    "a" * 5000,
    "one two " * 400,
]
QUERIES = ["one", "one two", "äpfel", "東京 naïve", "absent", "", "the one the", "a" * 5000, "?"]


@pytest.fixture(scope="module")
def news() -> list[str]:
    return corpora.lee_news()[0]


@pytest.fixture(scope="module")
def asked(news: list[str]) -> list[str]:
    """Beginnings of news, and whole ones: queries of ten and of some hundred words."""
    return [*(" ".join(text.split()[:10]) for text in news[:20]), *news[20:23]]


def terms(texts: list[str], analyzer: Analyzer) -> list[list[str]]:
    return [analyzer(text) for text in texts]


@pytest.mark.parametrize("k1,b", [(1.5, 0.75), (1.2, 0.0), (0.0, 0.5), (3.0, 1.0)])
def test_okapi_equals_rank_bm25(news: list[str], asked: list[str], k1: float, b: float) -> None:
    for documents, queries in ((news, asked[10:22]), (ODD, QUERIES)):
        index = BM25Index(method="okapi", k1=k1, b=b).fit(documents)
        peer = rank_bm25.BM25Okapi(terms(documents, index.analyzer), k1=k1, b=b)
        for query in queries:
            # An absent term in a document whose length factor times k1 is 0 comes to 0/0 there; here it adds nothing.
            with np.errstate(invalid="ignore"):
                expected = sum((np.nan_to_num(peer.get_scores([term])) for term in index.analyzer(query)), np.zeros(1))
            np.testing.assert_allclose(index.scores(query), np.broadcast_to(expected, len(documents)), atol=1e-9)


def test_bm25_plus_with_nonoccurrence_equals_rank_bm25(news: list[str], asked: list[str]) -> None:
    index = BM25Index(method="bm25+", nonoccurrence=True).fit(news)
    peer = rank_bm25.BM25Plus(terms(news, index.analyzer), delta=1)
    for query in asked:
        np.testing.assert_allclose(index.scores(query), peer.get_scores(index.analyzer(query)), rtol=1e-9)


def test_bm25l_of_rank_bm25_multiplies_by_tf_once_more(news: list[str]) -> None:
    index = BM25Index(method="bm25l", delta=0.5).fit(news)
    peer = rank_bm25.BM25L(terms(news, index.analyzer), delta=0.5)
    for query in ("sydney fire", "the government said"):
        theirs = peer.get_scores(index.analyzer(query))
        for doc in range(0, len(news), 7):
            ours = sum(row.tf * row.score for row in index.explain(query, doc))
            assert ours == pytest.approx(theirs[doc], abs=1e-9)


@pytest.mark.parametrize("method", ["robertson", "lucene", "atire", "bm25l", "bm25+"])
@pytest.mark.parametrize("k1,b,delta", [(1.5, 0.75, 0.5), (0.9, 0.4, 1.0)])
def test_equals_bm25s(news: list[str], asked: list[str], method: str, k1: float, b: float, delta: float) -> None:
    analyzer = Analyzer(stop_words=ENGLISH_STOP_WORDS, min_length=2)
    for documents, queries in ((news, [*asked, "sydney fire"]), (ODD, QUERIES)):
        index = BM25Index(analyzer, method=method, k1=k1, b=b, delta=delta, nonoccurrence=True).fit(documents)
        peer = bm25s.BM25(method=method, k1=k1, b=b, delta=delta, dtype="float64")
        peer.index(terms(documents, analyzer), show_progress=False)
        for query in queries:
            words = [word for word in analyzer(query) if word in peer.vocab_dict]
            expected = peer.get_scores(words) if words else np.zeros(len(documents))
            np.testing.assert_allclose(index.scores(query), expected, rtol=1e-6, atol=1e-9)


def test_bonus_for_absent_terms_cancels_delta(news: list[str]) -> None:
    query = "sydney fire crews battle blaze"
    with_bonus = BM25Index(method="bm25+", nonoccurrence=True, delta=1.0).fit(news).scores(query)
    no_delta = BM25Index(method="bm25+", delta=0.0).fit(news).scores(query)
    assert np.ptp(with_bonus - no_delta) < 1e-9  # every document got the same constant
    paper = BM25Index(method="bm25+", delta=1.0).fit(news).scores(query)
    assert np.ptp(paper - no_delta) > 0.1


@pytest.mark.parametrize("method", ["robertson", "lucene", "atire", "okapi", "bm25l", "bm25+"])
@pytest.mark.parametrize("nonoccurrence", [False, True])
def test_search_is_the_sorted_scores(news: list[str], asked: list[str], method: str, nonoccurrence: bool) -> None:
    for documents, queries in ((news[:120], asked[17:21]), (ODD, QUERIES)):
        index = BM25Index(method=method, nonoccurrence=nonoccurrence).fit(documents)
        for query in queries:
            hits = index.search(query, k=7)
            scores = index.scores(query)
            matching = {d for d in range(len(documents)) if any(r.tf and r.idf > 0 for r in index.explain(query, d))}
            expected = sorted(matching, key=lambda d: (-scores[d], d))[:7]
            np.testing.assert_allclose([hit.score for hit in hits], scores[expected], rtol=1e-5)
            np.testing.assert_allclose(scores[[hit.doc for hit in hits]], scores[expected], rtol=1e-5)
            assert len({hit.doc for hit in hits}) == len(hits)


words = st.sampled_from(["a", "b", "c", "d", "e", "f", "ä", "東", "rare"])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(words, max_size=12), min_size=1, max_size=40), st.lists(words, max_size=5), st.integers(1, 45))
def test_explain_adds_up_and_equal_documents_come_in_order(
    documents: list[list[str]], query: list[str], k: int
) -> None:
    index = BM25Index().fit([" ".join(document) for document in documents])
    text = " ".join(query)
    scores = index.scores(text)
    for doc in range(len(documents)):
        assert sum(row.score for row in index.explain(text, doc)) == pytest.approx(scores[doc], abs=1e-12)
    hits = index.search(text, k)
    assert len(hits) == min(k, int((scores > 0).sum()))
    assert all((-a.score, a.doc) < (-b.score, b.doc) for a, b in itertools.pairwise(hits))


def test_large_collection_with_pruning() -> None:
    """Several windows of documents, long and short lists: exactly what adding up every posting gives."""
    rng = np.random.default_rng(0)
    vocabulary = np.array([f"w{i}" for i in range(300)])
    zipf = 1 / np.arange(1, 301)
    documents = [" ".join(rng.choice(vocabulary, rng.integers(1, 20), p=zipf / zipf.sum())) for _ in range(20_000)]
    index = BM25Index().fit(documents)
    for k in (1, 10, 100, 1000):
        queries = [" ".join(rng.choice(vocabulary, 4)) for _ in range(40)]
        docs, found, counts = index.search_batch(queries, k)
        for q, query in enumerate(queries):
            scores = index.scores(query)
            best = np.sort(scores[scores > 0])[::-1][:k]
            assert counts[q] == len(best)
            np.testing.assert_allclose(found[q, : len(best)], best, rtol=1e-5)
            np.testing.assert_allclose(scores[docs[q, : len(best)]], best, rtol=1e-5)


def test_weighted_query() -> None:
    index = BM25Index().fit(["cat dog", "cat", "dog"])
    assert [hit.doc for hit in index.search({"cat": 2.0, "dog": 0.5})] == [1, 0, 2]  # "cat" alone is shorter
    assert [hit.doc for hit in index.search({"cat": 2.0, "dog": 1.5})] == [0, 1, 2]
    np.testing.assert_allclose(index.scores({"cat": 2.0}), 2 * index.scores("cat"))
    with pytest.raises(ValueError, match="weights of terms must be at least 0"):
        index.search({"cat": -1.0})


@pytest.mark.parametrize("min_length", [1, 2])
def test_texts_are_searched_as_their_terms(news: list[str], min_length: int) -> None:
    """Texts alone take a faster way. Words unknown, repeated, or of another length when lowered."""
    analyzer = Analyzer(min_length=min_length)
    queries = [*QUERIES, "İZMİR İ ẞ straße", "ne\u0301e a b", "one\x00two \udc80", *news[:20]]
    for documents in ([*ODD, *news, "i̇zmir straße ne\u0301e"], ["?"]):
        index = BM25Index(analyzer).fit(documents)
        texts = index.search_batch(queries, 5)
        terms = index.search_batch([index.query_terms(query) for query in queries], 5)
        for a, b in zip(texts, terms):
            assert np.array_equal(a, b)
    assert len(index.search_batch([], 5)[0]) == 0


def test_stemmer_and_stop_words() -> None:
    index = BM25Index(Analyzer(stop_words={"the"}, stem=lambda word: word.rstrip("s"))).fit(
        ["The cats", "the dog", "the"]
    )
    assert [hit.doc for hit in index.search("cat the")] == [0]
    assert [hit.doc for hit in index.search("dogs")] == [1]
    assert index.postings.doc_len.tolist() == [1, 1, 0]


@pytest.mark.parametrize("documents", [[], [""], ["", "!"], ["x"]])
def test_tiny(documents: list[str]) -> None:
    index = BM25Index().fit(documents)
    assert [hit.doc for hit in index.search("x")] == ([0] if documents == ["x"] else [])
    assert index.search("") == []
    assert index.scores("x y").shape == (len(documents),)


def test_errors() -> None:
    with pytest.raises(TypeError, match="forget the brackets"):
        BM25Index().fit("text")
    with pytest.raises(TypeError, match="must be a string, got int"):
        BM25Index().fit([1])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="unknown BM25 method 'bm26'"):
        BM25Index(method="bm26")
    with pytest.raises(ValueError, match="b must lie between 0 and 1"):
        BM25Index(b=1.5)
    with pytest.raises(ValueError, match="k1 must be"):
        BM25Index(k1=float("nan"))
    with pytest.raises(ValueError, match="k must be at least 1"):
        BM25Index().fit(["x"]).search("x", k=0)
    with pytest.raises(IndexError):
        BM25Index().fit(["x"]).explain("x", 1)


def test_bm25f_with_one_field_is_bm25(news: list[str]) -> None:
    ours = BM25FIndex({"body": 1.0}).fit([{"body": text} for text in news])
    plain = BM25Index().fit(news)
    for query in ("sydney fire", news[3]):
        np.testing.assert_allclose(ours.scores(query), plain.scores(query), rtol=1e-9)
        assert [h.doc for h in ours.search(query)] == [h.doc for h in plain.search(query)]


def test_bm25f_by_its_formula() -> None:
    documents = [{"title": "cat", "body": "dog dog cat"}, {"body": "cat bird bird bird"}, {"title": "bird"}]
    index = BM25FIndex({"title": 2.0, "body": 1.0}, k1=1.2, b={"title": 0.5, "body": 0.75}).fit(documents)
    average_title, average_body = 2 / 3, 7 / 3
    tf = 2.0 * 1 / (0.5 + 0.5 * 1 / average_title) + 1 / (0.25 + 0.75 * 3 / average_body)
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    assert index.scores("cat")[0] == pytest.approx(idf * tf / (tf + 1.2))
    assert index.scores("cat")[2] == 0
    assert BM25FIndex({"body": 1.0}).fit([]).search("x") == []
    with pytest.raises(ValueError, match="field 'tag' without a weight"):
        BM25FIndex({"body": 1.0}).fit([{"tag": "x"}])
    with pytest.raises(ValueError, match="weight above 0"):
        BM25FIndex({"body": 0.0})


@pytest.mark.parametrize("make", [BM25Index, TfidfIndex, PhraseIndex])
def test_queries_of_another_kind(make):
    index = make().fit(["a cat", "a dog"])
    for query in (["cat"], ("cat",), b"cat", None, 3):
        with pytest.raises(TypeError, match="a query must be a text, or a mapping"):
            index.search(query)
    for queries in ("cat", {"cat": 1.0}, b"cat"):
        with pytest.raises(TypeError, match="did you forget the brackets"):
            index.search_batch(queries)
    with pytest.raises(ValueError, match="call fit first"):
        make().search("cat")
