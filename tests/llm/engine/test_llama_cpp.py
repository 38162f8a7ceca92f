"""Side by side with llama.cpp: the same ids for a text, the same words after a prompt, files that it opens."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import store
from nlpjourney.llm.engine import Engine, GGUFTokenizer, weights
from nlpjourney.llm.gguf import GGMLType, bpe_metadata, requantize
from nlpjourney.text.tokenize import BPE
from tests.llm.engine.conftest import make, write
from tests.llm.engine.llama_cpp import LlamaCpp

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
def theirs_not_fused(smollm):
    return LlamaCpp(smollm, fused=False)


@pytest.fixture(scope="module")
def ours(smollm):
    return Engine(smollm, threads=1)


@pytest.fixture(scope="module")
def tokenizer(ours):
    return GGUFTokenizer(ours.file)


# The tests with SmolLM2 are for one process: both engines and the tokenizer are loaded once.
@pytest.mark.xdist_group("smollm2")
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("special", [True, False])
def test_the_same_ids(theirs, tokenizer, text, special):
    ids = tokenizer.encode(text, special=special)
    assert ids == theirs.tokenize(text, special)
    if not special:
        assert tokenizer.decode(ids) == text.replace("\x04", "")  # a byte that SmolLM2 has no token for


@pytest.mark.xdist_group("smollm2")
@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_the_same_ids_for_any_text(theirs, tokenizer, text):
    assert tokenizer.encode(text, special=True) == theirs.tokenize(text)


def moved(steps, others, stop):
    """How far the log-probabilities of the two likeliest tokens moved against each other, step by step."""
    for step, other in zip(steps, others, strict=True):
        first, second = sorted((token for token in step if token not in stop), key=lambda token: -step[token])[:2]
        if {first, second} <= other.keys():
            yield abs((step[first] - step[second]) - (other[first] - other[second]))


@pytest.fixture(scope="module")
def texts(theirs, tokenizer):
    """What llama.cpp writes after each prompt: the prompt's ids, the tokens, and how likely it finds some at each step."""
    ids = {prompt: tokenizer.encode(prompt, special=True) for prompt in PROMPTS}
    return {prompt: (ids[prompt], *theirs.complete(ids[prompt], 200 if LONG else 40, n_probs=5)) for prompt in PROMPTS}


@pytest.fixture(scope="module")
def own_moves(texts, theirs_not_fused, tokenizer):
    """By how much llama.cpp, with attention computed in the other of its ways, moves the gap between its two likeliest tokens."""
    half = 200 if LONG else 20  # of each text: enough for what is in the middle
    beginnings = [(ids, written[:half], steps[:half]) for ids, written, steps in texts.values()]
    pairs = [(steps, theirs_not_fused.would(ids, written, n_probs=5)) for ids, written, steps in beginnings]
    found = np.array([m for steps, others in pairs for m in moved(steps, others, tokenizer.stop)])
    assert len(found) > 0.9 * sum(len(steps) for steps, _ in pairs)
    return found


def read_each(engine, ids, stop):
    """Logits after each token, read one by one: a prompt read at once is not rounded as llama.cpp rounds it."""
    sequence = engine.sequence()
    logits = np.stack([sequence.decode(token) for token in ids]).astype(np.float64)
    logits[:, list(stop)] = -1e9  # llama.cpp was told not to stop
    return logits


@pytest.fixture
def nudge(monkeypatch):
    """From now on embeddings are off by one part in a million, each time in another way."""
    exact, rng = weights.embedding, np.random.default_rng(0)

    def nudged(file, ids):
        numbers = exact(file, ids)
        return (numbers * (1 + 1e-6 * rng.standard_normal(numbers.shape))).astype(np.float32)

    return lambda: monkeypatch.setattr(weights, "embedding", nudged)


@pytest.mark.xdist_group("smollm2")
@pytest.mark.parametrize("prompt", PROMPTS)
def test_greedy_text_is_the_same_but_for_rounding(texts, own_moves, ours, tokenizer, nudge, prompt):
    """Where the texts part, the gap between the two words is less than the last digits of the embeddings move it.

    Activations are rounded to 8 bits in every layer. A difference in the seventh digit tips some of them over, and 30 layers
    later the odds of a word against another have changed by a tenth or by a half: llama.cpp's, too, when it computes
    attention in its other way.
    """
    ids, written, steps = texts[prompt]
    text = [*ids, *written[:-1]]
    logits = read_each(ours, text, tokenizer.stop)[len(ids) - 1 :]
    gaps = logits.max(axis=1) - logits[np.arange(len(written)), written]
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    our_steps = [{token: log_probabilities[i, token] for token in step} for i, step in enumerate(steps)]
    moves = np.array(list(moved(steps, our_steps, tokenizer.stop)))
    print(
        f"{(gaps == 0).mean():.1%} our first choice; gaps move by {np.median(moves):.2f}, its own by {np.median(own_moves):.2f}",
        end=" ",
    )
    assert (gaps == 0).mean() > 0.85
    assert np.median(moves) < 2 * np.median(own_moves)
    nudge()
    for i in np.flatnonzero(gaps)[:1]:
        best = logits[i].argmax()
        after = [read_each(ours, text[: len(ids) + i], tokenizer.stop)[-1] for _ in range(6)]
        same_gap = [gaps[i], *(nudged[best] - nudged[written[i]] for nudged in after)]
        print(f"gap at step {i}, and nudged: {np.round(same_gap, 2)}")
        assert gaps[i] < max(same_gap) - min(same_gap)


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
    logits = engine.sequence().prefill(ids).astype(np.float64)
    expected = logits - np.log(np.exp(logits).sum())
    found = np.array([step[i] for i in range(257)])
    assert np.corrcoef(found, expected)[0, 1] > (0.9999 if not type_.is_quantized else 0.99)


@pytest.mark.xdist_group("smollm2")
def test_a_requantized_model_is_as_good(smollm, tmp_path, tokenizer):
    """SmolLM2 in another type, in both engines: how sure each is of the words of a text differs by rounding only."""
    path = tmp_path / "q8.gguf"
    requantize(smollm, path, GGMLType.Q8_0)
    text = "The sea was calm that morning, and the fishermen had gone out early to look for herring near the island."
    ids = tokenizer.encode(text)
    sequence = Engine(path, threads=1).sequence()
    logits = np.stack([sequence.decode(token) for token in ids[:-1]]).astype(np.float64)
    found = (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))[np.arange(len(ids) - 1), ids[1:]]
    expected = LlamaCpp(path, context=64).follow(ids)
    assert abs(found.mean() - expected.mean()) < 0.06
