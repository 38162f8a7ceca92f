"""What all trainers and tokenizers refuse, each time with a sentence that says what was given."""

import re

import numpy as np
import pytest

from nlpjourney.text.tokenize import BPE, Unigram, WordPiece, split, utf8

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


@CLASSES
@pytest.mark.parametrize(
    ("texts", "kind"), [([1], "int"), ([b"x"], "bytes"), (b"x", "bytes"), (["a", None], "NoneType")]
)
def test_texts_to_learn_from_are_strings(cls, texts, kind):
    with pytest.raises(TypeError, match=f"^texts must be strings, not {kind}$"):
        cls.train(texts, 300)


@pytest.fixture(scope="module", params=["bpe", "bpe with special tokens", "unigram", "wordpiece"])
def tokenizer(request):
    text = "abab abab"
    return {
        "bpe": lambda: BPE.train(text, 257),
        "bpe with special tokens": lambda: BPE.train(text, 258, special_tokens=["<s>"]),
        "unigram": lambda: Unigram.train(text, 7),
        "wordpiece": lambda: WordPiece.train(text, 11),
    }[request.param]()


METHODS = (
    "encode", "encode_ordinary", "encode_with_offsets", "encode_to_numpy", "sample", "words",
    "merge_steps",
)  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), [(b"abc", "bytes"), (None, "NoneType"), (5, "int"), (["a"], "list")])
def test_a_text_is_a_string(tokenizer, text, kind):
    calls = [getattr(tokenizer, name) for name in METHODS if hasattr(tokenizer, name)]
    calls += [split, lambda text: tokenizer.encode_batch(["a", text])]
    for call in calls:
        with pytest.raises(TypeError, match=f"^a text must be a string, not {kind}$"):
            list(call(text))


@pytest.mark.parametrize(("texts", "kind"), [("abc", "str"), (b"abc", "bytes")])
def test_a_batch_is_no_string(tokenizer, texts, kind):
    with pytest.raises(TypeError, match=f"a batch must be a list of strings, not one {kind}"):
        tokenizer.encode_batch(texts)
    assert tokenizer.encode_batch(iter(["ab", "b"])) == [tokenizer.encode("ab"), tokenizer.encode("b")]


@pytest.mark.parametrize("top", [0, 5, 99, 100_276, (1 << 20) - 1, 1 << 20, 2**31 - 1])
@pytest.mark.parametrize("n", [0, 1, 999, 1000, 5000])
def test_ids_become_the_list_that_numpy_makes(n, top):
    ids = np.random.default_rng(n).integers(0, top, n, endpoint=True).astype(np.int32)
    found = utf8.to_list(ids)
    assert found == ids.tolist() and all(type(id_) is int for id_ in found)
