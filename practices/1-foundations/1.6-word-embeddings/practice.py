# %% [markdown]
# # 1.6 Word embeddings
#
# A bag of words (topic 1.5) gives each word a column of its own. So *doctor* is as far from *physician* as from *banana*, and a search
# for one never finds the other. Yet anybody who reads enough text notices that doctors and physicians keep the same company: both
# examine, prescribe, and send bills. "You shall know a word by the company it keeps", wrote the linguist J. R. Firth in 1957.
#
# That can be counted. Here are eight words, and how often each stands within five words of some others, in news groups,
# news wires and an encyclopedia of the years 1987 to 2008.

# %%
import re

import matplotlib.pyplot as plt
import numpy as np

from nlpjourney.assets import corpora
from nlpjourney.text.embeddings import Corpus

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"

paragraphs = [paragraph for article in corpora.wikipedia().values() for paragraph in article.split("\n")]
texts = [*paragraphs, *(d.text for d in corpora.newsgroups()), *(d.text for d in corpora.reuters())]
corpus = Corpus.from_texts(texts, min_count=10)
print(f"{len(corpus.tokens):,} words, {len(corpus.words):,} different ones that occur at least 10 times")

# %%
number = {word: i for i, word in enumerate(corpus.words)}
rows = ["doctor", "physician", "car", "truck", "january", "october", "windows", "unix"]
columns = ["patient", "medical", "engine", "drive", "month", "year", "software", "version"]
met = np.zeros((len(rows), len(columns)))
for i, word in enumerate(rows):
    places = np.flatnonzero(corpus.tokens == number[word])
    for distance in [*range(-5, 0), *range(1, 6)]:
        neighbours = corpus.tokens[(places + distance).clip(0, len(corpus.tokens) - 1)]
        met[i] += [(neighbours == number[column]).sum() for column in columns]
counts = {word: corpus.counts[number[word]] for word in rows + columns}
by_chance = np.array([[10 * counts[row] * counts[column] / len(corpus.tokens) for column in columns] for row in rows])

fig, ax = plt.subplots(figsize=(7, 3.6))
picture = ax.imshow(np.log2(1 + met / by_chance), cmap="cividis", aspect="auto")
ax.set_xticks(range(len(columns)), columns, rotation=30, ha="right")
ax.set_yticks(range(len(rows)), rows)
ax.set(title="Words of a kind keep the same company", xlabel="neighbour", ylabel="word")
fig.colorbar(picture, label="log2(1 + meetings / meetings by chance)")
plt.show()

# %% [markdown]
# Rows that look alike belong to words that are alike. A whole row has as many columns as there are words; an **embedding** squeezes it
# into a few dozen numbers, and two words are compared by the cosine of the angle between their vectors.
#
# ## The obvious version
#
# **Skip-gram with negative sampling** (Mikolov and colleagues, 2013) never makes the table. Each word has an input vector $h$ and an output vector $w$. We
# slide over the text; a word and a neighbour that really met get the label 1, and the word with a few words drawn at random, the *noise*, get
# the label 0. Then
#
# $$f = h \cdot w \qquad g = (\text{label} - \sigma(f))\,\alpha \qquad w \mathrel{+}= g\,h \qquad h \mathrel{+}= g\,w$$
#
# In words: if the dot product says "they meet" too weakly, move both vectors towards each other, if too strongly, apart, by a step that
# is as large as the error times the learning rate $\alpha$. On a toy text, sentences about animals and sentences about colours:

# %%
rng = np.random.default_rng(0)
toy = [rng.permutation(kind).tolist() for _ in range(150) for kind in (["cat", "dog", "cow"], ["red", "blue", "green"])]
words = sorted({word for sentence in toy for word in sentence})
h = {word: rng.normal(0, 0.1, 2) for word in words}
w = {word: np.zeros(2) for word in words}


def learn_pair(word: str, other: str, label: float, alpha: float = 0.05) -> None:
    g = (label - 1 / (1 + np.exp(-h[word] @ w[other]))) * alpha
    h[word], w[other] = h[word] + g * w[other], w[other] + g * h[word]


for sentence in toy:
    for word in sentence:
        for neighbour in sentence:
            if neighbour != word:
                learn_pair(word, neighbour, 1.0)
                for noise in rng.choice(words, 2):
                    if noise != neighbour:
                        learn_pair(word, str(noise), 0.0)

for word in words:
    print(f"{word:6} ({h[word][0]:+.2f}, {h[word][1]:+.2f})")

# %% [markdown]
# Two numbers a word, and the animals have gone one way, the colours another. Nobody told the program what an animal is.
#
# ## The library's version
#
# `nlpjourney.text.embeddings` has the same step, compiled:

# %%
import inspect

from nlpjourney.text.embeddings.word2vec_training import learn_row

print(inspect.getsource(learn_row.py_func))

# %% [markdown]
# Two things are odd: the sigmoid comes from a table, and beyond ±6 nothing is learned at all. The table, with its rounding, is that of Mikolov's program of 2013. What happens beyond ±6
# is Gensim's choice: Mikolov's program goes on there with the sigmoid rounded to 0 or 1, so that a noise word with the score 7 gets its full push (only its hierarchical softmax leaves such
# pairs out). We do as Gensim does, and the vectors agree. How large is the error of the table in one step?

# %%
hidden = rng.normal(0, 1, 100).astype(np.float32) / 10
output = rng.normal(0, 1, (1, 100)).astype(np.float32)
g = (1.0 - 1 / (1 + np.exp(-output[0] @ hidden))) * np.float32(0.025)
by_hand = output[0] + g * hidden
learn_row(hidden, output, 0, np.float32(1), np.float32(0.025), np.zeros(100, np.float32))
print(f"largest difference after one step: {np.abs(output[0] - by_hand).max():.1e}")

# %% [markdown]
# What makes it fast: the words are numbers, the vectors lie in two flat arrays, the loops become vector instructions. A noise word is drawn
# in one or two steps from a guide table instead of by bisection. Threads take pieces of the text in turn, and write into the
# same arrays without any lock: a step touches so few of the rows that collisions are rare.
#
# ## Real data

#
# Skip-gram takes a step for each pair of neighbours. Its sister **CBOW** (continuous bag of words) takes one for each word: the *mean* of the neighbours'
# vectors must tell the word in the middle from noise. It is several times quicker, so we train that one here; `sg=True` gives the other.

# %%
from nlpjourney.text.embeddings import Word2Vec

vectors = Word2Vec(vector_size=64, window=5, negative=3, epochs=4, alpha=0.1, sample=1e-4).fit(corpus).vectors
for word in ["physician", "windows", "october", "jesus", "france", "faster", "good"]:
    print(f"{word:10}", ", ".join(f"{other} {cosine:.2f}" for other, cosine in vectors.most_similar(word, 6)))

# %% [markdown]
# Nobody labelled anything: all of that is in the company that words keep. And look at *good*: what stands in the same places is often the opposite. Vectors know
# what could replace a word, not what would mean the same.
#
# ### Do people agree?
#
# In WordSim-353 people rated how *related* two words are, in SimLex-999 how *similar* they are, which is stricter: *coffee* and *cup* are
# related but not similar. We compare the order of the pairs, by Spearman's correlation.

# %%
from nlpjourney.text.embeddings import score_pairs, simlex999, wordsim353

lists = {"WordSim-353: related": wordsim353(), "SimLex-999: similar": simlex999()}
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
for ax, (name, pairs) in zip(axes, lists.items()):
    known = [pair for pair in pairs if pair[0].lower() in vectors and pair[1].lower() in vectors]
    cosines = [vectors.similarity(a.lower(), b.lower()) for a, b, _ in known]
    ax.scatter([rating for *_, rating in known], cosines, s=8, color=BLUE, alpha=0.5)
    ax.set(title=f"{name}, {len(known)} of {len(pairs)} pairs", xlabel="people's rating, 0 to 10")
    ax.text(0.03, 0.92, f"Spearman {score_pairs(vectors, pairs).spearman:.2f}", transform=ax.transAxes)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("cosine of the two vectors")
plt.show()

# %% [markdown]
# The vectors capture relatedness far better than similarity: *good* and *bad* again. Models trained on a thousand times as much text do better on both lists.
#
# ### From the table after all
#
# **GloVe** (Pennington and colleagues, 2014) goes back to the table of our first picture: it looks for vectors whose dot products are the logarithms of the counts,
# $w_i \cdot v_j + b_i + c_j \approx \log X_{ij}$, by least squares in which frequent pairs weigh more; $b_i$ and $c_j$ are one number a word, for its frequency. On the news wires alone:

# %%
from nlpjourney.text.embeddings import GloVe

news = Corpus.from_texts((d.text for d in corpora.reuters()), min_count=30)
glove_model = GloVe(vector_size=40, window=5, x_max=20, learning_rate=0.1, epochs=5).fit(news)
glove = glove_model.vectors
print(
    f"{len(news.tokens):,} words; error {glove_model.losses[0]:.3f} in the first epoch, {glove_model.losses[-1]:.3f} in the last"
)
for word in ["billion", "france", "bank", "oil"]:
    print(f"{word:10}", ", ".join(f"{other} {cosine:.2f}" for other, cosine in glove.most_similar(word, 6)))

# %% [markdown]
# ### Analogies
#
# The direction from *france* to *french* is about that from *germany* to *german*. So "french - france + germany" should land near *german*.

# %%
from nlpjourney.text.embeddings import google_analogies, score_analogies

for a, b, c in [
    ("france", "french", "germany"),
    ("he", "his", "she"),
    ("good", "better", "bad"),
    ("go", "went", "come"),
    ("france", "paris", "germany"),
]:
    answers = ", ".join(f"{word} {cosine:.2f}" for word, cosine in vectors.analogy(a, b, c, 4))
    print(f"{a} : {b} = {c} : ?   {answers}")

score = score_analogies(vectors, analogies := google_analogies(), 10_000)
print(f"\nof all analogies whose words are among the 10,000 most frequent: {score.accuracy:.0%} right")
for kind in sorted(analogies, key=lambda kind: -score.right[kind] / max(1, score.used[kind])):
    if score.used[kind] >= 20:
        print(f"{kind:30} {score.right[kind] / score.used[kind]:4.0%} of {score.used[kind]:,}")

# The same questions, every tenth, when a, b and c may be answers, too.
known = [[vectors.index.get(word.lower(), 10_000) for word in row] for rows in analogies.values() for row in rows]
a, b, c, d = np.array([row for row in known if max(row) < 10_000])[::10].T
nearest = ((vectors.unit[b] - vectors.unit[a] + vectors.unit[c]) @ vectors.unit[:10_000].T).argmax(axis=1)
print(
    f"\nif they may be answers: c {np.mean(nearest == c):.0%}, b {np.mean(nearest == b):.0%}, right {np.mean(nearest == d):.0%}"
)

# %% [markdown]
# The first four are the kind that books print. Over all the questions the share is the one above; the words of a family come out best, adverbs and cities hardly at all. And
# *Paris* leads to the *Louvre* instead of *Berlin*: in the news of 1987 it is less a city than an agreement on exchange rates, the Louvre Accord. Vectors know the text, not the world.
#
# The last line shows how much of the work is done by a rule that is seldom mentioned: the three given words do not count. Without it the nearest word is almost always one of them.
#
# ### A map
#
# So many dimensions cannot be drawn. **PCA** looks from the side that shows most of the spread; **t-SNE** tears the space apart so that neighbours stay
# together. On a t-SNE map only neighbourhoods mean something; gaps and sizes do not.

# %%
from nlpjourney.drawing import label_dots
from nlpjourney.ml.projection import PCA, TSNE

groups = {
    "months": "january march may july september december",
    "countries": "france germany italy spain canada israel turkey",
    "computing": "windows software disk printer keyboard server",
    "body": "blood brain skin stomach liver lung muscle",
    "sports": "hockey baseball team players playoffs coach pitcher",
}
chosen = [(word, group) for group, names in groups.items() for word in names.split() if word in vectors]
points = np.array([vectors.unit[vectors.index[word]] for word, _ in chosen])
pca = PCA(2).fit(points)
tsne = TSNE(perplexity=6)
fig, axes = plt.subplots(1, 2, figsize=(13, 6.5))
places = {
    f"PCA ({pca.explained_variance_ratio.sum():.0%} of the spread)": pca.transform(points),
    "t-SNE": tsne.fit_transform(points),
}
for ax, (title, xy) in zip(axes, places.items()):
    for group, colour, marker in zip(groups, [BLUE, ORANGE, GREEN, RED, GREY], "osD^v"):
        member = np.array([g == group for _, g in chosen])
        ax.scatter(*xy[member].T, s=14, color=colour, marker=marker, label=group)
    ax.set(title=title, xticks=[], yticks=[], xlabel="first axis", ylabel="second axis")
    ax.margins(x=0.12, y=0.06)
    if without_room := label_dots(ax, xy, [word for word, _ in chosen]):
        print(f"{title}: no room for {', '.join(without_room)}")
fig.legend(*axes[0].get_legend_handles_labels(), frameon=False, loc="lower center", ncols=len(groups))
plt.show()

# %% [markdown]
# *May* stands apart from the other months in the first map: it is a verb as well, and its one vector has to serve both.
#
# ### Words never seen
#
# A misspelt or rare word has no vector. **fastText** (Bojanowski and colleagues, 2017) gives one to every *part* of a word: runs of three to six letters
# (here four to six), with the marks < and > at its ends. A word is the mean of its parts, and of a vector of its own if it was seen in training.

# %%
from nlpjourney.text.embeddings import FastText
from nlpjourney.text.embeddings.subwords import character_ngrams

print(character_ngrams("where", 3, 4))
some = Corpus.from_texts(texts[::6], min_count=5)
fast = FastText(sg=False, vector_size=64, min_n=4, max_n=6, bucket=50_000, negative=3, epochs=4, alpha=0.2).fit(some)
for word, meant in {"computerss": "computers", "governmnet": "government", "physicans": "physicians"}.items():
    assert word not in fast.vectors  # never seen
    nearest = fast.vectors.nearest(fast.vectors[word], 50)
    place = [other for other, _ in nearest].index(meant) + 1
    print(
        f"{word:12} {meant} is number {place}: " + ", ".join(f"{other} {cosine:.2f}" for other, cosine in nearest[:5])
    )

# %% [markdown]
# The neighbours share letters first, meaning second. That is the bargain of
# subwords: a misspelt word lands among its relatives, though not always next to the word that was meant.
#
# ### One vector for two meanings
#
# The *bank* of a river and the *bank* that lends money share one vector: the mean of all uses. **ELMo** (Peters and colleagues, 2018) gives each *occurrence* its own. A
# language model reads the sentence from the left and must predict each next word, another reads it from the right. Their hidden states at *bank* are
# its vector. Words come in as letters, through a small convolutional network.

# %%
import torch

from nlpjourney.nets.elmo import ELMo, LSTMLayer

torch.set_num_threads(1)  # the steps are too small to share
print(inspect.getsource(LSTMLayer.forward))


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


prose = [words_of(sentence)[:20] for paragraph in paragraphs for sentence in re.split(r"[.!?]\s", paragraph)]
prose = [sentence for sentence in prose if len(sentence) > 4][:1000]
prose, unseen = prose[:-200], prose[-200:]
elmo, untrained = (ELMo.from_sentences(prose, n_words=1000, d_hidden=96, d_proj=48) for _ in range(2))
losses = elmo.fit(prose, batch_size=32, learning_rate=3e-3)
with torch.inference_mode():
    before, after = untrained.loss(unseen).item(), elmo.loss(unseen).item()
print(
    f"{sum(map(len, prose)):,} words; loss on 200 unseen sentences {before:.2f} (frequencies of words alone), {after:.2f} after training"
)

# %% [markdown]
# **BERT** (topic 4.2) looks at both sides at once, by attention. We take a small one, MiniLM, trained by others on a billion pairs of texts, and the
# vector of the ambiguous word's token after each of its layers.
#
# The test: four words, two meanings each, sixteen sentences for each meaning. We wrote and labelled them. How often is the most similar *other* occurrence one of the same
# meaning? A static vector is the same in all 32 sentences, so whatever it answers, it is right for 16 of them. A fairer rival is the mean of the static vectors of the *other*
# words in the sentence.

# %%
from nlpjourney.ml import confidence_interval
from nlpjourney.tasks.search import SentenceEncoder
from nlpjourney.text.embeddings.senses import SENSES

encoder = SentenceEncoder.minilm()


@torch.inference_mode()
def bert_layers(word: str, sentence: str) -> np.ndarray:
    """The vector of the word's token before the first layer and after each, (7, 384)."""
    ids = list(encoder.tokenizer.encode_batch([sentence], add_special_tokens=True)[0])
    place = ids.index(encoder.tokenizer.encode(word)[0])
    found = []
    hooks = [
        layer.register_forward_hook(lambda _, __, out: found.append(out[0, place].numpy()))
        for layer in [encoder.model.embedding_norm, *encoder.model.layers]
    ]
    encoder.model.encode(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.bool))
    for hook in hooks:
        hook.remove()
    return np.array(found)


def elmo_layers(word: str, sentence: str, model: ELMo = elmo) -> np.ndarray:
    words = words_of(sentence)
    return model.encode([words])[0][:, words.index(word)].numpy()  # (3, 96)


def mean_of_others(word: str, sentence: str) -> np.ndarray:
    others = [vectors.unit[vectors.index[w]] for w in words_of(sentence) if w in vectors and w != word]
    return np.mean(others, axis=0, keepdims=True)  # (1, 64)


def same_meaning(points: np.ndarray, meaning: np.ndarray) -> np.ndarray:
    """For each point 1.0 if the nearest other point, by cosine, has the same meaning."""
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    return (meaning[cosines.argmax(axis=1)] == meaning).astype(float)


meaning = np.repeat([0, 1], 16)
kinds = {"others' mean": mean_of_others, "ELMo": elmo_layers, "MiniLM": bert_layers}
kinds["untrained"] = lambda word, sentence: elmo_layers(word, sentence, untrained)  # as a control
right = {}  # (layers, 32) for each word and kind of vector
for word, senses in SENSES.items():
    sentences = [sentence for group in senses.values() for sentence in group]
    for kind, layers_of in kinds.items():
        layers = np.array([layers_of(word, sentence) for sentence in sentences]).transpose(1, 0, 2)
        right[word, kind] = np.array([same_meaning(layer, meaning) for layer in layers])
        if (word, kind) == ("bank", "MiniLM"):
            banks = layers
shares = {key: values.mean(axis=1) for key, values in right.items()}
mean_shares = {kind: np.mean([shares[word, kind] for word in SENSES], axis=0) for kind in kinds}
# MiniLM's layer for a word is the one that is best for the three others: no layer is chosen on the sentences that it is judged by.
layer = {word: int(sum(shares[o, "MiniLM"] for o in SENSES if o != word).argmax()) for word in SENSES}

fig, axes = plt.subplots(1, 2, figsize=(11, 4))
bars = {"static vector": [0.5] * len(SENSES)}
names = {
    "others' mean": "others' mean",
    "ELMo": "ELMo, last layer",
    "MiniLM": "MiniLM, layer chosen on the other words",
}
bars |= {
    names[kind]: [shares[word, kind][layer[word] if kind == "MiniLM" else -1] for word in SENSES] for kind in names
}
for i, ((kind, values), colour) in enumerate(zip(bars.items(), [GREY, ORANGE, GREEN, BLUE])):
    axes[0].bar(np.arange(len(SENSES)) + 0.2 * (i - 1.5), values, 0.2, color=colour, label=kind)
axes[0].set_xticks(range(len(SENSES)), SENSES)
axes[0].set(
    title="Nearest other use has the same meaning", ylabel="share of 32", ylim=(0, 1.05), yticks=np.arange(0, 1.1, 0.25)
)
axes[0].legend(frameon=False, fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.08))
axes[1].plot(mean_shares["MiniLM"], "o-", color=BLUE, label="MiniLM")
axes[1].plot(mean_shares["ELMo"], "s--", color=GREEN, label="ELMo")
axes[1].plot(mean_shares["untrained"], "^:", color=RED, label="ELMo, untrained")
axes[1].axhline(0.5, color=GREY, linestyle=":", label="static vector")
axes[1].set(
    title="Mean of the four words, by layer",
    xlabel="layer (0: before the sentence is read)",
    ylabel="share",
    ylim=(0, 1.05),
)
axes[1].legend(frameon=False, loc="lower right")
for ax in axes:
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
for kind, values in mean_shares.items():
    print(f"{kind:13}", " ".join(f"{value:.2f}" for value in values))
chosen_layer = np.concatenate([right[word, "MiniLM"][layer[word]] for word in SENSES])  # (128,)
last = {kind: np.concatenate([right[word, kind][-1] for word in SENSES]) for kind in kinds}
for name, gain in {
    "MiniLM, chosen layer, against the others' mean": chosen_layer - last["others' mean"],
    "MiniLM, chosen layer, against its last": chosen_layer - last["MiniLM"],
    "ELMo, trained, against untrained": last["ELMo"] - last["untrained"],
}.items():
    print(f"{name}: {gain.mean():+.2f} (95 % interval {'{:+.2f} to {:+.2f}'.format(*confidence_interval(gain))})")

# %%
xy = PCA(2).fit_transform(banks[layer["bank"]])
sentences = [sentence for group in SENSES["bank"].values() for sentence in group]
numbered = np.argsort(xy[:, 0])[::3]  # every third, from left to right
fig, ax = plt.subplots(figsize=(8, 4.5))
for value, (name, colour, marker) in enumerate(zip(SENSES["bank"], [BLUE, ORANGE], "os")):
    ax.scatter(*xy[meaning == value].T, color=colour, marker=marker, s=40, label=name)
ax.set(
    title=f"32 times “bank”, after MiniLM's layer {layer['bank']}",
    xlabel="first axis of PCA",
    ylabel="second axis of PCA",
)
numbers = {int(i): str(n) for n, i in enumerate(numbered, start=1)}
label_dots(ax, xy, [numbers.get(i, "") for i in range(len(xy))], font_size=9)
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
for i, n in numbers.items():
    print(f"{n:>2} {list(SENSES['bank'])[meaning[i]]:6} {sentences[i]}")
wrong = np.flatnonzero(right["bank", "MiniLM"][layer["bank"]] == 0)
print("nearest to one of the other meaning:", " ".join(sentences[i] for i in wrong) or "none")
print("The static vector's neighbours:", ", ".join(word for word, _ in vectors.most_similar("bank", 8)))

# %% [markdown]
# Before the sentence is read, the vectors of a word differ by nothing, or only by its place, and the nearest other is a matter of chance. One layer of attention is enough to tell most meanings
# apart. MiniLM's last layer, trained to serve whole sentences, does worse than one in the middle: layers know different things. ELMo's authors had found that in their own network, where the lower layer
# knew more of syntax and the upper one more of meaning, and let every task learn its own mix of the layers (`LayerMix`).
#
# And ELMo itself? Look at the control: the same network *untrained* does no worse, and the interval of the difference holds 0. The architecture alone already mixes in the neighbours; which of them tell the
# meaning has to be learned, and that took its authors a billion words where we had some seconds. The static vector of *bank*, learned from news, knows only the money sense.
#
# ## The tools of the trade
#
# Gensim trains with the very same random choices: with one thread and the same seed the vectors agree up to rounding. Files open in both directions.

# %%
import tempfile
from pathlib import Path

import fasttext
from gensim.models import KeyedVectors
from gensim.models import Word2Vec as GensimWord2Vec

from nlpjourney.text.embeddings import save_binary, save_text

few = Corpus.from_texts(texts[::24], min_count=5).sentences()
small = Corpus.from_sentences(few)
options = {"vector_size": 100, "sg": 1, "epochs": 1, "seed": 3, "workers": 1}
theirs = GensimWord2Vec(**options, sorted_vocab=0)
theirs.build_vocab_from_freq(dict(zip(small.words, small.counts.tolist())), corpus_count=len(few))
theirs.train(few, total_examples=len(few), epochs=1)
ours = Word2Vec(**options).fit(small).vectors
order = [ours.index[word] for word in theirs.wv.index_to_key]
print(f"largest difference to Gensim's vectors: {np.abs(ours.vectors[order] - theirs.wv.vectors).max():.1e}")

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "vectors"
    save_binary(vectors, file)
    opened = KeyedVectors.load_word2vec_format(str(file), binary=True)
    print(
        "word2vec, binary: Gensim reads",
        opened.vectors.shape,
        "equal:",
        np.array_equal(opened.vectors, vectors.vectors),
    )
    save_text(glove, file, header=False)
    opened = KeyedVectors.load_word2vec_format(str(file), no_header=True)
    print(
        "GloVe, text:      Gensim reads", opened.vectors.shape, "equal:", np.array_equal(opened.vectors, glove.vectors)
    )
    fast.save(file)
    opened = fasttext.load_model(str(file))
    same = np.allclose(opened.get_word_vector("computerss"), fast.vectors["computerss"], atol=1e-5)
    print(
        "fastText, .bin:   fastText reads",
        (len(opened.words), opened.get_dimension()),
        "vector of an unknown word equal:",
        same,
    )

# %% tags=["timing"]
from time import perf_counter

start = perf_counter()
theirs.train(few, total_examples=len(few), epochs=1)
gensim_seconds = perf_counter() - start
start = perf_counter()
Word2Vec(**options).fit(small)
our_seconds = perf_counter() - start
print(
    f"one thread, thousand words per second: Gensim {len(small.tokens) / gensim_seconds / 1e3:,.0f}, ours {len(small.tokens) / our_seconds / 1e3:,.0f}"
)

# %% [markdown]
# ## Exercises
#
# Write your answer into the cell, run it, and the check below tells you how it went. `hint("1.6.a")` helps; `solution("1.6.a")` opens after a first
# try.


# %% exercise="1.6.a"
def skip_gram_pairs(words: list[str], window: int) -> list[tuple[str, str]]:
    """All pairs (word, neighbour) at most `window` places apart."""
    # BEGIN SOLUTION
    return [
        (word, words[j])
        for i, word in enumerate(words)
        for j in range(max(0, i - window), min(len(words), i + window + 1))
        if j != i
    ]
    # END SOLUTION


# %% exercise="1.6.b"
def noise_probabilities(counts: dict[str, int], exponent: float) -> dict[str, float]:
    """The probability of each word to be drawn as noise."""
    # BEGIN SOLUTION
    powers = {word: count**exponent for word, count in counts.items()}
    return {word: power / sum(powers.values()) for word, power in powers.items()}
    # END SOLUTION


# %% exercise="1.6.c"
def step(hidden: np.ndarray, outputs: np.ndarray, labels: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """One step of skip-gram with negative sampling."""
    # BEGIN SOLUTION
    g = (labels - 1 / (1 + np.exp(-outputs @ hidden))) * alpha  # (n,)
    return hidden + g @ outputs, outputs + np.outer(g, hidden)
    # END SOLUTION


# %% exercise="1.6.d"
def analogy(vectors: dict[str, list[float]], a: str, b: str, c: str) -> str:
    """What is to c as b is to a."""
    # BEGIN SOLUTION
    units = {word: np.array(v) / np.linalg.norm(v) for word, v in vectors.items()}
    wanted = units[b] - units[a] + units[c]
    return max((word for word in vectors if word not in (a, b, c)), key=lambda word: units[word] @ wanted)
    # END SOLUTION


# %% exercise="1.6.e"
def subwords(word: str, min_n: int, max_n: int) -> list[str]:
    """The n-grams of <word>."""
    # BEGIN SOLUTION
    whole = f"<{word}>"
    return [whole[i : i + n] for i in range(len(whole)) for n in range(min_n, max_n + 1) if i + n <= len(whole)]
    # END SOLUTION


# %% exercise="1.6.f"
def mix_layers(layers: np.ndarray, scores: np.ndarray, gamma: float) -> np.ndarray:
    """The weighted sum of ELMo's layers that a task sees."""
    # BEGIN SOLUTION
    weights = np.exp(scores - scores.max())
    return gamma * np.tensordot(weights / weights.sum(), layers, axes=1)
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [Jay Alammar: The Illustrated Word2Vec](https://jalammar.github.io/illustrated-word2vec/), from the roadmap
# - [Gensim's Word2Vec](https://radimrehurek.com/gensim/models/word2vec.html) and [Stanford's GloVe](https://nlp.stanford.edu/projects/glove/), from the roadmap
# - T. Mikolov et al., *Efficient estimation of word representations in vector space* and *Distributed representations of words and phrases* (2013)
# - J. Pennington, R. Socher, C. Manning, *GloVe* (2014); P. Bojanowski et al., *Enriching word vectors with subword information* (2017)
# - O. Levy, Y. Goldberg, *Neural word embedding as implicit matrix factorization* (2014): what skip-gram computes, and why
# - M. Peters et al., *Deep contextualized word representations* (2018): ELMo; J. Devlin et al., *BERT* (2018)
