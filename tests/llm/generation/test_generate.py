"""The one loop, over every kind of model: against Transformers' `generate`, and what ends, forbids, forces and repeats."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPT2Config as TheirGPT2
from transformers import GPT2LMHeadModel, LlamaForCausalLM, T5ForConditionalGeneration
from transformers import LlamaConfig as TheirLlama
from transformers import T5Config as TheirT5

from nlpjourney.llm.engine import Engine
from nlpjourney.llm.generation import ContextFull, Options, Stop, generate, generate_all, stream
from nlpjourney.llm.gguf import write_published
from nlpjourney.llm.models import GPT2, T5, Deepseek, DeepseekConfig, Jamba, JambaConfig, Llama, Mamba, MambaConfig
from nlpjourney.llm.sampling import Sampler

GREEDY = Sampler(greedy=True)
HOT = Sampler(temperature=1.5, top_k=40)
PROMPTS = [[5, 9, 33], [8, 1, 2, 3, 4, 70, 12], [42]]


def greedy(n: int = 30, **more: Any) -> Options:
    return Options(sampler=Sampler(greedy=True, **more), max_new_tokens=n)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("llama")


@pytest.fixture(scope="module")
def theirs(folder: Path) -> Any:
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        TheirLlama(
            vocab_size=97, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, initializer_range=0.3, bos_token_id=None, eos_token_id=None, pad_token_id=0,
        )
    ).eval()  # fmt: skip
    model.save_pretrained(folder)
    return model


@pytest.fixture(scope="module")
def llama(theirs: Any, folder: Path) -> Llama:
    return Llama.from_pretrained(folder)


@pytest.fixture(scope="module")
def engine(llama: Llama, folder: Path) -> Engine:
    write_published(folder / "model.gguf", llama.config.to_published(), llama.weights())
    return Engine(folder / "model.gguf", threads=1)


class Bytes:
    """A tokenizer for tests: tokens 0 to 96 are pieces of this text."""

    pieces = (b"ab", b"a", b"b", "é".encode()[:1], "é".encode()[1:], "🦙".encode()[:3], "🦙".encode()[3:], b"\n")

    def token_bytes(self, id_: int) -> bytes:
        return self.pieces[id_ % len(self.pieces)]

    def decode(self, ids: list[int]) -> str:
        return b"".join(map(self.token_bytes, ids)).decode("utf-8", "replace")


@pytest.mark.parametrize("penalty", [None, 1.3])
def test_greedy_text_is_that_of_transformers(theirs: Any, llama: Llama, engine: Engine, penalty: float | None) -> None:
    expected = []
    for prompt in PROMPTS:
        more = {"repetition_penalty": penalty} if penalty else {}
        out = theirs.generate(torch.tensor([prompt]), max_new_tokens=30, do_sample=False, **more)
        expected.append(out[0, len(prompt) :].tolist())
    assert len({tuple(text) for text in expected}) == 3
    how = greedy(repetition_penalty=penalty)
    for model in (llama, engine):
        assert [generate(model, prompt, how).ids for prompt in PROMPTS] == expected
        assert [g.ids for g in generate_all(model, PROMPTS, how)] == expected  # together: the same
        assert [id_ for piece in stream(model, PROMPTS[1], how) for id_ in piece.ids] == expected[1]


@pytest.mark.parametrize("penalty", [None, 1.5])
def test_t5_answers_as_in_transformers(penalty: float | None) -> None:
    """Prompts of several lengths, in one batch: padding on the encoder's side, answers that end at different times."""
    torch.manual_seed(3)
    sizes = {"vocab_size": 97, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4}
    their_t5 = T5ForConditionalGeneration(TheirT5(**sizes, decoder_start_token_id=0, eos_token_id=1)).eval()
    for p in their_t5.parameters():
        p.data.copy_(torch.randn(p.shape) * (2.5 / p.shape[-1] ** 0.5 if p.dim() > 1 else 0.2) + (p.dim() < 2))
    model = T5.from_tensors(their_t5.config.to_dict(), dict(their_t5.state_dict()))
    more = {"repetition_penalty": penalty} if penalty else {}
    expected = [
        their_t5.generate(torch.tensor([prompt]), max_new_tokens=20, do_sample=False, eos_token_id=None, **more)[0, 1:]
        for prompt in PROMPTS
    ]
    found = generate_all(model, PROMPTS, greedy(20, repetition_penalty=penalty))
    assert [g.ids for g in found] == [row.tolist() for row in expected]
    assert [generate(model, p, greedy(20, repetition_penalty=penalty)).ids for p in PROMPTS] == [g.ids for g in found]
    assert len({tuple(g.ids) for g in found}) == 3
    assert "".join(piece.text for piece in stream(model, PROMPTS[0], greedy(20), Bytes())) == (
        generate(model, PROMPTS[0], greedy(20), Bytes()).text
    )
    source = model.embed(torch.tensor(PROMPTS[0]))
    assert penalty or generate(model, source, greedy(20)).ids == found[0].ids
    with pytest.raises(ValueError, match="begin a sequence with start"):
        model.extend([type(found[0].sequence)()], [[0]])


MODELS: dict[str, Any] = {
    "Mamba": lambda: Mamba(MambaConfig(vocab_size=97, d_model=16, n_layers=2, d_inner=32, dt_rank=1), seed=1),
    "Jamba": lambda: Jamba(
        JambaConfig(vocab_size=97, d_model=32, n_layers=4, n_heads=4, n_kv_heads=2, d_ff=48, dt_rank=2,
                    attention_period=2, attention_offset=1, n_experts=2, top_k=1), seed=1),
    "Deepseek": lambda: Deepseek(
        DeepseekConfig(vocab_size=97, d_model=32, n_layers=2, n_heads=4, d_ff=48, d_expert=16, n_experts=4, n_shared=1,
                       top_k=2, kv_rank=16, d_nope=8, d_rope=4, d_value=8), seed=1),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_other_decoders_together_and_alone(name: str) -> None:
    model = MODELS[name]().eval()
    model.initialise(std=0.5)
    alone = [generate(model, prompt, greedy(12)).ids for prompt in PROMPTS]
    assert [g.ids for g in generate_all(model, PROMPTS, greedy(12))] == alone
    assert len({tuple(ids) for ids in alone}) == 3
    # As many as go on together may add different numbers of tokens, and one of them may be new.
    texts = [g.sequence for g in generate_all(model, PROMPTS, greedy(4))] + [model.start([1])[0]]
    logits = model.extend(texts, [[1], [2, 3, 4], [5, 6], [7]])
    for row, text in zip(logits, texts):
        torch.testing.assert_close(model.extend([model.start([1])[0]], [text.ids])[0], row, atol=1e-4, rtol=1e-4)


def test_answers_that_end_leave_the_others_alone(llama: Llama, engine: Engine) -> None:
    """The first, the one in the middle, the last: the others go on as if it had never been there."""
    for model in (llama, engine):
        whole = [generate(model, prompt, greedy(12)).ids for prompt in PROMPTS]
        for row in range(3):
            stop = next(id_ for id_ in whole[row] if all(id_ not in ids for i, ids in enumerate(whole) if i != row))
            found = generate_all(model, PROMPTS, Options(sampler=GREEDY, max_new_tokens=12, stop=[stop]))
            whole_or_cut = [ids[: ids.index(stop)] if i == row else ids for i, ids in enumerate(whole)]
            assert [g.ids for g in found] == whole_or_cut


def test_draws_are_the_same_alone_and_beside_others(llama: Llama, engine: Engine) -> None:
    for model in (llama, engine):
        text = generate(model, [5], Options(sampler=HOT, max_new_tokens=40, seed=1)).ids
        assert len(text) == 40
        assert text == generate(model, [5], Options(sampler=HOT, max_new_tokens=40, seed=1)).ids
        assert text != generate(model, [5], Options(sampler=HOT, max_new_tokens=40, seed=2)).ids
        both = generate_all(model, [[7, 8], [5]], Options(sampler=HOT, max_new_tokens=40, seed=0))
        assert both[1].ids == text


def test_threads_with_a_sequence_each_write_what_each_writes_alone(llama: Llama, engine: Engine) -> None:
    how = Options(sampler=HOT, max_new_tokens=25, seed=9)
    for model in (llama, engine):
        alone = [generate(model, [first, 3], how).ids for first in range(8)]
        with ThreadPoolExecutor(4) as threads:
            together = list(threads.map(lambda first, model=model: generate(model, [first, 3], how).ids, range(8)))
        assert together == alone and len({tuple(ids) for ids in alone}) == 8


def test_equal_prompts_are_read_once(llama: Llama, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for model in (llama, engine):
        read: list[int] = []
        extend = type(model).extend

        def counting(self: Any, sequences: Any, new: Any, extend: Any = extend, read: list[int] = read) -> Any:
            read.extend(len(some) for some in new)
            return extend(self, sequences, new)

        how = Options(sampler=HOT, max_new_tokens=6, seed=3)
        alone = [generate(model, PROMPTS[1], Options(sampler=HOT, max_new_tokens=6, seed=3 + i)).ids for i in range(4)]
        with monkeypatch.context() as patch:
            patch.setattr(type(model), "extend", counting)
            found = generate_all(model, [PROMPTS[1]] * 4, how)
        assert [g.ids for g in found] == alone and len({tuple(ids) for ids in alone}) == 4
        assert sum(read) == len(PROMPTS[1]) + 4 * 5  # the last token of an answer is not read
        assert [g.sequence.ids for g in found] == [[*PROMPTS[1], *ids[:-1]] for ids in alone]


def test_why_it_stopped(llama: Llama, engine: Engine) -> None:
    for model in (llama, engine):
        whole = generate(model, [5], Options(sampler=HOT, max_new_tokens=20, seed=1))
        assert whole.stopped is Stop.LENGTH and whole.text is None and whole.log_probabilities is None
        stop = whole.ids[12]
        ended = generate(model, [5], Options(sampler=HOT, max_new_tokens=20, seed=1, stop=[stop]))
        assert ended.stopped is Stop.TOKEN and ended.ids == whole.ids[: whole.ids.index(stop)]
        assert generate(model, [5], Options(max_new_tokens=0)).stopped is Stop.LENGTH
        answer = stream(model, [5], Options(max_new_tokens=20))
        next(answer)
        assert answer.generation.stopped is None and len(answer.generation.ids) == 1


def test_a_context_ends(tmp_path: Path) -> None:
    theirs = GPT2LMHeadModel(TheirGPT2(vocab_size=97, n_positions=10, n_embd=16, n_layer=1, n_head=2)).eval()
    theirs.save_pretrained(tmp_path)
    model = GPT2.from_pretrained(tmp_path)
    found = generate_all(model, [[1, 2, 3], [1]], Options(max_new_tokens=50))
    assert [len(g.ids) for g in found] == [8, 10]  # ten are read, one more is written
    assert [g.stopped for g in found] == [Stop.CONTEXT, Stop.CONTEXT]
    assert generate(model, [1, 2, 3], Options(max_new_tokens=8)).stopped is Stop.LENGTH
    with pytest.raises(ContextFull, match="0 \\+ 11 tokens are more than the 10"):
        generate(model, [1] * 11)
    with pytest.raises(ContextFull, match="0 \\+ 11 tokens are more than the 10"):
        generate_all(model, [[1], [1] * 11], greedy(5))  # one that is too long does not silently empty the others
    one, other = model.start([1])[0], model.start([1])[0]
    with pytest.raises(ContextFull):
        model.extend([one, other], [[1], [1] * 11])
    assert len(one) == len(other) == 0
    model.extend([one], [[1]])  # and both are as they were


def test_stop_strings(llama: Llama) -> None:
    """For each piece of the text: it ends before its first occurrence, and what was streamed is what is kept."""
    tokenizer = Bytes()
    how: dict[str, Any] = {"sampler": HOT, "max_new_tokens": 40, "seed": 4}
    whole = generate(llama, [5], Options(**how), tokenizer)
    assert whole.text == tokenizer.decode(whole.ids) and "\ufffd" in whole.text
    stops = {whole.text[i : i + n] for i in range(len(whole.text) - 3) for n in (1, 2, 3)}
    for stop in {s for s in stops if "\ufffd" not in s}:
        answer = stream(llama, [5], Options(**how, stop_strings=["never", stop]), tokenizer)
        pieces = list(answer)
        kept = answer.generation
        assert kept.text == whole.text[: whole.text.index(stop)] == "".join(piece.text for piece in pieces)
        assert kept.stopped is Stop.STRING and kept.ids == whole.ids[: len(kept.ids)]
        assert stop in tokenizer.decode(kept.ids) and stop not in tokenizer.decode(kept.ids[:-1])
    with pytest.raises(ValueError, match="need a tokenizer"):
        generate(llama, [5], Options(stop_strings=["a"]))


def test_log_probabilities_are_the_models_own(llama: Llama, engine: Engine) -> None:
    """Of mask and sampler nothing is in them: they are what a forward over the whole text gives."""
    how = Options(
        sampler=HOT, max_new_tokens=12, log_probabilities=True, mask=lambda logits, ids: logits.clamp(max=2.0)
    )
    for model in (llama, engine):
        found = generate(model, PROMPTS[0], how)
        with torch.inference_mode():
            logits = llama(torch.tensor([PROMPTS[0] + found.ids]))[0].log_softmax(-1)
        expected = [float(logits[len(PROMPTS[0]) - 1 + i, id_]) for i, id_ in enumerate(found.ids)]
        assert found.log_probabilities == pytest.approx(expected, abs=1e-4)


def test_a_mask_decides_what_may_come(llama: Llama) -> None:
    """Even and odd tokens in turn, whatever the model wants; the hook may change the logits in place."""
    seen: list[list[int]] = []

    def alternate(logits: torch.Tensor, ids: list[int]) -> torch.Tensor:
        seen.append(list(ids))
        logits[len(ids) % 2 :: 2] = -math.inf
        return logits

    for sampler in (GREEDY, HOT):
        seen.clear()
        found = generate(llama, [5], Options(sampler=sampler, max_new_tokens=10, mask=alternate))
        assert [id_ % 2 for id_ in found.ids] == [1, 0] * 5
        assert seen == [found.ids[:i] for i in range(10)]
    best: Any = lambda logits, ids: logits.index_fill_(0, logits.argmax(), -math.inf)  # noqa: E731 (never the likeliest)
    second = generate(llama, [5], Options(sampler=GREEDY, max_new_tokens=5, mask=best)).ids
    assert [g.ids for g in generate_all(llama, [[5]] * 3, Options(sampler=GREEDY, max_new_tokens=5, mask=best))] == [
        second
    ] * 3
    with pytest.raises(ValueError, match="allows no token after 0 tokens"):
        generate(llama, [5], Options(mask=lambda logits, ids: torch.full_like(logits, -math.inf)))


def test_forced_tokens_are_read_and_marked(llama: Llama, engine: Engine) -> None:
    """After the third token a tool answers; the text goes on as if the model had written the answer itself."""
    tokenizer, tool = Bytes(), [3, 4, 7, 1]
    plain = generate(llama, [5], greedy(3)).ids
    for model in (llama, engine):
        how = Options(sampler=GREEDY, max_new_tokens=12, log_probabilities=True, stop=[3], stop_strings=["é\n"],
                      force=lambda ids: tool if len(ids) == 3 else [])  # fmt: skip
        answer = stream(model, [5], how, tokenizer)
        pieces = list(answer)
        found = answer.generation
        rest = generate(llama, [5, *plain, *tool], greedy(5)).ids
        if 3 in rest:
            rest = rest[: rest.index(3)]
        assert found.ids == [*plain, *tool, *rest]
        assert found.forced == [False] * 3 + [True] * 4 + [False] * len(rest)
        assert [p is None for p in found.log_probabilities or ()] == found.forced
        assert pieces[2].ids == (plain[2], *tool) and "é\n" in pieces[2].text
        assert found.text == tokenizer.decode(found.ids) == "".join(piece.text for piece in pieces)
        cut = generate(model, [5], Options(sampler=GREEDY, max_new_tokens=4, force=lambda ids: tool))
        assert cut.ids == [plain[0], *tool[:3]] and cut.stopped is Stop.LENGTH


def test_embeddings_in_place_of_ids(llama: Llama, engine: Engine) -> None:
    """The tokens' own embeddings make the same text; others are read as they are."""
    own = llama.embed(torch.tensor(PROMPTS[1])).detach()
    other = torch.randn(5, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        first = int(llama(other[None])[0, -1].argmax())
    for model in (llama, engine):
        expected = generate(model, PROMPTS[1], greedy())
        found = generate(model, own, greedy())
        assert found.ids == expected.ids
        assert found.sequence.ids == [-1] * len(own) + found.ids[:-1]
        assert [g.ids for g in generate_all(model, [PROMPTS[0], own], greedy())] == [
            generate(model, PROMPTS[0], greedy()).ids, expected.ids,
        ]  # fmt: skip
        assert generate(model, other, greedy()).ids[0] == first
        assert generate(model, own, greedy(3, repetition_penalty=1.3)).ids  # no token to punish yet
        with pytest.raises(ValueError, match=r"embeddings must be of shape \(.*, 32\)"):
            generate(model, torch.zeros(3, 31))


def test_it_streams_and_a_sequence_goes_on(llama: Llama, engine: Engine) -> None:
    """A token comes out before the next one is computed."""
    for model in (llama, engine):
        whole = generate(model, [5, 6], greedy(12)).ids
        tokens = stream(model, [5, 6], greedy(5))
        next(tokens)
        assert len(tokens.generation.sequence) == 2
        next(tokens)
        assert len(tokens.generation.sequence) == 3
        first = [*tokens.generation.ids, *(id_ for piece in tokens for id_ in piece.ids)]
        sequence = tokens.generation.sequence
        assert first == whole[:5] and sequence.ids == [5, 6, *whole[:4]]
        more = stream(model, first[-1:], greedy(7), sequence=sequence)
        assert [id_ for piece in more for id_ in piece.ids] == whole[5:]


def test_sequences_fork_and_go_back(llama: Llama, engine: Engine) -> None:
    """Rows of one batch, each cut and continued by itself: as if each had been read alone."""
    for model in (llama, engine):
        found = generate_all(model, PROMPTS, greedy(6))
        one, other = found[0].sequence, found[1].sequence
        third = other.fork()
        one.truncate(2)
        assert one.ids == PROMPTS[0][:2]
        third.truncate(5)
        logits = model.extend([one, other, third], [[9], [10], [11]])
        for row, sequence in zip(logits, (one, other, third)):
            fresh, new = model.start(sequence.ids)
            torch.testing.assert_close(model.extend([fresh], [new])[0], row, atol=1e-4, rtol=0)
        with pytest.raises(ValueError, match="has 3 tokens, it cannot be cut to 4"):
            one.truncate(4)
        lengths = len(one), len(other)
        with pytest.raises(ValueError, match="not in the vocabulary of 97"):
            model.extend([one, other], [[1], [97]])
        assert (len(one), len(other)) == lengths  # neither has read anything
        with pytest.raises(ValueError, match="at least one token"):
            model.extend([one], [[]])


def test_an_interrupted_step_can_be_taken_again(llama: Llama, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a batch of texts of different lengths is read: they are as they were."""
    texts = [g.sequence for g in generate_all(llama, PROMPTS, greedy(4))]
    hidden = Llama.hidden

    def interrupted(*arguments: Any) -> None:
        hidden(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Llama, "hidden", interrupted)
        with pytest.raises(KeyboardInterrupt):
            llama.extend(texts, [[1], [2], [3]])
    logits = llama.extend(texts, [[4], [5], [6]])
    for row, text in zip(logits, texts):
        torch.testing.assert_close(llama.extend([llama.start([1])[0]], [text.ids])[0], row, atol=1e-4, rtol=0)


def test_what_makes_no_sense_is_refused(llama: Llama) -> None:
    for prompts in ([[]], [[1], []]):
        with pytest.raises(ValueError, match="at least one token"):
            generate_all(llama, prompts)
    with pytest.raises(ValueError, match="max_new_tokens must be at least 0, not -1"):
        Options(max_new_tokens=-1)
    assert generate_all(llama, []) == []
    with pytest.raises(ValueError, match="recurrent"):
        mamba = Mamba(MambaConfig(vocab_size=20, d_model=16, n_layers=2, d_inner=32, dt_rank=1))
        generate(mamba, [1, 2], greedy(3)).sequence.truncate(1)
