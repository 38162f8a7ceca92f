"""WordPiece against Hugging Face tokenizers, with the vocabulary of all-MiniLM-L6-v2 (BERT's)."""

import json

import pytest
import tokenizers
from hypothesis import given, settings

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import WordPiece
from nlpjourney.text.tokenize.wordpiece import SPECIAL_NAMES

from .strategies import any_text


@pytest.fixture(scope="module")
def minilm():
    return WordPiece.from_pretrained(assets.path("minilm-tokenizer"))


@pytest.fixture(scope="module")
def peer():
    tokenizer = tokenizers.Tokenizer.from_file(str(assets.path("minilm-tokenizer")))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def peer_variant(peer, **normalizer):
    """The peer with other switches of its normaliser."""
    spec = json.loads(peer.to_str())
    spec["normalizer"].update(normalizer)
    return spec


def test_every_code_point_alone_and_inside_a_word(minilm, peer):
    # Planes 4 to 13 are empty, and of the private planes 15 and 16 no character is like no other: some of each are enough.
    codes = [*range(0x40000), *range(0x40000, 0xE0000, 61), *range(0xE0000, 0xF0000), *range(0xF0000, 0x110000, 61)]
    # U+11938 decomposes since Unicode 13; the peer's decomposition table is older.
    texts = [f"a{chr(c)}b {chr(c)}" for c in codes if not 0xD800 <= c < 0xE000 and c != 0x11938]
    texts = [" ".join(texts[i : i + 256]) for i in range(0, len(texts), 256)]
    expected = [encoding.ids for encoding in peer.encode_batch(texts, add_special_tokens=False)]
    assert minilm.encode_batch(texts) == expected


@given(any_text())
@settings(max_examples=120, deadline=None)
def test_same_ids_and_offsets_for_any_text(minilm, peer, text):
    expected = peer.encode(text, add_special_tokens=False)
    if any(name in text for name in minilm.special_tokens.ids):
        return  # the peer reads special tokens out of any text
    assert minilm.encode(text) == expected.ids
    assert minilm.encode_with_offsets(text)[0] == expected.ids


@pytest.mark.parametrize(
    "text", ["naïve café", "x" * 101, "ab" * 50, "東京 is Tokyo", "\x00\u200d\ufffd", "", " \t\r\n", "don't stop-it!"]
)
def test_offsets(minilm, peer, text):
    expected = peer.encode(text, add_special_tokens=False)
    assert minilm.encode_with_offsets(text) == (expected.ids, expected.offsets)


@pytest.mark.parametrize(
    "switches",
    [
        {"lowercase": False, "strip_accents": None},
        {"lowercase": False, "strip_accents": True},
        {"lowercase": True, "strip_accents": False},
        {"handle_chinese_chars": False},
    ],
)
def test_other_normalisations(peer, tmp_path, switches):
    (tmp_path / "tokenizer.json").write_text(json.dumps(peer_variant(peer, **switches)), encoding="utf-8")
    ours, theirs = WordPiece.from_pretrained(tmp_path), tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for text in ["Ünïcödé NAÏVE İstanbul ΣΊΣΥΦΟΣ", "東京tower ｆｕｌｌ", "e\u0301 \u0301e"]:
        assert ours.encode(text) == theirs.encode(text, add_special_tokens=False).ids


def test_batch_with_special_tokens_and_truncation(minilm, peer):
    peer.enable_truncation(8)
    texts = ["one two three four five six seven eight nine", "short", "", "[SEP] is text"]
    got = minilm.encode_batch(texts, add_special_tokens=True, max_length=8)
    peer.no_truncation()
    assert got[:3] == [[101, 2028, 2048, 2093, 2176, 2274, 2416, 102], [101, 2460, 102], [101, 102]]
    assert 102 not in got[3][1:-1]
    with pytest.raises(ValueError, match="at least 2"):
        minilm.encode("a", add_special_tokens=True, max_length=1)


def test_special_tokens_are_refused_unless_allowed(minilm):
    with pytest.raises(ValueError, match=r"special token '\[SEP\]' at character 2"):
        minilm.encode("a [SEP]")
    assert minilm.encode("a [SEP]", allowed_special={"[SEP]"}) == [1037, 102]
    assert minilm.encode("a [SEP]", disallowed_special=()) == minilm.encode_ordinary("a [SEP]")


def test_saved_folder_gives_the_same_ids_to_us_and_to_the_peer(minilm, peer, tmp_path):
    minilm.save_pretrained(tmp_path)
    text = "Tokenization of naïve 東京 café — isn't it?"
    saved = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert saved.padding["length"] == saved.truncation["max_length"] == 128  # as in the file that it came from
    saved.no_padding()
    assert saved.encode(text).ids == minilm.encode(text, add_special_tokens=True) == peer.encode(text).ids
    assert WordPiece.from_pretrained(tmp_path).encode(text) == minilm.encode(text)
    assert WordPiece.from_pretrained(tmp_path / "vocab.txt").encode(text) == minilm.encode(text)


def test_decode(minilm):
    ids = minilm.encode("Tokenization matters", add_special_tokens=True)
    assert minilm.decode(ids) == "tokenization matters"
    assert minilm.decode(ids, skip_special_tokens=False) == "[CLS] tokenization matters [SEP]"
    with pytest.raises(ValueError, match="no piece has the id 99999"):
        minilm.decode([99999])


def test_lone_surrogates_are_defined(minilm):
    assert minilm.encode("a\ud800b") == minilm.encode("a\ufffdb")


def test_clear_errors(tmp_path):
    with pytest.raises(ValueError, match=r"\[UNK\]"):
        WordPiece({"a": 0})
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json or vocab\.txt"):
        WordPiece.from_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"model": {"type": "BPE"}}')
    with pytest.raises(ValueError, match="model type is 'BPE'"):
        WordPiece.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"no \[CLS\]"):
        WordPiece({"[UNK]": 0}).encode("a", add_special_tokens=True)


def test_two_pieces_cannot_have_one_id():
    with pytest.raises(ValueError, match="the pieces 'b' and 'c' have the same id 2"):
        WordPiece({"[UNK]": 0, "a": 1, "b": 2, "c": 2})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"vocab\.txt: no line of it is \[UNK\]"),
        ("a\nb\n", r"vocab\.txt: no line of it is \[UNK\]"),
        ("[UNK]\na\nb\na\n", r"vocab\.txt, line 4: the piece 'a' stands already in line 2"),
        ("[UNK]\r\na\r\na\r\n", r"vocab\.txt, line 3: the piece 'a' stands already in line 2"),
        ("[UNK]\n\udcff\n", r"vocab\.txt is not UTF-8"),
    ],
)
def test_broken_lists_of_pieces(tmp_path, content, message):
    (tmp_path / "vocab.txt").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(FileFormatError, match=message):
        WordPiece.from_pretrained(tmp_path)


@pytest.mark.parametrize("add_special_tokens", [False, True])
def test_the_longest_length_is_a_number_of_ids(minilm, add_special_tokens):
    for call in (minilm.encode, lambda text, **options: minilm.encode_batch([text], **options)):
        with pytest.raises(ValueError, match="max_length must be at least 0, not -1"):
            call("one two", max_length=-1, add_special_tokens=add_special_tokens)
        with pytest.raises(TypeError, match=r"max_length must be a whole number, not 2\.5"):
            call("one two", max_length=2.5, add_special_tokens=add_special_tokens)
    assert minilm.encode("one two", max_length=0) == []


def train_peer(texts, vocab_size):
    peer = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    peer.normalizer = tokenizers.normalizers.BertNormalizer()
    peer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=vocab_size, special_tokens=list(SPECIAL_NAMES), limit_alphabet=1000, show_progress=False
    )
    peer.train_from_iterator(texts, trainer)
    return peer


def test_training_is_as_good_as_the_peers_and_the_same_every_time():
    texts = corpora.english_text(600_000).split("\n")
    ours, peer = WordPiece.train(texts, 4000), train_peer(texts, 4000)
    assert len(ours.vocab) == 4000 and WordPiece.train(texts, 4000).vocab == ours.vocab
    # The peer breaks ties by the order of a hash map, so two runs of it differ in a few pieces, too.
    assert len(ours.vocab.keys() & peer.get_vocab().keys()) > 0.99 * 4000
    n_ours = sum(map(len, ours.encode_batch(texts)))
    n_peer = sum(len(encoding.ids) for encoding in peer.encode_batch(texts, add_special_tokens=False))
    assert abs(n_ours / n_peer - 1) < 0.001


def test_training_by_hand():
    # ##u ##n occurs 4 times, after that f ##un 3 times, and "fun" is one piece before "run"
    vocab = WordPiece.train("fun Fun fun! run", 18).vocab
    assert list(vocab) == [*SPECIAL_NAMES, "!", "f", "n", "r", "u", "##n", "##u", "##un", "fun", "run"]
    assert WordPiece(vocab).encode("fun, nun") == [vocab["fun"], vocab["[UNK]"], vocab["n"], vocab["##un"]]


def test_training_errors_and_rare_characters():
    with pytest.raises(ValueError, match="nothing to learn from"):
        WordPiece.train(" \n", 100)
    with pytest.raises(ValueError, match="must hold 5 special pieces and 4 characters, not 8"):
        WordPiece.train("ab ab ba", 8)
    rare = WordPiece.train(["ab ab zz"], 20, limit_alphabet=2)
    assert "z" not in rare.vocab and rare.encode("zz") == [rare.unk_id]
