"""Unigram against SentencePiece and Hugging Face: equal ids with equal vocabularies, as good a vocabulary from equal text."""

import io
import json
import math
import random
from collections import Counter

import numpy as np
import pytest
import regex
import sentencepiece
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import Unigram, sentencepiece_file
from nlpjourney.text.tokenize.sp_normalizer import SentencePieceNormalizer
from nlpjourney.text.tokenize.unigram_corpus import count_words
from nlpjourney.text.tokenize.unigram_training import Pieces, log_likelihood

from .strategies import any_text

LINES = [line for line in corpora.english_text(1_000_000).split("\n") if line.strip()]
TALES = [line for tale in corpora.tales().values() for line in tale.split("\n") if line.strip()]


def peer_model(file, lines, vocab_size, **options):
    """A model that SentencePiece trained."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=vocab_size,
        model_type="unigram",
        minloglevel=2,
        **options,
    )
    file.write_bytes(model.getvalue())
    return sentencepiece.SentencePieceProcessor(model_file=str(file))


VARIANTS = {
    "default": {},  # nmt_nfkc
    "bytes": {"byte_fallback": True, "normalization_rule_name": "identity", "remove_extra_whitespaces": False},
    "no_prefix": {"add_dummy_prefix": False, "normalization_rule_name": "nfkc_cf"},
    "over_spaces": {"split_by_whitespace": False},
    "names": {
        "unk_surface": "__UNK__", "pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3, "pad_piece": "[PAD]", "bos_piece": "[CLS]",
        "eos_piece": "[SEP]",
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=VARIANTS)
def pair(request, tmp_path_factory):
    file = tmp_path_factory.mktemp("sp") / "m.model"
    languages = [b for code in ("de", "ja", "hi") for _, b in corpora.django_messages(code)[:200]]
    theirs = peer_model(file, LINES[:1500] + languages, 1500, **VARIANTS[request.param])
    return Unigram.from_sentencepiece(file), theirs


@given(text=any_text())
@settings(max_examples=120, deadline=None)
def test_same_ids_as_sentencepiece_for_any_text(pair, text):
    ours, theirs = pair
    assert ours.encode(text) == theirs.encode(text)


@given(text=st.text(st.sampled_from("aaab ▁\u3000ﬁé\n"), max_size=60))
@settings(max_examples=80, deadline=None)
def test_same_ids_where_many_ways_are_equally_good(pair, text):
    ours, theirs = pair
    assert ours.encode(text) == theirs.encode(text)


def test_same_ids_and_text_on_real_text(pair):
    ours, theirs = pair
    lines = LINES[3000:4000] + [b for code in corpora.django_languages() for _, b in corpora.django_messages(code)[:20]]
    ids = ours.encode_batch(lines)
    assert ids == theirs.encode(lines)
    assert [ours.decode(i) for i in ids] == theirs.decode(ids)


def test_any_ids_become_the_text_that_sentencepiece_makes_of_them(pair, tmp_path):
    """Also after the way through our file: the four roles keep their names, and the unknown piece its surface."""
    first, theirs = pair
    first.save_sentencepiece(tmp_path / "m.model")
    saved = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "m.model"))
    for role in ("unk_id", "bos_id", "eos_id", "pad_id"):
        assert getattr(saved, role)() == getattr(theirs, role)()
    rng = random.Random(0)
    frequent = [*range(4), first.pieces.index("▁")]
    for ours in (first, Unigram.from_sentencepiece(tmp_path / "m.model")):
        for _ in range(2000):  # half of them special pieces and ▁, at all places
            ids = [
                rng.choice(frequent) if rng.random() < 0.5 else rng.randrange(ours.vocab_size)
                for _ in range(rng.randint(0, 7))
            ]
            assert ours.decode(ids) == theirs.decode(ids) == saved.decode(ids), [ours.pieces[i] for i in ids]


@given(text=any_text(12))
@settings(max_examples=60, deadline=None)
def test_same_offsets_as_sentencepiece(pair, text):
    ours, theirs = pair
    expected = []  # SentencePieceText: field 2 is a piece; its fields 2, 4, 5 are the id, and the span in bytes
    for number, value in sentencepiece_file.message_fields(theirs.encode(text, return_type="serialized_proto")):
        if number == 2:
            piece = dict(sentencepiece_file.message_fields(value))
            expected.append((piece.get(2, 0), piece.get(4, 0), piece.get(5, 0)))
    ids, spans = ours.encode_with_offsets(text)
    found = [(i, len(text[:start].encode()), len(text[:end].encode())) for i, (start, end) in zip(ids, spans)]
    if ours.model.byte_fallback:  # there only the last byte of a character covers it, and the others nothing
        keep = [i for i, (_, start, end) in enumerate(expected) if end > start]
        found, expected = [found[i] for i in keep], [expected[i] for i in keep]
    assert found == expected


@given(text=st.text(st.characters(exclude_characters="▁", exclude_categories=["Cs"]), max_size=40))
@settings(max_examples=80, deadline=None)
def test_with_byte_fallback_nothing_is_lost(byte_model, text):
    assert byte_model.decode(byte_model.encode(text)) == text


@pytest.fixture(scope="module")
def byte_model():
    return Unigram.train(LINES[:500], 1000, byte_fallback=True, remove_extra_spaces=False)


@pytest.fixture(scope="module")
def toy():
    """Few pieces, so that all ways to cut a word can be listed."""
    model = sentencepiece_file.SentencePieceModel(
        pieces=["<unk>", "▁", "a", "b", "ab", "aba", "▁a", "ba"],
        scores=[0.0, -2.0, -1.5, -1.8, -2.2, -3.0, -2.5, -2.7],
        kinds=[2, 1, 1, 1, 1, 1, 1, 1],
    )
    return Unigram(model)


def all_ways(text, scores):
    if not text:
        yield []
    for n in range(1, len(text) + 1):
        if text[:n] in scores:
            for rest in all_ways(text[n:], scores):
                yield [text[:n], *rest]


@given(word=st.text("ab", min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_viterbi_finds_the_best_of_all_ways(toy, word):
    scores = dict(zip(toy.pieces[1:], toy.model.scores[1:]))
    best = max(sum(scores[p] for p in way) for way in all_ways("▁" + word, scores))
    assert math.isclose(sum(toy.model.scores[i] for i in toy.encode(word)), best, rel_tol=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_samples_come_with_their_probability(toy, alpha):
    scores = dict(zip(toy.pieces[1:], toy.model.scores[1:]))
    weight = {tuple(way): math.exp(alpha * sum(scores[p] for p in way)) for way in all_ways("▁abaab", scores)}
    rng = np.random.default_rng(0)
    n = 20_000
    found = Counter(tuple(toy.pieces[i] for i in toy.sample("abaab", alpha=alpha, seed=rng)) for _ in range(n))
    total = sum(weight.values())
    assert found.keys() <= weight.keys()
    for way, w in weight.items():  # within five standard deviations
        p = w / total
        assert abs(found[way] / n - p) < 5 * math.sqrt(p * (1 - p) / n) + 1e-9


def test_sampling_is_repeatable_and_spells_the_text(byte_model):
    ways = {tuple(byte_model.sample("unbelievably", alpha=0.1, seed=seed)) for seed in range(20)}
    assert len(ways) > 2 and {byte_model.decode(way) for way in ways} == {"unbelievably"}
    assert byte_model.sample("again", seed=3) == byte_model.sample("again", seed=3)
    assert byte_model.sample("again", alpha=1000.0, seed=1) == byte_model.encode("again")
    assert byte_model.sample("", seed=1) == []


@pytest.mark.parametrize("text", ["tales", "news"])
def test_the_vocabulary_makes_the_text_as_likely_as_sentencepieces(tmp_path, text):
    lines = TALES if text == "tales" else corpora.lee_news()[0]
    peer_model(
        tmp_path / "m.model", lines, 4000, normalization_rule_name="identity", split_by_unicode_script=False,
        split_by_number=False, max_sentence_length=100_000, num_threads=1,
    )  # fmt: skip
    corpus = count_words(lines, SentencePieceNormalizer())
    ours = Unigram.train(lines, 4000).model
    theirs = sentencepiece_file.read(tmp_path / "m.model")
    assert len(ours.pieces) == len(theirs.pieces) == 4000
    assert log_likelihood(corpus, normal_pieces(ours)) >= 1.01 * log_likelihood(corpus, normal_pieces(theirs))


def normal_pieces(model):
    normal = [
        (p.encode(), s) for p, s, k in zip(model.pieces, model.scores, model.kinds) if k == sentencepiece_file.NORMAL
    ]
    return Pieces([p for p, _ in normal], np.array([s for _, s in normal]))


def test_training_is_the_same_every_time_and_ends_where_it_should():
    a, b = Unigram.train(LINES[:300], 500), Unigram.train("\n".join(LINES[:300]), 500)
    assert a.pieces == b.pieces and len(a.pieces) == 500 and a.pieces[:3] == ["<unk>", "<s>", "</s>"]
    assert a.model.scores[3:] == sorted(a.model.scores[3:], reverse=True)
    assert all(len(piece) <= 16 and "▁" not in piece[1:] for piece in a.pieces)


@pytest.fixture(scope="module")
def toy_text():
    return Unigram.train("abab abab", 7)


def test_clear_errors(tmp_path):
    with pytest.raises(ValueError, match="nothing to learn from"):
        Unigram.train([], 100)
    with pytest.raises(ValueError, match="nothing to learn from"):
        Unigram.train(["  ", ""], 100)
    with pytest.raises(ValueError, match=r"the text allows \d+ pieces, fewer than the 997 asked for"):
        Unigram.train("abab abab", 1000)
    with pytest.raises(ValueError, match="vocab_size must hold 3 reserved pieces and 3 characters, not 5: ask"):
        Unigram.train("abab abab", 5)
    with pytest.raises(ValueError, match="kind UNKNOWN"):
        Unigram(sentencepiece_file.SentencePieceModel(["a"], [0.0], [1]))
    with pytest.raises(ValueError, match="'x' is of kind 4"):
        Unigram(sentencepiece_file.SentencePieceModel(["<unk>", "x"], [0.0, 0.0], [2, 4]))
    with pytest.raises(ValueError, match="no piece has the id 99"):
        Unigram.train("abab abab", 7).decode([99])
    for content in (b"", b"hello", b"\x0a\xff", b"\x0f"):
        (tmp_path / "x.model").write_bytes(content)
        with pytest.raises(ValueError, match="is not a SentencePiece model"):
            Unigram.from_sentencepiece(tmp_path / "x.model")
    with pytest.raises(ValueError, match="cut short"):
        SentencePieceNormalizer(b"\x10\x00\x00\x00abc")


@pytest.mark.parametrize("id_", ["1", 1.0, None, b"1"])
def test_an_id_is_an_integer(toy_text, id_):
    for call in (toy_text.decode, lambda ids: toy_text.token_bytes(ids[0])):
        with pytest.raises(TypeError, match=f"^an id must be an integer, not {id_!r}$"):
            call([id_])
    assert toy_text.decode(np.array([3])) == toy_text.decode([3])


@pytest.mark.parametrize("alpha", [-0.1, math.inf, -math.inf, math.nan])
def test_alpha_is_finite_and_not_negative(toy_text, alpha):
    with pytest.raises(ValueError, match=f"alpha must be at least 0 and finite, not {alpha}"):
        toy_text.sample("abab", alpha=alpha)


@pytest.mark.parametrize("coverage", [0, -0.1, 1.0001, math.inf, math.nan])
def test_the_coverage_is_a_share(coverage):
    with pytest.raises(ValueError, match=f"character_coverage must be above 0 and at most 1, not {coverage}"):
        Unigram.train("abab abab", 7, character_coverage=coverage)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"control": "<s>"}, TypeError, "control must be a list of strings, not '<s>'"),
        ({"control": ["<s>", "<s>"]}, ValueError, "control must hold each string once, it holds '<s>' 2 times"),
        ({"control": ["<unk>"]}, ValueError, "control must not hold '<unk>'"),
        ({"control": ["<0x41>"], "byte_fallback": True}, ValueError, "control must not hold '<0x41>'"),
        ({"control": ["<s>", "b"]}, ValueError, "control must not hold 'b', which is also a piece of the text"),
    ],
)
def test_control_pieces_are_a_list_of_strings_that_are_no_other_pieces(options, error, message):
    with pytest.raises(error, match=message):
        Unigram.train("abab abab", 7 + 256 * options.get("byte_fallback", False), **options)


def test_a_bpe_model_is_refused(tmp_path):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES[:100]), model_writer=model, vocab_size=200, model_type="bpe", minloglevel=2
    )
    (tmp_path / "x.model").write_bytes(model.getvalue())
    with pytest.raises(ValueError, match="only unigram models are read"):
        Unigram.from_sentencepiece(tmp_path / "x.model")


def test_sentencepiece_opens_what_we_save(pair, byte_model, tmp_path):
    for ours in (pair[0], byte_model):
        ours.save_sentencepiece(tmp_path / "x.model")
        theirs = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "x.model"))
        lines = [*LINES[:500], "ﬁne  ｆｕｌｌ 日本 \t x ", "", "  "]
        assert theirs.encode(lines) == ours.encode_batch(lines)
        assert Unigram.from_sentencepiece(tmp_path / "x.model").encode_batch(lines) == ours.encode_batch(lines)


@given(text=any_text(12))
@settings(max_examples=60, deadline=None)
def test_same_ids_as_hugging_face_for_any_text(saved, text):
    ours, theirs = saved
    if any(piece in text for piece in ("<unk>", *ours.special_tokens.ids)):
        return  # the peer reads special tokens out of any text
    if ours.model.charsmap:  # the peer maps whole graphemes, so that one of several characters is mapped otherwise
        text = "".join(grapheme for grapheme in regex.findall(r"\X", text) if len(grapheme) == 1)
        if any(len(grapheme) > 1 for grapheme in regex.findall(r"\X", text)):
            return
    assert ours.encode(text) == theirs.encode(text).ids


@pytest.fixture(scope="module")
def saved(pair, tmp_path_factory):
    """What both make of the tokenizer.json that we save."""
    folder = tmp_path_factory.mktemp("json")
    pair[0].save_pretrained(folder)
    return Unigram.from_pretrained(folder), tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))


def test_hugging_face_decodes_and_agrees_by_word(pair, saved, tmp_path):
    ours, theirs = saved
    for line in LINES[:200]:
        ids = ours.encode(line)
        assert ids == theirs.encode(line).ids
        if ours.unk_id not in ids:  # for the peer that is a special token, which it leaves out
            assert theirs.decode(ids) == ours.decode(ids)
    if any("▁" in piece[1:] for piece in ours.pieces):
        return
    by_word = Unigram(ours.model, by_word=True, dtype=np.float64)
    by_word.save_pretrained(tmp_path)
    peer = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert [by_word.encode(line) for line in LINES[:200]] == [peer.encode(line).ids for line in LINES[:200]]
    assert Unigram.from_pretrained(tmp_path).by_word


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"normalizer": {"type": "Nmt"}}, "normalizer is 'Nmt'; read here are NFC"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "must be Metaspace"),
        ({"model": {"type": "BPE"}}, "model type is 'BPE'"),
    ],
)
def test_what_is_not_supported_is_refused(tmp_path, byte_model, change, message):
    byte_model.save_pretrained(tmp_path)
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        Unigram.from_pretrained(tmp_path)


def test_lone_surrogates_and_nul(byte_model):
    assert byte_model.encode("a\ud800b") == byte_model.encode("a\ufffdb")
    assert byte_model.decode(byte_model.encode("a\x00b")) == "a\x00b"
    ids, spans = byte_model.encode_with_offsets("\ud83d\ude00x")
    assert byte_model.decode(ids) == "😀x" and spans[-1] == (2, 3) and spans[1] == (0, 2)
