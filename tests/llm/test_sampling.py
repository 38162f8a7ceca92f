"""Each rule against Transformers' logits processor, generation against its `generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPT2Config as TheirGPT2
from transformers import GPT2LMHeadModel, LlamaForCausalLM
from transformers import LlamaConfig as TheirLlama
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.models import GPT2, Llama, Mamba, MambaConfig
from nlpjourney.llm.sampling import Sampler, generate, min_p, repetition_penalty, stream, temperature, top_k, top_p

IDS = torch.tensor([[1, 2, 2, 40], [7, 7, 7, 3]])


def logits(seed: int, spread: float = 3.0) -> torch.Tensor:
    return torch.randn(2, 50, generator=torch.Generator().manual_seed(seed)) * spread


@pytest.mark.parametrize("seed", range(5))
def test_the_rules_are_those_of_transformers(seed: int) -> None:
    given = logits(seed)
    for value in (0.3, 1.0, 2.0):
        assert torch.equal(temperature(given, value), TemperatureLogitsWarper(value)(IDS, given))
        assert torch.equal(repetition_penalty(given, IDS, value), RepetitionPenaltyLogitsProcessor(value)(IDS, given))
    for k in (1, 2, 10, 50, 70):
        assert torch.equal(top_k(given, k), TopKLogitsWarper(k)(IDS, given))
    for p in (0.01, 0.3, 0.9, 0.999):
        assert torch.equal(top_p(given, p), TopPLogitsWarper(p)(IDS, given))
        assert torch.equal(min_p(given, p), MinPLogitsWarper(p)(IDS, given))
    ties = given.round()
    assert torch.equal(top_k(ties, 5), TopKLogitsWarper(5)(IDS, ties))


def test_what_the_rules_mean() -> None:
    given = torch.tensor([0.5, 0.25, 0.125, 0.125]).log()
    assert torch.isfinite(top_p(given, 0.6)).tolist() == [True, True, False, False]
    assert torch.isfinite(top_p(given, 1e-9)).tolist() == [True, False, False, False]
    assert torch.isfinite(min_p(given, 0.4)).tolist() == [True, True, False, False]
    assert torch.isfinite(top_k(given, 3)).tolist() == [True, True, True, True]  # the third equals the fourth
    assert temperature(given, 0.5).softmax(-1)[0] == pytest.approx(0.25 / 0.34375)
    assert torch.equal(top_p(given, 1.0), given)


@pytest.mark.parametrize(
    ("rule", "value"),
    [(temperature, 0.0), (top_k, 0), (top_p, 0.0), (top_p, 1.1), (min_p, -0.1), (min_p, 1.1)],
)
def test_values_out_of_range_are_refused(rule: Any, value: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        rule(logits(0), value)
    with pytest.raises(ValueError, match="must be above 0"):
        repetition_penalty(logits(0), IDS, 0.0)


def test_draws_follow_the_distribution() -> None:
    given = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().expand(20_000, 4)
    ids = torch.zeros(20_000, 1, dtype=torch.long)
    drawn = Sampler().choose(given, ids, torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn, minlength=4) / 20_000
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.3, 0.15, 0.05]), atol=0.012, rtol=0)
    drawn = Sampler(top_p=0.7).choose(given, ids, torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        torch.bincount(drawn, minlength=4) / 20_000, torch.tensor([0.625, 0.375, 0, 0]), atol=0.012, rtol=0
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: Any) -> tuple[Any, Llama]:
    folder: Path = tmp_path_factory.mktemp("llama")
    torch.manual_seed(0)
    theirs = LlamaForCausalLM(
        TheirLlama(
            vocab_size=97, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, initializer_range=0.3, bos_token_id=None, eos_token_id=None, pad_token_id=0,
        )
    ).eval()  # fmt: skip
    theirs.save_pretrained(folder)
    return theirs, Llama.from_pretrained(folder)


@pytest.mark.parametrize("penalty", [None, 1.3])
def test_greedy_text_is_that_of_transformers(pair: tuple[Any, Llama], penalty: float | None) -> None:
    theirs, ours = pair
    prompts = [[5, 9, 33], [8, 1, 2, 3, 4, 70, 12], [42]]
    sampler = Sampler(greedy=True, repetition_penalty=penalty)
    expected = []
    for prompt in prompts:
        more = {"repetition_penalty": penalty} if penalty else {}
        out = theirs.generate(torch.tensor([prompt]), max_new_tokens=30, do_sample=False, **more)
        expected.append(out[0, len(prompt) :].tolist())
        assert list(stream(ours, prompt, 30, sampler)) == expected[-1]
    assert len({tuple(text) for text in expected}) == 3
    assert generate(ours, prompts, 30, sampler) == expected  # together, padded: the same


def test_seeds_and_stops(pair: tuple[Any, Llama]) -> None:
    _, model = pair
    hot = Sampler(temperature=1.5, top_k=40)
    text = list(stream(model, [5], 40, hot, seed=1))
    assert len(text) == 40
    assert text == list(stream(model, [5], 40, hot, seed=1))
    assert text != list(stream(model, [5], 40, hot, seed=2))
    assert text == generate(model, [[5]], 40, hot, seed=1)[0]
    stop = text[20]
    assert list(stream(model, [5], 40, hot, stop=[stop], seed=1)) == text[: text.index(stop)]
    assert generate(model, [[5]], 40, hot, stop=[stop], seed=1) == [text[: text.index(stop)]]
    assert list(stream(model, [5], 0)) == []


def test_the_cache_goes_on(pair: tuple[Any, Llama]) -> None:
    _, model = pair
    greedy = Sampler(greedy=True)
    whole = list(stream(model, [5, 6], 12, greedy))
    cache = KVCache()
    first = list(stream(model, [5, 6], 5, greedy, cache=cache))
    assert cache.length == 6
    assert first + list(stream(model, first[-1:], 7, greedy, cache=cache)) == whole


def test_it_streams(pair: tuple[Any, Llama]) -> None:
    """A token comes out before the next one is computed."""
    _, model = pair
    cache = KVCache()
    tokens = stream(model, [5, 6, 7], 10, cache=cache)
    next(tokens)
    assert cache.length == 3
    next(tokens)
    assert cache.length == 4
    tokens.close()


def test_a_table_of_positions_ends(tmp_path: Path) -> None:
    theirs = GPT2LMHeadModel(TheirGPT2(vocab_size=97, n_positions=10, n_embd=16, n_layer=1, n_head=2)).eval()
    theirs.save_pretrained(tmp_path)
    model = GPT2.from_pretrained(tmp_path)
    assert len(list(stream(model, [1, 2, 3], 50))) == 8  # ten are read, one more is written
    assert [len(t) for t in generate(model, [[1, 2, 3], [1]], 50)] == [8, 8]


def test_models_without_attention_generate_too() -> None:
    model = Mamba(MambaConfig(vocab_size=20, d_model=16, n_layers=2, d_inner=32, dt_rank=1), seed=1)
    model.initialise(std=0.5)
    prompts = [[3, 4], [9, 9, 2, 5, 1]]
    greedy = Sampler(greedy=True)
    assert generate(model, prompts, 10, greedy) == [list(stream(model, p, 10, greedy)) for p in prompts]


def test_empty_prompts_are_refused(pair: tuple[Any, Llama]) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        next(stream(pair[1], []))
    with pytest.raises(ValueError, match="at least one token"):
        generate(pair[1], [[1], []])
