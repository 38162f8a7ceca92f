"""The plain tokenizers and the fast ones give the same."""

import math
from collections import Counter

import numpy as np
import pytest
import regex
import sentencepiece
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpjourney.text.tokenize import BPE, Unigram, WordPiece, sentencepiece_file, split, utf8
from nlpjourney.text.tokenize.plain import (
    plain_char_offsets,
    plain_encode_bpe,
    plain_expected_counts,
    plain_join,
    plain_normalize,
    plain_split,
    plain_train_bpe,
    plain_unigram,
    plain_wordpiece,
)
from nlpjourney.text.tokenize.sp_normalizer import SentencePieceNormalizer
from nlpjourney.text.tokenize.splitting import REGEXES
from nlpjourney.text.tokenize.trie import build_trie
from nlpjourney.text.tokenize.unigram_lattice import best_path, expected_counts

SMALL = st.text("abé 🙂", max_size=60)
WORDS = st.text("abé🙂", max_size=12)


def pairs_of(bpe):
    return [(bpe.tokens[left], bpe.tokens[right]) for left, right, _ in bpe.merges.tolist()]


@given(st.lists(SMALL, min_size=1, max_size=4), st.integers(256, 290))
@settings(max_examples=60)
@pytest.mark.filterwarnings("ignore:the texts allow")
def test_bpe(texts, vocab_size):
    words = Counter(word.encode() for text in texts for word in split(text, "gpt2"))
    if not words:
        return
    bpe = BPE.train(texts, vocab_size, pattern="gpt2")
    merges = pairs_of(bpe)
    assert merges == plain_train_bpe(words, len(merges))
    for word in words:
        ids = bpe.encode_ordinary(word.decode())
        assert [bpe.tokens[id_] for id_ in ids] == plain_encode_bpe(word, merges)


def test_bpe_by_hand():
    assert plain_join([b"a", b"a", b"a"], (b"a", b"a")) == [b"aa", b"a"]
    assert plain_train_bpe({b"aab": 2, b"ab": 1}, 2) == [(b"a", b"b"), (b"a", b"ab")]
    assert plain_train_bpe({b"": 1}, 3) == [] and plain_encode_bpe(b"", []) == []


@given(WORDS)
@settings(max_examples=200)
def test_wordpiece(word):
    vocab = {"[UNK]": 0, "a": 1, "ab": 2, "##b": 3, "##é": 4, "##ab": 5, "b": 6, "##a": 7}
    tokenizer = WordPiece(vocab, lowercase=False)
    expected = [vocab[piece] for piece in plain_wordpiece(word, vocab)] if word else []
    if "🙂" not in word:  # normalization has its own opinion of signs
        assert tokenizer.encode_ordinary(word) == expected


def lattice(scores):
    pieces = list(scores)
    return build_trie([p.encode() for p in pieces], range(len(pieces))), np.array(list(scores.values()))


@given(WORDS, st.dictionaries(st.text("abé", min_size=1, max_size=3), st.floats(-9, -0.1), min_size=1, max_size=9))
@settings(max_examples=150)
def test_unigram(word, scores):
    trie, values = lattice(scores)
    data = np.frombuffer(word.encode(), np.uint8)
    unk = min(scores.values()) - 10
    _, ends = best_path(data, trie, values, unk, len(values), False)
    fast = [word.encode()[a:b].decode() for a, b in zip([0, *ends.tolist()], ends.tolist())]

    def total(pieces):
        return sum(scores.get(piece, unk) for piece in pieces)

    assert "".join(fast) == word and total(fast) == pytest.approx(total(plain_unigram(word, scores, unk)))
    offsets, one = np.array([0, len(data)]), np.ones(1, np.int64)
    expected, likelihood = expected_counts(data, offsets, one, trie, values, unk)
    plain, plain_likelihood = plain_expected_counts(word, scores, unk)
    assert likelihood == pytest.approx(plain_likelihood, abs=1e-9)
    assert expected.tolist() == pytest.approx([plain.get(piece, 0.0) for piece in scores], abs=1e-9)


def test_unigram_by_hand():
    scores = {"a": math.log(0.5), "aa": math.log(0.5)}
    assert plain_unigram("aa", scores, -20) == ["aa"]
    expected, likelihood = plain_expected_counts("aa", scores, -20)
    assert math.exp(likelihood) == pytest.approx(0.75)  # aa: 0.5, a a: 0.25
    assert expected == {"a": pytest.approx(2 / 3), "aa": pytest.approx(2 / 3)}


def test_scores_so_low_that_no_probability_is_left():
    scores = {"a": -800.0, "aa": -800.0}
    expected, likelihood = plain_expected_counts("aa", scores, -810)
    assert expected == {"a": pytest.approx(0), "aa": pytest.approx(1)} and likelihood == pytest.approx(-800)
    data, one = np.frombuffer(b"aa", np.uint8), np.ones(1, np.int64)
    fast, fast_likelihood = expected_counts(data, np.array([0, 2]), one, *lattice(scores), -810)
    assert fast.tolist() == pytest.approx([0, 1]) and fast_likelihood == pytest.approx(-800)


@pytest.mark.parametrize("code", [*range(0x21), 0x7F, 0x85, 0xA0, 0x180E, 0x1680, 0x2028, 0x200B, 0x3000])
def test_split_at_what_may_be_space(code):
    for text in (f"a{chr(code)}b", f"a {chr(code)}{chr(code)}b", f"{chr(code)} a"):
        assert plain_split(text) == split(text, "gpt2") == regex.findall(REGEXES["gpt2"], text)


def test_unigram_class_finds_the_plain_best():
    model = Unigram.train("to be or not to be that is the question " * 3, 24)
    scores = {p: s for p, s, k in zip(model.pieces, model.model.scores, model.model.kinds) if k == 1}
    for word in ("to be", "question", "nottobe"):
        pieces = [model.pieces[id_] for id_ in model.encode(word)]
        best = plain_unigram("▁" + word.replace(" ", "▁"), scores, min(scores.values()) - 10)
        assert sum(scores[p] for p in pieces) == pytest.approx(sum(scores[p] for p in best), abs=1e-4)


@given(st.text("ab 1½é'stxyz.!\n\t\x0b\x1b\x1c\x1d\x1e\x1f\x85中 ", max_size=30))
@settings(max_examples=300)
def test_split(text):
    assert plain_split(text) == split(text, "gpt2")


NFKC = {"Ａ": "A", "ﬁ": "fi", "①": "1", "\u3000": " ", "\t": " "}  # of the map that SentencePiece applies by default


@pytest.fixture(scope="module")
def charsmap(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spm")
    (folder / "text").write_text("to be or not to be\n" * 50)
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text"), model_prefix=str(folder / "m"), vocab_size=10, minloglevel=2
    )
    return sentencepiece_file.read(folder / "m.model").charsmap


@given(st.text("ab Ａﬁ①\u3000\té", max_size=20), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_normalize(charsmap, text, maps, dummy_prefix, remove_extra_spaces):
    settings_ = {"dummy_prefix": dummy_prefix, "remove_extra_spaces": remove_extra_spaces}
    fast = SentencePieceNormalizer(charsmap if maps else b"", **settings_).normalize(text)
    assert fast.data.tobytes().decode() == plain_normalize(text, NFKC if maps else {}, **settings_)


@given(st.text("aé中🙂", max_size=9), st.data())
@settings(max_examples=100)
def test_char_offsets(text, data):
    n = len(text.encode())
    start = data.draw(st.integers(0, n))
    end = data.draw(st.integers(start, n))
    found = utf8.char_offsets(utf8.to_bytes(text), np.array([start]), np.array([end]))
    assert tuple(found[0].tolist()) == plain_char_offsets(text, start, end)
