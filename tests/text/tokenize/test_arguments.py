"""What all trainers and tokenizers refuse, each time with a sentence that says what was given."""

import re

import numpy as np
import pytest

from nlpjourney.text.tokenize import BPE, Unigram, WordPiece

CLASSES = pytest.mark.parametrize("cls", [BPE, Unigram, WordPiece])


@CLASSES
@pytest.mark.parametrize("size", [300.5, 300.0, "300", True, np.True_, None])
def test_a_vocabulary_has_a_whole_number_of_tokens(cls, size):
    with pytest.raises(TypeError, match=re.escape(f"vocab_size must be a whole number, not {size!r}")):
        cls.train("abab abab", size)


@CLASSES
@pytest.mark.parametrize("size", [0, -5])
def test_a_vocabulary_holds_what_it_must(cls, size):
    with pytest.raises(ValueError, match=f"vocab_size must hold .*, not {size}"):
        cls.train("abab abab", size)


def test_a_number_of_numpy_is_a_number():
    assert BPE.train("abab", np.int64(257)).vocab_size == 257


@pytest.mark.parametrize("size", [10**12, 10**30])
def test_more_tokens_than_any_text_allows(size):
    with pytest.warns(UserWarning, match=f"the texts allow 260 tokens, fewer than the {size} asked for"):
        bpe = BPE.train("abab abab", size, pattern="whole")
    assert bpe.merges.tolist() == BPE.train("abab abab", 260, pattern="whole").merges.tolist()
    assert WordPiece.train("abab abab", size).vocab == WordPiece.train("abab abab", 1000).vocab
    with pytest.raises(ValueError, match=r"the text allows \d+ pieces, fewer than"):
        Unigram.train("abab abab", size)
