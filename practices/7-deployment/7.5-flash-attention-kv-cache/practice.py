# %% [markdown]
# # 7.5 Flash attention, KV cache
#
# Give a model a text twice as long, and attention compares four times as many pairs of tokens. The arithmetic is the smaller trouble. The textbook's
# formula also *writes down* a score for each pair, reads all of them to make weights, writes the weights, and reads them once more. For one head and 32,000 tokens
# that is four gigabytes of scratch, thrown away at the end. And a model keeps the keys and values of every token of the conversation so
# far, the **KV cache**; in a long one they outgrow the model itself.
#
# Two words for the two halves of a model's work. In **prefill** it reads the prompt: all tokens at once, large products of matrices, limited by arithmetic. In **decode** it writes the answer token by token: for each it has to fetch all its weights and the whole
# cache from memory, to use each number only once, so memory traffic is the limit. This practice is about both: attention that never writes the matrix, and caches that share, shrink, and are counted before they are full.

# %%
import inspect
import math
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.llm.cache import size as cache_size
from nlpjourney.llm.cache.quantized import QuantizedKVCache
from nlpjourney.llm.cache import OutOfPages, PagePool
from nlpjourney.llm.blocks.tiled_attention import add_product, flash_attention, merge
from nlpjourney.llm.gguf.tokenizer import GGUFTokenizer
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.models import load_decoder

threadpool_limits(1)  # NumPy's matrix products: two threads would wait for each other on small ones
torch.set_num_threads(1)
torch.set_grad_enabled(False)
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"


def bare(ax):
    ax.spines[["top", "right"]].set_visible(False)
    return ax


lengths = 2 ** np.arange(8, 18)
MB = 1e6
fig, ax = plt.subplots(figsize=(7, 3.4))
ax.loglog(lengths, lengths**2 * 4 / MB, "o-", color=RED, label="the scores of one head")
ax.loglog(lengths, lengths * 64 * 4 * 4 / MB, "s--", color=BLUE, label="its queries, keys, values and answers")
ax.set(title="What is written down, by the length of the text", xlabel="tokens", ylabel="MB")
bare(ax).legend(frameon=False)
plt.show()

# %% [markdown]
# Both axes are logarithmic, so that growth with the square shows as a steeper line. The blue line is what has to be there; the red one is scratch paper.
#
# ## Build it: a softmax that does not need to see everything
#
# The obstacle is the softmax: each weight is divided by the sum over *all* exponentials, and to keep these from overflowing one first subtracts the largest
# score. Both seem to ask for all scores at once. They do not. Read the scores one at a time, and keep two numbers: the largest so far, $m$, and the sum
# $\ell$ of the exponentials relative to it. When a larger score $x$ comes, the old sum is only *scaled*:
#
# $$m' = \max(m, x), \qquad \ell' = \ell \cdot e^{\,m - m'} + e^{\,x - m'}$$
#
# In words: everything summed so far was measured against the old largest score; measured against the new one it is smaller, by the same factor for all. The mix of values
# is scaled the same way.


# %%
def online_attention(scores, values):
    """The softmax-weighted mean of values, in one pass over scores; prints what it keeps."""
    largest, total, mix = -math.inf, 0.0, 0.0
    for x, v in zip(scores, values):
        new = max(largest, x)
        shrink = math.exp(largest - new)
        total = total * shrink + math.exp(x - new)
        mix = mix * shrink + math.exp(x - new) * v
        largest = new
        print(
            f"score {x:3.0f}, value {v:3.0f}:  largest {largest:3.0f}   sum {total:7.4f}   mix {mix:8.4f}   so far {mix / total:7.4f}"
        )
    return mix / total


scores, values = np.array([1.0, 3.0, 2.0, 5.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0, 50.0])
online = online_attention(scores, values)
weights = np.exp(scores) / np.exp(scores).sum()
print(f"\nall at once: {weights @ values:.4f}")
assert math.isclose(online, weights @ values)

# %% [markdown]
# Step by step the last column is the attention over the tokens *so far*, and the last line is exact, not an approximation. Look at where a larger score comes, 3 after 1 and 5 after 3: what was summed before is scaled to
# a seventh ($e^{-2} \approx 0.14$), because all of it has just become less important; then the new term is added.
#
# What works for one score works for a block of them. **Flash attention** (Dao and others, 2022) takes a block of queries and a block of keys at a time: their scores
# fit into fast memory, and are gone before the next keys come. On a graphics card the fast memory is the SRAM of each multiprocessor, a few hundred kilobytes, beside the large but slower HBM, and its size decides how large the blocks are; here it is the cache next to the processor's core, and
# this library's blocks are of 64.
#
# ## The library's version
#
# The heart of it are two products of small matrices for each tile, scores and mix. One plain function does both; it uses each number that
# it has fetched four times:

# %%
print(inspect.getsource(add_product))

# %%
rng = np.random.default_rng(0)


def random_heads(n_heads, n_tokens, d=64):
    return [rng.standard_normal((n_heads, n_tokens, d)).astype(np.float32) for _ in range(3)]


def plain(q, k, v, later):
    """The formula: all scores of a head, then all weights, then the answer. `later` hides what a token may not see."""
    out = np.empty_like(q)
    for h in range(len(q)):
        scores = q[h] @ k[h].T / np.float32(math.sqrt(q.shape[2]))
        scores[later] = -np.inf
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        out[h] = weights @ v[h] / weights.sum(axis=1, keepdims=True)
    return out


def later_than(n):
    """(n, n), True where the key comes after the query."""
    return np.triu(np.ones((n, n), bool), 1)


q, k, v = random_heads(4, 500)
print(
    f"largest difference to the formula: {np.abs(flash_attention(q, k, v)[0] - plain(q, k, v, later_than(500))).max():.0e}"
)

# %% tags=["timing"]
import tracemalloc


def measure(function, *args):
    """The best time of three runs in milliseconds, and the largest scratch memory in MB that NumPy asked for."""
    function(*args)
    best = math.inf
    for _ in range(3):
        start = perf_counter()
        function(*args)
        best = min(best, perf_counter() - start)
    tracemalloc.start()
    function(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return 1000 * best, peak / MB


sizes = [256, 512, 1024, 2048, 4096]
rows = {"the formula": [], "tiles": []}
for n in sizes:
    heads = random_heads(1, n)
    rows["the formula"].append(measure(plain, *heads, later_than(n)))
    rows["tiles"].append(measure(flash_attention, *heads))
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
for (name, found), colour, marker in zip(rows.items(), (RED, BLUE), "os"):
    for ax, column in zip(axes, zip(*found)):
        ax.loglog(sizes, column, marker + "-", color=colour, label=name)
axes[0].set(title="Time for one head", xlabel="tokens", ylabel="ms")
axes[1].set(title="Memory for one head", xlabel="tokens", ylabel="MB")
for ax in axes:
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
    ax.yaxis.set_major_formatter("{x:g}")
    bare(ax).legend(frameon=False)
plt.show()
for name, found in rows.items():
    more_time, more_memory = (found[-1][i] / found[-2][i] for i in (0, 1))
    print(f"{name:12} {more_time:.1f} times the time and {more_memory:.1f} times the memory for twice the text")
print(
    f"at {sizes[-1]} tokens the tiles need {rows['tiles'][-1][0] / rows['the formula'][-1][0]:.0%} of the formula's time"
)

# %% [markdown]
# For long texts time grows about with the square either way: every pair is still compared. But the tiles' memory grows with the length only. (Besides what is drawn,
# a tile needs its own scratch of about 70 kB, whatever the length.) And they are quicker, for two reasons: what they need is near, and they skip the tiles above the diagonal, half of all, which
# the formula computes only to hide them. Both are measured on one thread.
#
# ## The cache: count it before it is full
#
# Decode is the other half of the story. The model has read the question; now each new token needs the keys and values of all before it. They are kept, and
# each token leaves behind, in every layer, one key and one value for each key-value head:
#
# $$\text{bytes per token} = 2 \cdot n_\text{layers} \cdot n_\text{kv heads} \cdot d_\text{head} \cdot \text{bytes per number}$$
#
# The *2* is for key and value. All queries come and go. So the way to save is to let several query heads share a key and value: **multi-query**
# attention has one for all, **grouped-query** a few. **Latent** attention (DeepSeek-V2) keeps one compressed vector, from which each head unfolds its own. Another way is a **window**: a layer that only looks at the last $w$ tokens (Mistral 7B: 4,096) never needs more than $w$ keys and values,
# however long the text (exercise c).

# %%
GB = 1e9
models = {
    "Llama 2 7B: every head its own": cache_size.per_token(32, 32, 128),
    "Llama 3 8B: 4 heads share": cache_size.per_token(32, 8, 128),
    "the same, all heads share": cache_size.per_token(32, 1, 128),
    "DeepSeek-V2 236B: latent": cache_size.latent_per_token(60, 512, 64),
    "SmolLM2 135M: 3 heads share": cache_size.per_token(30, 3, 64),
}
tokens = np.array([1_000, 10_000, 100_000])
fig, ax = plt.subplots(figsize=(8, 3.6))
for (name, per_token), colour, marker in zip(models.items(), (RED, ORANGE, GREEN, BLUE, GREY), "osD^v"):
    ax.loglog(
        tokens,
        tokens * per_token / GB,
        marker + "-",
        color=colour,
        label=f"{name} ({per_token / 1024:.0f} KiB a token)",
    )
ax.axhline(16, color="black", linestyle=":", label="memory of a good laptop")
ax.set(title="The cache of one conversation, in half precision", xlabel="tokens", ylabel="GB")
bare(ax).legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# The formula held against a real model, by counting what its cache holds after a text:

# %%
path = assets.path("smollm2-135m-instruct")
model, tokenizer = load_decoder(path), GGUFTokenizer(GGUFFile(path))
ids = torch.tensor([tokenizer.encode(corpora.english_text(20_000))[:256]])
cache = KVCache()
model(ids[:, :100], cache=cache)
c = model.config
formula = cache_size.of_text(100, cache_size.per_token(c.n_layers, c.n_kv_heads, 64, 4))
print(f"100 tokens in float32: {cache.n_bytes:,} bytes held, {formula:,.0f} by the formula")
assert cache.n_bytes == formula

# %% [markdown]
# ### Texts that begin alike
#
# A server talks to many people at once, and does not know how long their texts will become. Room for the longest, reserved for each, stands mostly empty.
# **Paged attention** (vLLM, 2023) does what operating systems do: memory comes in blocks (or **pages**), each text has a table of its blocks, and texts that begin alike point
# to the same ones. Nobody may write into a block that others use, so a conversation that goes on first gets its own copy of the last, half-full block (*copy on write*).

# %%
pool = PagePool(n_layers=1, n_kv_heads=1, d_head=2, page_size=16, n_pages=40)


def some(n):
    """Tokens, and keys and values for them."""
    return [*range(n)], *rng.standard_normal((2, 1, 1, n, 2)).astype(np.float32)


instructions = pool.start()
instructions.append(*some(200))
people = [instructions.fork() for _ in range(6)]
print(f"six conversations share {len(instructions.pages)} blocks of instructions; free: {40 - pool.n_used}")
for person, n in zip(people, (5, 20, 40, 1, 9, 30)):
    person.append(*some(n))
fig, ax = plt.subplots(figsize=(9, 2.6))
for row, text in enumerate((instructions, *people)):
    for place, page in enumerate(text.pages):
        shared = page.users > 1
        ax.barh(
            row, 0.92, left=place, color=BLUE if shared else ORANGE, hatch="" if shared else "//", edgecolor="white"
        )
        ax.text(
            place + 0.46, row, page.number, ha="center", va="center", color="white" if shared else "black", fontsize=8
        )
ax.set_yticks(range(7), ["instructions", *(f"person {i}" for i in range(1, 7))])
ax.invert_yaxis()
ax.set(
    title="The block tables: blue blocks are shared, orange (hatched) ones have one owner",
    xlabel="place in the text, in blocks of 16 tokens",
)
bare(ax)
plt.show()
alone = sum(-(-len(text) // 16) for text in people)
print(f"blocks in use: {pool.n_used}; without sharing the six would need {alone}")
try:
    people[0].append(*some(1000))
except OutOfPages as error:
    print("too much:", error)

# %% [markdown]
# The number on a block is its place in the store. The last block of the instructions is half full, so each person who goes on has a copy of it. When memory is
# full the server is told before anything is written, and the conversation stays whole.
#
# How does one attend to blocks that lie anywhere? By the same trick as before: attention over each block by itself, with the logarithm of its sum, and two
# results are joined into one. The library's engine keeps its own keys and values in such pages, of 64 tokens: a second conversation with the same model
# costs its pages, a fork of it nothing, and a prompt that begins like another conversation is read from where the two part.

# %%
print(inspect.getsource(merge))

# %% [markdown]
# ## Real data: how many bits does a memory need?
#
# The cache can be rounded, as weights can (topic 7.4): 8, 4 or 2 bits instead of 16 or 32. Does the model notice? SmolLM2 reads a text in pieces of 32
# tokens; all but the newest tokens come from a rounded cache, and we measure how surprised it is by what comes next (perplexity: the number of equally likely
# tokens among which it might as well be choosing).
#
# Before that, a look at what there is to round, in one layer:

# %%
everything = KVCache()
logits = model(ids, cache=everything)
layer = 5
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True)
for ax, (name, store) in zip(axes, (("keys", everything.keys), ("values", everything.values))):
    numbers = store[layer][0, 0, : ids.shape[1]].abs().numpy()
    image = ax.imshow(numbers.T, aspect="auto", cmap="cividis", vmax=float(np.quantile(numbers, 0.999)))
    ax.set(title=f"Size of the {name}, layer {layer}, first head", xlabel="token")
    fig.colorbar(image, ax=ax)
axes[0].set_ylabel("channel")
plt.show()
keys, vals = (store[layer][0, :, : ids.shape[1]] for store in (everything.keys, everything.values))
for name, numbers in (("keys", keys), ("values", vals)):
    by_channel = numbers.abs().mean(dim=1).flatten()
    print(
        f"{name:7} the largest channel is on average {float(by_channel.max() / by_channel.median()):.1f} times the middle one"
    )

# %% [markdown]
# Stripes along the tokens: some channels of the keys are large for every token; those of the values differ less. A scale that all channels of a token share is set by these few, and little precision is left
# for the others. So keys want a scale for each *channel* (over a group of tokens), while values do well with one for each *token*. That is what KIVI (Liu and
# others, 2024) found.


# %%
def perplexity(cache) -> float:
    """Of all tokens after the first 32, read in pieces of 32."""
    found = torch.cat([model(ids[:, i : i + 32], cache=cache) for i in range(0, ids.shape[1], 32)], dim=1)
    losses = torch.nn.functional.cross_entropy(found[0, 31:-1], ids[0, 32:])
    return float(losses.exp())


exact = perplexity(KVCache())
found = {}
for bits in (8, 4, 2):
    for by_channel in (True, False):
        cache = QuantizedKVCache(key_bits=bits, value_bits=bits, keys_by_channel=by_channel)
        found[bits, by_channel] = perplexity(cache), cache.n_bytes
plain_bytes = everything.n_bytes / 2  # in half precision
print(f"not rounded: perplexity {exact:.2f}")
for (bits, by_channel), (value, n_bytes) in found.items():
    how = "a channel" if by_channel else "a token"
    print(
        f"{bits} bits, a scale for {how:9} of the keys: perplexity {value:8.2f}, {n_bytes / plain_bytes:.2f} of the bytes in half precision"
    )

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
for by_channel, colour, marker, label in (
    (True, BLUE, "o", "a scale for each channel"),
    (False, RED, "s", "a scale for each token"),
):
    ax.plot(
        [8, 4, 2],
        [found[bits, by_channel][0] for bits in (8, 4, 2)],
        marker + "-",
        color=colour,
        label=f"keys: {label}",
    )
ax.axhline(exact, color=GREY, linestyle=":", label="not rounded")
ax.set_yscale("log")
ax.set_xticks([8, 4, 2])
ax.invert_xaxis()
ax.set(
    title="How a rounded memory changes what the model expects",
    xlabel="bits for each number of the cache",
    ylabel="perplexity",
)
bare(ax).legend(frameon=False)
plt.show()
for bits in (8, 4, 2):
    by_channel, by_token = found[bits, True][0] / exact, found[bits, False][0] / exact
    print(
        f"{bits} bits multiply the perplexity by {by_channel:.2f} (a scale for each channel) or {by_token:.2f} (for each token)."
    )

# %% [markdown]
# With eight bits it does not matter where the scales lie, and with four the difference is too small to be told from chance on 224 tokens. With two bits, four levels, the axis decides whether the model still
# works at all: the bytes are the same within a few percent. And it has a limit: no axis makes two bits free in so small a model.
#
# ## The tools of the trade
#
# The `flash-attention` package of the paper's authors runs on CUDA graphics cards only, so it could not be run here. What stands in is PyTorch's own processor kernel of the
# same algorithm, written in C++ with vector instructions.

# %% tags=["timing"]
from torch.nn.attention import SDPBackend, sdpa_kernel

heads = random_heads(8, 1024)
tensors = [torch.from_numpy(x)[None] for x in heads]


def fused():
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return torch.nn.functional.scaled_dot_product_attention(*tensors, is_causal=True)[0]


print(f"largest difference: {np.abs(flash_attention(*heads)[0] - fused().numpy()).max():.0e}")
ours, theirs = measure(flash_attention, *heads)[0], measure(fused)[0]
print(f"8 heads, 1024 tokens, one thread: ours {ours:.0f} ms, PyTorch's fused kernel {theirs:.0f} ms")

# %% [markdown]
# Plain loops that a newcomer can read and a kernel written by specialists end in the same order of magnitude, because both wait for the same arithmetic.
#
# ## Exercises
#
# Every exercise checks itself: `check` runs your code in a process of its own, and `hint` helps when you are stuck.


# %% exercise="7.5.a"
def online_logsumexp(pieces: list[list[float]]) -> float:
    """log(Σ exp(x)) over all numbers of all pieces, one piece at a time; −∞ when there is no number."""
    # BEGIN SOLUTION
    largest, total = -math.inf, 0.0
    for piece in pieces:
        if not piece:
            continue
        new = max(largest, *piece)
        total = total * math.exp(largest - new) + sum(math.exp(x - new) for x in piece)
        largest = new
    return largest + math.log(total) if total else -math.inf
    # END SOLUTION


# %% exercise="7.5.b"
def join(out1: np.ndarray, log_sum1: float, out2: np.ndarray, log_sum2: float) -> np.ndarray:
    """Attention over two sets of keys, from the answer (d,) and the logarithm of the sum of exponentials for each."""
    # BEGIN SOLUTION
    both = np.logaddexp(log_sum1, log_sum2)
    return np.exp(log_sum1 - both) * out1 + np.exp(log_sum2 - both) * out2
    # END SOLUTION


# %% exercise="7.5.c"
def cache_bytes(n_layers: int, n_kv_heads: int, d_head: int, n_tokens: int, bits: int, window: int | None) -> int:
    """The bytes of a cache, rounded up to whole bytes; with a window every layer keeps only that many tokens."""
    # BEGIN SOLUTION
    kept = n_tokens if window is None else min(n_tokens, window)
    return -(-2 * n_layers * n_kv_heads * d_head * kept * bits // 8)
    # END SOLUTION


# %% exercise="7.5.d"
def blocks_in_use(prefix: int, lengths: list[int], block_size: int) -> int:
    """Blocks of all texts that begin with the same `prefix` tokens and go on for `lengths` tokens of their own."""
    # BEGIN SOLUTION
    if not lengths:
        return 0
    full, rest = divmod(prefix, block_size)
    shared = full + (1 if rest and 0 in lengths else 0)
    return shared + sum(-(-(rest + n) // block_size) for n in lengths if n > 0)
    # END SOLUTION


# %% exercise="7.5.e"
def round_keys(keys: np.ndarray, bits: int) -> np.ndarray:
    """The keys (T, d) after rounding to `bits`, with a scale and a minimum for each channel."""
    # BEGIN SOLUTION
    low, high = keys.min(axis=0), keys.max(axis=0)
    step = (high - low) / (2**bits - 1)
    safe = np.where(step > 0, step, 1)
    return np.round((keys - low) / safe) * step + low
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [Flash-Attention](https://github.com/Dao-AILab/flash-attention): the authors' code; T. Dao and others, *FlashAttention: fast and memory-efficient exact attention with IO-awareness* (2022)
# - [Multi-Query Attention](https://arxiv.org/abs/1911.02150) (N. Shazeer, 2019) and [Grouped-Query Attention](https://arxiv.org/abs/2305.13245) (J. Ainslie and others, 2023)
# - W. Kwon and others, *Efficient memory management for large language model serving with PagedAttention* (2023); Z. Liu and others, *KIVI* (2024)
# - M. Milakov and N. Gimelshein, *Online normalizer calculation for softmax* (2018)
