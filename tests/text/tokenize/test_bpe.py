"""BPE with the vocabularies of OpenAI, against tiktoken; and what must hold for any text."""

import base64
import os
import pickle
import re

import numpy as np
import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import BPE

from .conftest import TIKTOKEN_PATTERNS
from .strategies import any_text

LONG = os.environ.get("NLP_JOURNEY_LONG") == "1"  # texts of the sizes that were promised once: some seconds more
BYTES = {byte: bytes([byte]) for byte in range(256)}


@given(text=any_text())
@settings(max_examples=120, deadline=None)
def test_same_ids_as_tiktoken_for_any_text(openai, text):
    ours, theirs = openai
    ids = ours.encode_ordinary(text)
    assert ids == theirs.encode_ordinary(text)
    assert ours.decode(ids) == text


@given(texts=st.lists(any_text(8), max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_batch_is_its_texts(cl100k, texts):
    assert cl100k.encode_batch(texts) == [cl100k.encode_ordinary(text) for text in texts]


def test_same_ids_as_tiktoken_on_real_text(openai):
    ours, theirs = openai
    many = "\n".join(b for code in corpora.django_languages() for _, b in corpora.django_messages(code)[:100])
    for text in (corpora.english_text(1_000_000), many):
        assert ours.encode_ordinary(text) == theirs.encode_ordinary(text)


@pytest.mark.parametrize("n", [47, 48, 49, 50, 100, 5000])
def test_long_words(openai, n):
    ours, theirs = openai
    rng = np.random.default_rng(n)
    for alphabet in ("a", "ab", "etaoinshrdlu", "😀", "-="):
        text = "".join(rng.choice(list(alphabet), n))
        assert ours.encode_ordinary(text) == theirs.encode_ordinary(text)


@given(text=any_text())
@settings(max_examples=100, deadline=None)
def test_offsets_lead_back_to_the_text(cl100k, text):
    ids, spans = cl100k.encode_with_offsets(text)
    assert ids == cl100k.encode_ordinary(text)
    for id_, (start, end) in zip(ids, spans):
        assert cl100k.tokens[id_] in text[start:end].encode()
    assert all(a[1] >= b[0] for a, b in zip(spans, spans[1:]))  # nothing between two tokens
    assert not text or (spans[0][0] == 0 and spans[-1][1] == len(text))


def test_offsets_with_special_tokens_and_surrogates(cl100k):
    text = "\ud83d\ude00 ok<|endoftext|>\ud800é"
    ids, spans = cl100k.encode_with_offsets(text, allowed_special="all")
    assert ids == cl100k.encode("😀 ok<|endoftext|>\ufffdé", allowed_special="all")
    assert set(spans[:2]) == {(0, 2)}  # the two halves are one character of two tokens
    special = ids.index(100257)
    assert text[slice(*spans[special])] == "<|endoftext|>"
    assert spans[special + 1] == (18, 19) and spans[-1] == (19, 20)


def test_special_tokens_as_in_tiktoken(openai):
    ours, theirs = openai
    text = "hi <|endoftext|>there"
    with pytest.raises(ValueError, match=r"special token '<\|endoftext\|>' at character 3"):
        ours.encode(text)
    with pytest.raises(ValueError, match="endoftext"):
        theirs.encode(text)
    for options in (
        {"allowed_special": "all"}, {"allowed_special": {"<|endoftext|>"}}, {"disallowed_special": ()},
    ):  # fmt: skip
        assert ours.encode(text, **options) == theirs.encode(text, **options)
    assert ours.decode(ours.encode(text, allowed_special="all")) == text


@pytest.mark.parametrize("argument", ["allowed_special", "disallowed_special"])
def test_one_special_token_is_given_as_a_list(cl100k, argument):
    for value in ("<|endoftext|>", None):
        with pytest.raises(
            TypeError, match=rf"{argument} must be 'all' or a list of strings, not {re.escape(repr(value))}"
        ):
            cl100k.encode("a", **{argument: value})
    assert cl100k.encode("a", **{argument: iter(["<|endoftext|>"])}) == cl100k.encode("a", **{argument: "all"}) == [64]


def test_merge_steps_end_in_the_tokens(cl100k):
    for word in ("tokenization", " strawberry", "aaaaaaaaaaaa", "naïve", "é", ""):
        steps = list(cl100k.merge_steps(word))
        assert steps[0].tokens == tuple(bytes([byte]) for byte in word.encode())
        assert all(b"".join(step.tokens).decode() == word for step in steps)
        assert [len(step.tokens) for step in steps] == list(range(len(word.encode()), len(steps[-1].tokens) - 1, -1))
        for step in steps[1:]:
            assert step.tokens[step.joined] == cl100k.tokens[int(cl100k.merges[step.rank, 2])]
        if word:
            assert list(steps[-1].tokens) == [cl100k.tokens[i] for i in cl100k.encode(word)]


@given(text=st.text(max_size=30), data=st.data())
@settings(max_examples=100, deadline=None)
def test_merge_steps_agree_with_the_kernel(text, data):
    bpe = data.draw(st.sampled_from(TRAINED))
    tokens = [bpe.tokens[i] for i in bpe.encode_ordinary(text)]
    assert not text or list(list(bpe.merge_steps(text))[-1].tokens) == tokens


TRAINED = [BPE.train("abracadabra banana ananas é\u00fc 中文" * 3, size, pattern="whole") for size in (256, 262, 270)]


def test_decode(cl100k):
    ids = cl100k.encode_ordinary("👍🏽")
    assert cl100k.decode(ids[:1]) == "\ufffd"  # a part of a character
    assert cl100k.decode_bytes(ids[:1]) == "👍".encode()[: len(cl100k.decode_bytes(ids[:1]))]
    with pytest.raises(UnicodeDecodeError):
        cl100k.decode(ids[:1], errors="strict")
    assert cl100k.decode([]) == ""
    with pytest.raises(ValueError, match="no token has the id 100300; the highest is 100276"):
        cl100k.decode([100300])


def test_odd_input(openai):
    ours, theirs = openai
    assert ours.encode("") == []
    assert ours.encode("\x00\x00") == theirs.encode("\x00\x00")
    assert ours.encode("a\ud800b") == ours.encode("a\ufffdb")  # a lone surrogate has no UTF-8
    assert ours.encode("\ud83d\ude00") == ours.encode("😀")


def test_megabytes_in_one_line(cl100k):
    text = corpora.english_text(50_000_000 if LONG else 4_000_000).replace("\n", " ")
    ids = cl100k.encode_to_numpy(text)
    assert ids.dtype == np.int32 and cl100k.decode(ids.tolist()) == text


def test_megabytes_in_one_word(cl100k):
    """A word of a million letters: its time grows with its length, not with the square."""
    n = 1_000_000 if LONG else 100_000
    ids = cl100k.encode_to_numpy("abcdefghij" * n)
    assert cl100k.decode_bytes(ids.tolist()) == b"abcdefghij" * n


def test_vocabularies_that_do_not_fit_together():
    with pytest.raises(ValueError, match="255 are missing, such as 0x00"):
        BPE({0: b"a"}, [])
    with pytest.raises(ValueError, match=r"ids \[7\] belong to a token and to a special token"):
        BPE(BYTES, [], special_tokens={"<x>": 7})
    with pytest.raises(ValueError, match="does not join two tokens"):
        BPE(BYTES | {256: b"ab"}, [(97, 99, 256)])
    with pytest.raises(ValueError, match="unknown split pattern"):
        BPE(BYTES, [], pattern="x")
    with pytest.raises(ValueError, match="empty string"):
        BPE(BYTES, [], special_tokens={"": 300})
    with pytest.raises(ValueError, match="not special tokens of this vocabulary"):
        BPE(BYTES, []).encode("a", allowed_special={"<x>"})


@pytest.mark.parametrize("line", ["YQ==", "YQ== x", "Y 1", "YQ== 1 2"])
def test_broken_ranks(tmp_path, line):
    (tmp_path / "ranks").write_text(f"Yg== 0\n{line}\n")
    with pytest.raises(ValueError, match=r"ranks, line 2: not a token in base 64 and a rank"):
        BPE.from_tiktoken(tmp_path / "ranks", pattern="gpt2")


@pytest.mark.parametrize("text", ["abcd", "xabcd", "abcabcd bcd", "dd", ""])
def test_ranks_that_no_merge_reaches(tmp_path, text):
    """`bc` is joined first, so that `abcd` comes about as a whole word only."""
    ranks = {**{token: byte for byte, token in BYTES.items()}, b"bc": 256, b"ab": 257, b"abcd": 258}
    lines = [base64.b64encode(token) + b" %d" % rank for token, rank in ranks.items()]
    (tmp_path / "ranks").write_bytes(b"\n".join(lines))
    ours = BPE.from_tiktoken(tmp_path / "ranks", pattern="gpt2")
    theirs = tiktoken.Encoding("tiny", pat_str=TIKTOKEN_PATTERNS["gpt2"], mergeable_ranks=ranks, special_tokens={})
    assert ours.encode(text) == theirs.encode(text)
    assert ours.encode("abcd") == [258] and len(ours.merges) == 2


def test_incomplete_ranks(tmp_path):
    (tmp_path / "ranks").write_text("Yg== 0\n")
    with pytest.raises(ValueError, match="255 of the 256 bytes have no rank"):
        BPE.from_tiktoken(tmp_path / "ranks", pattern="gpt2")


def test_a_tokenizer_can_be_pickled(gpt2):
    assert pickle.loads(pickle.dumps(gpt2)).encode("multiprocessing needs it") == gpt2.encode(
        "multiprocessing needs it"
    )
