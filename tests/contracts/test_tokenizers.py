"""What code that takes "a tokenizer" may count on, of every tokenizer there is."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import HealthCheck, given, settings

from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.llm.gguf import GGUFFile, bpe_metadata, write_gguf
from nlpjourney.llm.gguf.tokenizer import GGUFTokenizer
from nlpjourney.text.tokenize import BPE, CharacterBPE, Unigram, WordPiece, load_tokenizer, minbpe_file
from tests.text.tokenize.strategies import any_text

TEXT = "to be or not to be, that is the question: whether 'tis nobler in the mind to suffer é 北京 🙂 " * 20


def in_gguf(kind):
    """The tokenizer of a GGUF file, of one of its two kinds."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "gpt2":
            metadata = bpe_metadata(BPE.train(TEXT, 300, pattern="gpt2", special_tokens=["<|end|>"]), eos="<|end|>")
        else:
            pieces = [
                "<unk>",
                "<s>",
                "</s>",
                *(f"<0x{byte:02X}>" for byte in range(256)),
                "▁",
                "t",
                "o",
                "▁t",
                "▁to",
                "be",
            ]
            metadata = {
                "tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": pieces,
                "tokenizer.ggml.scores": -np.arange(len(pieces), dtype=np.float32),
                "tokenizer.ggml.token_type": np.array([2, 3, 3, *([6] * 256), *([1] * 6)], dtype=np.int32),
                "tokenizer.ggml.add_bos_token": False,
            }  # fmt: skip
        write_gguf(Path(folder) / "t.gguf", {"general.architecture": "llama", **metadata}, [])
        return GGUFTokenizer(GGUFFile(Path(folder) / "t.gguf"))


def over_characters():
    """As Llama 2 has it: bytes for what is unknown, and merges over the whole text."""
    peer = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>", byte_fallback=True))
    peer.normalizer = tokenizers.normalizers.Sequence(
        [tokenizers.normalizers.Prepend("▁"), tokenizers.normalizers.Replace(" ", "▁")]
    )
    specials = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    peer.train_from_iterator(
        TEXT.split(), tokenizers.trainers.BpeTrainer(vocab_size=330, special_tokens=specials[:3], show_progress=False)
    )
    spec = json.loads(peer.to_str())
    for byte in specials[3:]:
        spec["model"]["vocab"][byte] = len(spec["model"]["vocab"])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tokenizer.json").write_text(json.dumps(spec))
        return CharacterBPE(folder)


MAKERS = {
    "BPE": lambda: BPE.train(TEXT, 300, special_tokens=["<|end|>"]),
    "WordPiece": lambda: WordPiece.train(TEXT, 90),
    "Unigram": lambda: Unigram.train(TEXT, 45),
    "Unigram with bytes": lambda: Unigram.train(TEXT, 300, byte_fallback=True),
    "BPE over characters": over_characters,
    "GGUF, byte-level BPE": lambda: in_gguf("gpt2"),
    "GGUF, SentencePiece": lambda: in_gguf("llama"),
}


@pytest.fixture(scope="module", params=MAKERS)
def tokenizer(request):
    return MAKERS[request.param]()


def test_ids_are_ints_below_the_size(tokenizer):
    ids = tokenizer.encode(TEXT)
    assert ids and all(type(id_) is int and 0 <= id_ < tokenizer.vocab_size for id_ in ids)
    assert type(tokenizer.vocab_size) is int
    assert tokenizer.encode("") == [] and tokenizer.decode([]) == ""


def test_every_id_has_bytes_and_another_one_is_refused(tokenizer):
    for id_ in range(tokenizer.vocab_size):
        assert type(tokenizer.token_bytes(id_)) is bytes
    for id_ in (tokenizer.vocab_size, -1):
        with pytest.raises(ValueError, match=str(id_)):
            tokenizer.token_bytes(id_)
        with pytest.raises(ValueError, match=str(id_)):
            tokenizer.decode([id_])


@given(text=any_text())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_bytes_of_a_text_are_those_of_its_tokens(tokenizer, text):
    ids = tokenizer.encode(text) if not any(s in text for s in tokenizer.special_tokens.ids) else []
    written = b"".join(map(tokenizer.token_bytes, ids)).decode("utf-8", "replace")
    found = tokenizer.decode(ids)
    if isinstance(tokenizer, WordPiece):  # which keeps no spaces, and leaves out [UNK]
        written, found = written.replace(" ", ""), found.replace(" ", "")
    assert written in (found, f" {found}")  # SentencePiece puts a space before a text, and takes it away again


def test_special_tokens_do_not_come_out_of_a_text(tokenizer):
    specials = tokenizer.special_tokens.ids
    assert specials
    for name, id_ in specials.items():
        try:
            ids = tokenizer.encode(f"a {name} b")
        except ValueError as error:
            assert name in str(error)
        else:
            assert id_ not in ids or name == "[UNK]"


def test_a_folder_says_which_tokenizer_it_holds(tokenizer, tmp_path):
    if isinstance(tokenizer, GGUFTokenizer):
        return  # it is a part of its model's file
    tokenizer.save_pretrained(tmp_path)
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        found = load_tokenizer(path)
        assert type(found) is type(tokenizer)
        assert found.encode(TEXT) == tokenizer.encode(TEXT) and found.vocab_size == tokenizer.vocab_size


def test_other_files_of_tokenizers(tmp_path):
    bpe, unigram, pieces = BPE.train(TEXT, 300, pattern="gpt2"), MAKERS["Unigram"](), MAKERS["WordPiece"]()
    minbpe_file.write(bpe, tmp_path / "a.model")
    unigram.save_sentencepiece(tmp_path / "b.model")
    pieces.save_pretrained(tmp_path / "c")
    assert load_tokenizer(tmp_path / "a.model").encode(TEXT) == bpe.encode(TEXT)
    assert load_tokenizer(tmp_path / "b.model").encode(TEXT) == unigram.encode(TEXT)
    assert load_tokenizer(tmp_path / "c" / "vocab.txt").encode(TEXT) == pieces.encode(TEXT)


def test_what_is_no_tokenizer_is_refused(tmp_path):
    with pytest.raises(MissingFile, match=r"neither a file nor a folder with tokenizer\.json"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"type": "WordLevel"}}))
    with pytest.raises(FileFormatError, match="'WordLevel'; known are BPE, WordPiece, Unigram"):
        load_tokenizer(tmp_path)
    (tmp_path / "ranks.tiktoken").write_text("IQ== 0\n")
    with pytest.raises(FileFormatError, match="no tokenizer that is read here"):
        load_tokenizer(tmp_path / "ranks.tiktoken")
