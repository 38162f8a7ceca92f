# %% [markdown]
# # 4.2 Architectures and training: GPT, BERT, T5, Llama, PaLM
#
# A language model that has just been made is a table of random numbers. Ask it for a story and it throws words about. Some minutes of
# arithmetic later the same table tells of Nora, who lent her camera to Leo and got it back on Thursday. Nobody wrote a rule about cameras, Thursdays or
# giving back. In this practice you watch it happen: raw text goes in, near-duplicates and rubbish go out, a vocabulary is learned, a small Llama
# is trained, and it tells you a story.
#
# First, how far does one get without a model? If a predictor gave the token that really came next the probability $p$, its **loss** is $-\ln p$ (in *nats*, as the logarithm is the natural one): 0 when it was
# sure and right, large when it was sure and wrong. The mean loss on text that was not used for learning, *held-out* text, is how predictors are compared; its exponential is the **perplexity**, the number of equally
# likely tokens among which the predictor might as well be choosing. Guessing among all $V$ tokens of the vocabulary costs $\ln V$. Counting does better.

# %%
import inspect
import itertools
import math
import tempfile
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F

from nlpjourney.llm.training import evaluate, Pretrainer, PretrainingConfig
from nlpjourney.nets.training import AdamW
from nlpjourney.llm.training.stories import export, prepare, small_llama, tell, town_stories

torch.set_num_threads(1)  # enough for a small model, and the same on every machine
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"

folder = Path(tempfile.mkdtemp())
texts = town_stories(1200)
data = prepare(texts, folder, vocab_size=768)
V = data.bpe.vocab_size
print(f"{len(texts):,} stories, {sum(map(len, texts)):,} characters. The first:\n\n{texts[0]}")

# %% [markdown]
# (The stories are generated: they are told by *Tinytown*, a program that comes with this course, from events in a made-up town. Real stories for so small a model do not
# exist; we come to that. A program wrote them by rules, but the model is never shown the rules.)

# %%
train, held_out = data.training[:], data.validation[:]


def counting_loss(n: int) -> float:
    """Loss on the held-out stories of a counter that knows the last n − 1 tokens; where it saw them rarely it trusts fewer."""
    if n == 0:
        return math.log(V)
    tables = []
    for k in range(1, n + 1):  # how often each run of k tokens occurs, and each beginning of it
        runs = Counter(zip(*(train[i:].tolist() for i in range(k))))
        starts = Counter()
        for run, count in runs.items():
            starts[run[:-1]] += count
        tables.append((runs, starts))
    total, ids = 0.0, held_out.tolist()
    for t in range(n - 1, len(ids)):
        p = 1 / V
        for k, (runs, starts) in enumerate(tables, 1):  # MacKay & Peto: the shorter run's p counts like 20 sightings
            run = tuple(ids[t - k + 1 : t + 1])
            if (seen := starts[run[:-1]]) > 0:
                p = (runs[run] + 20 * p) / (seen + 20)
        total -= math.log(p)
    return total / (len(ids) - n + 1)


counters = {n: counting_loss(n) for n in range(7)}
fig, ax = plt.subplots(figsize=(8, 3.2))
ax.bar(list(counters), list(counters.values()), color=[GREY, *[BLUE] * 6])
for n, loss in counters.items():
    ax.text(n, loss, f"{loss:.2f}", ha="center", va="bottom")
ax.set(
    title="Predicting by counting runs of tokens",
    xlabel="length of the run (0: a blind guess)",
    ylabel="loss, nats a token",
)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
best_count = min(counters, key=counters.get)
known = set(zip(*(train[i:].tolist() for i in range(6))))
runs = list(zip(*(held_out[i:].tolist() for i in range(6))))
print(f"Runs of {best_count} are best: {counters[best_count]:.2f}.")
print(f"{np.mean([run in known for run in runs]):.0%} of the held-out runs of six tokens stand in the training text.")

# %% [markdown]
# Counting has a limit. Most of the longer runs have been seen, but each only a few times, too few to trust the counts. And who holds the camera may have been said twenty words
# ago, where hardly any run of twenty words ever comes back. A model must find out what matters.
#
# ## Build it: a step, and a loop
#
# Training is one step, repeated: see how wrong the model is, and move every parameter a little in the direction that makes it less wrong. "A little" is the art. **Adam** (Kingma & Ba, 2015)
# keeps two running means for each parameter $w$, $m$ of its gradient $g$ and $v$ of the gradient's square, and **AdamW** (Loshchilov & Hutter, 2019) also lets each weight decay:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1) g \qquad v \leftarrow \beta_2 v + (1-\beta_2) g^2 \qquad w \leftarrow w - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon} - \eta\lambda w$$
#
# In words: go where the gradients agree, by a step of about the learning rate $\eta$, whatever their size; and shrink the weight by a small part of itself, so that it stays large only if the loss
# keeps asking for it. $\hat m = m/(1-\beta_1^t)$ and $\hat v = v/(1-\beta_2^t)$ correct for the start at 0, and the tiny $\varepsilon$ keeps the quotient finite. The W stands for *decoupled* weight decay: the decay acts on $w$ directly and does
# not pass through $m$ and $v$. One parameter, by hand and without decay: the loss is $(w - 3)^2$, so $g = 2(w - 3)$.

# %%
w, m, v, lr = 0.0, 0.0, 0.0, 0.5
for t in range(1, 5):
    g = 2 * (w - 3)
    m, v = 0.9 * m + 0.1 * g, 0.95 * v + 0.05 * g * g
    step = lr * (m / (1 - 0.9**t)) / math.sqrt(v / (1 - 0.95**t))
    w -= step
    print(f"step {t}: gradient {g:5.2f}, step {-step:.3f}, w = {w:.3f}")

# %% [markdown]
# The first step is exactly 0.5, although the gradient is −6: its size does not count, its sign does.
#
# The obvious training loop is ten lines. A Llama with 100,000 parameters, rows of the text, and a few steps. Two lines need a word: only the matrices within the layers decay (`inner`), not the embedding table and the norms; and
# a gradient longer than 1 is cut to that length (`clip_grad_norm_`), so that a single odd batch cannot throw the model far off.

# %%
from nlpjourney.llm.data import Batches


def plain_training(n_steps: int) -> list[float]:
    model = small_llama(V, d_model=64, n_layers=1, end=data.end).train()
    inner = [p for name, p in model.named_parameters() if p.dim() == 2 and "embed" not in name]
    outer = [p for name, p in model.named_parameters() if p.dim() != 2 or "embed" in name]
    optimizer = torch.optim.AdamW(
        [{"params": inner}, {"params": outer, "weight_decay": 0.0}], 0.01, (0.9, 0.95), weight_decay=0.01
    )
    losses = []
    for rows in itertools.islice(Batches(data.training, batch_size=8, length=64), n_steps):
        ids = torch.from_numpy(rows)  # (8, 65)
        logits = model(ids[:, :-1])  # (8, 64, V): a guess after every token
        loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


obvious = plain_training(30)
print(f"loss {obvious[0]:.3f} → {obvious[-1]:.3f}; a blind guess costs ln V = {math.log(V):.3f}")

# %% [markdown]
# ## The library's version
#
# `nlpjourney.llm.training` has the optimizers, written out. This is AdamW's step:

# %%
print(inspect.getsource(AdamW.step))

# %% [markdown]
# And the loop is a `Trainer`. It adds what long runs need: accumulation of small batches, a schedule for the learning rate, evaluation, samples, a logbook, several processes,
# and checkpoints. Is it the same training?

# %%
settings = {"batch_size": 8, "length": 64, "optimizer": "adamw", "lr": 0.01, "schedule": "constant", "warmup": 0}
trainer = Pretrainer(small_llama(V, 64, 1, data.end), data.training, PretrainingConfig(n_steps=30, **settings))
ours = [entry["loss"] for entry in trainer.run() if "loss" in entry]
print(f"largest difference of the losses in {len(ours)} steps: {max(abs(a - b) for a, b in zip(ours, obvious)):.1e}")

# %% [markdown]
# Now stop a run in the middle and start it again, as if somebody had pulled the plug. (The tests do it with `kill -9`.)

# %%
run = folder / "stopped"
config = PretrainingConfig(n_steps=30, checkpoint_every=10, **settings)
for _ in Pretrainer(small_llama(V, 64, 1, data.end), data.training, config, folder=run).run(until=17):
    pass
again = Pretrainer(small_llama(V, 64, 1, data.end, seed=99), data.training, config, folder=run)
print(f"stopped after 17 steps; it goes on after step {again.step}")
resumed = [entry["loss"] for entry in again.run() if "loss" in entry]
print(f"the same losses, to the last bit: {resumed == ours[10:]}")

# %% [markdown]
# That takes more than the weights: the optimizer's means, the place in the data, and the random state are in the file, too.
#
# ### A step for whole matrices
#
# **Muon** (Jordan et al., 2024) looks at a weight matrix as a whole. Its momentum, the running mean of its gradients, is dominated by a few directions; Muon replaces it by the nearest orthogonal matrix, so that
# all directions move alike. That takes an SVD, or five rounds of a polynomial that comes close to it (a Newton–Schulz iteration). It is meant for the matrices within the layers; embeddings and norms stay with AdamW:

# %%
from nlpjourney.nets.training import muon, orthogonalise

print(inspect.getsource(muon.orthogonalise))
left, _, right = torch.linalg.svd(torch.randn(96, 96, generator=torch.Generator().manual_seed(0)))
gradient = left @ torch.diag(torch.logspace(0, -2, 96)) @ right
before, after = (torch.linalg.svdvals(x) for x in (gradient, orthogonalise(gradient)))

curves = {"AdamW": ours}
settings["optimizer"] = "muon"
trainer = Pretrainer(small_llama(V, 64, 1, data.end), data.training, PretrainingConfig(n_steps=30, **settings))
curves["Muon"] = [entry["loss"] for entry in trainer.run() if "loss" in entry]

fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(11, 3.4))
left_ax.plot(before, color=GREY, linestyle="--", label="a matrix like a momentum")
left_ax.plot(after, color=ORANGE, label="after five rounds")
left_ax.set(title="Singular values", xlabel="singular value, the largest first", ylabel="size", ylim=(0, None))
for (name, losses), colour, style in zip(curves.items(), (BLUE, ORANGE), ("--", "-")):
    right_ax.plot(range(1, 31), losses, style, color=colour, label=name)
right_ax.set(title="The same model, the same batches", xlabel="step", ylabel="loss")
for ax in (left_ax, right_ax):
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
print(f"after 30 steps: AdamW {curves['AdamW'][-1]:.2f}, Muon {curves['Muon'][-1]:.2f}")
print("(One model, one seed, 30 steps, one learning rate for both: enough to see that both work, not which is better.)")

# %% [markdown]
# ## Real data: from raw text to shards
#
# What a model reads decides what it becomes. Raw text from the network is full of copies and of things that are not text. Here are real posts to newsgroups of the
# 1990s. Rules that only count (those of Gopher and C4) throw out lists and stubs, and **MinHash** finds near-duplicates without comparing each post with each: two texts keep the
# same smallest hash with a probability that is exactly their Jaccard similarity.

# %%
from nlpjourney.assets import corpora
from nlpjourney.llm.data import GOPHER, MinHash, filter_texts, jaccard

posts = [document.text for document in corpora.newsgroups("test")[:1500]]
kept, removed = filter_texts(posts, GOPHER)
hasher = MinHash()
found = hasher.deduplicate(kept, threshold=0.5)
by_rule = Counter(r.rule for r in removed)
print(f"{len(posts):,} posts: {len(removed)} broke a rule, {len(found.removed)} are nearly the same as an earlier one")
for rule, count in by_rule.most_common():
    example = next(r for r in removed if r.rule == rule)
    print(f"  {rule:18} {count:4}   such as “{' '.join(posts[example.index].split())[:60]}”")
sets = {i: hasher.shingles(kept[i]) for pair in found.removed.items() for i in pair}
alike = {pair: jaccard(sets[pair[0]], sets[pair[1]]) for pair in found.removed.items()}
later, earlier = max((pair for pair in alike if alike[pair] < 1), key=alike.get)
a, b = kept[earlier].split(), kept[later].split()
first = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
print(
    f"\nTwo posts of {len(a)} and {len(b)} words share {alike[later, earlier]:.0%} of their runs of five words. Around word {first}:"
)
print(f"  … {' '.join(a[max(0, first - 6) : first + 8])} …\n  … {' '.join(b[max(0, first - 6) : first + 8])} …")

# %% [markdown]
# `prepare` did the same with our stories above, learned a BPE vocabulary (topic 1.2) from what was left, joined the stories with an end token between them, and wrote the ids to *shards*: files of
# 16-bit numbers behind a short header, read by memory map, so that a text may be larger than the memory.

# %%
for file in data.training.files + data.validation.files:
    print(f"{file.name:20} {file.stat().st_size:9,} bytes")
print(
    f"{len(train):,} tokens to train on, {len(held_out):,} to evaluate on; {len(texts) - len(data.removed) - len(data.duplicates):,} stories"
)
print("|".join(data.bpe.decode([i]) for i in train[:24].tolist()))

# %% [markdown]
# ## From noise to stories
#
# Three layers, three heads of 32 coordinates each, and one matrix for both embedding and output ("tied"). The optimizer is Muon, the default of `PretrainingConfig`, here and in what follows. The learning rate warms up, stays, and goes down in the last part of the run
# (*warmup-stable-decay*); the other usual schedule lets it fall along half a cosine wave from the warm-up to the end (exercise d).

# %%
model = small_llama(V, d_model=96, n_layers=3, end=data.end)
beginning = "Nora Iversen lived in"


def sample(trained: object) -> str:
    return tell(trained, data.bpe, beginning, max_new_tokens=32, seed=1)


config = PretrainingConfig(n_steps=200, batch_size=8, length=96, lr=0.03, eval_every=40, sample_every=40)
run = Pretrainer(model, data.training, config, validation=held_out[:5000], sample=sample, folder=folder / "run")
logbook = list(run.run())
for entry in logbook:
    if "sample" in entry:
        print(f"after {entry['step']:3} steps: {entry['sample']}\n")

# %%
losses = [(e["step"], e["loss"]) for e in logbook if "loss" in e]
evaluations = [(e["step"], e["val_loss"]) for e in logbook if "val_loss" in e]
rates = [(e["step"], e["lr"]) for e in logbook if "loss" in e]
fig, (ax, below) = plt.subplots(2, 1, figsize=(9, 5), sharex=True, height_ratios=(3, 1))
ax.plot(*zip(*losses), color=BLUE, alpha=0.5, label="training, each step")
ax.plot(*zip(*evaluations), "o-", color=RED, label="held-out stories")
ax.axhline(math.log(V), color=GREY, linestyle=":", label="blind guess")
ax.axhline(counters[best_count], color=GREEN, linestyle="--", label=f"counting runs of {best_count}")
ax.set(
    title=f"A Llama of {model.n_parameters:,} parameters learns to tell stories",
    ylabel="loss, nats a token",
    ylim=(0, None),
)
ax.legend(frameon=False)
below.plot(*zip(*rates), color=ORANGE)
below.set(xlabel="step", ylabel="learning rate", ylim=(0, None))
for axes in (ax, below):
    axes.spines[["top", "right"]].set_visible(False)
plt.tight_layout()
plt.show()
final = evaluations[-1][1]
passed = next((step for step, loss in evaluations if loss < counters[best_count]), None)
print(f"Held-out loss {final:.2f}, perplexity {math.exp(final):.1f}; the best counter has {counters[best_count]:.2f}.")
print(f"The counter was passed by step {passed}.")

# %% [markdown]
# Read the samples from top to bottom. It is the order in which every language model learns: which tokens are frequent, which go together, where sentences end, and only then who did what
# to whom. Near the end the learning rate falls, and small steps settle what large ones only circled.
#
# ### Talk to it
#
# Give it a beginning of your own. Names and places should be Tinytown's; what it never met, it cannot spell.

# %%
for start, seed in [("On Thursday, Leo lost the", 3), ("Ada Pohl, who was 9, lived in", 2)]:
    print(tell(model, data.bpe, start, temperature=0.6, seed=seed), "\n")

# %% [markdown]
# Does it tell, or does it copy? Look at all runs of ten words in what it writes, and ask which of them stand somewhere in its training text. Compare with held-out stories, which certainly were
# not copied: they share runs too, since people in Tinytown say similar things.

# %%
end = data.end


def stories_of(ids: list[int]) -> list[str]:
    """The texts between the end tokens."""
    return [data.bpe.decode(part) for is_end, part in itertools.groupby(ids, lambda i: i == end) if not is_end]


def runs_of(texts: list[str], n: int) -> list[tuple[str, ...]]:
    return [run for words in map(str.split, texts) for run in zip(*(words[i:] for i in range(n)))]


written = [tell(model, data.bpe, "", max_new_tokens=100, temperature=0.8, seed=seed) for seed in range(8)]
training_stories, held_out_stories = stories_of(train.tolist()), stories_of(held_out.tolist())
lengths = range(2, 17, 2)
shares = {"written by the model": [], "held-out stories": []}
for n in lengths:
    known = set(runs_of(training_stories, n))
    for name, stories in (("written by the model", written), ("held-out stories", held_out_stories)):
        runs = runs_of(stories, n)
        shares[name].append(np.mean([run in known for run in runs]))
fig, ax = plt.subplots(figsize=(7, 3.2))
for (name, values), colour, style in zip(shares.items(), (BLUE, ORANGE), ("o-", "s--")):
    ax.plot(lengths, values, style, color=colour, label=name)
ax.set(title="Is it copied?", xlabel="run of words", ylabel="share found in the training text", ylim=(0, 1))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
ten = list(lengths).index(10)
print(
    f"Runs of ten words found in the training text: {shares['written by the model'][ten]:.0%} of the model's, {shares['held-out stories'][ten]:.0%} of the held-out ones."
)

words_known = {word for story in training_stories for word in story.split()}
words_written = [word for story in written for word in story.split()]
print(
    f"{np.mean([word in words_known for word in words_written]):.1%} of the words it writes are words of the training text."
)

# %% [markdown]
# So it is no parrot; but read its stories with care. Nearly all sentences are right, but the *plot* leaks. Look for things that are given back but were never lent, for a hero who changes names, for a Nora who is called
# *he*. To hold a fact over a whole story takes heads that look things up (the induction heads of topic 4.1), and those come with more steps and more parameters. The same command does it in the terminal:
#
# ```
# python -m nlpjourney.llm.training my-model                    # a larger model, more stories, some minutes
# python -m nlpjourney.llm.training my-model --text tales       # Grimm and Andersen
# ```
#
# Kill it whenever you like and start it again. What about real tales? Here is our model's twin, after its first 40 steps on them:

# %%
from nlpjourney.llm.training.stories import tales

real = prepare(tales(), folder / "tales", vocab_size=768)
twin = small_llama(real.bpe.vocab_size, 96, 3, real.end)
config = PretrainingConfig(n_steps=40, batch_size=8, length=96, lr=0.03, schedule="constant")
for _ in Pretrainer(twin, real.training, config).run():
    pass
there, here = (len({word.strip(".,:;!?\"'").lower() for word in " ".join(t).split()}) for t in (tales(), texts))
print(f"{there:,} different words in the tales, {here:,} in Tinytown")
print(
    f"held-out loss after 40 steps: {evaluate(twin, real.validation, 96):.2f} (Tinytown: {dict(evaluations)[40]:.2f})\n"
)
print(tell(twin, real.bpe, "Once upon a time there was", max_new_tokens=60, seed=2))

# %% [markdown]
# Real stories use many more words and hardly ever say a thing twice. A small model can be fluent only about a small world: that was the discovery of TinyStories (Eldan & Li, 2023), and the
# reason why we trained on Tinytown.
#
# ## How large, how long? A scaling law
#
# If you can only train once, on a budget of computation, should the model be larger or the training longer? Train small ones and extrapolate. Hoffmann et al. (*Chinchilla*, 2022) fitted
#
# $$L(N, D) = E + \frac{A}{N^\alpha} + \frac{B}{D^\beta}$$
#
# In words: the loss is what no model can know ($E$), plus what a finite model of $N$ parameters costs, plus what a finite training on $D$ tokens costs. The budget joins the two: a step of training takes about 6 floating-point operations per parameter and token
# (2 forward, 4 backward), so $C \approx 6ND$. Five sizes, each evaluated on its way:

# %%
from nlpjourney.llm.training.scaling import fit_scaling_law

sizes = [(32, 1), (32, 2), (64, 1), (64, 2), (96, 2)]
points = []  # (parameters, tokens, held-out loss)
for d_model, n_layers in sizes:
    small = small_llama(V, d_model, n_layers, data.end)
    config = PretrainingConfig(n_steps=80, batch_size=4, length=96, lr=0.02, schedule="constant")
    runner = Pretrainer(small, data.training, config)
    for until in (24, 36, 54, 80):
        for _ in runner.run(until=until):
            pass
        points.append((small.n_parameters, until * 4 * 96, evaluate(small, held_out[:2500], 96)))
N, D, L = map(np.array, zip(*points))
law = fit_scaling_law(N, D, L)

fig, ax = plt.subplots(figsize=(8, 3.8))
for n, colour, marker in zip(sorted(set(N.tolist())), (BLUE, ORANGE, GREEN, RED, GREY), "osD^v"):
    ax.plot(D[n == N], L[n == N], marker, color=colour, label=f"{n:,} parameters")
    more = np.geomspace(D.min(), D.max() * 4)
    ax.plot(more, law.loss(n, more), color=colour, linewidth=1)
ax.set(
    xscale="log",
    yscale="log",
    title="Five sizes, and the law that was fitted",
    xlabel="tokens trained on",
    ylabel="held-out loss",
)
ax.legend(frameon=False, fontsize=8)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
off = np.abs(law.loss(N, D) / L - 1)
print(
    f"L = {law.E:.2f} + {law.A:.3g} / N^{law.alpha:.2f} + {law.B:.3g} / D^{law.beta:.2f}; off by {off.mean():.1%} on average, {off.max():.1%} at most"
)
expected = float(law.loss(model.n_parameters, 200 * 8 * 96))
print(f"It expects {expected:.2f} of the model that we trained; it reached {final:.2f}.")

# %% [markdown]
# Do not believe these exponents. The points of one size come from one run whose learning rate never went down (that of the model above did), and each run is in its first steps, where more data is
# everything; an $E$ near 0 says that none of them came near the floor. A law that was fitted here describes these runs, and what it expects of a longer one is a guess.
#
# The method is real, though. Chinchilla's authors trained more than 400 models and found that at a given budget $C$ model and data should grow alike, at about **20 tokens per parameter**: GPT-3, with 175 billion parameters and 300 billion tokens (less than two per parameter), was much
# too large for its training. Such a model is *compute-optimal*: best for the cost of training it. Today's models are trained far beyond that point (Llama 3 8B on 15 trillion tokens, nearly 1,900 per parameter), since a model that is used a lot costs more to run than
# to train, and a smaller one is cheaper with every token that it writes.
#
# ## Five families
#
# All descend from the Transformer of topic 4.1. What differs is what a token may see, and what it has to predict. Here they are at published sizes, built without memory for the weights and counted:

# %%
from nlpjourney.llm.models import GPT2, T5, Bert, BertConfig, GPT2Config, Llama, LlamaConfig, PaLM, PaLMConfig, T5Config

families = {
    "GPT-2 small": (GPT2, GPT2Config()),
    "BERT base": (Bert, BertConfig()),
    "T5 small": (T5, T5Config()),
    "Llama 2 7B": (Llama, LlamaConfig(vocab_size=32000, d_model=4096, n_layers=32, n_heads=32, d_ff=11008)),
    "PaLM 8B": (PaLM, PaLMConfig()),
}
different = {
    "GPT-2 small": ("all before", "the next token", "learned", "LayerNorm", "GELU"),
    "BERT base": ("all", "masked tokens", "learned", "LayerNorm", "GELU"),
    "T5 small": ("encoder: all; decoder: all before", "cut-out spans", "relative bias", "RMSNorm", "ReLU"),
    "Llama 2 7B": ("all before", "the next token", "rotary", "RMSNorm", "SwiGLU"),
    "PaLM 8B": ("all before", "the next token", "rotary, one key head", "scale only", "SwiGLU, in parallel"),
}
print(f"{'':12} {'parameters':>14}  {'a token sees':34} {'and predicts':15} {'positions':21} {'norm':11} feed-forward")
for name, (architecture, settings) in families.items():
    with torch.device("meta"):
        n = architecture(settings).n_parameters
    sees, predicts, *parts = different[name]
    print(f"{name:12} {n:14,}  {sees:34} {predicts:15} {parts[0]:21} {parts[1]:11} {parts[2]}")

# %%
tokens = ["the", "cat", "sat", "on", "the", "mat"]
T = len(tokens)
causal, everything = np.tril(np.ones((T, T))), np.ones((T, T))
fig, axes = plt.subplots(1, 3, figsize=(11, 3.6))
for ax, (title, mask) in zip(
    axes,
    {
        "GPT-2, Llama, PaLM:\nwhat came before": causal,
        "BERT, T5's encoder:\neverything": everything,
        "T5's decoder: the encoder's\ntext and what came before": np.hstack([everything, causal]),
    }.items(),
):
    ax.imshow(mask, cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    ax.set_title(title, fontsize=10)
    ax.set_xticks(range(mask.shape[1]), (tokens * 2)[: mask.shape[1]], rotation=90)
    ax.set_yticks(range(T), tokens)
    ax.set_xlabel("seen")
axes[0].set_ylabel("who sees")
plt.tight_layout()
plt.show()

# %% [markdown]
# Two reasons why nearly all of today's language models are decoders: their task wastes nothing, since every token of a text is a question (BERT asks about 15 % of them), and a model that predicts the next token can write.
#
# ## The tools of the trade
#
# Our model is written as a folder that Transformers opens (`config.json`, safetensors, `tokenizer.json`) and as a GGUF file for llama.cpp and our own engine (topic 7.4).

# %%
import warnings

warnings.filterwarnings("ignore", message="IProgress")  # no progress bars here
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from nlpjourney.llm.engine import Engine

logging.disable_progress_bar()
gguf = export(model, data.bpe, folder / "published")
theirs, tokenizer = (
    AutoModelForCausalLM.from_pretrained(folder / "published").eval(),
    AutoTokenizer.from_pretrained(folder / "published"),
)
ids = tokenizer(held_out_stories[0])["input_ids"][:64]
with torch.no_grad():
    ours_logits, their_logits = model.eval()(torch.tensor([ids])), theirs(torch.tensor([ids])).logits
print(f"the same tokens: {ids == data.bpe.encode(held_out_stories[0])[:64]}")
print(f"logits, Transformers: largest difference {float((ours_logits - their_logits).abs().max()):.1e}")
read = Engine(gguf, threads=1).sequence().prefill(ids)
print(
    f"last logits, the engine on {gguf.name}: largest difference {float(np.abs(read - ours_logits[0, -1].numpy()).max()):.1e}"
)

# %% tags=["timing"]
import time


def tokens_per_second(trained: object, **more: object) -> float:
    """Forward, loss and backward on the same batch, the best of three."""
    rows, best = torch.from_numpy(next(Batches(data.training, 8, 96))), math.inf
    for _ in range(3):
        start = time.perf_counter()
        out = trained(rows[:, :-1], **more)
        logits = out if isinstance(out, torch.Tensor) else out.logits
        F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten()).backward()
        best = min(best, time.perf_counter() - start)
    return rows[:, 1:].numel() / best


print(
    f"training: ours {tokens_per_second(model.train()):,.0f}, Transformers {tokens_per_second(theirs.train(), use_cache=False):,.0f} tokens a second"
)

# %% [markdown]
# More processes, or more machines, need one word in front. Each process gets a share of every batch; with `fsdp` each also keeps only its slice of the weights. The losses are those of one process
# (the tests and `journey system torchrun` compare them step by step; `journey system ray` does it with Ray Train):
#
# ```
# torchrun --nproc-per-node 2 -m nlpjourney.llm.training my-model --parallel fsdp
# ```
#
# ## Exercises
#
# Write your answer into the cell, run it, and the check below tells you how it went. `hint("4.2.a")` helps; `solution("4.2.a")` opens after a first
# try.


# %% exercise="4.2.a"
def next_token_loss(logits: np.ndarray, ids: np.ndarray) -> float:
    """Mean −ln p of the tokens `ids` (T,) under the scores `logits` (T, V), row t for token t + 1."""
    # BEGIN SOLUTION
    scores = logits[:-1] - logits[:-1].max(axis=-1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return float(-log_p[np.arange(len(ids) - 1), ids[1:]].mean())
    # END SOLUTION


# %% exercise="4.2.b"
def pack(documents: list[list[int]], end: int, length: int) -> list[list[int]]:
    """Rows of `length` + 1 ids, each beginning with the last id of the one before."""
    # BEGIN SOLUTION
    ids = [i for document in documents for i in [*document, end]]
    return [ids[i : i + length + 1] for i in range(0, len(ids) - length, length)]
    # END SOLUTION


# %% exercise="4.2.c"
def adamw_step(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    """(w, m, v) after step `t` (from 1) of AdamW; `w`, `g`, `m` and `v` are arrays."""
    # BEGIN SOLUTION
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w * (1 - lr * decay) - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
    # END SOLUTION


# %% exercise="4.2.d"
def warmup_cosine(step: int, n_steps: int, peak: float, warmup: int, final: float) -> float:
    """The learning rate of `step`."""
    # BEGIN SOLUTION
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / (n_steps - warmup)
    return peak * (final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2)
    # END SOLUTION


# %% exercise="4.2.e"
def similarity(a: str, b: str, n: int) -> float:
    """Jaccard similarity of the runs of `n` words of two texts."""
    # BEGIN SOLUTION
    runs = []
    for text in (a, b):
        words = text.lower().split()
        runs.append({tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set())
    first, second = runs
    return len(first & second) / len(first | second) if first | second else 1.0
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [Hugging Face: Causal Language Modeling](https://huggingface.co/learn/nlp-course/chapter7/6?fw=pt), training GPT-2 with Transformers
# - [TinyLlama](https://github.com/jzhang38/TinyLlama), [LLM360](https://www.llm360.ai/) and the [OPT-175 logbook](https://github.com/facebookresearch/metaseq/blob/main/projects/OPT/chronicles/OPT175B_Logbook.pdf): how large trainings really go
# - [Chinchilla's wild implications](https://www.lesswrong.com/posts/6Fpvch8RR29qLEWNH/chinchilla-s-wild-implications), [BLOOM](https://bigscience.notion.site/BLOOM-BigScience-176B-Model-ad073ca07cdf479398d5f95d88e218c4), [LLMDataHub](https://github.com/Zjh-819/LLMDataHub)
# - R. Eldan & Y. Li, *TinyStories* (2023); J. Hoffmann et al., *Training compute-optimal large language models* (2022); K. Jordan et al., *Muon* (2024)
# - D. Kingma & J. Ba, *Adam* (2015); I. Loshchilov & F. Hutter, *Decoupled weight decay regularization* (2019); D. MacKay & L. Peto, *A hierarchical Dirichlet language model* (1995)
# - A. Broder, *On the resemblance and containment of documents* (1997); J. Rae et al., *Gopher* (2021), appendix A: the quality rules
