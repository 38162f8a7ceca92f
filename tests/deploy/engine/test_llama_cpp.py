"""Side by side with llama.cpp: the same ids for a text, the same words after a prompt, files that it opens."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import store
from nlpjourney.deploy.engine import Engine, GGUFTokenizer
from nlpjourney.llm.gguf import GGMLType, bpe_metadata, requantize
from nlpjourney.text.tokenize import BPE
from tests.deploy.engine.conftest import make, write
from tests.deploy.engine.llama_cpp import LlamaCpp

PROMPTS = [
    "Once upon a time, in a small village by the sea, there lived a",
    "The three most important inventions of the nineteenth century are",
    "def fibonacci(n):\n    ",
    "<|im_start|>user\nWhy is the sky blue?<|im_end|>\n<|im_start|>assistant\n",
]
LONG = os.environ.get("NLP_JOURNEY_LONG") == "1"  # 20 prompts and 200 tokens: some minutes
if LONG:
    PROMPTS += [
        "In the year 1969", "The recipe needs two eggs and", "My grandmother always said that", "E = mc", "1, 1, 2, 3, 5, 8,",
        "Dear Sir or Madam,", "The capital of France is", "To be, or not to be:", "Water boils when", "<html>\n<head>",
        "SELECT name FROM", "Es war einmal ein König, der", "He opened the door, and there", "# Introduction\n",
        "<|im_start|>user\nWrite a poem about rain.<|im_end|>\n<|im_start|>assistant\n",
        "<|im_start|>user\nWhat is 17 times 23?<|im_end|>\n<|im_start|>assistant\n",
    ]  # fmt: skip
TEXTS = [  # ordinary, odd, and with control tokens
    "", " ", "\n\n\t  x", "Hello, world!", "naïve café — “quoted”", "日本語のテキスト", "👩‍👩‍👧 🦙", "I'll've",
    "3.14159 and 1000000", "a" * 300, "\x00\x01\x04", "tab\tand   spaces  ", "e\u0301",
    "<|im_start|>system\nhi<|im_end|>", "text <|im_end|> in the middle",
]  # fmt: skip


@pytest.fixture(scope="module")
def smollm():
    return store.path("smollm2-135m-instruct")


@pytest.fixture(scope="module")
def theirs(smollm):
    return LlamaCpp(smollm)


@pytest.fixture(scope="module")
def ours(smollm):
    return Engine(smollm, threads=1)


@pytest.fixture(scope="module")
def tokenizer(ours):
    return GGUFTokenizer(ours.file)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("special", [True, False])
def test_the_same_ids(theirs, tokenizer, text, special):
    ids = tokenizer.encode(text, special=special)
    assert ids == theirs.tokenize(text, special)
    if not special:
        assert tokenizer.decode(ids) == text.replace("\x04", "")  # a byte that SmolLM2 has no token for


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_the_same_ids_for_any_text(theirs, tokenizer, text):
    assert tokenizer.encode(text, special=True) == theirs.tokenize(text)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_greedy_text_is_the_same_but_for_rounding(theirs, ours, tokenizer, prompt):
    """Every token that llama.cpp chose is our first choice too, or so near to it that rounding decides.

    Both round the activations to 8 bits; how much that moves a log-probability is measured on the same steps.
    """
    ids = tokenizer.encode(prompt, special=True)
    written, steps = theirs.complete(ids, 200 if LONG else 40, n_probs=3)
    ours.forget()
    logits = np.stack([ours.read(ids), *(ours.read([token]) for token in written[:-1])]).astype(np.float64)
    logits[:, list(tokenizer.stop)] = -1e9  # llama.cpp was told not to stop
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    told = [(i, token, p) for i, step in enumerate(steps) for token, p in step.items() if token not in tokenizer.stop]
    moved = [abs(log_probabilities[i, token] - p) for i, token, p in told]
    rounding = np.quantile(moved, 0.95)
    assert np.median(moved) < 0.15 and rounding < 0.5
    gaps = log_probabilities.max(axis=1) - log_probabilities[np.arange(len(written)), written]
    first = gaps[gaps > 0][:1]  # where the two texts would part: two log-probabilities moved, each by that much
    assert (first <= 2 * rounding).all() and (gaps <= 2 * rounding).mean() >= 0.99, (first, gaps.max(), rounding)
    print(
        f"{(gaps == 0).mean():.1%} our first choice; gap {first} at first, {gaps.max():.2f} at most, of {rounding:.2f}"
    )
    assert (gaps == 0).mean() > 0.85


def vocabulary():
    """A tokenizer of 256 bytes and a special token, for models that are to be opened by others."""
    bpe = BPE({i: bytes([i]) for i in range(256)}, [], pattern="gpt2", special_tokens={"<eos>": 256})
    return bpe_metadata(bpe, eos="<eos>")


@pytest.mark.parametrize("type_", list(GGMLType), ids=lambda t: t.name)
def test_llama_cpp_opens_what_we_write(type_, tmp_path):
    """A random model in each type: the whole distribution after some tokens, near ours."""
    path = write(
        make("llama", vocab_size=257, hidden_size=256, intermediate_size=512), tmp_path / "m.gguf", type_, vocabulary()
    )
    engine, ids = Engine(path, threads=1), [70, 3, 200, 5, 9]
    _, (step,) = LlamaCpp(path, context=64).complete(ids, 1, n_probs=257)
    logits = engine.read(ids).astype(np.float64)
    expected = logits - np.log(np.exp(logits).sum())
    found = np.array([step[i] for i in range(257)])
    assert np.corrcoef(found, expected)[0, 1] > (0.9999 if not type_.is_quantized else 0.99)


def test_a_requantized_model_is_as_good(smollm, tmp_path, theirs, tokenizer):
    """SmolLM2 in another type, in both engines: how sure each is of the words of a text differs by rounding only."""
    path = tmp_path / "q8.gguf"
    requantize(smollm, path, GGMLType.Q8_0)
    text = "The sea was calm that morning, and the fishermen had gone out early to look for herring near the island."
    ids = tokenizer.encode(text)
    engine = Engine(path, threads=1)
    logits = np.stack([engine.read([token]) for token in ids[:-1]]).astype(np.float64)
    found = (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))[np.arange(len(ids) - 1), ids[1:]]
    expected = LlamaCpp(path, context=64).follow(ids)
    assert abs(found.mean() - expected.mean()) < 0.06
