# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Information retrieval: which document answers?
#
# Somebody types three words. You have thousands of texts and a tenth of a second. Two things have to be solved: **finding** the
# texts without reading them all, and **ranking** them, because nearly all of them match a little. This practice goes from an
# index of thirty lines to BM25, to phrases, to query expansion, to vectors and a real neural encoder, and it measures every
# step, so that at the end you can say *which* kind of search is better for *which* collection, and why.

# %%
import inspect
import math
import tempfile
import time
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from nlpjourney.assets import corpora

# Okabe-Ito: colours that colour-blind readers can tell apart
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#666666",
)
plt.rcParams.update(
    {
        "figure.figsize": (7.5, 3.6),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.dpi": 90,
        "figure.autolayout": True,
    }
)

paragraphs, article_of = [], []
for title, text in corpora.wikipedia().items():
    for paragraph in text.split("\n\n"):
        if 200 <= len(paragraph) < 2000:
            paragraphs.append(paragraph)
            article_of.append(title)
print(
    f"{len(paragraphs):,} paragraphs of {len(set(article_of))} Wikipedia articles, {sum(map(len, paragraphs)) / 1e6:.1f} MB"
)

# %%
query = "the first president of the united states"
holds = np.array([[word in set(paragraph.lower().split()) for word in query.split()] for paragraph in paragraphs])
labels = [*dict.fromkeys(query.split()), "any of them", "all of them"]
holding = [int(holds[:, query.split().index(word)].sum()) for word in labels[:-2]]
holding += [int(holds.any(axis=1).sum()), int(holds.all(axis=1).sum())]

fig, ax = plt.subplots()
bars = ax.barh(labels, holding, color=[BLUE] * len(labels[:-2]) + [ORANGE, VERMILION])
ax.bar_label(bars, padding=4)
ax.invert_yaxis()
ax.set(title=f"“{query}”: who has the words?", xlabel=f"paragraphs, of {len(paragraphs):,}")
plt.show()

# %% [markdown]
# That is the problem in one picture. Asking for *any* word returns nearly the whole collection; asking for *all* of them returns next to
# nothing. Neither is an answer. We need a **score** that knows that *president* says more than *of*.
#
# ## An inverted index and BM25 by hand
#
# The index turns "document → words" around into "word → documents", like the index at the end of a book. The score is BM25
# (Robertson et al., 1994), still the one to beat thirty years later. There are several variants; this is Lucene's, which adds 1 inside the logarithm, so that no word counts less than nothing, and leaves out a
# factor $k_1 + 1$, which changes no order:
#
# $$\mathrm{score}(q, d) = \sum_{t \in q} \underbrace{\log\Bigl(1 + \frac{N - \mathrm{df}_t + \frac12}{\mathrm{df}_t + \frac12}\Bigr)}_{\text{idf: rare words count more}}
# \cdot \underbrace{\frac{\mathrm{tf}_{t,d}}{\mathrm{tf}_{t,d} + k_1 \bigl(1 - b + b\,\frac{|d|}{\mathrm{avgdl}}\bigr)}}_{\text{diminishing returns for repetition, slower in long texts}}$$
#
# In words: for each word of the query add up *how rare it is* times *how much of this text is about it*. `tf` is how often the
# word stands in the text, `df` in how many of the `N` texts it stands, `|d|` the length of the text in words and `avgdl` the average length.

# %%
sentences = [
    "the cat sat on the mat",
    "the dog sat on the cat and the cat ran",
    "dogs and cats are friends",
    "a mat is a small rug",
]

index: dict[str, dict[int, int]] = {}  # word -> {document: how often}
for number, sentence in enumerate(sentences):
    for word, n in Counter(sentence.split()).items():
        index.setdefault(word, {})[number] = n
length = [len(sentence.split()) for sentence in sentences]
average = sum(length) / len(length)


def score_all(query: str, k1: float = 1.5, b: float = 0.75) -> dict[int, float]:
    scores: dict[int, float] = {}
    for word in query.split():
        postings = index.get(word, {})
        idf = math.log(1 + (len(sentences) - len(postings) + 0.5) / (len(postings) + 0.5))
        for number, tf in postings.items():
            norm = 1 - b + b * length[number] / average
            scores[number] = scores.get(number, 0.0) + idf * tf / (tf + k1 * norm)
    return scores


print("postings of 'cat':", index["cat"], "  of 'mat':", index["mat"])
print("lengths:", length, "  average:", average)
for number, score in sorted(score_all("cat mat").items(), key=lambda item: -item[1]):
    print(f"{score:.4f}  {sentences[number]}")

# %% [markdown]
# Check one number by hand: *cat* and *mat* each stand in 2 of 4 sentences, so idf = log(1 + 2.5/2.5) = log 2. Sentence 0 has 6 words; the
# cell below does the rest of the sum. And see what the third sentence scores: nothing. *cats* is not *cat*. An **analyzer** decides
# what counts as the same word; that comes in a moment.

# %%
norm = 1 - 0.75 + 0.75 * 6 / average
by_hand = 2 * math.log(2) * 1 / (1 + 1.5 * norm)
print(f"2 words × log 2 × 1/(1 + 1.5 × {norm:.4f}) = {by_hand:.4f}")
assert math.isclose(by_hand, score_all("cat mat")[0])

# %% [markdown]
# ## The library's version
#
# `BM25Index` does the same with flat arrays. Words become numbers, the lists of all words lie back to back in one array, and plain loops over
# them are compiled by Numba. This is the loop that turns documents into lists of postings:

# %%
from nlpjourney.tasks.search import ENGLISH_STOP_WORDS, Analyzer, BM25Index, postings, weighting

print(inspect.getsource(postings._fill.py_func))
print(inspect.getsource(weighting.impacts.py_func))

# %%
library = BM25Index().fit(sentences)
for query in ("cat mat", "the dog", "friends", "unicorn"):
    ours, theirs = score_all(query), library.scores(query)
    assert np.allclose([ours.get(i, 0.0) for i in range(4)], theirs), query
print("equal to the thirty lines; best for 'cat mat':", library.search("cat mat", k=2))

# %% [markdown]
# Three things make it fast:
#
# 1. **What does not depend on the query is computed once.** `impacts` stores each posting's contribution at indexing; a query only adds
#    stored numbers (Lù, *BM25S*, 2024).
# 2. **Most of them are never read.** A word can add at most its largest impact. Once ten good documents are known, a frequent word such as
#    *the* cannot lift any other document above them by itself, so its long list is skipped (*MaxScore*: Turtle & Flood, 1995).
# 3. **The memory is read in order.** Documents are taken in windows of 4,096, so the running scores stay in the processor's nearest cache.

# %% tags=["timing"]
start = time.perf_counter()
wiki = BM25Index(Analyzer(stop_words=ENGLISH_STOP_WORDS)).fit(paragraphs)
built = time.perf_counter() - start
titles = sorted(set(article_of))
start = time.perf_counter()
wiki.search_batch(titles, 10)
print(
    f"indexed {len(paragraphs):,} paragraphs in {built:.2f} s; {len(titles) / (time.perf_counter() - start):,.0f} queries per second"
)

# %% [markdown]
# ## What the two parameters do
#
# `k1` says how quickly repeating a word stops helping; `b` how strongly a text's length is held against it. Left: what a word is worth that occurs n
# times. Right: does it matter? The title of each article is a query, its paragraphs are the right answers (a judgement that
# comes with the data), and the number is mean average precision, explained below.

# %%
from nlpjourney.ml import confidence_interval
from nlpjourney.tasks.search import metrics

english = Analyzer(stop_words=ENGLISH_STOP_WORDS)
qrels = {title: {str(i): 1 for i, of in enumerate(article_of) if of == title} for title in titles}
qrels = {title: judged for title, judged in qrels.items() if len(judged) >= 10}


def run_of(index, queries, k=200):
    """{query's name: {document: score}}, as the evaluation wants it."""
    return {name: {str(hit.doc): hit.score for hit in index.search(query, k)} for name, query in queries.items()}


by_title = {title: title for title in qrels}
k1s, bs = (0.0, 0.5, 1.2, 2.0, 4.0), (0.0, 0.25, 0.5, 0.75, 1.0)
quality = np.array(
    [
        [
            metrics.mean(
                metrics.average_precision, qrels, run_of(BM25Index(english, k1=k1, b=b).fit(paragraphs), by_title)
            )
            for b in bs
        ]
        for k1 in k1s[:1] + k1s[2:]
    ]
)

fig, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8))
tf = np.arange(0, 13)
for k1, colour, marker in zip((0.0, 0.5, 1.2, 4.0), (GREY, ORANGE, BLUE, VERMILION), "sod^"):
    left.plot(
        tf, np.where(tf > 0, tf / np.maximum(tf + k1, 1e-9), 0), color=colour, marker=marker, label=f"k1 = {k1:g}"
    )
left.set(title="Saturation: text of average length", xlabel="tf, occurrences in the text", ylabel="tf / (tf + k1)")
left.legend(frameon=False)
image = right.imshow(quality, cmap="cividis", aspect="auto")
right.set(title=f"MAP, {len(qrels)} titles as queries", xlabel="b", ylabel="k1")
right.set_xticks(range(len(bs)), bs)
right.set_yticks(range(len(quality)), k1s[:1] + k1s[2:])
for (i, j), value in np.ndenumerate(quality):
    right.text(
        j, i, f"{value:.3f}", ha="center", va="center", color="black" if value > quality.mean() else "white", fontsize=8
    )
plt.show()
best_k1, best_b = np.unravel_index(quality.argmax(), quality.shape)
print(
    f"worst {quality.min():.3f}, best {quality.max():.3f}; the spread over b in the best row is {np.ptp(quality[best_k1]):.3f}"
)
lengths = [len(english(paragraph)) for paragraph in paragraphs]
short, long = np.percentile(lengths, [5, 95])
print(f"nine of ten paragraphs have between {short:.0f} and {long:.0f} words (stop words not counted)")

# %% [markdown]
# The row `k1 = 0` only asks *whether* a word occurs: that loses most. From there on, anything reasonable works, and `b` matters little
# **here**, although the lengths differ by a factor of five. On a collection that mixes tweets with books `b` matters more. This is typical: the defaults are hard to beat, and a
# gain in the third decimal is not a discovery (`confidence_interval` tells you when it is).
#
# ## Why did it score what it did?
#
# You cannot fix a ranking that you cannot explain. Every index here can account for a score, term by term.

# %%
from nlpjourney.tasks.search import mark_up, snippet

query = "first president of the united states"
for hit in wiki.search(query, k=2):
    print(f"{article_of[hit.doc]}, {hit.score:.3f}")
    print("  " + mark_up(snippet(paragraphs[hit.doc], query, wiki.analyzer, width=150), before="[", after="]"))
    print(f"  {'term':<12}{'tf':>4}{'df':>6}{'idf':>8}{'tf part':>9}{'score':>8}")
    for row in wiki.explain(query, hit.doc):
        print(f"  {row.term:<12}{row.tf:>4}{row.df:>6}{row.idf:>8.3f}{row.tf_part:>9.3f}{row.score:>8.3f}")

# %% [markdown]
# `of` and `the` are gone: the analyzer drops stop words. (The counts in `df` are larger than those in the first picture, where a word had to stand between blanks: *States,* with its comma did not count.) And the words match wherever they stand, near each other or not. If *United States*
# is meant as one thing, ask for a **phrase**: the index must then also know *where* each word stands.

# %%
from nlpjourney.tasks.search import PhraseIndex

positional = PhraseIndex(english).fit(paragraphs)
for query in ("united states", '"united states"', "states united", '"states united"'):
    hits = positional.search_phrases(query, k=len(paragraphs))
    print(f"{query:<18}{len(hits):>6} paragraphs")
extra = positional.nbytes - wiki.nbytes
print(f"positions cost {extra / 1e6:.1f} MB on top of {wiki.nbytes / 1e6:.1f} MB")

# %% [markdown]
# ## An index that survives
#
# A real index grows, forgets, and must not be lost when the power fails. The classic answer (Lucene's, and here `IndexWriter`'s): never change a
# file. New documents make a new *segment*; deleting only marks; now and then segments are merged; and a commit is the renaming of
# one small file, which happens wholly or not at all. The tests of this project kill the writer with `SIGKILL`, at random moments and at each of its steps, and find every committed document.

# %%
from pathlib import Path

from nlpjourney.tasks.search import IndexReader, IndexWriter

with tempfile.TemporaryDirectory() as folder:
    with IndexWriter(folder, english) as writer:
        for i, paragraph in enumerate(paragraphs[:2000]):
            writer.add(f"p{i}", paragraph)
            if i % 100 == 99:
                writer.commit()
    before = IndexReader(folder, english)
    with IndexWriter(folder, english) as writer:
        for i in range(0, 2000, 2):
            writer.delete(f"p{i}")
    after = IndexReader(folder, english)
    segments = len(list(Path(folder).glob("*.segment")))
    print(f"before: {len(before)} documents, after: {len(after)}, in {segments} segments")

    memory = BM25Index(english).fit(paragraphs[1:2000:2])
    on_disk, in_memory = after.search("greek philosophy", 3), memory.search("greek philosophy", 3)
    for a, b in zip(on_disk, in_memory):
        print(f"{a.doc_id:>6} {a.score:.6f}   in memory p{2 * b.doc + 1} {b.score:.6f}")
        assert math.isclose(a.score, b.score, rel_tol=1e-6)
    del before, after, writer  # let go of the mapped files

# %% [markdown]
# ## How good is a ranking?
#
# "Looks fine" is not a measurement. Take one ranking of six documents, and let a person have said which are relevant (1, or 2 for *very*):
#
# $$\mathrm{AP} = \frac1R\sum_{\text{relevant at rank } i} \frac{\text{relevant up to } i}{i} \qquad \mathrm{RR} = \frac{1}{\text{rank of the first relevant}} \qquad
# \mathrm{nDCG} = \frac{\sum_i g_i / \log_2(i + 1)}{\text{the same sum for the best possible order}}$$
#
# In words: *average precision* looks at each relevant document (there are R) and asks how pure the ranking was down to it; *reciprocal rank* only asks how far
# one must read to the first; *nDCG* adds up the grades, discounted the further down they stand, and divides by what a perfect ranking would
# get. Averages over queries are called MAP and MRR.

# %%
ranked = [0, 2, 0, 1, 0, 0]  # the grades of what was returned, best first
judged = [2, 1, 1, 0]  # the grades of everything that was judged: one relevant document was never found

precision_at_each = {rank: sum(g > 0 for g in ranked[:rank]) / rank for rank, g in enumerate(ranked, 1) if g}
ap = sum(precision_at_each.values()) / 3
rr = 1 / 2
dcg = 2 / math.log2(2 + 1) + 1 / math.log2(4 + 1)
ideal = 2 / math.log2(1 + 1) + 1 / math.log2(2 + 1) + 1 / math.log2(3 + 1)
print(
    f"AP = ({' + '.join(f'{p:.2f}' for p in precision_at_each.values())} + 0) / 3 = {ap:.3f}   RR = {rr}   nDCG = {dcg:.3f} / {ideal:.3f} = {dcg / ideal:.3f}"
)
assert math.isclose(ap, metrics.average_precision(ranked, judged))
assert math.isclose(rr, metrics.reciprocal_rank(ranked, judged))
assert math.isclose(dcg / ideal, metrics.ndcg()(ranked, judged))

# %% [markdown]
# ## Query expansion: let the first results suggest more words
#
# A searcher types *Alkane*; a good paragraph may only say *hydrocarbon* or *carbon chain*. **Pseudo-relevance feedback** takes the first ten results as if they were
# right and adds their typical words to the query. *RM3* mixes the query with a language model of those results:
# $P'(w) = \lambda P(w|Q) + (1-\lambda) \sum_D P(w|D)\,P(D|Q)$, in words: half of the weight stays with what was typed, half goes to the words that are frequent in
# the documents most likely to be meant. *Rocchio* does the same with vectors.

# %%
from nlpjourney.tasks.search import rm3, rocchio


def feedback(index, texts, query, n=10):
    return [texts[hit.doc] for hit in index.search(query, n)]


expanded = {title: rm3(wiki, title, feedback(wiki, paragraphs, title)) for title in qrels}
moved = {title: rocchio(wiki, title, feedback(wiki, paragraphs, title)) for title in qrels}
print("Alkane →", {word: round(weight, 3) for word, weight in list(expanded["Alkane"].items())[:8]})

plain, with_rm3, with_rocchio = (
    metrics.evaluate(metrics.average_precision, qrels, run_of(wiki, queries)) for queries in (by_title, expanded, moved)
)
for name, values in (("BM25", plain), ("+ RM3", with_rm3), ("+ Rocchio", with_rocchio)):
    print(f"{name:<10} MAP {np.mean(list(values.values())):.3f}")
gain = np.array(sorted(with_rm3[title] - plain[title] for title in qrels))
interval = "{:.3f} to {:.3f}".format(*confidence_interval(gain))
print(
    f"RM3 helps {sum(gain > 0)} of {len(gain)} queries and hurts {sum(gain < 0)}; mean gain {gain.mean():.3f}, 95 % interval {interval}"
)

# %%
fig, ax = plt.subplots()
ax.bar(range(len(gain)), gain, color=np.where(gain >= 0, BLUE, VERMILION))
ax.axhline(0, color="black", linewidth=0.8)
ax.set(
    title="What RM3 changes, query by query (blue: better, vermilion: worse)",
    xlabel="queries, sorted",
    ylabel="average precision gained",
)
plt.show()
worst = min(qrels, key=lambda title: with_rm3[title] - plain[title])
print(f"hurt most: “{worst}”, {plain[worst]:.3f} → {with_rm3[worst]:.3f}:", ", ".join(list(expanded[worst])[:10]))

# %% [markdown]
# The interval does not touch zero, so the gain is hardly an accident of these queries. Two warnings. Expansion can do harm: where the first results are beside the point, the added words lead further astray (*query drift*). Here even the query that was hurt most got sensible words; they are
# simply less specific than what was typed. And look at what kind of search this was: *everything about a subject*. For somebody who wants **one** document, more words are only noise; we measure that below.
#
# ## Search by meaning: vectors
#
# Words match only themselves: *car* never finds *automobile*. The other way is to turn texts into vectors, such that similar meaning means small distance, and look for
# the **nearest neighbours**. First the search, then where good vectors come from. The vectors here are *latent semantic analysis*: TF-IDF squeezed into 64 dimensions.

# %%
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpjourney.tasks.search import ExactIndex, HNSWIndex, IVFIndex, PQIndex

tfidf = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english", dtype=np.float32).fit_transform(paragraphs)
vectors = TruncatedSVD(64, random_state=0).fit_transform(tfidf).astype(np.float32)
vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
queries, stored = vectors[::10], np.delete(vectors, np.s_[::10], axis=0)

exact = ExactIndex(64, "ip")
exact.add(stored)
true = exact.search(queries, 10).ids
by_hand = np.argsort(-(queries[:5] @ stored.T), axis=1)[:, :10]  # the definition in one line
assert [set(a) for a in by_hand] == [set(a) for a in true[:5]]
print(
    f"{len(stored):,} vectors, {len(queries)} queries, each compared with all: {len(stored) * len(queries):,} inner products"
)

# %% [markdown]
# Exact search reads everything. Three ways to read less, each a trade of *recall* (the share of the true ten neighbours that is found) for speed or memory:
#
# - **IVF**: cluster the vectors; a query looks only into the `nprobe` nearest clusters.
# - **HNSW**: link each vector to near ones; a query walks the graph towards its target, keeping the `ef` best seen.
# - **PQ**: cut a vector into parts, replace each part by the number of a code word: here 64 floats become 16 bytes.

# %% tags=["timing"]
ivf = IVFIndex(64, 64, "ip").fit(stored)
ivf.add(stored)
hnsw = HNSWIndex(64, "ip", M=12, ef_construction=80)
hnsw.add(stored)
pq = PQIndex(64, 16, metric="ip").fit(stored)
pq.add(stored)


def recall(found):
    return np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), true.tolist())])


def measured(search):
    search()
    start = time.perf_counter()
    found = search().ids
    return recall(found), len(queries) / (time.perf_counter() - start)


curves = {
    "exact": [measured(lambda: exact.search(queries, 10))],
    "IVF (nprobe 1 … 32)": [measured(lambda n=n: ivf.search(queries, 10, nprobe=n)) for n in (1, 2, 4, 8, 16, 32)],
    "HNSW (ef 10 … 160)": [measured(lambda ef=ef: hnsw.search(queries, 10, ef=ef)) for ef in (10, 20, 40, 80, 160)],
    "PQ, 16 bytes": [measured(lambda: pq.search(queries, 10))],
}
fig, ax = plt.subplots(figsize=(7.5, 4.2))
for (name, points), colour, marker in zip(curves.items(), (GREY, BLUE, VERMILION, GREEN), "*os^"):
    ax.plot(*zip(*points), color=colour, marker=marker, markersize=10 if len(points) == 1 else 6, label=name)
ax.set_yscale("log")
ax.set(
    title="Recall against speed (up and to the right is better)",
    xlabel="recall@10",
    ylabel="queries per second, one core",
)
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# PQ alone stands far to the left and is not even fast: what it buys is a sixteenth of the memory. In practice it picks candidates, which are then compared exactly. On a few thousand vectors exact
# search is a serious rival; the graph's advantage grows with the collection, because its work grows about with the logarithm. (All these times are of a few milliseconds on a machine that does other things as well; small wiggles mean nothing,
# and the table at the end of the page, measured again, has other numbers.)
#
# ## Semantic search with a real encoder
#
# `SentenceEncoder.minilm()` is all-MiniLM-L6-v2, a small transformer, loaded by our own code from the published weights. It was trained so that questions lie near
# their answers. Does it beat a formula of 1994? It depends, and we can show on what. Two collections whose right answers come from the data itself:
#
# - **Dialogues**: the query is somebody's question; the right document is the answer that followed it.
# - **Django's documentation**: the query is the name of a setting, tag, filter or command; the right document is the passage that the documentation marks as its definition. That passage *begins* with the name, so words have an easy game here.

# %%
import random
import re

pairs = [
    (q, a)
    for subject, rows in corpora.dialogues().items()
    for q, a, *_ in (row for row in rows if len(row) > 1)
    if len(a) < 160
]
random.Random(0).shuffle(pairs)
answers = list(dict.fromkeys(a for _, a in pairs))[:200]
place_of = {answer: i for i, answer in enumerate(answers)}
talk_qrels: dict[str, dict[str, int]] = {}
for question, answer in pairs:
    if answer in place_of:
        talk_qrels.setdefault(question, {})[str(place_of[answer])] = 1
talk_qrels = dict(list(talk_qrels.items())[:150])

kinds = "setting|templatefilter|templatetag|django-admin-option|django-admin|fieldlookup"
definitions = []
for text in corpora.django_docs().values():
    for part in re.split(rf"(?m)^(?=\.\. (?:{kinds})::)", text)[1:]:
        definitions.append((re.match(r"\.\. [\w-]+:: (\S+)", part)[1], " ".join(part.split())[:200]))
random.Random(0).shuffle(definitions)
passages = [passage for _, passage in definitions[:240]]
docs_qrels: dict[str, dict[str, int]] = {}
for i, (name, _) in enumerate(definitions[:240]):
    docs_qrels.setdefault(name, {})[str(i)] = 1
print(f"dialogues: {len(talk_qrels)} questions, {len(answers)} answers, e.g. {next(iter(talk_qrels))!r}")
print(f"Django: {len(docs_qrels)} names, {len(passages)} passages, e.g. {next(iter(docs_qrels))!r}")

# %%
import torch

from nlpjourney.tasks.search import SemanticIndex, SentenceEncoder, comb_sum, reciprocal_rank_fusion

torch.set_num_threads(1)  # threads that wait for each other are slow on a machine that does other things as well
encoder = SentenceEncoder.minilm()
print(
    f"{sum(p.numel() for p in encoder.model.parameters()) / 1e6:.1f} million parameters, vectors of {encoder.dim} numbers"
)
collections = {"dialogues": (answers, talk_qrels), "Django names": (passages, docs_qrels)}
runs = {}
for name, (texts, judged) in collections.items():
    words = BM25Index(english).fit(texts)
    meaning = SemanticIndex(texts, encoder)
    asked = {query: query for query in judged}
    vectors_of = dict(zip(judged, encoder.encode(list(judged))))  # all queries in one go
    scores, ids = meaning.index.search(np.array(list(vectors_of.values())), 100)
    runs[name] = {
        "BM25": run_of(words, asked, 100),
        "BM25 + RM3": run_of(words, {q: rm3(words, q, feedback(words, texts, q)) for q in asked}, 100),
        "MiniLM": {
            q: {str(i): float(s) for i, s in zip(ids[row], scores[row]) if i >= 0} for row, q in enumerate(judged)
        },
    }
    both = [runs[name]["BM25"], runs[name]["MiniLM"]]
    runs[name]["fusion by rank"] = {
        q: dict(reciprocal_rank_fusion([metrics.rank(run[q]) for run in both])) for q in judged
    }
    runs[name]["fusion by score"] = {q: dict(comb_sum([run[q] for run in both])) for q in judged}

mrr = {
    name: {system: metrics.mean(metrics.reciprocal_rank, collections[name][1], run) for system, run in of.items()}
    for name, of in runs.items()
}
fig, ax = plt.subplots()
systems = list(runs["dialogues"])
for i, (system, colour) in enumerate(zip(systems, (BLUE, SKY, VERMILION, GREEN, GREY))):
    bars = ax.bar(
        np.arange(2) + (i - 2) * 0.17, [mrr[name][system] for name in collections], 0.16, color=colour, label=system
    )
    ax.bar_label(bars, fmt="%.2f", fontsize=8)
ax.set_xticks([0, 1], collections)
ax.set(title="Two collections, two winners", ylabel="MRR", ylim=(0, 1.2))
ax.legend(frameon=False, ncols=5, loc="upper center", fontsize=7, columnspacing=1)
plt.show()
for name, (_, judged) in collections.items():
    by_words, by_meaning = (
        metrics.evaluate(metrics.reciprocal_rank, judged, runs[name][system]) for system in ("BM25", "MiniLM")
    )
    low, high = confidence_interval([by_meaning[q] - by_words[q] for q in judged])
    print(f"{name}: MRR of MiniLM minus that of BM25, 95 % interval {low:+.3f} to {high:+.3f}")
assert (
    mrr["dialogues"]["MiniLM"] > mrr["dialogues"]["BM25"]
    and mrr["Django names"]["MiniLM"] < mrr["Django names"]["BM25"]
)

# %% [markdown]
# **Why meaning wins on dialogues**: a good answer does not repeat the question. Sort the questions by how many words they share with their answer (stop words aside):

# %%
shared: dict[str, list[str]] = {"no word": [], "one word": [], "two or more": []}
for question, judged in talk_qrels.items():
    overlap = max(len(set(english(question)) & set(english(answers[int(i)]))) for i in judged)
    shared[list(shared)[min(overlap, 2)]].append(question)

fig, ax = plt.subplots()
for offset, system, colour in ((-0.2, "BM25", BLUE), (0.2, "MiniLM", VERMILION)):
    value = metrics.evaluate(metrics.ndcg(10), talk_qrels, runs["dialogues"][system])
    bars = ax.bar(
        np.arange(3) + offset,
        [np.mean([value[q] for q in group]) for group in shared.values()],
        0.38,
        color=colour,
        label=system,
    )
    ax.bar_label(bars, fmt="%.2f")
ax.set_xticks(range(3), [f"{name}\n({len(group)} questions)" for name, group in shared.items()])
ax.set(
    title="Dialogues: the fewer words shared, the more meaning helps",
    ylabel="nDCG@10",
    xlabel="words that question and answer share",
    ylim=(0, 1.1),
)
ax.legend(frameon=False)
plt.show()

clear = [
    q
    for q in shared["no word"]
    if metrics.evaluate(metrics.reciprocal_rank, {q: talk_qrels[q]}, runs["dialogues"]["MiniLM"])[q] == 1
]
for question in clear[:3]:
    print(f"{question!r} → {answers[int(next(iter(talk_qrels[question])))]!r}")

# %% [markdown]
# **Why words win on names**: an identifier is a string, not a meaning. Either the encoder's tokenizer cuts it into pieces that say little, or it is an ordinary word whose
# meaning is close to many other passages. To BM25 a name is one rare term, with the highest idf there is. Here are the names on which MiniLM loses most, and one that is cut into pieces:

# %%
from nlpjourney import assets
from nlpjourney.text.tokenize import WordPiece

tokenizer = WordPiece.from_pretrained(assets.path("minilm-tokenizer"))
vocabulary = assets.path("minilm-vocab").read_text(encoding="utf-8").splitlines()

by_bm25, by_minilm = (
    metrics.evaluate(metrics.reciprocal_rank, docs_qrels, runs["Django names"][s]) for s in ("BM25", "MiniLM")
)
lost = sorted(docs_qrels, key=lambda q: (by_minilm[q] - by_bm25[q], q))
in_pieces = next(q for q in lost if len(tokenizer.encode(q)) > 6)
for name in [*lost[:4], in_pieces]:
    pieces = [vocabulary[i] for i in tokenizer.encode(name)]
    first = metrics.rank(runs["Django names"]["MiniLM"][name])[0]
    place = f"rank {1 / by_minilm[name]:.0f}" if by_minilm[name] else "not among 100"
    print(
        f"{name}: BM25 rank {1 / by_bm25[name]:.0f}, MiniLM {place}; pieces: {' '.join(pieces)}; MiniLM prefers {definitions[int(first)][0]}"
    )

# %% [markdown]
# And RM3, so helpful for subjects, does not help here: an exact name says all there is to say.
#
# ## Both at once
#
# **Reciprocal rank fusion** (Cormack et al., 2009) gives each document $\sum_{\text{rankings}} 1 / (60 + \mathrm{rank})$: in words, a place near the top of *any* ranking counts, and scores that cannot be compared (a BM25
# sum, a cosine) need not be. *CombSUM* (Fox & Shaw, 1994) stretches each query's scores to 0 … 1 and adds them, so a clear winner keeps its lead.

# %%
for name in collections:
    values = mrr[name]
    print(f"{name:<13}" + "   ".join(f"{system} {value:.3f}" for system, value in values.items()))
average_of = {system: np.mean([mrr[name][system] for name in collections]) for system in systems}
print("mean of both " + "   ".join(f"{system} {value:.3f}" for system, value in average_of.items()))
for fusion in ("fusion by rank", "fusion by score"):
    for name in collections:
        low, high = sorted((mrr[name]["BM25"], mrr[name]["MiniLM"]))
        print(
            f"{fusion}, {name}: {(mrr[name][fusion] - low) / (high - low):.0%} of the way from the loser to the winner"
        )

# %% [markdown]
# Fusion is insurance, not magic: it protects you from the loser when you do not know which kind of query comes next, and it pays for that wherever one of the two rankings is noise, because
# noise votes as loudly as knowledge. On the dialogues BM25 is such noise. Measure on *your* queries before you believe that hybrid is always better.

# %% [markdown]
# ## The tools of the trade
#
# The same tasks with the libraries that people use. First: do they agree?

# %%
import warnings

warnings.filterwarnings("ignore", message="IProgress")  # a progress bar of bm25s asks for a widget that we do not need

import bm25s
import faiss
from rank_bm25 import BM25Okapi

some = titles[:40]
paragraph_terms = [english(paragraph) for paragraph in paragraphs]

theirs = bm25s.BM25(method="lucene", dtype="float64")
theirs.index(paragraph_terms, show_progress=False)
for title in some:
    known = [term for term in english(title) if term in theirs.vocab_dict]
    if known:
        assert np.allclose(wiki.scores(title), theirs.get_scores(known), atol=1e-6)
print("bm25s: the same scores for every paragraph")

okapi, ours = BM25Okapi(paragraph_terms), BM25Index(english, method="okapi").fit(paragraphs)
assert all(np.allclose(ours.scores(title), okapi.get_scores(english(title)), atol=1e-9) for title in some)
print("rank_bm25: the same scores for every paragraph")

from nlpjourney.tasks.search import TfidfIndex

two_letters = Analyzer(min_length=2)  # scikit-learn's own rule cuts words at accents that are characters of their own
vectorizer = TfidfVectorizer(analyzer=two_letters)
matrix = vectorizer.fit_transform(paragraphs)
cosine = TfidfIndex(two_letters).fit(paragraphs)
assert all(
    np.allclose(cosine.scores(title), (matrix @ vectorizer.transform([title]).T).toarray()[:, 0]) for title in some
)
print("scikit-learn: the same cosines")

flat = faiss.IndexFlatIP(64)
flat.add(stored)
assert np.allclose(flat.search(queries, 10)[0], exact.search(queries, 10).scores, atol=1e-5)
print("FAISS: the same inner products, exactly searched")

# %% tags=["timing"]
faiss.omp_set_num_threads(1)
graph = faiss.IndexHNSWFlat(64, 12, faiss.METRIC_INNER_PRODUCT)
graph.hnsw.efConstruction, graph.hnsw.efSearch = 80, 40
graph.add(stored)
split = [english(title) for title in titles]
theirs.retrieve(split[:2], k=10, show_progress=False)


def seconds(work, repeat=3):
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


rows = [
    ("BM25, queries", "NLP Journey", len(titles) / seconds(lambda: wiki.search_batch(titles, 10))),
    ("BM25, queries", "bm25s", len(titles) / seconds(lambda: theirs.retrieve(split, k=10, show_progress=False))),
    (
        "BM25, queries",
        "rank_bm25",
        10 / seconds(lambda: [okapi.get_top_n(words, paragraphs, 10) for words in split[:10]], 1),
    ),
    ("TF-IDF, queries", "NLP Journey", len(titles) / seconds(lambda: cosine.search_batch(titles, 10))),
    (
        "TF-IDF, queries",
        "scikit-learn",
        len(titles) / seconds(lambda: np.sort((vectorizer.transform(titles) @ matrix.T).toarray(), axis=1)[:, -10:]),
    ),
    ("exact vectors", "NLP Journey", len(queries) / seconds(lambda: exact.search(queries, 10))),
    ("exact vectors", "FAISS", len(queries) / seconds(lambda: flat.search(queries, 10))),
    ("HNSW, ef 40", "NLP Journey", len(queries) / seconds(lambda: hnsw.search(queries, 10, ef=40))),
    ("HNSW, ef 40", "FAISS", len(queries) / seconds(lambda: graph.search(queries, 10))),
]
for task, tool, speed in rows:
    print(f"{task:<17}{tool:<14}{speed:>12,.0f} per second")
print(
    f"HNSW recall@10: ours {recall(hnsw.search(queries, 10, ef=40).ids):.3f}, FAISS {recall(graph.search(queries, 10)[1]):.3f}"
)

# %% [markdown]
# A small collection flatters whoever has the least overhead; `journey bench bm25` and `journey bench hnsw` measure on 200,000 documents and 100,000 vectors, the latter also against
# **hnswlib**, the reference implementation of the graph (it comes as source and needs a C++ compiler, so this page does without it).
#
# **Elasticsearch** and **Solr** are servers around Lucene, which does what you have just built: segments, postings, BM25, phrases, highlighting. **Pinecone** is a hosted vector index. `journey system elasticsearch`, `… solr` and `… pinecone` run
# their real clients against a local compatible server on top of the index above; the hosted services themselves are not called.
#
# ## Exercises


# %% exercise="2.6.a"
def build_index(documents: list[list[str]]) -> dict[str, list[tuple[int, int]]]:
    """For each term the list of (document's number, how often it has the term), by document number."""
    # BEGIN SOLUTION
    index: dict[str, list[tuple[int, int]]] = {}
    for number, words in enumerate(documents):
        for term, n in Counter(words).items():
            index.setdefault(term, []).append((number, n))
    return index
    # END SOLUTION


# %% exercise="2.6.b"
def bm25_score(
    query: list[str], document: list[str], df: dict[str, int], n_docs: int, average_length: float, k1: float, b: float
) -> float:
    """The BM25 score of one document (the formula at the top of this page)."""
    # BEGIN SOLUTION
    norm = 1 - b + b * len(document) / average_length
    score = 0.0
    for term in query:
        tf = document.count(term)
        if tf > 0:
            idf = math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5))
            score += idf * tf / (tf + k1 * norm)
    return score
    # END SOLUTION


# %% exercise="2.6.c"
def phrase_starts(positions: list[list[int]]) -> list[int]:
    """Where a phrase begins in a document; positions[i] says where its word number i stands, in ascending order."""
    # BEGIN SOLUTION
    if not positions:
        return []
    starts = set(positions[0])
    for i, here in enumerate(positions):
        starts &= {position - i for position in here}
    return sorted(starts)
    # END SOLUTION


# %% exercise="2.6.d"
def ndcg(ranked: list[int], judged: list[int], k: int) -> float:
    """nDCG@k of a ranking's grades, best first; `judged` holds the grades of all judged documents."""

    # BEGIN SOLUTION
    def dcg(grades: list[int]) -> float:
        return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades[:k], start=1))

    ideal = dcg(sorted(judged, reverse=True))
    return dcg(ranked) / ideal if ideal > 0 else 0.0
    # END SOLUTION


# %% exercise="2.6.e"
def search_layer(links: list[list[int]], distance: list[float], entry: int, ef: int) -> list[int]:
    """The up to `ef` nearest nodes that a best-first walk from `entry` finds, nearest first (HNSW, algorithm 2)."""
    # BEGIN SOLUTION
    seen = {entry}
    candidates, found = [entry], [entry]
    while candidates:
        nearest = min(candidates, key=lambda node: distance[node])
        candidates.remove(nearest)
        if len(found) == ef and distance[nearest] > distance[found[-1]]:
            break  # everything that is left is farther than all we keep
        for node in links[nearest]:
            if node not in seen:
                seen.add(node)
                if len(found) < ef or distance[node] < distance[found[-1]]:
                    candidates.append(node)
                    found = sorted([*found, node], key=lambda node: distance[node])[:ef]
    return found
    # END SOLUTION


# %% [markdown]
# ## Where to go on
#
# - [Elasticsearch](https://www.elastic.co/), [Solr](https://lucene.apache.org/solr/), [Pinecone](https://www.pinecone.io/): the systems of the roadmap
# - Manning, Raghavan & Schütze, *Introduction to Information Retrieval* (2008): the textbook, free to read
# - Robertson & Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond* (2009)
# - Malkov & Yashunin, *Efficient and robust approximate nearest neighbor search using HNSW graphs* (2016)
# - In this project: `src/nlpjourney/tasks/search/`, one module a concept, each naming its source
