# %% [markdown]
# # 1.5 Bag of words, TF-IDF, n-grams
#
# Take a page, cut it into words, throw the words into a bag and shake. What is left of the page? Who did what to whom is gone;
# but if the bag is full of *witch*, *oven* and *crumbs*, you know which fairy tale it was. A computer that has only the bag can sort
# mail, find duplicates and name the topic of a text, and it does so well enough that every larger model has to be compared with
# it first. You will build the bag, learn why some words in it should count more than others, and see what shaking cost.

# %%
import math
import re
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from nlpjourney.assets import corpora

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"

tales = corpora.tales()
titles, texts = list(tales), list(tales.values())
bags = [Counter(re.findall(r"\w\w+", text.lower())) for text in texts]
tale = next(i for i, title in enumerate(titles) if "Hansel" in title)
print(f"{len(tales)} tales; “{titles[tale]}” has {bags[tale].total():,} words, {len(bags[tale]):,} different ones")

# %% [markdown]
# The most frequent words of the bag do not say much about gingerbread:

# %%
fig, ax = plt.subplots(figsize=(8, 3.4))
words, counts = zip(*bags[tale].most_common(20))
ax.bar(words, counts, color=BLUE)
ax.set(title=f"The bag of “{titles[tale]}”, by count", ylabel="occurrences")
ax.tick_params(axis="x", rotation=60)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# ## Build it: counts, then weights
#
# Give every word of the collection a column, and every text a row. With three short texts one can do it by hand:

# %%
tiny = ["the cat sat", "the dog sat", "the cat saw the dog"]


def count_matrix(texts: list[str]) -> tuple[list[str], list[list[int]]]:
    """The words in alphabetical order, and for each text how often each of them occurs."""
    bags = [Counter(text.split()) for text in texts]
    columns = sorted(set().union(*bags))
    return columns, [[bag[word] for word in columns] for bag in bags]


columns, rows = count_matrix(tiny)
print(columns)
for text, row in zip(tiny, rows):
    print(row, text)

# %% [markdown]
# *the* is in every text, so it tells none from another. Karen Spärck Jones proposed in 1972 to weigh a word by how few texts have it: the
# **inverse document frequency**. With $n$ texts, of which $\mathrm{df}(w)$ contain the word $w$, a common form is
#
# $$\mathrm{idf}(w) = \ln\frac{1 + n}{1 + \mathrm{df}(w)} + 1$$
#
# In words: the rarer among the texts, the larger; the logarithm keeps very rare words from drowning the rest; the ones inside pretend there was one more
# text with every word in it, so that nothing is divided by zero. A word's weight in a text is its count times its idf (**TF-IDF**: term frequency times
# inverse document frequency), and at the end every row is divided by its length, so that long texts do not win by being long:


# %%
def tfidf_by_hand(texts: list[str]) -> list[list[float]]:
    columns, rows = count_matrix(texts)
    idf = [np.log((1 + len(rows)) / (1 + sum(row[j] > 0 for row in rows))) + 1 for j in range(len(columns))]
    weighted = [[n * w for n, w in zip(row, idf)] for row in rows]
    return [[x / np.sqrt(sum(y * y for y in row)) for x in row] for row in weighted]


print(columns)
for row in tfidf_by_hand(tiny):
    print([round(float(x), 2) for x in row])

# %% [markdown]
# In the first row, *cat* and *sat* (in two texts each) now weigh more than *the* (in all three). In the last, *saw* is the heaviest word after *the*, which
# occurs twice.
#
# ## The library's version
#
# `CountVectorizer` and `TfidfVectorizer` have scikit-learn's names, parameters and results. Ours, on the same three texts:

# %%
import inspect

from nlpjourney.text.vectorize import CountVectorizer, HashingVectorizer, TfidfVectorizer, collocations, counters

vectorizer = TfidfVectorizer()
weights = vectorizer.fit_transform(tiny)
print(vectorizer.get_feature_names_out())
print(weights.toarray().round(2))
print("largest difference to the version by hand:", abs(weights.toarray() - np.array(tfidf_by_hand(tiny))).max())

# %% [markdown]
# What makes it fast? The obvious version makes a Python string for every occurrence of every word and looks it up in a dictionary. The library reads the bytes of the
# text once, computes each word's hash while reading, and gets the word's *number* from a hash table of numbers. The rows are then made by this loop, which
# remembers for each word in which document it was seen last and where its count stands:

# %%
source = inspect.getsource(counters._count_rows.py_func)
print(source[source.index("    for document in range") :])

# %% [markdown]
# The matrix is **sparse**: only what is not zero is stored. That is no detail. For all posts of 20 Newsgroups:

# %%
posts = corpora.newsgroups()
counter = CountVectorizer()
matrix = counter.fit_transform([post.text for post in posts])
full = matrix.shape[0] * matrix.shape[1]
stored = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
print(f"{matrix.shape[0]:,} posts × {matrix.shape[1]:,} words; {matrix.nnz / full:.2%} of the cells are not zero")
print(f"{stored / 1e6:,.0f} MB sparse, {full * 8 / 1e9:,.0f} GB as a full table")

# %% [markdown]
# ## Real data: what a text is about
#
# Back to the fairy tale. The same bag, weighed by TF-IDF over all tales:

# %%
tfidf = TfidfVectorizer(sublinear_tf=True)
tale_vectors = tfidf.fit_transform(texts)
names = tfidf.get_feature_names_out()


def top_words(row, k: int = 20) -> list[tuple[str, float]]:
    order = np.argsort(-row.data)[:k]
    return [(names[row.indices[i]], float(row.data[i])) for i in order]


fig, ax = plt.subplots(figsize=(8, 3.4))
best, best_weights = zip(*top_words(tale_vectors[tale]))
ax.bar(best, best_weights, color=ORANGE)
ax.set(title=f"The bag of “{titles[tale]}”, by TF-IDF", ylabel="weight")
ax.tick_params(axis="x", rotation=60)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# No understanding anywhere, and yet: that is the tale. (`sublinear_tf` puts $1 + \ln(\text{count})$ in the place of the count: the tenth *witch* says less than the first.) The idf also shows how language is made: a few words are everywhere, and most are nearly nowhere.

# %%
df = np.asarray((matrix > 0).sum(axis=0)).ravel()
word_counts = np.asarray(matrix.sum(axis=0)).ravel()
ranked = np.sort(word_counts)[::-1]
fig, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.4))
left.loglog(np.arange(1, len(ranked) + 1), ranked, color=BLUE)
left.loglog([1, len(ranked)], [ranked[0], ranked[0] / len(ranked)], "--", color=GREY, label="count ∝ 1 / rank")
left.set(title="Zipf's law in 20 Newsgroups", xlabel="rank of the word", ylabel="occurrences")
left.legend(frameon=False)
right.hist(df[df < 30], bins=np.arange(1, 31) - 0.5, color=GREEN)
right.set(title="In how many posts does a word occur?", xlabel="posts (up to 29)", ylabel="words")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
fig.tight_layout()
plt.show()
print(f"{(df == 1).mean():.0%} of the {len(df):,} words occur in one single post.")

# %% [markdown]
# Those words cannot help to compare two posts: `min_df=2` throws them away. The matrix loses that share of its columns, but hardly any content.
#
# ### Sorting mail with a bag
#
# Twenty newsgroups, posts with labels. A *centroid* is the mean of the vectors of one group; a new post goes to the group whose centroid has the
# largest cosine with it. Ten lines, no learning beyond averages. What do the choices bring?


# %%
from nlpjourney.ml import confidence_interval

train, test = corpora.newsgroups("train"), corpora.newsgroups("test")
groups = sorted({post.label for post in train})


def centroid_right(vectorizer) -> np.ndarray:
    """For each test post, 1.0 if it lands in its own group."""
    vectors = vectorizer.fit_transform([post.text for post in train])
    labels = np.array([groups.index(post.label) for post in train])
    centroids = np.vstack([np.asarray(vectors[labels == g].mean(axis=0)) for g in range(len(groups))])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    guesses = np.asarray(vectorizer.transform([post.text for post in test]) @ centroids.T).argmax(axis=1)
    return np.array([groups[g] == post.label for g, post in zip(guesses, test)], dtype=float)


settings = {
    "counts": TfidfVectorizer(use_idf=False),
    "1 + log(counts)": TfidfVectorizer(use_idf=False, sublinear_tf=True),
    "TF-IDF": TfidfVectorizer(),
    "TF-IDF, log counts": TfidfVectorizer(sublinear_tf=True),
    "… without words of one post only": TfidfVectorizer(sublinear_tf=True, min_df=2),
    "… and pairs of words": TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2)),
}
right = {name: centroid_right(vectorizer) for name, vectorizer in settings.items()}
accuracies = {name: values.mean() for name, values in right.items()}

fig, ax = plt.subplots(figsize=(7.5, 3.2))
ax.barh(list(accuracies), list(accuracies.values()), color=[GREY, GREY, BLUE, BLUE, BLUE, ORANGE])
ax.invert_yaxis()
ax.axvline(1 / len(groups), color=RED, linestyle=":")
ax.set(title="Test posts in the right one of 20 groups (dotted: by chance)", xlabel="accuracy", xlim=(0, 1))
for name, value in accuracies.items():
    ax.text(value, name, f" {value:.3f}", va="center", fontsize=9)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
for before, after in list(zip(settings, list(settings)[1:]))[2:]:
    gain = right[after] - right[before]
    low, high = confidence_interval(gain)
    print(
        f"{after}: {100 * gain.mean():+.1f} points against {before} (95 % interval {100 * low:+.1f} to {100 * high:+.1f})"
    )

# %% [markdown]
# Weighing matters more than anything else here: the same bags, the same averages. Throwing away the words that a single post has (`min_df=2`) changes next to nothing. Pairs bring little for many
# times the columns. That is typical, and it depends on the task:
#
# ### What shaking cost
#
# A bag cannot tell these apart:

# %%
opposites = ["the dog bit the man", "the man bit the dog", "not good, but bad", "not bad, but good"]
for ngram_range in [(1, 1), (1, 2), (1, 3)]:
    v = CountVectorizer(ngram_range=ngram_range).fit_transform(opposites).toarray()
    same = [bool((v[i] == v[i + 1]).all()) for i in (0, 2)]
    print(f"{ngram_range}: dog and man equal: {same[0]!s:5}  good and bad equal: {same[1]!s:5}  ({v.shape[1]} columns)")

# %% [markdown]
# **n-grams**, runs of $n$ words, keep a little of the order, at the price of columns. Which pairs are worth a column of their own? Those that occur
# together more often than chance: **collocations**. Three measures on fifty articles of the encyclopedia, the best dozen of each:

# %%
articles = [re.findall(r"[^\W\d_]+", article) for article in list(corpora.wikipedia().values())[:50]]
for measure, least in (("raw_frequency", 1), ("pmi", 1), ("pmi", 20), ("likelihood_ratio", 1)):
    found = collocations(articles, measure, min_count=least, top=12)
    print(f"{measure}, at least {least}:  {', '.join(' '.join(pair.words) for pair in found)}\n")

# %% [markdown]
# Raw frequency finds grammar. *Pointwise mutual information*, $\log_2 \frac{p(ab)}{p(a)\,p(b)}$ (how many times as often as if the two had
# nothing to do with each other, as a power of two), overrates pairs of words that occur once; with a threshold it finds names.
# The *likelihood ratio* asks how much evidence there is that the two belong together: grammar and names alike, without a threshold.
#
# ### No vocabulary at all
#
# A vocabulary must be learned, stored and shipped with the model, and a stream of text never stops bringing new words. The **hashing trick** computes
# the column from the word itself, by a hash function; nothing is stored. Words then share columns by accident. How much does that hurt?

# %%
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import make_pipeline


def hashed_tfidf(width: int):
    """Hash to columns, then learn the idf of each column."""
    counts = HashingVectorizer(n_features=width, norm=None, alternate_sign=False)
    return make_pipeline(counts, TfidfTransformer(sublinear_tf=True))


widths = [2**bits for bits in range(6, 19, 2)]
hashed = {
    "TF-IDF, log counts": [centroid_right(hashed_tfidf(width)).mean() for width in widths],
    "counts": [centroid_right(HashingVectorizer(n_features=width)).mean() for width in widths],
}
fig, ax = plt.subplots(figsize=(7, 3.6))
for (name, values), colour, marker in zip(hashed.items(), [BLUE, GREEN], "os"):
    ax.plot(widths, values, marker + "-", color=colour, label=f"{name}, hashed")
    ax.axhline(accuracies[name], color=colour, linestyle="--", label=f"{name}, with a vocabulary")
ax.set_xscale("log", base=2)
ax.set_xticks(widths, [f"{width:,}" for width in widths])
ax.set(title="How few columns are enough?", xlabel="columns", ylabel="accuracy", ylim=(0, 1))
ax.legend(frameon=False, loc="upper left", fontsize=8, ncols=2)
ax.grid(alpha=0.3)
plt.show()
n_words = len(CountVectorizer().fit([p.text for p in train]).vocabulary_)
print(f"with a vocabulary of {n_words:,} words: " + ", ".join(f"{name} {accuracies[name]:.3f}" for name in hashed))
for i, width in enumerate(widths):
    print(
        f"{width:7,} columns lose: "
        + ", ".join(f"{name} {100 * (accuracies[name] - values[i]):.1f} points" for name, values in hashed.items())
    )

# %% [markdown]
# It depends on what comes behind. Raw counts make a weak classifier, which has little to lose: with a few thousand columns it is within about a point of its vocabulary. The good one loses several points there, for where words share a column they
# share an idf, and rare words lose the weight that made them useful. It needs about as many columns as there are words. So hash, *then* learn the idf of the columns, and measure with
# the classifier that you mean to use.
#
# ## The tools of the trade
#
# scikit-learn's vectorizers are what everybody uses; NLTK has the collocation measures. Same columns, same numbers?

# %%
import sklearn.feature_extraction.text as sk
from nltk.collocations import BigramAssocMeasures, BigramCollocationFinder

few = [post.text for post in posts[:1200]]
for name, options in (
    ("CountVectorizer", {}),
    ("CountVectorizer", {"ngram_range": (1, 2)}),
    ("TfidfVectorizer", {"sublinear_tf": True}),
    ("HashingVectorizer", {}),
):
    ours, theirs = globals()[name](**options).fit_transform(few), getattr(sk, name)(**options).fit_transform(few)
    print(
        f"{name:18} {options or ''!s:25} {theirs.shape[1]:>9,} columns, largest difference {abs(ours - theirs).max():.1e}"
    )

words_in_a_row = [word for article in articles[:20] for word in article]
finder = BigramCollocationFinder.from_words(words_in_a_row)
expected = dict(finder.score_ngrams(BigramAssocMeasures.likelihood_ratio))
mine = collocations([words_in_a_row], "likelihood_ratio")
print(
    f"NLTK's likelihood ratio: {len(expected):,} pairs, largest relative difference "
    f"{max(abs(c.score - expected[c.words]) / max(1, expected[c.words]) for c in mine):.1e}"
)

# %% tags=["timing"]
from time import perf_counter

megabytes = sum(map(len, few)) / 1e6
for name, options in (("CountVectorizer", {}), ("CountVectorizer", {"ngram_range": (1, 2)}), ("HashingVectorizer", {})):
    speeds = []
    for vectorizer in (getattr(sk, name)(**options), globals()[name](**options)):
        start = perf_counter()
        vectorizer.fit_transform(few)
        speeds.append(megabytes / (perf_counter() - start))
    print(f"{name:18} {options or ''!s:25} scikit-learn {speeds[0]:5.1f} MB/s, ours {speeds[1]:5.1f} MB/s")

# %% [markdown]
# ## Exercises


# %% exercise="1.5.a"
def bag(text: str) -> dict[str, int]:
    """How often each word of the text occurs."""
    # BEGIN SOLUTION
    counts: dict[str, int] = {}
    word = ""
    for char in text.lower() + " ":
        if char.isalnum():
            word += char
        elif word:
            counts[word] = counts.get(word, 0) + 1
            word = ""
    return counts
    # END SOLUTION


# %% exercise="1.5.b"
def ngrams(words: list[str], n: int) -> list[str]:
    """All runs of n words, joined by single spaces."""
    # BEGIN SOLUTION
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]
    # END SOLUTION


# %% exercise="1.5.c"
def idf(bags: list[dict[str, int]]) -> dict[str, float]:
    """The smoothed inverse document frequency of every word."""
    # BEGIN SOLUTION
    df: dict[str, int] = {}
    for counts in bags:
        for word in counts:
            df[word] = df.get(word, 0) + 1
    return {word: math.log((1 + len(bags)) / (1 + n)) + 1 for word, n in df.items()}
    # END SOLUTION


# %% exercise="1.5.d"
def cosine(a: dict[str, float], b: dict[str, float]) -> float:
    """The cosine of the angle between two sparse vectors."""
    # BEGIN SOLUTION
    dot = sum(weight * b.get(word, 0.0) for word, weight in a.items())
    length = math.sqrt(sum(w * w for w in a.values())) * math.sqrt(sum(w * w for w in b.values()))
    return dot / length if length else 0.0
    # END SOLUTION


# %% exercise="1.5.e"
def pmi(words: list[str]) -> dict[tuple[str, str], float]:
    """Pointwise mutual information of all pairs of neighbours."""
    # BEGIN SOLUTION
    singles: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    for i, word in enumerate(words):
        singles[word] = singles.get(word, 0) + 1
        if i:
            pair = (words[i - 1], word)
            pairs[pair] = pairs.get(pair, 0) + 1
    n = len(words)
    return {(a, b): math.log2(count * n / (singles[a] * singles[b])) for (a, b), count in pairs.items()}
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [Scikit-learn: Text Feature Extraction](https://scikit-learn.org/stable/modules/feature_extraction.html#text-feature-extraction), the roadmap's resource for this topic
# - K. Spärck Jones, *A statistical interpretation of term specificity and its application in retrieval* (1972): the idf
# - K. Weinberger and others, *Feature hashing for large scale multitask learning* (2009)
# - T. Dunning, *Accurate methods for the statistics of surprise and coincidence* (1993): the likelihood ratio
