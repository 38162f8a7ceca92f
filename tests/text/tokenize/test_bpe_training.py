"""Training against Hugging Face's trainer and against the obvious algorithm."""

import json
from collections import Counter

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, models, pre_tokenizers, trainers

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import BPE, word_counts
from nlpjourney.text.tokenize.bpe_json import oniguruma
from nlpjourney.text.tokenize.byte_alphabet import BYTE_ORDER, from_chars
from nlpjourney.text.tokenize.splitting import split


def peer_merges(texts, vocab_size, pattern, min_frequency=0):
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(oniguruma(pattern)), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    return [tuple(map(from_chars, pair)) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]


def merges_of(bpe):
    return [(bpe.tokens[left], bpe.tokens[right]) for left, right, _ in bpe.merges.tolist()]


@pytest.mark.parametrize("pattern", ["gpt2", "cl100k", "o200k"])
def test_same_merges_as_hugging_face_on_real_text(pattern, monkeypatch):
    monkeypatch.setattr(word_counts, "_CHUNK", 300_000)  # several pieces, as of a text of 100 MB
    texts = corpora.english_text(1_000_000).splitlines(keepends=True)
    texts += [b for code in ("de", "ja", "ru") for _, b in corpora.django_messages(code)]
    assert merges_of(BPE.train(texts, 5000, pattern=pattern)) == peer_merges(texts, 5000, pattern)


def test_same_merges_with_a_least_frequency():
    texts = corpora.english_text(100_000).splitlines(keepends=True)
    with pytest.warns(UserWarning, match="the texts allow"):
        bpe = BPE.train(texts, 20_000, min_frequency=20)
    assert merges_of(bpe) == peer_merges(texts, 20_000, "cl100k", min_frequency=20)


def obvious_merges(text, pattern, n_merges):
    """Count all pairs anew after each merge."""
    order = {bytes([byte]): i for i, byte in enumerate(BYTE_ORDER)}
    words = [[bytes([byte]) for byte in word.encode()] for word in split(text, pattern)]
    merges = []
    while len(order) < 256 + n_merges:
        counts = Counter(pair for word in words for pair in zip(word, word[1:]))
        if not counts:
            break
        pair = min(counts, key=lambda p: (-counts[p], order[p[0]], order[p[1]]))
        merges.append(pair)
        order.setdefault(pair[0] + pair[1], len(order))
        for word in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == pair:
                    word[i : i + 2] = [pair[0] + pair[1]]
                i += 1
    return merges


@given(text=st.text(st.sampled_from("abcd \n1"), min_size=1, max_size=60), pattern=st.sampled_from(["gpt2", "whole"]))
@settings(max_examples=100, deadline=None)
@pytest.mark.filterwarnings("ignore:the texts allow")
def test_same_merges_as_the_obvious_algorithm(text, pattern):
    assert merges_of(BPE.train(text, 300, pattern=pattern)) == obvious_merges(text, pattern, 44)


def test_an_iterator_of_texts_and_no_word_over_the_end_of_one():
    whole = BPE.train(["ab ab ab"], 258)
    assert merges_of(whole) == [(b"a", b"b"), (b" ", b"ab")]
    with pytest.warns(UserWarning, match="the texts allow 256 tokens, fewer than the 258 asked for"):
        assert merges_of(BPE.train((c for c in "abababab"), 258)) == []
    assert merges_of(BPE.train((t for t in ["ab", "ab"]), 257)) == [(b"a", b"b")]


def test_special_tokens_come_last():
    bpe = BPE.train("aaaa bbbb", 260, special_tokens=["<|a|>", "<|b|>"])
    assert bpe.special_tokens.ids == {"<|a|>": 258, "<|b|>": 259} and bpe.vocab_size == 260
    assert bpe.encode("aa<|b|>", allowed_special="all")[-1] == 259
    assert bpe.encode("xyz") == [120, 121, 122]  # ids below 256 are the bytes


def test_clear_errors():
    with pytest.raises(ValueError, match="nothing to learn from"):
        BPE.train([], 300)
    with pytest.raises(ValueError, match="nothing to learn from"):
        BPE.train(["", ""], 300)
    with pytest.raises(ValueError, match="must hold 256 bytes and 1 special tokens, not 256"):
        BPE.train("a", 256, special_tokens=["<x>"])
    with pytest.raises(TypeError, match="texts must be strings, not bytes"):
        BPE.train([b"a"], 300)


@pytest.mark.parametrize(
    ("special_tokens", "error", "message"),
    [
        ("<s>", TypeError, "special_tokens must be a list of strings, not '<s>'"),
        (5, TypeError, "special_tokens must be a list of strings, not 5"),
        (["<s>", "<t>", "<s>"], ValueError, "special_tokens must hold each string once, it holds '<s>' 2 times"),
    ],
)
def test_special_tokens_are_a_list_of_different_strings(special_tokens, error, message):
    with pytest.raises(error, match=message):
        BPE.train("hello", 300, special_tokens=special_tokens)


def test_large_alphabet_and_long_word():
    text = "ab" * 100_000
    bpe = BPE.train(text, 300 - 28, pattern="whole")
    assert bpe.decode(bpe.encode(text)) == text and len(bpe.encode(text)) < 10
