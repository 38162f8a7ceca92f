"""Semantic search with the real encoder, by the exact index and by the graph."""

import numpy as np
import pytest

from nlpjourney.llm.sentence_encoder import SentenceEncoder
from nlpjourney.tasks.search.semantic import SemanticIndex

TEXTS = [
    "The physician treated the patient's broken leg.",
    "Shares fell sharply after the bank's results.",
    "A chef prepares noodles in a hot wok.",
    "Astronomers found a planet around a distant star.",
    "The striker scored twice in the final.",
]


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder.minilm()


@pytest.mark.parametrize("graph", [False, True, None])
def test_finds_texts_that_share_no_word(encoder, graph):
    index = SemanticIndex(TEXTS, encoder, graph)
    assert len(index) == 5
    for query, expected in [("doctor at a hospital", 0), ("stock market", 1), ("cooking Asian food", 2),
                            ("telescope", 3), ("football match", 4)]:  # fmt: skip
        hits = index.search(query, 3)
        assert len(hits) == 3 and hits[0].doc == expected and hits[0].text == TEXTS[expected]
        assert hits[0].score > hits[1].score >= hits[2].score
    vectors = encoder.encode([*TEXTS, "telescope"])
    assert index.search("telescope", 1)[0].score == pytest.approx(float(vectors[3] @ vectors[5]), abs=1e-5)


def test_given_vectors(encoder):
    vectors = encoder.encode(TEXTS)
    index = SemanticIndex(TEXTS, encoder, vectors=vectors)
    assert [hit.doc for hit in index.search(TEXTS[2], 1)] == [2]
    with pytest.raises(ValueError, match="5 vectors for 4 texts"):
        SemanticIndex(TEXTS[:4], encoder, vectors=vectors)


def test_odd_input(encoder):
    empty = SemanticIndex([], encoder)
    assert len(empty) == 0 and empty.search("anything") == []
    one = SemanticIndex(["", ""], encoder)
    assert [hit.doc for hit in one.search("", 5)] == [0, 1]
    assert np.isclose(one.search("", 1)[0].score, 1, atol=1e-5)
