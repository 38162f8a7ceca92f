"""Collocation measures equal to NLTK's on real text."""

import re

import pytest
from nltk.collocations import BigramAssocMeasures, BigramCollocationFinder

from nlpjourney.assets import corpora
from nlpjourney.text.vectorize import collocations

THEIRS = {
    "pmi": "pmi", "likelihood_ratio": "likelihood_ratio", "chi_square": "chi_sq", "student_t": "student_t",
    "raw_frequency": "raw_freq", "dice": "dice", "jaccard": "jaccard", "phi_square": "phi_sq",
}  # fmt: skip


@pytest.fixture(scope="module")
def documents():
    return [re.findall(r"\w+", text.lower()) for text in corpora.lee_news()[0][:100]]


@pytest.mark.parametrize("measure", THEIRS)
@pytest.mark.parametrize("min_count", [1, 4])
def test_scores_are_nltks(measure, min_count, documents):
    documents = documents[:40]  # NLTK needs a while for more
    finder = BigramCollocationFinder.from_words([w for d in documents for w in d])
    finder.apply_freq_filter(min_count)
    expected = dict(finder.score_ngrams(getattr(BigramAssocMeasures, THEIRS[measure])))
    found = collocations([[w for d in documents for w in d]], measure, min_count=min_count)
    assert {c.words for c in found} == set(expected)
    assert [c.score for c in found] == pytest.approx([expected[c.words] for c in found], rel=1e-9, abs=1e-9)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_no_pair_reaches_over_a_border():
    assert {c.words for c in collocations([["a", "b"], ["c"], []], "raw_frequency")} == {("a", "b")}


def test_what_it_finds_makes_sense(documents):
    best = [" ".join(c.words) for c in collocations(documents, top=40)]
    assert "osama bin" in best or "bin laden" in best
    assert "new south" in best or "south wales" in best


def test_odd_input():
    assert collocations([]) == [] and collocations([["alone"]]) == []
    assert collocations([["x", "x", "x"]], "raw_frequency")[0].n_seen == 2
    with pytest.raises(ValueError, match="at least 1"):
        collocations([["a", "b"]], min_count=0)
    with pytest.raises(ValueError, match="unknown measure 'mi'"):
        collocations([["a", "b"]], "mi")
    with pytest.raises(TypeError, match="lists of words"):
        collocations(["a", "b"])
