# %% [markdown]
# # 7.4 Quantization: GPTQ, EXL2, GGUF, llama.cpp
#
# You have a model, a laptop, and no graphics card. To write one token, the processor must read *every weight of the model* from memory once: nothing
# can be reused, since the next token needs all of them again. So the memory sets the speed: bytes of the model, divided by bytes a second. Two things help: a
# faster memory, or fewer bytes a weight. Let us measure your memory, and see what it allows a model of 7 billion weights.

# %%
import copy
import inspect
import struct
import time

import matplotlib.pyplot as plt
import numpy as np
import torch

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.llm.engine import Engine, GGUFTokenizer
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.models import load_decoder

torch.set_num_threads(1)  # the same on every machine
torch.set_grad_enabled(False)
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"

# %% tags=["timing"]
numbers = np.ones(30_000_000)  # 240 MB, more than any cache


def seconds(function, times: int = 3) -> float:
    """The best of several runs."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        took.append(time.perf_counter() - start)
    return min(took)


bandwidth = numbers.nbytes / seconds(numbers.sum)
del numbers
widths = [32, 16, 8, 4]
gigabytes = [7e9 * bits / 8 / 1e9 for bits in widths]
fig, ax = plt.subplots(figsize=(8, 2.8))
bars = ax.barh([f"{bits} bits" for bits in widths], gigabytes, color=[GREY, GREY, BLUE, ORANGE])
for bar, size in zip(bars, gigabytes):
    ax.text(
        size + 0.3,
        bar.get_y() + 0.4,
        f"{size:.1f} GB, about {bandwidth / size / 1e9:.1f} tokens a second",
        va="center",
    )
ax.set(title=f"7 billion weights, one core that adds up {bandwidth / 1e9:.0f} GB/s", xlabel="gigabytes", xlim=(0, 46))
ax.invert_yaxis()
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# The bandwidth was measured with a simple sum; the engine below does better, so take the speeds for an order of magnitude. (All this is about *decode*, one token at a time. In *prefill* many tokens share each weight that is
# fetched, arithmetic is the limit, and fewer bits help much less.)
#
# **Quantization** stores each weight as a small integer. This practice shows how to do it with little loss.
#
# ## Build it
#
# ### Absmax
#
# Choose a step, the **scale**, so that the largest magnitude becomes the largest integer; round everything to multiples of it:
#
# $$s = \frac{\max |x|}{2^{b-1} - 1}, \qquad q = \text{round}(x / s), \qquad x \approx s\,q$$
#
# In words: with $b = 4$ bits the integers go from −7 to 7, and no number moves further than half a step.


# %%
def by_absmax(x: np.ndarray, bits: int) -> np.ndarray:
    """What is left of `x`."""
    scale = np.abs(x).max() / (2 ** (bits - 1) - 1)
    return scale * np.round(x / scale)


x = np.array([0.5, -7.0, 2.4, 3.6])
print("4 bits:", by_absmax(x, 4), "  the scale is 1, so you can check it by eye")

# %% [markdown]
# If all numbers have one sign, half of the integers go unused. With a **zero point** $z$ the range from the smallest to the largest is spread over all of $0 \ldots 2^b - 1$: $q = \text{round}(x / s) + z$ and
# $x \approx s\,(q - z)$, where the integer $z$ stands for the number 0 (exercise b). Weights lie about evenly around 0 and mostly do without; activations often do not.
#
# ### One large number
#
# The step depends on the largest number, and all others pay for it. Here are 64 ordinary numbers, and the same with one outlier:

# %%
rng = np.random.default_rng(0)
ordinary = rng.normal(size=64)
with_outlier = ordinary.copy()
with_outlier[20] = 30.0
in_groups = np.concatenate([by_absmax(group, 4) for group in with_outlier.reshape(4, 16)])
fig, axes = plt.subplots(1, 3, figsize=(12, 3), sharey=True)
for ax, before, after, title in (
    (axes[0], ordinary, by_absmax(ordinary, 4), "one scale, no outlier"),
    (axes[1], with_outlier, by_absmax(with_outlier, 4), "one scale, an outlier (off the picture)"),
    (axes[2], with_outlier, in_groups, "a scale for each group of 16"),
):
    ax.plot(before, "o", color=GREY, markersize=4, label="number")
    ax.plot(after, "x", color=RED, markersize=4, label="what is left of it")
    ax.set(title=title, xlabel="position", ylim=(-3.5, 3.5))
axes[0].set_ylabel("value")
axes[2].legend(frameon=False, loc="lower right", fontsize=8)
plt.tight_layout()
plt.show()
lost = int((by_absmax(with_outlier, 4) == 0).sum())
print(f"With the outlier {lost} of 64 numbers become 0; with groups only those of its own group suffer.")

# %% [markdown]
# A scale for each small group confines the damage. It costs: a scale of 16 bits for every 32 weights is half a bit a weight. That is exactly a format of the
# file in which most quantized models travel.
#
# ### A GGUF file, byte by byte
#
# `GGUF`, a version, two counts, then keys and values, then a list of tensors, then their bytes. Let us open SmolLM2's with nothing but `struct`:

# %%
path = assets.path("smollm2-135m-instruct")
with path.open("rb") as f:
    magic, version, n_tensors, n_keys = struct.unpack("<4sIQQ", f.read(24))
    length = struct.unpack("<Q", f.read(8))[0]
    key = f.read(length).decode()
    kind, length = struct.unpack("<IQ", f.read(12))
    value = f.read(length).decode()
print(magic, "version", version, "with", n_tensors, "tensors and", n_keys, "keys; the first key:", key, "=", value)
file = GGUFFile(path)
for name in list(file.tensors)[:5]:
    info = file.tensors[name]
    print(
        f"{name:24} {info.shape!s:14} {info.type.name:5} {info.type.bits_per_weight:4.1f} bits a weight, from byte {info.start:,}"
    )

# %% [markdown]
# This file was quantized by those who made it: most matrices are **Q4_1**, which keeps for each block of 32 weights a scale $d$ and a minimum $m$ in half precision, and
# 16 bytes with two integers each: $w = d\,q + m$. What that rounding lost stays lost: everything below is compared with the model *as this file has it*, about 5 bits a weight, and not with its original. (Re-rounding in the same blocks
# would find the same grid again; so we use other groups.)

# %%
name = "blk.0.ffn_up.weight"
block = bytes(file.raw(name)[:20])
d, m = struct.unpack("<2e", block[:4])
packed = np.frombuffer(block[4:], np.uint8)
weights = d * np.concatenate([packed & 15, packed >> 4]).astype(np.float32) + m
print("scale", d, " minimum", m)
print("our first weights ", weights[:5].round(4), " last", weights[-1].round(4))
print("the library's     ", file.tensor(name)[0, :5].round(4), " last", file.tensor(name)[0, 31].round(4))
assert np.allclose(weights, file.tensor(name)[0, :32], atol=1e-6)

# %% [markdown]
# ## The library's version
#
# `Scheme` says how many bits, who shares a scale, and whether zero is in the middle; `round_to_nearest` does what `by_absmax` does, for matrices and with groups:

# %%
from nlpjourney.deploy.quantization import (
    Scheme, choose_schemes, collect, gptq, matrices, perplexity, quantize_layers, quantize_model, relative_errors, rescale,
    round_to_nearest,
)  # fmt: skip

print(inspect.getsource(round_to_nearest))
ours = round_to_nearest(torch.from_numpy(with_outlier)[None].float(), Scheme(4, 16, symmetric=True)).numbers()
print(f"largest difference to the obvious version: {float((ours[0] - torch.from_numpy(in_groups)).abs().max()):.1e}")

# %% [markdown]
# ### The engine
#
# Fewer bytes make a model faster only if the weights *stay* small until the moment they are used. The library's engine maps the file into memory and
# multiplies integers by integers: the activations are rounded to 8 bits as well. Processors that were made with neural networks in mind have an instruction
# for it, `vpdpbusd`, which multiplies 64 pairs of bytes and adds the products up in fours; `llm/engine/dot.py` writes it, and plain loops stand in
# where it is missing.

# %% tags=["timing"]
engine = Engine(path, threads=1)  # the weights; a sequence is one text with its cache
sequence = engine.sequence()
tokenizer = GGUFTokenizer(file)
prompt = tokenizer.encode("Once upon a time, in a small village by the sea, there lived")


def write(n: int) -> list[int]:
    sequence.truncate(0)
    written, logits = [], sequence.prefill(prompt)
    for _ in range(n):
        written.append(int(logits.argmax()))
        logits = sequence.decode(written[-1])
    return written


print("…", tokenizer.decode(write(30)))
sequence.truncate(len(prompt))
step = seconds(lambda: [sequence.decode(token) for token in prompt[:10]]) / 10
moved = engine.weights.nbytes / step
print(
    f"\n{1 / step:.0f} tokens a second on one core: {engine.weights.nbytes / 1e6:.0f} MB read for each, {moved / 1e9:.1f} GB/s"
)
print(f"That is {moved / bandwidth:.0%} of what this core reads when it only adds numbers up.")

# %% [markdown]
# Where that is more than 100 %, the engine has asked for weights before it needed them, which a sum does not, and found some of so small a model in the
# processor's cache. So a sum is no upper bound of what a core can read.
#
# ## Real data: how few bits?
#
# **Perplexity** says how surprised the model is by a text: the exponential of the mean loss, or the number of equally likely tokens among which it might as well be choosing. We round all matrices inside the 30 layers of SmolLM2 in several ways, and let each
# version read the same news. Same bits, very different models:

# %%
model = load_decoder(path)
background, judged, _ = corpora.lee_news()
held_out = tokenizer.encode("\n".join(judged))[:257]
original = {name: module.weight.clone() for name, module in matrices(model)}


def restore() -> None:
    for name, module in matrices(model):
        module.weight.copy_(original[name])


def continuation(n: int = 8) -> str:
    ids = tokenizer.encode("The capital of France is")
    for _ in range(n):
        ids.append(int(model(torch.tensor([ids]), last_only=True)[0, -1].argmax()))
    return tokenizer.decode(ids)


unquantized = perplexity(model, held_out)
print(f"as the file has it: perplexity {unquantized:.1f}   {continuation()!r}")
curves = {}
for sharing in ("tensor", 64):
    for bits in (8, 4, 3):
        if sharing == "tensor" and bits != 4:
            continue
        size = quantize_model(model, Scheme(bits, sharing))
        curves[sharing, bits] = size, perplexity(model, held_out)
        text = continuation() if bits == 4 else ""
        print(
            f"{bits} bits, a scale for each {sharing if sharing == 'tensor' else 'group of 64'}: {curves[sharing, bits][1]:.4g} {text!r}"
        )
        restore()
print(f"(A blind guess among all tokens has a perplexity of {model.config.vocab_size:,}.)")

# %% [markdown]
# With one scale for a whole matrix the model is worse than a blind guess: it is sure of nonsense. Why? Outliers. Look at the largest weight of each matrix, in standard deviations; and, more important for what comes next, at the *inputs*
# that reach a matrix: some channels are far larger than the rest, in every text.

# %%
LAYERS = 3  # what follows is shown on the first layers of the same model, so that it takes seconds
part = copy.copy(model)
part._modules = dict(model._modules)
part.layers = model.layers[:LAYERS]
calibration = torch.tensor(tokenizer.encode("\n".join(background))[:1536]).view(6, 256)
inputs = collect(part, calibration)

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.2))
largest = [float(w.abs().max() / w.std()) for w in original.values()]
left.hist(largest, bins=30, color=BLUE)
left.set(title=f"The largest weight of {len(largest)} matrices", xlabel="standard deviations", ylabel="matrices")
magnitude = inputs["layers.2.self_attn.q_proj"].magnitude
right.bar(range(len(magnitude)), magnitude, color=ORANGE, width=1.5)
right.set(title="Inputs of the queries, layer 2", xlabel="channel", ylabel="mean |x|")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.tight_layout()
plt.show()
print(f"The largest channel is {float(magnitude.max() / magnitude.median()):.0f} times the median one.")

# %% [markdown]
# ### Three ways to lose less
#
# All of them look at a text first, the **calibration**: which inputs does each matrix get?
#
# - **GPTQ** rounds column after column, and moves the columns that are not rounded yet so that they make up for the error. Columns can stand in for one another as far as their inputs go together, which is what the matrix
#   $H = \text{mean of } x x^\top$ says; by how much to move them follows from a triangular (Cholesky) factor of its inverse. It goes layer by layer: the inputs of each come out of the rounded ones before it.
# - **AWQ** multiplies the columns that meet large inputs before rounding, and divides the inputs: the rounding error of these columns shrinks.
# - **Mixed bits**: measure what each matrix loses at 2, 3, 4 … bits, and give the bits to those that need them, within a budget. EXL2 does this *and* rounds each matrix by GPTQ.
#
# GPTQ in a few lines, for one row of weights:


# %%
def gptq_one_row(w: np.ndarray, u: np.ndarray, scale: float) -> np.ndarray:
    """`u` is upper triangular, uᵀu = H⁻¹."""
    w, out = w.copy(), np.empty(len(w))
    for i in range(len(w)):
        out[i] = scale * round(w[i] / scale)
        w[i:] -= (w[i] - out[i]) / u[i, i] * u[i, i:]  # those behind make up for it
    return out


h = np.array([[1.0, 0.9], [0.9, 1.0]])  # two inputs that nearly always come together
u = np.linalg.cholesky(np.linalg.inv(h)).T
w = np.array([0.4, 0.4])
for label, rounded in (("rounded to nearest", np.round(w)), ("GPTQ", gptq_one_row(w, u, 1.0))):
    change = rounded - w
    print(f"{label:18} {rounded}  mean squared change of the output {change @ h @ change:.2f}")

# %% [markdown]
# Both weights are nearer to 0, but their inputs come together, so one 0 and one 1 give nearly the same output. Now the library's, on real matrices. We evaluate on a text that the calibration
# did not see:

# %%
first_layers = {name: value.clone() for name, value in part.state_dict().items() if "layers" in name}


def measure(change) -> tuple[float, float]:
    """(bits a weight, perplexity of the whole model) after `change`, which is undone."""
    size = change()
    result = perplexity(model, held_out)
    part.load_state_dict(first_layers, strict=False)
    return size, result


def awq(bits: int) -> float:
    rescale(part, inputs, Scheme(bits, 64))
    return quantize_model(part, Scheme(bits, 64))


schemes = [Scheme(bits, 64) for bits in (2, 3, 4, 5)]
errors = relative_errors(part, inputs, schemes, lambda weight, _, scheme: round_to_nearest(weight, scheme))
three, four = (Scheme(bits, 64).bits_per_weight((64, 64)) for bits in (3, 4))
budgets = [three, (three + four) / 2, four]
chosen = [choose_schemes(part, errors, schemes, budget) for budget in budgets]
methods = {
    "round to nearest": [measure(lambda b=b: quantize_model(part, Scheme(b, 64))) for b in (3, 4)],
    "GPTQ": [measure(lambda b=b: quantize_layers(part, Scheme(b, 64), gptq, calibration)) for b in (3, 4)],
    "AWQ": [measure(lambda b=b: awq(b)) for b in (3, 4)],
    "mixed bits": [measure(lambda c=c: quantize_model(part, c)) for c in chosen],
    "mixed bits and GPTQ": [measure(lambda c=c: quantize_layers(part, c, gptq, calibration)) for c in chosen],
}
assert perplexity(model, held_out) == unquantized  # all is as it was

fig, ax = plt.subplots(figsize=(8, 3.6))
for (name, points), colour, mark in zip(
    methods.items(), (GREY, BLUE, ORANGE, GREEN, "black"), ("o", "s", "^", "D", "v")
):
    ax.plot(*zip(*points), mark + "-", color=colour, label=name)
ax.axhline(unquantized, color=RED, linestyle=":", label="as the file has it")
ax.set(title=f"The first {LAYERS} layers quantized", xlabel="bits a weight, scales included", ylabel="perplexity")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
for name, points in methods.items():
    print(f"{name:19}" + "".join(f"   {size:.2f} bits: {result:6.2f}" for size, result in points))
best = min(methods, key=lambda name: methods[name][0][1])
print(f"With 3 bits {best} loses least here.")

# %% [markdown]
# Which matrices got more bits than others, and which had to give some away?

# %%
kinds = list(dict.fromkeys(name.split(".", 2)[2] for name in chosen[0]))
table = np.array([[chosen[0][f"layers.{i}.{kind}"].bits for i in range(LAYERS)] for kind in kinds])
fig, ax = plt.subplots(figsize=(5, 3.4))
ax.imshow(table, cmap="Blues", vmin=1, vmax=6, aspect="auto")
for (row, column), bits in np.ndenumerate(table):
    ax.text(column, row, str(bits), ha="center", va="center")
ax.set_yticks(range(len(kinds)), kinds)
ax.set_xticks(range(LAYERS))
ax.set(title=f"Bits chosen for an average of {budgets[0]:.2f}", xlabel="layer")
plt.show()

# %% [markdown]
# Mixed bits can spend any average, also one that lies between two widths: that is what EXL2 is used for, to fill a card to the last byte. At the same size they need not win: the error of each
# matrix by itself says little about what the whole model makes of it, and with plain rounding inside the matrices they gain nothing here.
#
# A caution: what holds for the layers' error need not hold for the text. GPTQ fits the calibration text; with little of it, or over many layers measured once, it can end up
# *worse* than plain rounding. Measure on text that the method has not seen; and a difference of a few per cent on 256 tokens, as here, is not worth a claim.
#
# ## The tools of the trade
#
# **llama.cpp** reads the same file. Do both choose the same tokens, and how fast? Two programs that add in another order round differently, and where two tokens are nearly equally likely that decides; from then on their texts differ. So
# the engine reads llama.cpp's text and is asked at each place what it would have chosen there:

# %% tags=["timing"]
import json

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel, params.verbosity = str(path), 512, 1, -1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
N = 24


def llama_cpp(n: int = N) -> list[int]:
    wish = {"prompt": prompt, "n_predict": n, "temperature": 0, "n_probs": 1, "ignore_eos": True}
    answer = server.handle_completions(wish)
    answer = json.loads(answer) if isinstance(answer, str | bytes) else answer
    return [step["id"] for step in answer["choices"][0]["logprobs"]["content"]]


theirs = llama_cpp()
reader = engine.sequence()
logits, behind = reader.prefill(prompt), []
for token in theirs:
    behind.append(float(logits.max() - logits[token]))
    logits = reader.decode(token)
print(f"in {sum(gap == 0 for gap in behind)} of {N} places the engine would have chosen llama.cpp's token")
print(f"where not, that token was at most {max(behind):.2f} logits behind its own choice")
ours_s, theirs_s = seconds(lambda: write(20), 1), seconds(lambda: llama_cpp(20), 1)
print(f"one core, {len(prompt)} tokens read and 20 written: the engine {ours_s:.2f} s, llama.cpp {theirs_s:.2f} s")

# %% [markdown]
# - **llama.cpp** and **gguf**, its Python package: `journey system llama.cpp` and `journey system gguf` compare more: every type, bit for bit.
# - **GPTQModel** quantizes models of the Hugging Face hub with GPTQ; `journey system GPTQ` runs its algorithm and ours on the same matrices.
# - **ExLlamaV2** runs its own mixed-bit files fast, on NVIDIA cards only: without one it cannot be tried here.
#
# ## Exercises


# %% exercise="7.4.a"
def absmax(x: np.ndarray, bits: int) -> tuple[np.ndarray, float]:
    """(codes, scale)."""
    # BEGIN SOLUTION
    scale = float(np.abs(x).max()) / (2 ** (bits - 1) - 1) or 1.0
    return np.round(x / scale).astype(int), scale
    # END SOLUTION


# %% exercise="7.4.b"
def zero_point(x: np.ndarray, bits: int) -> tuple[np.ndarray, float, int]:
    """(codes, scale, zero)."""
    # BEGIN SOLUTION
    low, high = min(float(x.min()), 0.0), max(float(x.max()), 0.0)
    scale = (high - low) / (2**bits - 1) or 1.0
    zero = int(np.round(-low / scale))
    return np.clip(np.round(x / scale) + zero, 0, 2**bits - 1).astype(int), scale, zero
    # END SOLUTION


# %% exercise="7.4.c"
def read_q4_0(block: bytes) -> np.ndarray:
    """The 32 weights of a block of 18 bytes."""
    # BEGIN SOLUTION
    d = float(np.frombuffer(block[:2], "<f2")[0])
    q = np.frombuffer(block[2:], np.uint8).astype(int)
    return d * (np.concatenate([q & 15, q >> 4]) - 8.0)
    # END SOLUTION


# %% exercise="7.4.d"
def gptq_row(w: np.ndarray, u: np.ndarray, scale: float) -> np.ndarray:
    """The row rounded to multiples of `scale`, each error made up for by the weights behind it."""
    # BEGIN SOLUTION
    w, out = w.copy(), np.empty(len(w))
    for i in range(len(w)):
        out[i] = np.round(w[i] / scale) * scale
        w[i + 1 :] -= (w[i] - out[i]) / u[i, i] * u[i, i + 1 :]
    return out
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [Introduction to Quantization](https://mlabonne.github.io/blog/posts/Introduction_to_Weight_Quantization.html)
# - GPTQ: [4-bit LLM Quantization with GPTQ](https://mlabonne.github.io/blog/posts/4_bit_Quantization_with_GPTQ.html) and its
#   [notebook](https://colab.research.google.com/drive/1lSvVDaRgqQp_mWK_jC9gydz6_-y6Aq4A?usp=sharing)
# - GGUF: [Quantization with GGUF and llama.cpp](https://colab.research.google.com/drive/1pL8k7m04mgE5jo2NrjGi8atB0j_37aDD?usp=sharing)
# - EXL2: [ExLlamaV2: The Fastest Library to Run LLMs](https://mlabonne.github.io/blog/posts/ExLlamaV2_The_Fastest_Library_to_Run%C2%A0LLMs.html) and its
#   [notebook](https://colab.research.google.com/drive/1yrq4XBlxiA0fALtMoT2dwiACVc77PHou?usp=sharing); all of them by
#   [AutoQuant](https://colab.research.google.com/drive/1b6nqC7UZVt8bx4MksX7s656GXPM-eWw4?usp=sharing)
# - E. Frantar et al., *GPTQ* (2022); J. Lin et al., *AWQ* (2023); T. Dettmers et al., *LLM.int8()* (2022), on outliers
