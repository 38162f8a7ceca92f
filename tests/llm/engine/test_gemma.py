"""Gemma 3 270M, a real model of another family, beside llama.cpp, Transformers and the `gguf` package.

The asset is fetched on request only: `journey assets fetch gemma-3-270m`. Its rows of 640 weights are no multiple of 256, so
that a file named Q4_K_M holds four types more than the name says; most of its layers see the last 512 tokens only.
"""

import json
import math

import gguf
import numpy as np
import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import corpora, store
from nlpjourney.llm.engine import Engine, GGUFTokenizer
from nlpjourney.llm.engine.chat import Chat
from nlpjourney.llm.gguf.dequantize import dequantize
from nlpjourney.llm.gguf.hugging_face import read_published
from nlpjourney.llm.models import Llama
from tests.llm.engine.llama_cpp import LlamaCpp
from tests.llm.engine.test_llama_cpp import TEXTS

GEMMA = "gemma-3-270m"
PROMPTS = [
    "Once upon a time, in a small village by the sea, there lived a",
    "The three most important inventions of the nineteenth century are",
    "def fibonacci(n):\n    ",
    "Der Himmel ist blau, weil",
]


@pytest.fixture(scope="module")
def path():
    if not store.is_cached(GEMMA):
        pytest.skip(f"{GEMMA} is fetched on request only: journey assets fetch {GEMMA}")
    return store.path(GEMMA)


@pytest.fixture(scope="module")
def theirs(path):
    return LlamaCpp(path)


@pytest.fixture(scope="module")
def engine(path):
    return Engine(path, threads=1)


@pytest.fixture(scope="module")
def tokenizer(engine):
    return GGUFTokenizer(engine.file)


@pytest.fixture(scope="module")
def tale(tokenizer):
    """900 tokens of a fairy tale."""
    return tokenizer.encode(corpora.tales()["Cinderella"])[:900]


def log_softmax(logits):
    return torch.from_numpy(logits).log_softmax(-1).numpy()


def test_the_file_holds_what_rows_of_640_allow(engine):
    """Q4_K and Q6_K only where a row is a multiple of 256 weights; all of it runs, and none of it as floats."""
    types = {}
    for info in engine.file.tensors.values():
        if len(info.shape) == 2:
            types.setdefault(info.shape[1], set()).add(info.type.name)
    assert types == {640: {"Q5_0", "Q8_0"}, 1024: {"Q4_K"}, 2048: {"Q4_K", "Q6_K"}}
    n_weights = sum(math.prod(info.shape) for info in engine.file.tensors.values())
    assert engine.weights.nbytes * 8 / n_weights < 9


def test_every_tensor_is_read_as_the_gguf_package_reads_it(engine):
    for name, info in engine.file.tensors.items():
        rows = engine.file.raw(name).reshape(math.prod(info.shape[:-1]), -1)[:5000]  # the embedding has 262,144
        expected = gguf.quants.dequantize(rows, gguf.GGMLQuantizationType[info.type.name])
        np.testing.assert_array_equal(dequantize(rows.reshape(-1), info.type), expected.reshape(-1))


@pytest.mark.parametrize("special", [True, False])
def test_the_same_ids(theirs, tokenizer, special):
    """Runs of spaces, of line ends, of tabs and HTML tags are tokens that even ordinary text makes."""
    runs = [character * n for character in " \n\t" for n in (2, 3, 31, 32, 40)]
    tags = [
        "<b>bold</b>",
        "<start_of_turn>user\nhi<end_of_turn>\n",
        "<unused7><eos>",
        "a▁b",
        "<0x41>",
        "  x  <table>\t\t",
    ]
    articles = [text[:800] for text in list(corpora.wikipedia().values())[:20]]
    translated = [text for language in ("ru", "ja", "ar", "hi") for _, text in corpora.django_messages(language)[:40]]
    for text in [*TEXTS, *runs, *tags, *articles, *translated]:
        ids = tokenizer.encode(text, special=special)
        assert ids == theirs.tokenize(text, special), text
        if not special:
            assert tokenizer.decode(ids) == text.replace("▁", " ")  # how this vocabulary writes a space


ODD = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "<b>",
    "</b>",
    "<start_of_turn>",
    "<eos>",
    "▁",
    "<0x41>",
    "<unused7>",
    "[multimodal]",
]


@settings(max_examples=80, deadline=None)
@given(parts=st.lists(st.text(max_size=8) | st.sampled_from(ODD), max_size=20), special=st.booleans())
def test_the_same_ids_for_any_text(theirs, tokenizer, parts, special):
    text = "".join(parts)
    assert tokenizer.encode(text, special=special) == theirs.tokenize(text, special)


def test_a_base_model_is_given_plain_text(tokenizer):
    messages = [("user", "Once upon a time"), ("assistant", " there was a king."), ("user", "He had a daughter")]
    chat = Chat(None, tokenizer, [{"role": role, "content": content} for role, content in messages])
    assert chat.is_base_model
    assert chat.prompt() == "Once upon a time there was a king.\nHe had a daughter"


@torch.no_grad()
def test_logits_are_those_of_transformers(path, engine, tale):
    """The file's weights as floats, in Transformers and in our own model; quantized, in the engine. Past the window of 512."""
    ids = torch.tensor([tale[:560]])
    config, tensors = read_published(path)
    settings = transformers.Gemma3TextConfig(**config)
    model = transformers.Gemma3ForCausalLM.from_pretrained(None, config=settings, state_dict=dict(tensors)).eval()
    expected = model(ids, logits_to_keep=20).logits[0]
    ours = Llama.from_tensors(config, tensors)
    last = ours.hidden(ours.embed(ids), ours.plan(ids, None, None), None)[0, -20:]  # logits of all 560 would be 600 MB
    torch.testing.assert_close(ours.head(last), expected, atol=5e-3, rtol=0)
    sequence = engine.sequence()
    sequence.prefill(tale[:540])
    found, expected = log_softmax(sequence.prefill(tale[540:560], all_logits=True)), log_softmax(expected.numpy())
    assert np.median(np.abs(found - expected)[expected > -10]) < 0.1


@pytest.mark.parametrize("prompt", PROMPTS)
def test_greedy_text_is_the_same_but_for_rounding(theirs, engine, tokenizer, prompt):
    """Every token that llama.cpp chose is our first choice too, or so near to it that rounding decides.

    How much rounding moves a log-probability is measured on the same steps.
    """
    ids = tokenizer.encode(prompt)
    written, steps = theirs.complete(ids, 40, n_probs=3)
    sequence = engine.sequence()
    logits = np.stack([sequence.prefill(ids)] + [sequence.decode(token) for token in written[:-1]])
    logits[:, list(tokenizer.stop)] = -1e9  # llama.cpp was told not to stop
    found = log_softmax(logits)
    moved = [abs(found[i, token] - p) for i, step in enumerate(steps) for token, p in step.items()]
    rounding = np.quantile(moved, 0.95)
    assert np.median(moved) < 0.15 and rounding < 0.6
    gaps = found.max(axis=1) - found[np.arange(len(written)), written]
    assert (gaps <= 2 * rounding).all(), (gaps.max(), rounding)
    assert (gaps == 0).mean() > 0.85


@pytest.fixture(scope="module")
def their_log_probabilities(theirs, tale):
    """What llama.cpp gives for each of the last 300 tokens of the tale: each is forced, and reported as it was before."""
    found = []
    for i in range(600, 900):
        token = tale[i]
        wish = {"prompt": tale[:i], "n_predict": 1, "temperature": 0, "n_probs": 1, "logit_bias": [[token, 1000.0]],
                "cache_prompt": True, "return_tokens": True, "ignore_eos": True}  # fmt: skip
        answer = theirs.server.handle_completions(wish)
        answer = json.loads(answer) if isinstance(answer, str | bytes) else answer
        (step,) = answer["choices"][0]["logprobs"]["content"]
        assert step["id"] == token
        found.append(step["logprob"])
    return np.array(found)


@pytest.mark.parametrize("at_once", [True, False], ids=["prompt", "token by token"])
def test_perplexity_past_the_window(engine, tale, their_log_probabilities, at_once):
    """300 tokens after 600 others: within 0.5 % of llama.cpp's, and the two standard errors that so short a text leaves."""
    sequence = engine.sequence()
    sequence.prefill(tale[:599])
    rest = tale[599:899]
    logits = (
        sequence.prefill(rest, all_logits=True) if at_once else np.stack([sequence.decode(token) for token in rest])
    )
    difference = log_softmax(logits)[np.arange(300), tale[600:]] - their_log_probabilities
    error = difference.std() / math.sqrt(300)
    assert error < 0.01 and abs(difference.mean()) < 0.005 + 2 * error
    assert np.abs(difference).mean() < 0.15
