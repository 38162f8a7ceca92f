"""SentencePiece's BPE inside a GGUF file, against SentencePiece itself and llama.cpp."""

import io

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import corpora
from nlpjourney.llm.engine import GGUFTokenizer
from nlpjourney.llm.gguf import GGUFError, GGUFFile
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
    ],
)
def test_broken_tokenizers_are_refused(theirs, tmp_path, changes, message):
    path = write(make("llama", vocab_size=600), tmp_path / "bad.gguf", tokenizer=metadata(theirs, **changes))
    with pytest.raises(GGUFError, match=message):
        GGUFTokenizer(GGUFFile(path))
