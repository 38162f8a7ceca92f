# %% [markdown]
# # 4.3 Emerging architectures: experts, latent attention, state spaces
#
# A Transformer sends you two bills. The first comes with every token that it writes: *all* of its parameters take part, whether the token is a comma or
# the answer to a riddle. The second grows while it reads: keys and values of every token in every layer are kept, and for a long document they take more memory than the
# model itself. Three ideas pay less: **mixtures of experts** use only a part of the model for each token; **latent attention** keeps a short
# summary instead of keys and values; **state space models** keep a memory of fixed size and no tokens at all. DeepSeek-V2 combines the first two, Jamba the first and the third.
#
# Here is the second bill for some published models, computed from their configurations:

# %%
import inspect
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F

from nlpjourney.assets import corpora

torch.set_num_threads(1)  # enough for small models, and the same on every machine
BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#999999"

# numbers kept for each token, and numbers kept whatever the length; two bytes each
kept = {
    "GPT-3 (175 B), 96 layers, 96 heads": (96 * 2 * 96 * 128, 0),
    "Llama 3 (70 B), 80 layers, 8 shared heads": (80 * 2 * 8 * 128, 0),
    "DeepSeek-V2 (236 B), 60 layers, latent of 512 + 64": (60 * (512 + 64), 0),
    "Jamba (52 B), 4 of 32 layers attend": (4 * 2 * 8 * 128, 28 * 8192 * (16 + 3)),
    "Mamba (2.8 B), 64 layers": (0, 64 * 5120 * (16 + 3)),
}
lengths = np.logspace(2, 6, 60)
fig, ax = plt.subplots(figsize=(8, 4))
for (name, (per_token, fixed)), colour, style in zip(
    kept.items(), (GREY, BLUE, ORANGE, GREEN, RED), ("-", "--", "-.", ":", "-")
):
    ax.loglog(lengths, 2 * (per_token * lengths + fixed) / 1e9, style, color=colour, label=name)
ax.set(title="What has to be kept in memory while a text is read", xlabel="tokens", ylabel="gigabytes")
ax.legend(frameon=False, fontsize=8)
ax.grid(alpha=0.3)
plt.show()
gigabytes = {name: 2 * (a * 128_000 + b) / 1e9 for name, (a, b) in kept.items()}
print("For 128,000 tokens: " + "; ".join(f"{name.split(',')[0]} {size:.3g} GB" for name, size in gigabytes.items()))

# %% [markdown]
# The numbers in brackets are parameters, in billions: compare models of a size. For the state spaces, 16 is the size of a channel's state, and 3 are the last inputs of the channel: before the scan, a short convolution over
# the current and the three tokens before mixes each channel with its own recent past, and must remember them.
#
# ## Build it: a mixture of experts
#
# The first bill is paid with *active* parameters: Mixtral has 46.7 billion, of which each token passes through 12.9; DeepSeek-V2 has 236 and uses 21.
#
# Where a Transformer has one feed-forward network, put several, and a **router**: a small matrix that gives each token a score for each expert. The token goes to
# the best $K$, and the answers are added with weights that sum to one:
#
# $$y = \sum_{e \in \text{top-}K} w_e \, E_e(x), \qquad w = \text{softmax}(\text{scores of the } K \text{ best})$$
#
# In words: ask only the experts with the highest scores, and trust each as much as its score says. The obvious version asks token by token:


# %%
def mixture(x, scores, experts, k):
    """Each token (row of x) through its k best experts."""
    out = []
    for token, row in zip(x, scores):
        best = sorted(range(len(row)), key=lambda e: -row[e])[:k]
        powers = [math.exp(row[e]) for e in best]
        out.append(sum(p / sum(powers) * experts[e](token) for p, e in zip(powers, best)))
    return out


# Three experts that are easy to follow: one doubles, one negates, one answers 10
toy = [lambda v: 2 * v, lambda v: -v, lambda v: 10.0]
answers = mixture([1.0, 5.0], [[math.log(3), 0.0, -9.0], [-9.0, 0.0, 0.0]], toy, k=2)
print([round(answer, 3) for answer in answers])

# %% [markdown]
# By hand: the first token's best are the doubler with weight ¾ and the negator with ¼: ¾·2 − ¼·1 = 1.25. The second asks negator and ten, half each: ½·(−5) + ½·10 = 2.5.
#
# ## The library's version
#
# It turns the question round: not "which experts for this token" but "which tokens for this expert". All tokens of an expert are gathered, computed in one
# product of matrices, and added back:

# %%
from nlpjourney.llm.blocks.experts import MixtureOfExperts, Router, load_balancing_loss, router_logits

print(inspect.getsource(MixtureOfExperts.forward))

# %%
router = Router(64, n_experts=8, top_k=2, normalise=True)
router.weight.data.normal_(generator=torch.Generator().manual_seed(0))
block = MixtureOfExperts(64, 128, 8, router)
x = torch.randn(1, 300, 64, generator=torch.Generator().manual_seed(1))
with torch.no_grad():
    obvious = torch.stack(mixture(x[0], router(x[0])[0].tolist(), block.experts, 2))
    print(f"largest difference: {float((block(x)[0] - obvious).abs().max()):.1e}")

# %% tags=["timing"]
from time import perf_counter


def seconds(function, times: int = 3) -> float:
    """The best of several runs."""
    best = math.inf
    for _ in range(times):
        start = perf_counter()
        with torch.no_grad():
            function()
        best = min(best, perf_counter() - start)
    return best


slow = seconds(lambda: mixture(x[0], router(x[0])[0].tolist(), block.experts, 2))
fast = seconds(lambda: block(x))
print(f"300 tokens: token by token {slow * 1000:.0f} ms, gathered {fast * 1000:.1f} ms")

# %% [markdown]
# ## Real data: who gets the work?
#
# We train a small Mixtral, byte by byte, on three kinds of text: fairy tales, Python code and German. Will there be an expert for German? Twice: once with the plain loss, once
# with the **load balancing loss** added, which is smallest when all experts get equally much.

# %%
import argparse
import ast
import tarfile
import zipfile

from nlpjourney.llm.models import Mixtral, MixtralConfig

texts = {
    "tales": "\n".join(corpora.tales().values()),
    "Python": "".join(inspect.getsource(module) for module in (argparse, ast, tarfile, zipfile)),
    "German": "\n".join(german for _, german in corpora.django_messages("de")),
}
data = {name: torch.tensor(list(text.encode())) for name, text in texts.items()}
print({name: f"{len(bytes_):,} bytes" for name, bytes_ in data.items()})


def batch(name: str, n: int, generator: torch.Generator, length: int = 64) -> torch.Tensor:
    starts = torch.randint(0, len(data[name]) - length - 1, (n,), generator=generator)
    return torch.stack([data[name][s : s + length + 1] for s in starts])


def train(balance: float, steps: int = 150) -> tuple[Mixtral, float]:
    config = MixtralConfig(
        vocab_size=256, d_model=64, n_layers=2, n_heads=4, n_kv_heads=2, d_ff=64, n_experts=8, top_k=2
    )
    model, generator = Mixtral(config, seed=0), torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        ids = torch.cat([batch(name, 8, generator) for name in data])
        with router_logits(model) as logits:
            out = model(ids[:, :-1])
        loss = F.cross_entropy(out.flatten(0, 1), ids[:, 1:].flatten())
        unbalance = sum(load_balancing_loss([layer], top_k=2) for layer in logits)  # each layer by itself
        (loss + balance * unbalance).backward()
        optimizer.step()
        optimizer.zero_grad()
    return model, float(loss.detach())


plain, plain_loss = train(0.0)
balanced, balanced_loss = train(0.02)
print(f"loss {plain_loss:.2f} without balancing, {balanced_loss:.2f} with it")


# %%
def visits(model: Mixtral, name: str) -> torch.Tensor:
    """The share of visits that each expert gets from texts of a kind, (layers, experts)."""
    ids = batch(name, 48, torch.Generator().manual_seed(1))[:, :-1]
    with torch.no_grad(), router_logits(model) as logits:
        model(ids)
    chosen = [layer.topk(2, dim=-1).indices.flatten() for layer in logits]
    return torch.stack([torch.bincount(c, minlength=8) / len(c) for c in chosen])


fig, axes = plt.subplots(2, 2, figsize=(10, 5), sharey=True, sharex=True)
for row, (label, model) in zip(axes, (("no balancing", plain), ("balanced", balanced))):
    for layer, ax in enumerate(row):
        for shift, name, colour, hatch in zip((-0.27, 0, 0.27), data, (BLUE, ORANGE, GREEN), ("", "//", "..")):
            share = visits(model, name)[layer]
            ax.bar(np.arange(8) + shift, share, 0.27, color=colour, hatch=hatch, edgecolor="white", label=name)
        ax.axhline(1 / 8, color=GREY, linestyle=":")
        ax.set(title=f"{label}, layer {layer}", ylabel="share of visits" if layer == 0 else "")
for ax in axes[1]:
    ax.set_xlabel("expert")
axes[0, 1].legend(frameon=False)
plt.tight_layout()
plt.show()
for label, model in (("without balancing", plain), ("balanced", balanced)):
    share = torch.stack([visits(model, name) for name in data]).mean(0)
    print(
        f"{label:18} the least used expert of each layer gets {', '.join(f'{float(v):.1%}' for v in share.min(1).values)} of the visits, "
        f"the most used {', '.join(f'{float(v):.0%}' for v in share.max(1).values)}"
    )

# %% [markdown]
# Two things to see. Without balancing a few experts take nearly everything, and others get nothing: what is chosen learns, what learns is chosen. The
# extra loss spreads the work (the dotted line is an equal share). Whether it costs anything cannot be told from the two losses above, which are those of one batch of one run each. Each layer is balanced by itself here: if visits are counted over all
# layers together, an expert that one layer neglects can be made up for by the expert of the same number in another.
#
# And there is no expert for German. All three kinds of text go to all experts; code leans to some of them, and it has other characters. What do the experts divide, then? Look at the bytes that
# come to each expert of the first layer more often than to the others. (Counted here is only the first choice of each byte; the picture counts both.)

# %%
ids = torch.cat([batch(name, 48, torch.Generator().manual_seed(2)) for name in data])[:, :-1]
with torch.no_grad(), router_logits(balanced) as logits:
    balanced(ids)
first_choice = logits[0].argmax(-1)
characters = ids.flatten()
overall = torch.bincount(characters, minlength=256) / len(characters)
for expert in range(8):
    here = characters[first_choice == expert]
    if len(here) < 50:
        print(f"expert {expert}: {len(here):5} characters")
        continue
    lift = torch.bincount(here, minlength=256) / len(here) / (overall + 1e-3)
    typical = "  ".join(repr(bytes([int(c)]))[1:] for c in lift.topk(7).indices)
    print(f"expert {expert}: {len(here):5} characters, typical: {typical}")

# %% [markdown]
# They divide the alphabet, not the subjects: experts of low layers are chosen by what the token *is*. The authors of Mixtral report the same of their large model: no expert for
# biology or philosophy, but clear patterns by syntax. The word *expert* promises more than there is.
#
# ## Build it: latent attention
#
# DeepSeek-V2 keeps for each token one vector $c$ of 512 numbers, from which keys and values of all 128 heads are made: $k = W_k c$, $v = W_v c$. To make them for
# every token again at every step would be expensive. But look at a score:
#
# $$q \cdot (W_k\, c) = (W_k^{\top} q) \cdot c$$
#
# In words: instead of making a key from each latent, turn the query into a query for latents, once; $W_k$ is *absorbed* into it. Keys never exist. The same holds for the values, at the end. Here is one head of DeepSeek-V2's size, against both alternatives: to make the keys anew,
# and to keep them.

# %%
rng = np.random.default_rng(0)
d, rank, n = 128, 512, 1000  # a key, a latent, tokens so far
W_k, latents, q = rng.normal(size=(d, rank)) / rank**0.5, rng.normal(size=(n, rank)), rng.normal(size=d)
made = np.array([q @ (W_k @ c) for c in latents])
absorbed = latents @ (W_k.T @ q)
print(f"largest difference {np.abs(made - absorbed).max():.1e}")
for how, multiplications, memory in (
    ("keys made anew", n * (d * rank + d), f"{rank} for all heads"),
    ("keys kept", n * d, f"{d} for each head"),
    ("absorbed", d * rank + n * rank, f"{rank} for all heads"),
):
    print(f"{how:15} {multiplications:11,} multiplications a step; numbers kept for each token: {memory}")

# %% [markdown]
# So absorption is no free lunch. A latent is longer than the key of one head, and its scores take about four times the work of keys that are kept. What it buys is memory: one latent serves 128 heads.
#
# One thing cannot be absorbed: the rotation of RoPE. It stands between $W_k$ and $q$ and differs from token to token, so there is no single matrix to turn the query by. DeepSeek-V2 therefore keeps, beside the latent, one
# short key of 64 numbers that is rotated and shared by all heads (`k_rope` in the code, and the "+ 64" in the picture at the top). A score is the sum of both parts.

# %%
from nlpjourney.llm.blocks.latent_attention import LatentAttention

print(inspect.getsource(LatentAttention.absorbed))

# %% [markdown]
# ## Build it: the selective scan
#
# Mamba keeps no tokens. Each channel has a small state $h$ that fades and is written to; how much of either is computed from the token itself, which is what *selective* means:
#
# $$h \leftarrow e^{\Delta A} h + \Delta B x, \qquad y = C \cdot h \qquad (A < 0)$$
#
# In words: a large step Δ forgets the past and takes the token in, a small one keeps the past and ignores the token. One channel with one number of state, by hand:

# %%
h, A = 0.0, -1.0
for x_t, step in [(1.0, math.log(2)), (0.0, 0.0), (0.0, math.log(2)), (8.0, math.log(2))]:
    h = math.exp(step * A) * h + step * x_t
    print(f"in {x_t:.0f}, step {step:.2f} → state {h:.3f}")

# %% [markdown]
# ln 2 writes 0.693 of the input and halves what was there; a step of 0 changes nothing. The loop over all tokens looks slow, and in PyTorch it is: many small
# operations. The library compiles it (Numba), the gradient too:

# %%
from nlpjourney.llm.blocks import selective_scan as scan

print(inspect.getsource(scan.plain_scan))
g = torch.Generator().manual_seed(0)
x, dt = torch.randn(4, 128, 256, generator=g), torch.rand(4, 128, 256, generator=g)
A, B, C = -torch.rand(128, 16, generator=g), torch.randn(4, 256, 16, generator=g), torch.randn(4, 256, 16, generator=g)
difference = (scan.selective_scan(x, dt, A, B, C)[0] - scan.plain_scan(x, dt, A, B, C)[0]).abs().max()
print(f"largest difference: {float(difference):.1e}")

# %% tags=["timing"]
slow, fast = seconds(lambda: scan.plain_scan(x, dt, A, B, C)), seconds(lambda: scan.selective_scan(x, dt, A, B, C))
print(f"4 texts of 256 tokens, 128 channels: loop in PyTorch {slow * 1000:.0f} ms, compiled {fast * 1000:.0f} ms")

# %% [markdown]
# ## What is really kept
#
# The picture at the top was computed from formulas. Small models of each kind, with random weights, let us measure: read texts of growing length and count the bytes in the cache.

# %%
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.models import (
    Deepseek,
    DeepseekConfig,
    Jamba,
    JambaConfig,
    Llama,
    LlamaConfig,
    Mamba,
    MambaConfig,
)

sizes = {"vocab_size": 256, "d_model": 64, "n_layers": 4}
zoo = {
    "Llama": Llama(LlamaConfig(**sizes, n_heads=8, d_ff=128)),
    "DeepSeek-V2": Deepseek(
        DeepseekConfig(
            **sizes,
            n_heads=8,
            d_ff=128,
            kv_rank=16,
            d_nope=8,
            d_rope=4,
            d_value=8,
            n_experts=4,
            n_shared=1,
            top_k=2,
            d_expert=32,
        )
    ),
    "Jamba": Jamba(
        JambaConfig(**sizes, n_heads=8, n_kv_heads=8, d_ff=128, n_experts=4, attention_period=4, attention_offset=2)
    ),
    "Mamba": Mamba(MambaConfig(**sizes, d_inner=128, dt_rank=4)),
}
tokens = torch.tensor(list(texts["tales"].encode()[:1024]))[None]
measured = {name: [] for name in zoo}
lengths = [1, 128, 256, 512, 1024]
for name, model in zoo.items():
    for length in lengths:
        cache = KVCache()
        with torch.no_grad():
            model(tokens[:, :length], cache=cache, last_only=True)
        measured[name].append(cache.n_bytes / 1024)
fig, ax = plt.subplots(figsize=(8, 3.6))
for (name, values), colour, style in zip(measured.items(), (BLUE, ORANGE, GREEN, RED), ("o-", "s--", "^:", "D-.")):
    ax.plot(lengths, values, style, color=colour, label=name)
ax.set(
    title="Measured: four small models of 4 layers read a fairy tale", xlabel="tokens", ylabel="kilobytes in the cache"
)
ax.legend(frameon=False)
ax.grid(alpha=0.3)
plt.show()
expected = {"Llama": 4 * 2 * 8 * 8 * 4, "DeepSeek-V2": 4 * (16 + 4) * 4, "Jamba": 2 * 8 * 8 * 4, "Mamba": 0}
for name, values in measured.items():
    growth = (values[-1] - values[1]) * 1024 / (lengths[-1] - lengths[1])
    print(f"{name:12} {growth:6.0f} bytes for each further token, {expected[name]:5} by the formula")

# %% [markdown]
# What is the catch? A state of fixed size cannot hold everything: a Mamba that read a telephone book does not know each number, while attention looks it up. Jamba's few attending
# layers are there for that. And a mixture of experts saves computing, not memory: all experts have to be loaded.
#
# ## The tools of the trade
#
# Transformers has all of these. Each small model is written as a folder that Transformers opens; do both say the same?

# %%
import tempfile
import warnings

warnings.filterwarnings("ignore", message="IProgress")  # no progress bars here
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()
logging.set_verbosity_error()
for name, model in {**zoo, "Mixtral": balanced}.items():
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        theirs = AutoModelForCausalLM.from_pretrained(folder).eval()
    with torch.no_grad():
        ours_logits, their_logits = model.eval()(tokens[:, :100]), theirs(tokens[:, :100]).logits
    difference = float((ours_logits - their_logits).abs().max())
    print(
        f"{name:12} {model.n_parameters:8,} parameters, logits up to {float(their_logits.abs().max()):5.2f}, largest difference {difference:.1e}"
    )

# %% [markdown]
# mergekit's `mergekit-moe` makes a mixture out of finished dense models: their feed-forward networks become the experts, and the router is computed from prompts that say what each is good
# at. `journey system mergekit_moe --topic 4.3` runs it: every expert is its source bit for bit, and our `Mixtral` reads the result.
#
# ## Exercises
#
# Write your answer into the cell, run it, and the check below tells you how it went. `hint("4.3.a")` helps; `solution("4.3.a")` opens after a first
# try.


# %% exercise="4.3.a"
def route(scores: list[float], k: int) -> list[tuple[int, float]]:
    """The k best experts with their weights, best first."""
    # BEGIN SOLUTION
    best = sorted(range(len(scores)), key=lambda e: (-scores[e], e))[:k]
    powers = [math.exp(scores[e] - scores[best[0]]) for e in best]
    return [(e, power / sum(powers)) for e, power in zip(best, powers)]
    # END SOLUTION


# %% exercise="4.3.b"
def balance_loss(probabilities: np.ndarray, k: int) -> float:
    """E times the sum over experts of (share of tokens that visit it) times (its mean probability)."""
    # BEGIN SOLUTION
    n_tokens, n_experts = probabilities.shape
    visited = np.zeros_like(probabilities)
    for t in range(n_tokens):
        visited[t, np.argsort(-probabilities[t], kind="stable")[:k]] = 1
    return float(n_experts * (visited.mean(axis=0) * probabilities.mean(axis=0)).sum())
    # END SOLUTION


# %% exercise="4.3.c"
def scan_channel(x: np.ndarray, step: np.ndarray, A: np.ndarray, B: np.ndarray, C: np.ndarray) -> np.ndarray:
    """One channel: `x` and `step` (T,), `A` (N,), `B` and `C` (T, N) → y (T,). The state begins at zero."""
    # BEGIN SOLUTION
    h, y = np.zeros(len(A)), np.zeros(len(x))
    for t in range(len(x)):
        h = np.exp(step[t] * A) * h + step[t] * B[t] * x[t]
        y[t] = C[t] @ h
    return y
    # END SOLUTION


# %% exercise="4.3.d"
def cache_numbers(
    layers: list[str], n_tokens: int, n_kv_heads: int, d_head: int, d_inner: int, d_state: int, d_conv: int
) -> int:
    """How many numbers a hybrid keeps for one text; `layers` are "attention" or "mamba"."""
    # BEGIN SOLUTION
    attention = 2 * n_tokens * n_kv_heads * d_head
    mamba = d_inner * (d_state + d_conv - 1)
    return sum(attention if layer == "attention" else mamba for layer in layers)
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [DeepSeek-V2](https://arxiv.org/abs/2405.04434), [Jamba](https://arxiv.org/abs/2403.19887): the papers
# - [Mixture of Experts Explained](https://huggingface.co/blog/moe); [Create MoEs with MergeKit](https://colab.research.google.com/drive/1obulZ1ROXHjYLn6PPZJwRR6GzgQogxxb?usp=sharing)
# - A. Jiang et al., *Mixtral of experts* (2024); A. Gu and T. Dao, *Mamba: linear-time sequence modeling with selective state spaces* (2023)
