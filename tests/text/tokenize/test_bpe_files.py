"""BPE in the files of others: tokenizer.json with Hugging Face, .model of minbpe."""

import base64
import json

import pytest
import tokenizers
from hypothesis import given, settings
from tokenizers import decoders, models, pre_tokenizers, trainers

from nlpjourney.assets import corpora
from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import BPE, minbpe_file
from nlpjourney.text.tokenize.splitting import PATTERNS

from .strategies import any_text

TEXT = corpora.english_text(200_000)
ODD = "naïve 東京 👍🏽 don't DON'T 12345 \n\n  x\t\u00a0\x00\ufffd  \n"


def peer_of(folder):
    return tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_hugging_face_opens_what_we_save(tmp_path, pattern):
    size = 270 if pattern == "whole" else 600
    ours = BPE.train(TEXT[:20_000], size, pattern=pattern, special_tokens=["<|end|>"])
    ours.save_pretrained(tmp_path)
    peer = peer_of(tmp_path)
    for text in (TEXT[:20_000], ODD):
        encoding = peer.encode(text)
        assert (encoding.ids, encoding.offsets) == ours.encode_with_offsets(text)
        assert peer.decode(encoding.ids) == text
    assert peer.encode("a<|end|>").ids == ours.encode("a<|end|>", allowed_special="all")
    again = BPE.from_pretrained(tmp_path)
    assert again.tokens == ours.tokens and (again.merges == ours.merges).all() and again.pattern == pattern
    assert again.special_tokens.ids == ours.special_tokens.ids


def test_openai_vocabularies_survive_the_journey(tmp_path, openai):
    ours, _ = openai
    ours.save_pretrained(tmp_path)
    peer = peer_of(tmp_path)
    assert peer.encode(TEXT, add_special_tokens=False).ids == ours.encode(TEXT)
    assert BPE.from_pretrained(tmp_path).encode(ODD) == ours.encode(ODD)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A tokenizer that Hugging Face trained, and ours from its file."""
    peer = tokenizers.Tokenizer(models.BPE())
    peer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    peer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=2000, special_tokens=["<s>"], initial_alphabet=alphabet, show_progress=False
    )
    peer.train_from_iterator(TEXT.splitlines(keepends=True), trainer)
    folder = tmp_path_factory.mktemp("peer")
    peer.save(str(folder / "tokenizer.json"))
    return peer, BPE.from_pretrained(folder)


@given(text=any_text())
@settings(max_examples=80, deadline=None)
def test_same_ids_and_offsets_as_hugging_face(both, text):
    peer, ours = both
    # Oniguruma's Unicode table is older, so the two split a few young characters differently.
    text = "".join(char for char in text if char < "\u0250" or "\u4e00" <= char < "\u9fa5" or char in "👍🏽")
    if "<s>" in text:
        return
    encoding = peer.encode(text)
    assert ours.encode_with_offsets(text) == (encoding.ids, encoding.offsets)


def test_older_files_write_a_merge_as_one_string(tmp_path):
    bpe = BPE.train(TEXT[:20_000], 600)
    bpe.save_pretrained(tmp_path)
    spec = json.loads((tmp_path / "tokenizer.json").read_text())
    spec["model"]["merges"] = [" ".join(pair) for pair in spec["model"]["merges"]]
    (tmp_path / "tokenizer.json").write_text(json.dumps(spec))
    assert BPE.from_pretrained(tmp_path / "tokenizer.json").encode(ODD) == bpe.encode(ODD)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"normalizer": {"type": "Nmt"}}, "normalizer is 'Nmt'; read here are NFC"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "must end with ByteLevel"),
        ({"pre_tokenizer": None}, "must end with ByteLevel"),
        ({"model": {"type": "WordPiece"}}, "model type is 'WordPiece'"),
        ({"model": {"type": "BPE", "byte_fallback": True}}, "model has byte_fallback True; read here is None or False"),
        ({"model": {"type": "BPE", "end_of_word_suffix": "</w>"}}, "model has end_of_word_suffix '</w>'"),
        (
            {"model": {"type": "BPE", "vocab": {}, "merges": [["a", "b"]]}},
            "speaks of 'a', which is not in the vocabulary",
        ),
        ({"model": {"type": "BPE", "vocab": {"日": 0}, "merges": []}}, "not in GPT-2's byte alphabet"),
    ],
)
def test_what_is_not_supported_is_refused(tmp_path, change, message):
    BPE.train("aaaa", 257).save_pretrained(tmp_path)
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ValueError, match=message.replace("{", r"\{").replace("}", r"\}")):
        BPE.from_pretrained(tmp_path)


@pytest.mark.parametrize(("special", "written"), [("a", b"a"), ("the", b"the"), ("Ġ", b" "), ("é", b"\xe9")])
def test_a_special_token_that_is_written_like_an_ordinary_one(tmp_path, special, written):
    bpe = BPE.train("the the theé cat aa 東", 262, special_tokens=[special])
    with pytest.raises(ValueError) as refused:
        bpe.save_pretrained(tmp_path)
    assert f"cannot hold the special token {special!r}, because the ordinary token {written!r}" in str(refused.value)
    assert not any(tmp_path.iterdir())


def test_an_added_token_has_one_id(tmp_path):
    BPE.train("aaaa", 258, special_tokens=["<s>"]).save_pretrained(tmp_path)
    file = tmp_path / "tokenizer.json"
    spec = json.loads(file.read_text())
    spec["model"]["vocab"]["<s>"] = spec["added_tokens"][0]["id"]  # as Hugging Face's trainer writes it
    file.write_text(json.dumps(spec))
    assert BPE.from_pretrained(tmp_path).special_tokens.ids == {"<s>": 257}
    spec["model"]["vocab"]["<s>"] = 500
    file.write_text(json.dumps(spec))
    with pytest.raises(
        FileFormatError, match="the file has '<s>' with the id 257 among the added tokens, 500 in the vocabulary"
    ):
        BPE.from_pretrained(tmp_path)


def test_unknown_way_of_splitting_is_refused(tmp_path):
    BPE.train("aaaa", 257).save_pretrained(tmp_path)
    file = tmp_path / "tokenizer.json"
    spec = json.loads(file.read_text())
    spec["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = r"\w+"
    file.write_text(json.dumps(spec))
    with pytest.raises(ValueError, match="this way of splitting is not one of gpt2, smollm"):
        BPE.from_pretrained(tmp_path)
    file.write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        BPE.from_pretrained(tmp_path)


def test_minbpe_example(tmp_path):
    """The example of minbpe's README: three merges of "aaabdaaabac"."""
    bpe = BPE.train("aaabdaaabac", 256 + 3, pattern="whole")
    assert bpe.encode("aaabdaaabac") == [258, 100, 258, 97, 99]
    minbpe_file.write(bpe, tmp_path / "toy.model")
    assert (tmp_path / "toy.model").read_text() == "minbpe v1\n\n0\n97 97\n97 98\n256 257\n"
    again = minbpe_file.read(tmp_path / "toy.model")
    assert again.encode("aaabdaaabac") == [258, 100, 258, 97, 99] and again.pattern == "whole"


def test_minbpe_with_pattern_and_special_tokens(tmp_path):
    bpe = BPE.train(TEXT, 400, pattern="llama3", special_tokens=["<|endoftext|>"])
    minbpe_file.write(bpe, tmp_path / "x.model")
    again = minbpe_file.read(tmp_path / "x.model")
    text = TEXT[:1000] + "<|endoftext|>"
    assert again.encode(text, allowed_special="all") == bpe.encode(text, allowed_special="all")


def test_minbpe_refuses(tmp_path, gpt2):
    with pytest.raises(ValueError, match="ids 0 to 255 to be the bytes"):
        minbpe_file.write(gpt2, tmp_path / "x.model")
    with pytest.raises(ValueError, match="not 'cl100k'"):
        minbpe_file.write(BPE.train("aa", 257), tmp_path / "x.model")
    with pytest.raises(ValueError, match="white space"):
        minbpe_file.write(BPE.train("aa", 258, pattern="whole", special_tokens=["a b"]), tmp_path / "x.model")
    for content, message in [
        ("", "not a minbpe model"),
        ("minbpe v1\nx+\n0\n", "way of splitting"),
        ("minbpe v1\n\nmany\n", "line 3: 'many'"),
        ("minbpe v1\n\n0\n97 97\n97\n", "line 5: '97'"),
        ("minbpe v1\n\n0\n97 300\n", "line 4: '97 300'"),
        ("minbpe v1\n\n1\n<s> -5\n", "line 4: '<s> -5'"),
        ("minbpe v1\n\n1\n<s> 97\n", r"x\.model: the ids \[97\] belong to a token and to a special token"),
        (b"minbpe v1\n\xff", "x\\.model is not a minbpe model"),
    ]:
        (tmp_path / "x.model").write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(ValueError, match=message):
            minbpe_file.read(tmp_path / "x.model")


def test_ranks_of_tiktoken(tmp_path):
    file = tmp_path / "r.tiktoken"
    lines = [f"{base64.b64encode(bytes([byte])).decode()} {byte}" for byte in range(256)]
    file.write_text("\n".join(lines) + "\n\n")  # tiktoken passes over empty lines
    assert BPE.from_tiktoken(file, pattern="gpt2").encode("ab") == [97, 98]
    for line, message in (
        ("YWI= -1", "line 257.*the rank -1"), ("YWI= 5", "line 257.*the rank 5 is taken"), ("YWI= 9999999999999", "line 257"),
        ("YWI=", "line 257"), ("\xff 256", "line 257"),
    ):  # fmt: skip
        file.write_bytes("\n".join([*lines, line]).encode("latin-1"))
        with pytest.raises(FileFormatError, match=f"r.tiktoken, {message}"):
            BPE.from_tiktoken(file, pattern="gpt2")
