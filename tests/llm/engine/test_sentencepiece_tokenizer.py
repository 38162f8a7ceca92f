"""SentencePiece's BPE inside a GGUF file, against SentencePiece itself and llama.cpp."""

import io

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import corpora
from nlpjourney.llm.engine import GGUFTokenizer
from nlpjourney.llm.gguf import GGUFError, GGUFFile, bpe_metadata
from nlpjourney.text.tokenize import BPE
from tests.llm.engine.conftest import make, write
from tests.llm.engine.llama_cpp import LlamaCpp


@pytest.fixture(scope="module")
def theirs():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpora.english_text(100_000).splitlines()), model_writer=model, model_type="bpe", vocab_size=600,
        byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2,
    )  # fmt: skip
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def metadata(processor, **changes):
    n = processor.get_piece_size()

    def kind(i):
        return 2 if processor.is_unknown(i) else 3 if processor.is_control(i) else 6 if processor.is_byte(i) else 1

    return {
        "tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": [processor.id_to_piece(i) for i in range(n)],
        "tokenizer.ggml.scores": np.array([processor.get_score(i) for i in range(n)], np.float32),
        "tokenizer.ggml.token_type": np.array([kind(i) for i in range(n)], np.int32),
        "tokenizer.ggml.bos_token_id": processor.bos_id(), "tokenizer.ggml.eos_token_id": processor.eos_id(),
        "tokenizer.ggml.add_bos_token": True, **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def path(theirs, tmp_path_factory):
    return write(make("llama", vocab_size=600), tmp_path_factory.mktemp("spm") / "m.gguf", tokenizer=metadata(theirs))


@pytest.fixture(scope="module")
def ours(path):
    return GGUFTokenizer(GGUFFile(path))


TEXTS = [
    "",
    " ",
    "Hello",
    " two  spaces ",
    "The president of the States",
    "naïve 🦙 日本",
    "x" * 200,
    "a\nb\tc",
    "</s> <s>",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_pieces_of_sentencepiece(theirs, ours, text):
    ids = ours.encode(text)
    assert ids[0] == theirs.bos_id() and ids[1:] == theirs.encode(text)
    assert ours.decode(ids).removeprefix(" ") == text.removeprefix(" ") or ours.decode(ids) == " " + text


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(exclude_characters="▁\0", exclude_categories=["Cs"]), max_size=40))
def test_the_pieces_of_sentencepiece_for_any_text(theirs, ours, text):
    assert ours.encode(text)[1:] == theirs.encode(text)


def test_the_ids_of_llama_cpp(path, ours):
    llama = LlamaCpp(path, context=64)
    for text in TEXTS[1:]:
        assert ours.encode(text, special=True) == llama.tokenize(text), text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokenizer.ggml.scores": np.zeros(3, np.float32)}, "a score for each token"),
        ({"tokenizer.ggml.model": "bert"}, "'bert' is not supported"),
        ({"tokenizer.ggml.tokens": "x"}, "is a str"),
        ({"tokenizer.ggml.token_type": np.zeros(3, np.int32)}, "600 tokens with 3 types"),
        ({"tokenizer.ggml.token_type": ["1"] * 600}, "token_type must be whole numbers"),
        ({"tokenizer.ggml.token_type": np.full(600, 6, np.int32)}, "the token '<unk>' is said to be a byte"),
        ({"tokenizer.ggml.scores": ["1"] * 600}, "a score for each token"),
        ({"tokenizer.ggml.eos_token_id": 600}, "eos_token_id is 600, but there are 600 tokens"),
        ({"tokenizer.ggml.bos_token_id": -1}, "bos_token_id is -1, but there are 600 tokens"),
        ({"tokenizer.ggml.eot_token_id": 4_000_000_000}, "eot_token_id is 4000000000, but"),
        ({"tokenizer.ggml.eos_token_id": "2"}, "eos_token_id is a str"),
        ({"tokenizer.ggml.eos_token_id": True}, "eos_token_id is True"),
        ({"tokenizer.chat_template": 3}, "chat_template is a int, not a text"),
    ],
)
def test_broken_tokenizers_are_refused(theirs, tmp_path, changes, message):
    path = write(make("llama", vocab_size=600), tmp_path / "bad.gguf", tokenizer=metadata(theirs, **changes))
    with pytest.raises(GGUFError, match=message):
        GGUFTokenizer(GGUFFile(path))


def with_defaults(tmp_path, metadata, **changes):
    """The file's tokenizer, and llama.cpp with the same file; None: the file does not say."""
    values = {key: value for key, value in (metadata | changes).items() if value is not None}
    size = len(values["tokenizer.ggml.tokens"])
    path = write(make("llama", vocab_size=size), tmp_path / "m.gguf", tokenizer=values)
    return GGUFTokenizer(GGUFFile(path)), LlamaCpp(path, context=64)


SAID = [(split, None, None) for split in ("gpt2", "smollm", "llama3", "qwen2", "o200k")]
SAID += [("llama3", begins, ends) for begins in (None, True, False) for ends in (True, False)]
SAID += [("gpt2", True, True), ("llama3", True, None)]


@pytest.mark.parametrize(("split", "begins", "ends"), SAID)
def test_what_a_file_does_not_say_means_what_it_means_to_llama_cpp(tmp_path, split, begins, ends):
    """Whether a text gets a token of beginning and one of the end; a byte-level BPE."""
    bpe = BPE({i: bytes([i]) for i in range(256)}, [], pattern=split, special_tokens={"<s>": 256, "</s>": 257})
    added = {"tokenizer.ggml.add_bos_token": begins, "tokenizer.ggml.add_eos_token": ends}
    tokenizer, llama = with_defaults(tmp_path, bpe_metadata(bpe, bos="<s>", eos="</s>"), **added)
    for special in (True, False):
        assert tokenizer.encode("hello world", special=special) == llama.tokenize("hello world", special)
    prompt = tokenizer.encode_prompt("hello world")
    assert (prompt[0] == 256) == (split == "llama3" if begins is None else begins) and prompt[-1] != 257


def test_what_a_sentencepiece_file_does_not_say(theirs, tmp_path):
    names = [f"tokenizer.ggml.{name}" for name in ("bos_token_id", "eos_token_id", "add_bos_token")]
    tokenizer, llama = with_defaults(tmp_path, metadata(theirs), **dict.fromkeys(names))
    assert tokenizer.encode("hello", special=True) == llama.tokenize("hello")
    assert tokenizer.encode("hello")[0] == tokenizer.bos == 1 and 2 in tokenizer.stop
    changes = {"tokenizer.ggml.add_bos_token": False, "tokenizer.ggml.add_eos_token": True}
    tokenizer, llama = with_defaults(tmp_path, metadata(theirs), **changes)
    assert tokenizer.encode("hello", special=True) == llama.tokenize("hello")
    assert tokenizer.encode("hello")[-1] == theirs.eos_id()
    assert tokenizer.encode_prompt("hello")[-1] != theirs.eos_id()
