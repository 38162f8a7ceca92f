# %% [markdown]
# # 4.1 Transformer architecture
#
# *The keys to the cabinet …* Which word comes next: *is* or *are*? The word right before is *cabinet*, and *cabinet is* is much more frequent than
# *cabinet are*. A model that looks at the last word only, or the last two or three, gets it wrong. You looked back to *keys*, four words away, and you did so
# because of what *keys* is: the subject. A language model needs the same: each word must be able to fetch something from any earlier word, and to
# decide itself from which.
#
# That is **attention**. It is older than the Transformer: Bahdanau et al. (2014) added it to recurrent networks for translation, which read word by word and carry
# a state along (topic 3.3). What was new in 2017 (Vaswani et al.) was to leave the recurrence out: in a Transformer, attention is the only thing that moves information from
# one token to another, so all tokens of a text can be computed at once. In this practice you build one, block by block, and then look into
# a real model while it reads.

# %%
import inspect
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from nlpjourney import assets
from nlpjourney.llm.gguf.tokenizer import GGUFTokenizer
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.models import GPT2, GPT2Config, load_decoder

torch.set_num_threads(1)  # enough for a small model, and the same on every machine
torch.set_grad_enabled(False)  # we only read
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"

file = assets.path("smollm2-135m-instruct")
model, tokenizer = load_decoder(file), GGUFTokenizer(GGUFFile(file))
c = model.config
print(f"SmolLM2: {model.n_parameters / 1e6:.0f} million parameters, {c.n_layers} layers of {c.n_heads} heads")


def next_token(text: str) -> torch.Tensor:
    """The probability of every token of the vocabulary to come next, (vocab_size,)."""
    ids = torch.tensor([tokenizer.encode(text)])
    return model(ids, last_only=True)[0, -1].softmax(-1)


# %%
prompts = ["The key to the cabinet", "The key to the cabinets", "The keys to the cabinet", "The keys to the cabinets"]
verbs = {"is, was, has": (" is", " was", " has"), "are, were, have": (" are", " were", " have")}
likely = [next_token(prompt) for prompt in prompts]
chances = {
    name: [sum(float(p[tokenizer.encode(verb)[0]]) for verb in forms) for p in likely] for name, forms in verbs.items()
}
fig, ax = plt.subplots(figsize=(8, 3.2))
for shift, (name, values), colour, hatch in zip((-0.2, 0.2), chances.items(), (BLUE, ORANGE), ("", "//")):
    ax.barh([i + shift for i in range(4)], values, 0.38, label=name, color=colour, hatch=hatch, edgecolor="white")
ax.set_yticks(range(4), prompts)
ax.invert_yaxis()
ax.set(title="The verb agrees with a word further back", xlabel="probability of the next token")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
singular, plural = chances.values()
right = [a > b for a, b in zip(singular, plural)] == [True, True, False, False]
print("The model follows the subject in all four." if right else "The model is misled by the nearer noun.")

# %% [markdown]
# ## Build it
#
# ### One query
#
# Every token is a vector. From it three others are made: a **query** (what am I looking for?), a **key** (what am I?) and a **value** (what do I give to
# those who look at me?). A query is compared with all keys up to its own place, and the values are mixed by how well their keys fit:
#
# $$\text{attention}(q) = \sum_s w_s\, v_s, \qquad w = \text{softmax}\left(\frac{q \cdot k_1}{\sqrt d}, \ldots, \frac{q \cdot k_t}{\sqrt d}\right)$$
#
# In words: dot products say how well query and key agree; the softmax turns them into weights that sum to one; the answer is the weighted mean of the values. The root of
# the size $d$ keeps the products of long vectors from growing so large that one weight takes all.


# %%
def attend(q: np.ndarray, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The answer to one query, and the weights. `keys` and `values` are those of all tokens so far."""
    scores = np.array([q @ k / math.sqrt(len(q)) for k in keys])
    weights = np.exp(scores) / np.exp(scores).sum()
    return sum(w * v for w, v in zip(weights, values)), weights


keys = np.array([[0.0], [math.log(3)]])
values = np.array([[4.0, 0.0], [0.0, 8.0]])
answer, weights = attend(np.array([1.0]), keys, values)
print("weights", weights.round(3), " answer", answer.round(3))

# %% [markdown]
# By hand: the scores are 0 and ln 3, their exponentials 1 and 3, so the weights are ¼ and ¾, and the answer is ¼ · (4, 0) + ¾ · (0, 8) = (1, 6).
#
# ### All queries at once, several heads, and the rest of a GPT
#
# For all tokens at once the loop becomes a product of matrices, and "up to its own place" becomes a **mask**: scores of later tokens are set
# to −∞, which the softmax turns into weight 0. Several such **heads** work side by side, so that one can look for the
# subject while another looks at the word before. Each of them reads the *whole* vector of a token, through query, key and value matrices of its own that lead to
# shorter vectors (d = D / heads). Their answers are put side by side, and one more matrix (`c_proj`) mixes them and writes the result back. The rest is plumbing:
#
# - a **residual stream**: each part reads the vector of a token and *adds* to it, nothing is overwritten;
# - a **norm** in front of each part, so that what it reads has the same size everywhere. GPT-2's LayerNorm subtracts from a vector the mean of its coordinates and divides by their
#   standard deviation; RMSNorm, which newer models have (exercise c), only divides by the root of the mean square. Both then multiply each coordinate by a learned weight;
# - after each attention a small network that works on every token by itself;
# - a vector for each position, since attention by itself does not know the order;
# - at the end the embedding matrix once more: how well does the vector fit each token of the vocabulary?
#
# This is all of GPT-2:


# %%
class TinyAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.c_attn = nn.Linear(d_model, 3 * d_model)  # queries, keys and values in one matrix
        self.c_proj = nn.Linear(d_model, d_model)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (T, D)
        T, D = x.shape
        d = D // self.n_heads
        later = torch.ones(T, T, dtype=torch.bool).triu(1)
        out, (queries, keys, values) = (
            [],
            self.c_attn(x).split(D, dim=1),
        )  # (T, D) each: those of all heads, side by side
        for head in range(self.n_heads):
            q, k, v = (part[:, head * d : (head + 1) * d] for part in (queries, keys, values))  # (T, d)
            scores = (q @ k.T / math.sqrt(d)).masked_fill(later, -math.inf)  # (T, T)
            out.append(scores.softmax(dim=1) @ v)
        return self.c_proj(torch.cat(out, dim=1))


class TinyMLP(nn.Module):
    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.c_fc, self.c_proj = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class TinyBlock(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_ff: int) -> None:
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(d_model), TinyAttention(d_model, n_heads)
        self.ln_2, self.mlp = nn.LayerNorm(d_model), TinyMLP(d_model, d_ff)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))  # look around
        return x + self.mlp(self.ln_2(x))  # think


class TinyGPT(nn.Module):
    def __init__(self, c: GPT2Config) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(c.vocab_size, c.d_model), nn.Embedding(c.n_positions, c.d_model)
        self.h = nn.ModuleList(TinyBlock(c.d_model, c.n_heads, c.d_ff) for _ in range(c.n_layers))
        self.ln_f = nn.LayerNorm(c.d_model)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:  # (T,) → logits (T, vocab_size)
        x = self.wte(ids) + self.wpe(torch.arange(len(ids)))
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.T


# %% [markdown]
# ## The library's version
#
# `nlpjourney.llm.models.GPT2` has the same parts with the same names, so ours can take its weights. Do both say the same?

# %%
config = GPT2Config(vocab_size=1000, n_positions=512, d_model=128, n_layers=4, n_heads=4, d_ff=512)
gpt = GPT2(config, seed=1)
gpt.initialise(std=0.2, seed=1)  # large enough that a mistake would show
tiny = TinyGPT(config)
tiny.load_state_dict(gpt.state_dict())
ids = torch.randint(0, 1000, (50,), generator=torch.Generator().manual_seed(0))
print(
    f"{gpt.n_parameters:,} parameters, logits between {float(gpt(ids[None]).min()):.1f} and {float(gpt(ids[None]).max()):.1f}"
)
print(f"largest difference: {float((tiny(ids) - gpt(ids[None])[0]).abs().max()):.1e}")

# %% [markdown]
# The library differs in two functions. `plain_attention` is the formula for whole batches:

# %%
from nlpjourney.llm.blocks.attention import attention, attention_maps, causal_mask, plain_attention

print(inspect.getsource(plain_attention))

# %% [markdown]
# It writes the T × T scores of each head to memory: for a text of 10,000 tokens 400 MB a head. `attention` computes the same in tiles that stay in the
# processor's cache, by PyTorch's fused kernel, and never has the whole table (topic 7.5 builds that algorithm). They agree:

# %%
g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(2, heads, 300, 64, generator=g) for heads in (8, 2, 2))  # four heads share a key: grouped-query
mask = causal_mask(300, 300)
difference = (attention(q, k, v, mask) - plain_attention(q, k, v, mask)[0]).abs().max()
print(f"largest difference: {float(difference):.1e}")

# %% [markdown]
# ### The KV cache
#
# To write, a model reads its own text again for every new token. But no token looks ahead, so keys and values of what has been read never change: keep
# them, and each new token costs one step. Here is the same text read token by token, with a cache and without:

# %%
from nlpjourney.llm.blocks.cache import KVCache

cache = KVCache()
step_by_step = [gpt(ids[None, t : t + 1], cache=cache)[0] for t in range(len(ids))]
print(f"largest difference: {float((torch.cat(step_by_step) - gpt(ids[None])[0]).abs().max()):.1e}")
print(
    f"the cache holds {cache.n_bytes:,} bytes: 2 · {config.n_layers} layers · {len(ids)} tokens · {config.d_model} numbers · 4 bytes"
)

# %% tags=["timing"]
from time import perf_counter


def seconds(function, times: int = 5) -> float:
    """The best of several runs."""
    best = math.inf
    for _ in range(times):
        start = perf_counter()
        function()
        best = min(best, perf_counter() - start)
    return best


lengths, with_cache, without = [50, 100, 200, 400], [], []
long = torch.randint(0, 1000, (1, 512), generator=g)
for n in lengths:
    cache = KVCache()
    gpt(long[:, :n], cache=cache, last_only=True)
    with_cache.append(1000 * seconds(lambda cache=cache, n=n: gpt(long[:, n : n + 1], cache=cache)))
    without.append(1000 * seconds(lambda n=n: gpt(long[:, : n + 1], last_only=True)))
print("tokens so far       " + "".join(f"{n:8}" for n in lengths))
print("ms, reading all again" + "".join(f"{t:7.2f} " for t in without))
print("ms, with the cache   " + "".join(f"{t:7.2f} " for t in with_cache))

# %% [markdown]
# ### Where am I? Positions without a table
#
# GPT-2 learns a vector for each place, and stops where its table ends. Newer models **rotate** queries and keys instead (RoPE): each pair of coordinates is
# turned by an angle that grows with the position, fast for some pairs, slowly for others. The dot product of two turned vectors depends on the *difference* of their
# angles only: on how far apart the tokens are. ALiBi (Press et al., 2022) turns nothing: it subtracts from each score the distance times a slope, another slope for each head. Left: the score
# that a query of ones gives to a key of ones.

# %%
from nlpjourney.llm.blocks.positions import alibi_slopes
from nlpjourney.llm.blocks.rope import Rope, RopeScaling, rotate

distance = torch.arange(400)
fig, (left, right_ax) = plt.subplots(1, 2, figsize=(10, 3.4))
for theta, colour, style in ((1e4, BLUE, "-"), (c.rope.theta, ORANGE, "--")):
    cos, sin = Rope(RopeScaling(theta=theta), 64).tables(distance, torch.float32, 400)
    turned = rotate(torch.ones(1, 1, 400, 64), cos, sin)[0, 0]
    left.plot(distance, turned @ turned[0] / 64, style, color=colour, label=f"base {theta:,.0f}")
left.set(title="RoPE: a query and a key of ones", xlabel="distance in tokens", ylabel="score, 1 at distance 0")
left.legend(frameon=False)
for slope, colour, style in zip(alibi_slopes(8)[[0, 3, 7]], (BLUE, ORANGE, GREEN), ("-", "--", ":")):
    right_ax.plot(distance, -slope * distance, style, color=colour, label=f"slope {float(slope):.4f}")
right_ax.set(
    title="ALiBi: three of eight heads", xlabel="distance in tokens", ylabel="added to the score", ylim=(-20, 1)
)
right_ax.legend(frameon=False)
plt.tight_layout()
plt.show()

# %% [markdown]
# For these two vectors RoPE's score wobbles downwards, and more slowly with the larger base (SmolLM2's is the second). That is often told as "near tokens are favoured", but it holds for
# this query and key; those of a trained model are not all ones, and their score may rise with the distance as well. What Barbero et al. (2024) found in a trained model is a division of
# labour: pairs that turn fast serve heads that look at a fixed distance, such as one token back, and pairs that hardly turn carry content.
#
# ## Real data: what do the heads of a real model look at?
#
# `attention_maps()` records the weights while a model reads. SmolLM2 has 270 heads. Nobody told any of them what to do. Here are three, on a text that says the
# same thing twice:

# %%
text = "Mr Dursley met Mrs Potter. Later Mr Dursley met Mrs Potter"
text_ids = tokenizer.encode(text)
tokens = [tokenizer.decode([i]) for i in text_ids]
with attention_maps() as maps:
    model(torch.tensor([text_ids]))
assert len(maps) == c.n_layers and maps[0].shape == (1, c.n_heads, len(tokens), len(tokens))


# %%
def scores_of_heads(pick) -> torch.Tensor:
    """For each layer and head a number: `pick` gets the maps (H, T, S) of a layer and gives (H,)."""
    return torch.stack([pick(layer[0]) for layer in maps])


def best_head(scores: torch.Tensor) -> tuple[int, int]:
    return divmod(int(scores.argmax()), c.n_heads)


previous = scores_of_heads(lambda m: m[:, range(1, len(tokens)), range(len(tokens) - 1)].mean(-1))
first = scores_of_heads(lambda m: m[:, 5:, 0].mean(-1))
shown = {"the token before": best_head(previous), "the very first token": best_head(first)}

# A random text, twice: nothing in it can be guessed, except the second half from the first
n = 40
random_ids = torch.randint(1000, 40_000, (1, n), generator=torch.Generator().manual_seed(0)).repeat(1, 2)
with attention_maps() as random_maps:
    logits = model(random_ids)
after_same = torch.arange(n + 1, 2 * n)  # a token of the second half, and what followed it in the first
induction = torch.stack([m[0][:, after_same, after_same - n + 1].mean(-1) for m in random_maps])  # (layers, heads)
shown["what came after it last time"] = best_head(induction)

fig, axes = plt.subplots(1, 3, figsize=(13, 4.9))
for ax, (name, (layer, head)) in zip(axes, shown.items()):
    ax.imshow(maps[layer][0, head], cmap="Blues", vmin=0, vmax=1)
    ax.set_title(f"looks at {name}\n(layer {layer}, head {head})", fontsize=10)
    ax.set_xticks(range(len(tokens)), [t.strip() for t in tokens], rotation=90, fontsize=7)
    ax.set_yticks(range(len(tokens)), [t.strip() for t in tokens], fontsize=7)
    ax.set_xlabel("key: looked at")
axes[0].set_ylabel("query: who looks")
plt.tight_layout()
plt.show()
print(f"{float(first.mean()):.0%} of all attention in the text about Mr Dursley goes to its first token.")

# %% [markdown]
# The first head copies the token before into each token. The second does nothing: softmax weights must sum to one, and a head that finds nothing to
# fetch parks them on the first token, an **attention sink**. The third is the strange one. Where does it look when the name comes for the second time?

# %%
layer, head = shown["what came after it last time"]
second = tokens.index("Later") if "Later" in tokens else tokens.index(" Later")
for i in range(second + 2, second + 5):
    j = int(maps[layer][0, head, i].argmax())
    print(f"the second {tokens[i]!r:6} looks at the first {tokens[j]!r:6}, which came after {tokens[j - 1]!r}")

# %% [markdown]
# Each part of the name looks at the token that came **after** its first occurrence. The head has found where this token stood before, and looks at what followed. This
# is called an **induction head** (Olsson et al., 2022), and it is how a model continues a pattern that it has seen once, in this very text.
#
# How can it find that place? Its query is "where does *Dursley* stand?", but the token it wants is the one *behind* that, whose own vector says nothing about Dursley. Unless an earlier head wrote
# it there: and that is what the first head in the picture does, which copies each token into the next one. So the two work as a pair, in two layers: the head of the earlier layer marks each token with
# its predecessor, the head of the later one looks for the token whose mark is the current token (Elhage et al., 2021, call it K-composition, since the first head's output goes into the
# second one's keys). A model of one layer cannot do this.
#
# The random text that picked this head shows how well it works:

# %%
losses = F.cross_entropy(logits[0, :-1], random_ids[0, 1:], reduction="none")  # (2n - 1,)
once, twice = losses[: n - 1].mean(), losses[n:].mean()

fig, (left, right_ax) = plt.subplots(1, 2, figsize=(11, 3.8))
left.plot(range(1, 2 * n), losses, color=BLUE)
left.axvline(n, color=GREY, linestyle="--")
left.axhline(math.log(c.vocab_size), color=ORANGE, linestyle=":", label="guessing among all tokens")
left.set(title=f"{n} random tokens, twice", xlabel="position", ylabel="loss of the next token", ylim=(0, None))
left.legend(frameon=False, loc="upper right")
image = right_ax.imshow(induction.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
right_ax.set(title="Attention to what came after it last time", xlabel="layer", ylabel="head")
fig.colorbar(image, ax=right_ax)
plt.tight_layout()
plt.show()
start, rest = losses[n : n + 5].mean(), losses[n + 5 :].mean()
print(f"First time: {once:.1f} nats a token, where a blind guess costs {math.log(c.vocab_size):.1f}.")
print(f"Second time: {twice:.1f}; its first five tokens cost {start:.1f}, the others {rest:.1f}.")

# %% [markdown]
# The first time the model does worse than guessing: it expects text, is sure of its guesses, and is wrong. The second time it needs a few tokens to notice that
# something is being repeated, and then it repeats pure noise, if not without fault, after a single look.
#
# Are these heads the cause, or do they only look like it? Take them out and see. A head is silenced by setting its columns of the output matrix to zero. For comparison we
# silence as many heads drawn from the others, several times.


# %%
def loss_without(heads: list[tuple[int, int]]) -> float:
    """The loss on the second half when these heads (layer, head) say nothing."""
    d, kept = c.d_head, []
    for layer, head in heads:
        columns = model.layers[layer].self_attn.o_proj.weight[:, head * d : (head + 1) * d]
        kept.append((columns, columns.clone()))
        columns.zero_()
    out = model(random_ids)[0, :-1]
    for columns, before in kept:
        columns.copy_(before)
    return float(F.cross_entropy(out[n:], random_ids[0, n + 1 :]))


order = [divmod(int(i), c.n_heads) for i in induction.flatten().argsort(descending=True)]
rng = np.random.default_rng(0)
k = 3
others = [order[30:][i] for i in rng.permutation(len(order) - 30)]
random_losses = [loss_without(others[i * k : (i + 1) * k]) for i in range(6)]
results = {"all heads": loss_without([]), f"without the {k} best induction heads": loss_without(order[:k])}
fig, ax = plt.subplots(figsize=(8, 2.4))
ax.barh(list(results), list(results.values()), color=[BLUE, RED])
name = f"without {k} others (6 draws)"
ax.barh([name], [np.mean(random_losses)], color=GREY)
ax.plot(random_losses, [name] * 6, "k|", markersize=12)
ax.axvline(float(once), color=ORANGE, linestyle=":", label="loss the first time")
ax.invert_yaxis()
ax.set(title=f"Silencing {k} of {c.n_layers * c.n_heads} heads", xlabel="loss on the second half")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
print(
    f"{k} heads of {len(order)}: from {results['all heads']:.1f} to {results[f'without the {k} best induction heads']:.1f}; "
    f"{k} others on average {np.mean(random_losses):.1f}."
)

# %% [markdown]
# A handful among hundreds carries most of the ability to repeat. (Nothing is as clean as it looks: removing others can hurt too, and several heads share the work, which is why
# the loss does not return all the way.)
#
# ### The residual stream, layer by layer
#
# Since every layer only adds to a stream that the output matrix reads at the end, we can read it earlier: what would the model say if it stopped
# after layer 5, or 20? This is the *logit lens* (nostalgebraist, 2020).

# %%
question = "Anna lives in Paris and speaks French. Karl lives in Berlin and speaks"
stream = []
hooks = [layer.register_forward_hook(lambda _m, _x, out: stream.append(out[0, -1])) for layer in model.layers]
model(torch.tensor([tokenizer.encode(question)]))
for hook in hooks:
    hook.remove()
early = torch.stack([model.head(model.norm(x)).softmax(-1) for x in stream])  # (layers, vocab_size)
wanted = {" German": (BLUE, "-"), " English": (ORANGE, "--")}
fig, ax = plt.subplots(figsize=(8, 3.2))
for word, (colour, style) in wanted.items():
    ax.plot(early[:, tokenizer.encode(word)[0]], style, color=colour, label=word.strip())
ax.set(title=f"… {question[-26:]} …", xlabel="read after layer", ylabel="probability", ylim=(0, 1))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
for layer in (0, 10, 20, 25, c.n_layers - 1):
    best = early[layer].topk(3).indices.tolist()
    print(f"after layer {layer:2}: {', '.join(repr(tokenizer.decode([i])) for i in best)}")

# %% [markdown]
# For most of the way the stream says nothing that the output matrix understands, punctuation at best. The answer appears late and within a few layers.
#
# ## The tools of the trade
#
# Transformers is the library in which most models are published and read. We write SmolLM2 as the folder it expects, and compare the streams of both layer by
# layer.

# %%
import tempfile
import warnings

warnings.filterwarnings("ignore", message="IProgress")  # no progress bars here
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()
with tempfile.TemporaryDirectory() as folder:
    model.save_pretrained(folder)
    theirs = AutoModelForCausalLM.from_pretrained(folder).eval()
ids = torch.tensor([tokenizer.encode(question)])
stream.clear()
hooks = [layer.register_forward_hook(lambda _m, _x, out: stream.append(out[0])) for layer in model.layers]
ours_logits, out = model(ids), theirs(ids, output_hidden_states=True)
for hook in hooks:
    hook.remove()
# Their list begins with the embeddings, and its last entry has passed the last norm.
for layer in (0, 9, 19, 28):
    difference = (stream[layer] - out.hidden_states[layer + 1][0]).abs().max()
    largest = stream[layer].abs().amax(1)  # of each token
    where, others = int(largest.argmax()), largest.sort().values[-2]
    print(
        f"layer {layer:2}: numbers up to {float(largest.max()):8.1f} (token {where}; in all others up to {float(others):.1f}), "
        f"largest difference {float(difference):.1e}"
    )
print(
    f"logits:   numbers up to {float(ours_logits.abs().max()):8.1f}, largest difference {float((ours_logits - out.logits).abs().max()):.1e}"
)

# %% [markdown]
# The huge numbers belong to a single token, the first one. They are called *massive activations* (Sun et al., 2024), and they are the other side of the attention sink that you saw above: a token that is
# unlike all others is easy for every head to find.

# %% tags=["timing"]
prompt = random_ids[:, :64]


def ours_decode() -> None:
    cache = KVCache()
    for piece in (prompt, *prompt[:, :8].split(1, dim=1)):
        model(piece, cache=cache, last_only=True)


def theirs_decode() -> None:
    past = None
    for piece in (prompt, *prompt[:, :8].split(1, dim=1)):
        past = theirs(piece, past_key_values=past, use_cache=True, logits_to_keep=1).past_key_values


print(
    f"reading 64 tokens and 8 more one by one: ours {seconds(ours_decode, 2):.2f} s, Transformers {seconds(theirs_decode, 2):.2f} s"
)

# %% [markdown]
# ## Exercises
#
# Write your answer into the cell, run it, and the check below tells you how it went. `hint("4.1.a")` helps; `solution("4.1.a")` opens after a first
# try. All of them work on NumPy arrays.


# %% exercise="4.1.a"
def softmax(scores: np.ndarray) -> np.ndarray:
    """Weights that sum to 1 in each row of `scores` (T, S)."""
    # BEGIN SOLUTION
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
    # END SOLUTION


# %% exercise="4.1.b"
def causal_attention(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
    """One head: `q` and `k` (T, d), `v` (T, d_v) → (T, d_v). No token looks ahead."""
    # BEGIN SOLUTION
    scores = q @ k.T / np.sqrt(q.shape[1])
    scores[np.triu_indices(len(q), 1)] = -np.inf
    return softmax(scores) @ v
    # END SOLUTION


# %% exercise="4.1.c"
def rms_norm(x: np.ndarray, weight: np.ndarray, eps: float) -> np.ndarray:
    """Each row of `x` (T, d) divided by its root mean square, times `weight` (d,)."""
    # BEGIN SOLUTION
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps) * weight
    # END SOLUTION


# %% exercise="4.1.d"
def rope(x: np.ndarray, base: float) -> np.ndarray:
    """Row m of `x` (T, d), the token at position m, with its pairs (i, i + d/2) turned by m · base^(−2i/d)."""
    # BEGIN SOLUTION
    T, d = x.shape
    angles = np.arange(T)[:, None] * base ** (-2 * np.arange(d // 2) / d)  # (T, d/2)
    a, b = x[:, : d // 2], x[:, d // 2 :]
    return np.concatenate([a * np.cos(angles) - b * np.sin(angles), b * np.cos(angles) + a * np.sin(angles)], axis=1)
    # END SOLUTION


# %% exercise="4.1.e"
def gpt2_parameters(vocab_size: int, n_positions: int, d_model: int, n_layers: int) -> int:
    """How many parameters a GPT-2 of these sizes has (d_ff is 4 · d_model)."""
    # BEGIN SOLUTION
    d = d_model
    norm = 2 * d
    attention = 3 * d * d + 3 * d + d * d + d
    mlp = 4 * d * d + 4 * d + 4 * d * d + d
    return (vocab_size + n_positions) * d + n_layers * (2 * norm + attention + mlp) + norm
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [The Illustrated Transformer](https://jalammar.github.io/illustrated-transformer/) and [The Illustrated GPT-2](https://jalammar.github.io/illustrated-gpt2/): pictures of every step
# - [Visual Intro to Transformers](https://www.youtube.com/watch?v=wjZofJX0v4M&t=187s), [LLM Visualization](https://bbycroft.net/llm) and [nanoGPT](https://www.youtube.com/watch?v=kCc8FmEb1nY)
# - A. Vaswani et al., *Attention is all you need* (2017); A. Radford et al., *Language models are unsupervised multitask learners* (2019)
# - D. Bahdanau et al., *Neural machine translation by jointly learning to align and translate* (2014); O. Press et al., *Train short, test long* (2022), ALiBi
# - N. Elhage et al., *A mathematical framework for Transformer circuits* (2021); C. Olsson et al., *In-context learning and induction heads* (2022)
# - G. Xiao et al., *Efficient streaming language models with attention sinks* (2023); M. Sun et al., *Massive activations in large language models* (2024)
# - F. Barbero et al., *Round and round we go! What makes rotary positional encodings useful?* (2024)
