"""The labelled sentences: each has its word exactly once, and both meanings are equally frequent."""

import re
from itertools import chain

import pytest

from nlpjourney.text.embeddings.senses import SENSES


@pytest.mark.parametrize("word", SENSES)
def test_sentences_hold_their_word_once(word):
    senses = SENSES[word]
    assert len(senses) == 2
    assert {len(sentences) for sentences in senses.values()} == {16}
    everything = list(chain.from_iterable(senses.values()))
    assert len(set(everything)) == len(everything)
    for sentence in everything:
        assert re.findall("[a-z]+", sentence.lower()).count(word) == 1, sentence
