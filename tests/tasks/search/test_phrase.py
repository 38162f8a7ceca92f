"""Phrases against looking at every position of every document; snippets and their HTML."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.growth import growth

from nlpjourney.assets import corpora
from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.search import (
    Analyzer,
    BM25Index,
    IndexReader,
    IndexWriter,
    highlight,
    highlight_phrase,
    mark_up,
    snippet,
)
from nlpjourney.tasks.search.phrase import PhraseIndex, best, split_query

words = st.sampled_from(["a", "b", "c", "d", "the", "é"])
ANALYZERS = [Analyzer(), Analyzer(stop_words={"the"}, stem=lambda word: "a" if word == "d" else word)]


def every_start(document: str, phrase: str, analyzer: Analyzer) -> list[int]:
    """By definition: each position where every kept word of the phrase stands at its distance from the first."""
    here = [term for _, _, term in analyzer.spans(document)]
    wanted = [(i, term) for i, (_, _, term) in enumerate(analyzer.spans(phrase)) if term]
    return [
        p
        for p in range(len(here))
        if wanted and all(p + i - wanted[0][0] < len(here) and here[p + i - wanted[0][0]] == term for i, term in wanted)
    ]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(words, max_size=14), max_size=12), st.lists(words, max_size=4), st.sampled_from(ANALYZERS))
def test_equal_to_looking_everywhere(documents: list[list[str]], phrase: list[str], analyzer: Analyzer) -> None:
    texts, asked = [" ".join(d) for d in documents], " ".join(phrase)
    found = PhraseIndex(analyzer).fit(texts).phrase(asked)
    expected = {d: starts for d, text in enumerate(texts) if (starts := every_start(text, asked, analyzer))}
    got = {int(d): found.starts[found.ptr[i] : found.ptr[i + 1]].tolist() for i, d in enumerate(found.docs)}
    assert got == expected
    assert found.docs.tolist() == sorted(expected)
    for doc, text in enumerate(texts):
        n_kept = len(analyzer(asked))
        assert (len(highlight_phrase(text, asked, analyzer)) >= n_kept) == (doc in expected) or n_kept == 0


def test_real_text() -> None:
    news = corpora.lee_news()[0]
    index = PhraseIndex().fit(news)
    for phrase in ("prime minister", "the united states", "new south wales", "wales new south"):
        expected = [doc for doc, text in enumerate(news) if every_start(text, phrase, index.analyzer)]
        assert index.phrase(phrase).docs.tolist() == expected
    assert len(index.phrase("new south wales").docs) > 5 and len(index.phrase("wales new south").docs) == 0


def test_search_wants_every_phrase() -> None:
    texts = ["new york fire", "york new fire", "new york", "new york new york fire fire"]
    index = PhraseIndex().fit(texts)
    hits = index.search_phrases('"new york" fire')
    assert [hit.doc for hit in hits] == [3, 0, 2]
    assert index.nbytes > BM25Index().fit(texts).nbytes + 4 * 14  # a place for each of 14 words
    assert hits[1].score == pytest.approx(index.phrase_scores("new york")[0] + index.scores("fire")[0])
    # One word as a phrase is that word.
    assert index.phrase_scores("fire").tolist() == pytest.approx(index.scores("fire").tolist())
    assert index.search_phrases('"new absent" fire') == []
    assert {hit.doc for hit in index.search_phrases("fire")} == {0, 1, 3}
    assert index.search_phrases("") == []
    with pytest.raises(ValueError, match="k must be at least 1"):
        index.search_phrases("fire", 0)


def test_split_query() -> None:
    phrases, rest = split_query('"new york" fire "a b" "" "open')
    assert phrases == ["new york", "a b"] and rest.split() == ["fire", "open"]


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 8))
def test_best_is_the_sorted_scores(scores: list[int], k: int) -> None:
    import numpy as np

    expected = sorted((d for d, s in enumerate(scores) if s > 0), key=lambda d: (-scores[d], d))[:k]
    assert [hit.doc for hit in best(np.array(scores, dtype=np.float64), k)] == expected


def test_highlight_follows_the_analyzer() -> None:
    text = "The cats of İstanbul sat; CAT!"
    stem = Analyzer(stem=lambda word: word.rstrip("s"))
    assert [text[a:b] for a, b in highlight(text, "cat istanbul", stem)] == ["cats", "CAT"]  # "i̇stanbul" has a dot
    assert [text[a:b] for a, b in highlight(text, "cat")] == ["CAT"]
    assert [text[a:b] for a, b in highlight(text, {"cats": 1.0, "sat": 0.0})] == ["cats"]
    assert highlight("", "cat") == [] and highlight("cat", "") == []


def test_snippet_takes_the_best_window() -> None:
    text = "cat. " + "filler words here " * 30 + "a dog and a cat ran off together. " + "more filler " * 30
    part = snippet(text, "dog cat", width=60)
    assert "dog and a cat" in part.text and len(part.text) <= 60
    assert text[part.start : part.start + len(part.text)] == part.text
    assert [part.text[a:b] for a, b in part.spans] == ["dog", "cat"]
    assert part.before and part.after
    whole = snippet("a cat", "cat")
    assert whole.text == "a cat" and not whole.before and not whole.after
    assert snippet("no match here", "cat", width=8).text == "no match"
    assert snippet("", "cat").text == ""
    assert snippet("x" * 50, "x" * 50, width=10).spans == [(0, 50)]  # a match is never cut
    with pytest.raises(ValueError, match="width must be at least 1"):
        snippet("a", "a", width=0)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="ab <&>\"'\n", max_size=80), st.sampled_from(["a", "b a", "ab"]), st.integers(1, 40))
def test_mark_up_is_safe_and_loses_nothing(text: str, query: str, width: int) -> None:
    import html
    import re

    part = snippet(text, query, width=width)
    marked = mark_up(part)
    assert set(re.findall(r"<[^>]*>", marked)) <= {"<mark>", "</mark>"}
    written = re.sub(r"</?mark>", "", marked)
    assert written == html.escape(("… " if part.before else "") + part.text + (" …" if part.after else ""))
    assert all(part.text[a:b].lower() in query.split() for a, b in part.spans)


def test_a_phrase_of_very_many_words_is_refused(tmp_path: Path) -> None:
    index = PhraseIndex().fit(["a " * 3000 + "b"])
    with IndexWriter(tmp_path) as writer:
        writer.add("1", "a " * 3000 + "b")
    reader = IndexReader(tmp_path)
    longest = "a " * 999 + "b"
    assert index.phrase(longest).docs.tolist() == [0] and list(reader.phrase_scores(longest)) == ["1"]
    for search in (index.phrase, index.search_phrases, reader.phrase_scores, reader.search_phrases):
        with pytest.raises(InvalidInput, match="a phrase has at most 1000 words, this one has 1001"):
            search('"a ' + longest + '"')
    with pytest.raises(InvalidInput, match="a phrase has at most"):
        highlight_phrase("a b", "a " + longest)
    assert len(highlight_phrase("a " * 3000 + "b", longest)) == 1000


def test_words_that_come_again_in_a_phrase(tmp_path: Path) -> None:
    texts = ["b a b a a", "a b b a", "b a b", "a b a b a"]
    with IndexWriter(tmp_path) as writer:
        for i, text in enumerate(texts):
            writer.add(str(i), text)
    index, reader = PhraseIndex().fit(texts), IndexReader(tmp_path)
    for phrase in ("a b a", "b a b", "b b", "a a", "b a b a a", "a b a b a"):
        assert sorted(reader.phrase_scores(phrase)) == [str(doc) for doc in index.phrase(phrase).docs.tolist()]


@pytest.mark.parametrize("unit", ["a ", "a b ", "İa ", "a.", "ab"])
def test_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    assert growth(lambda text: snippet(text, "a b", width=len(text)), lambda n: unit * n, 4_000) < 8
    assert growth(lambda text: mark_up(snippet(text, "a b ab", width=len(text))), lambda n: unit * n, 4_000) < 8
    assert growth(lambda text: highlight(text, text), lambda n: unit * n, 4_000) < 8
    assert growth(lambda text: highlight_phrase(text, unit * 20 + "c"), lambda n: unit * n, 2_000) < 8
    assert (
        growth(
            lambda text: PhraseIndex().fit([text]).search_phrases(f'{text} "{unit * 20} c"'), lambda n: unit * n, 10_000
        )
        < 8
    )
    assert growth(lambda text: BM25Index().fit([text, "x"]).search(text), lambda n: unit * n, 10_000) < 8
