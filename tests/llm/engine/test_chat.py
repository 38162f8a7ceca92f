"""A conversation: answers that are stopped, refused or too long leave it as somebody who reads it would expect."""

import itertools
from functools import partial

import pytest

from nlpjourney.llm.engine import ContextFull, Engine
from nlpjourney.llm.engine.chat import Chat
from nlpjourney.llm.gguf import GGUFError, GGUFFile, TensorToWrite, bpe_metadata, write_gguf, write_published
from nlpjourney.llm.gguf.tokenizer import GGUFTokenizer
from nlpjourney.llm.models import Llama, LlamaConfig
from nlpjourney.llm.sampling import Sampler
from nlpjourney.llm.templates import TemplateRefused
from nlpjourney.text.tokenize import BPE
from tests.growth import growth

ALTERNATING = (
    "{% for m in messages %}"
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if 'forbidden' in m.content %}{{ raise_exception('not this word') }}{% endif %}"
    "{{ m.role[0] }}:{{ m.content }}\n{% endfor %}a:"
)
GREEDY = Sampler(greedy=True)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A model of random weights whose template insists on turns that alternate."""
    bpe = BPE({i: bytes([i]) for i in range(256)}, [], pattern="gpt2", special_tokens={"<eos>": 256})
    model = Llama(LlamaConfig(vocab_size=257, d_model=32, n_layers=1, n_heads=2, d_ff=32, max_positions=96), seed=2)
    model.initialise(std=0.5)
    model.lm_head.weight.data[128:] = 0  # it writes ASCII: text that comes back as the same tokens
    file = tmp_path_factory.mktemp("chat") / "alternating.gguf"
    metadata = bpe_metadata(bpe, eos="<eos>", chat_template=ALTERNATING)
    write_published(file, model.config.to_published(), model.weights(), metadata)
    return file


@pytest.fixture
def chat(path):
    return Chat.open(path, threads=1)


def roles(chat):
    return [message["role"] for message in chat.messages]


def test_a_stopped_answer_stays_as_the_assistants_turn(chat):
    answer = chat.say("first", GREEDY, 30)
    said = "".join(itertools.islice(answer, 3))
    answer.close()
    assert chat.messages == [{"role": "user", "content": "first"}, {"role": "assistant", "content": said}] and said
    assert "".join(chat.say("second", GREEDY, 5))
    assert roles(chat) == ["user", "assistant"] * 2


def test_ctrl_c_in_the_middle_of_a_token(chat, monkeypatch):
    answer = chat.say("first", GREEDY, 30)
    said = next(answer)
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "extend", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(answer)
    assert chat.messages[-1] == {"role": "assistant", "content": said}
    assert "".join(chat.say("second", GREEDY, 5))


def interrupted(*_):
    raise KeyboardInterrupt


def test_ctrl_c_before_the_first_token_takes_the_turn_back(chat, monkeypatch):
    list(chat.say("first", GREEDY, 5))
    before = list(chat.messages)
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "extend", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(chat.say("second", GREEDY, 5))
    assert chat.messages == before


def test_a_refusal_takes_the_turn_back(chat):
    list(chat.say("first", GREEDY, 5))
    before = list(chat.messages)
    with pytest.raises(TemplateRefused, match="does not take this conversation: not this word"):
        list(chat.say("a forbidden word"))
    assert chat.messages == before
    assert "".join(chat.say("second", GREEDY, 5))


def test_a_conversation_that_is_too_long_is_as_it_was(chat):
    list(chat.say("first", GREEDY, 5))
    before = list(chat.messages)
    with pytest.raises(ContextFull):
        list(chat.say("x" * 200))
    assert chat.messages == before


def test_an_answer_ends_with_the_context(chat):
    said = "".join(chat.say("first", GREEDY, 500))
    assert chat.speed.n_written == 96 + 1 - len(chat.tokenizer.encode("u:first\na:"))
    assert chat.messages[-1]["content"] == said


def test_only_what_is_new_is_read(chat, monkeypatch):
    """The answer is in the cache already, token for token: the next turn reads the question, and what stands around it."""
    list(chat.say("first", GREEDY, 6))
    assert chat.messages[-1]["content"].isascii()
    read = []
    extend = Engine.extend
    monkeypatch.setattr(Engine, "extend", lambda s, q, new: read.append(len(new[0])) or extend(s, q, new))
    again = Chat.open(chat.engine.file.path, threads=1)
    again.messages = list(chat.messages)
    list(chat.say("second", GREEDY, 3))
    list(again.say("second", GREEDY, 3))
    mine, whole = read[0], read[3]
    assert mine < 6 + len("\nu:second\na:") < whole
    assert chat.messages == again.messages


def test_control_tokens_in_a_long_text_are_defused_in_linear_time(chat):
    assert growth(chat.tokenizer.defuse, lambda n: "<eos>a<eos>" * n, 10_000) < 8
    assert chat.tokenizer.defuse("<eos>a") == "<\u2060eos>a"


def test_overlapping_control_tokens_are_defused(tmp_path):
    bpe = BPE(
        {i: bytes([i]) for i in range(256)}, [], pattern="gpt2", special_tokens={"<a>": 256, ">b<": 257, "§": 258}
    )
    model = Llama(LlamaConfig(vocab_size=259, d_model=32, n_layers=1, n_heads=2, d_ff=32, max_positions=64))
    write_published(tmp_path / "t.gguf", model.config.to_published(), model.weights(), bpe_metadata(bpe, eos="<a>"))
    tokenizer = GGUFTokenizer(GGUFFile(tmp_path / "t.gguf"))
    text = tokenizer.defuse("<a>b<a> §")
    assert not any(name in text for name in ("<a>", ">b<", "§")) and text.replace("\u2060", "") == "<a>b<a> \ufffd"


def test_a_token_of_the_end_is_not_put_behind_the_prompt(path, tmp_path):
    """A file may ask for one after each text; an answer would begin after the end."""
    file = GGUFFile(path)
    tensors = [TensorToWrite(t.name, t.shape, t.type, partial(file.raw, t.name)) for t in file.tensors.values()]
    write_gguf(tmp_path / "m.gguf", file.metadata | {"tokenizer.ggml.add_eos_token": True}, tensors)
    one, other = (Chat.open(where, threads=1) for where in (path, tmp_path / "m.gguf"))
    assert "".join(one.say("first", GREEDY, 5)) == "".join(other.say("first", GREEDY, 5))
    assert other.tokenizer.encode("first")[-1] == 256


def test_a_file_whose_answers_could_not_be_read_is_refused_when_it_is_opened(path, tmp_path):
    file = GGUFFile(path)
    tensors = [TensorToWrite(t.name, t.shape, t.type, partial(file.raw, t.name)) for t in file.tensors.values()]
    tokens = file.metadata["tokenizer.ggml.tokens"]
    for changes, said in [
        ({"tokenizer.ggml.tokens": tokens[:-1]}, "speaks of 256 tokens, but 'token_embd.weight' has 257 rows"),
        ({"tokenizer.ggml.eos_token_id": 257}, "eos_token_id is 257, but there are 257 tokens"),
    ]:
        write_gguf(tmp_path / "m.gguf", file.metadata | changes, tensors)
        with pytest.raises(GGUFError, match=said):
            Chat.open(tmp_path / "m.gguf")
