"""Perplexity of every type beside llama.cpp's on the same text: SmolLM2 in blocks of 32, a small model of our own in all types.

llama.cpp rounds activations to 8 bits, and so does our engine token by token. Each number that falls on the other side of a
half sends all later layers another way: even llama.cpp differs from itself, by about a tenth of a nat a token in SmolLM2, when
its attention adds in another order. That noise has a mean of nearly 0, so over n tokens 1/√n of it is left. With a few
hundred, a test can say that no more than noise is seen; with NLP_JOURNEY_LONG=1 thousands are read, and nothing is added to
the tolerance. The small model has little noise, and none is allowed for.

At once, our engine rounds no activations, and is a little *less* perplexed by a text for it. There llama.cpp may be up to 1.5 %
above us.
"""

import os

import numpy as np
import pytest
import torch

from nlpjourney.assets import corpora, store
from nlpjourney.llm.engine import Engine, GGUFTokenizer
from nlpjourney.llm.gguf import GGMLType, GGUFFile, bpe_metadata, requantize, write_published
from nlpjourney.llm.models import Llama, LlamaConfig
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.text.tokenize import BPE
from tests.llm.engine.llama_cpp import LlamaCpp

LONG = os.environ.get("NLP_JOURNEY_LONG") == "1"
TOLERANCE = 0.005  # a share of the perplexity
SMOLLM_TYPES = [GGMLType[name] for name in ("F16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1")]
BYTES = BPE({i: bytes([i]) for i in range(256)}, [], pattern="gpt2", special_tokens={"<eos>": 256})


def picked(logits, ids):
    """Log-probabilities of ids[1:], by logits of what follows each id (or each but the last)."""
    logits = logits[: len(ids) - 1].astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    return logits[np.arange(len(logits)), ids[1:]] - np.log(np.exp(logits).sum(axis=1))


def three_ways(path, windows):
    """Log-probabilities of all tokens but each window's first: ours token by token, ours at once, llama.cpp's."""
    engine, theirs = Engine(path, threads=1), LlamaCpp(path)
    single, at_once, llama_cpp = [], [], []
    for ids in windows:
        at_once.append(picked(engine.sequence().prefill(ids, all_logits=True), ids))
        sequence = engine.sequence()
        single.append(picked(np.stack([sequence.decode(token) for token in ids[:-1]]), ids))
        llama_cpp.append(theirs.follow(ids))
    return tuple(map(np.concatenate, (single, at_once, llama_cpp)))


def compare(type_, path, windows, spread, certain):
    """Both of our ways beside llama.cpp's. `spread`: the most that a token's difference may vary, in nats. Unless the result is
    `certain`, three standard errors are allowed for."""
    single, at_once, theirs = three_ways(path, windows)
    for way, ours, above in (("token by token", single, TOLERANCE), ("at once", at_once, 3 * TOLERANCE)):
        apart = theirs - ours
        error = np.std(apart) / np.sqrt(len(apart))
        ratio = np.exp(-apart.mean()) - 1
        print(
            f"{type_.name:5} {way:14} {len(apart):6,} tokens: perplexity {np.exp(-ours.mean()):8.4f}, "
            f"llama.cpp {np.exp(-theirs.mean()):8.4f} ({ratio:+.3%} ± {error:.3%})"
        )
        noise = 0 if certain else 3 * error
        assert np.std(apart) < spread
        assert -TOLERANCE - noise < ratio < (above if type_.is_quantized else TOLERANCE) + noise, way


def windows_of(ids, n_windows, length):
    assert len(ids) >= n_windows * length
    return [list(ids[i * length : (i + 1) * length]) for i in range(n_windows)]


@pytest.fixture(scope="module")
def english():
    """A text in SmolLM2's tokens."""
    tokenizer = GGUFTokenizer(GGUFFile(store.path("smollm2-135m-instruct")))
    return tokenizer.encode(corpora.english_text(100_000))[1000:]


@pytest.mark.xdist_group("perplexity")  # one process makes the tokens, and the small model
@pytest.mark.parametrize("type_", SMOLLM_TYPES if LONG else SMOLLM_TYPES[:3:2], ids=lambda t: t.name)
def test_smollm2(type_, english, tmp_path):
    requantize(store.path("smollm2-135m-instruct"), tmp_path / "model.gguf", type_)
    # What is not quantized is off by a thousandth at most: a few dozen tokens say as much as 160 of the others.
    windows = windows_of(english, *((8, 512) if LONG else (2, 80) if type_.is_quantized else (1, 40)))
    compare(type_, tmp_path / "model.gguf", windows, spread=0.2 if type_.is_quantized else 0.02, certain=LONG)


@pytest.fixture(scope="module")
def trained():
    """A Llama with rows of 256, trained on tales for some seconds, and a tale that it has not seen, as bytes."""
    *tales, unseen = corpora.tales().values()
    tokens = np.array(BYTES.encode_ordinary("\n".join(tales)[:200_000]))
    config = LlamaConfig(
        vocab_size=257, d_model=256, n_layers=2, n_heads=4, n_kv_heads=2, d_ff=512, tied=False, max_positions=512
    )
    model = Llama(config, seed=0)
    settings = PretrainingConfig(n_steps=40, batch_size=8, length=64, optimizer="adamw", lr=0.004)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for _ in Pretrainer(model, tokens, settings).run():
        pass
    torch.set_num_threads(threads)
    return model.eval(), BYTES.encode_ordinary(unseen)


@pytest.mark.xdist_group("perplexity")
@pytest.mark.parametrize("type_", list(GGMLType), ids=lambda t: t.name)
def test_every_type(type_, trained, tmp_path):
    model, ids = trained
    write_published(
        tmp_path / "model.gguf",
        model.config.to_published(),
        model.weights(),
        bpe_metadata(BYTES, eos="<eos>"),
        type_,
    )
    compare(type_, tmp_path / "model.gguf", windows_of(ids, 40 if LONG else 4, 64), spread=0.02, certain=True)
