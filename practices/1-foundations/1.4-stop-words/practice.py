# %% [markdown]
# # 1.4 Stop words and punctuation
#
# Count the words of any English text, and at the top stand *the*, *of*, *and*, *to*. They say nothing about what the text is about, they fill
# a good part of every index, so for fifty years search engines threw them away: **stop words**. Then somebody searched for *to be or not to be*, or for
# a band called *The Who*, and got an empty page. In this practice you throw things away: invisible characters, punctuation, the
# words of a list. Each time you measure what you gained, and what it cost.

# %%
import math
import re
import tarfile
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from nlpjourney import assets
from nlpjourney.assets import corpora

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"

wikipedia = "\n\n".join(corpora.wikipedia().values())
counts = Counter(re.findall(r"\w+", wikipedia.lower()))
ranked = np.array(sorted(counts.values(), reverse=True))
covered = ranked.cumsum() / ranked.sum()
half = int(np.searchsorted(covered, 0.5)) + 1

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
left.loglog(np.arange(1, len(ranked) + 1), ranked, color=BLUE)
left.loglog([1, len(ranked)], [ranked[0], ranked[0] / len(ranked)], "--", color=GREY, label="first word's count / rank")
left.legend(frameon=False)
left.set(title="Zipf's law", xlabel="rank of the word", ylabel="occurrences")
right.semilogx(np.arange(1, len(ranked) + 1), covered, color=BLUE)
right.plot([half], [0.5], "o", color=RED)
right.set(
    title=f"{half} words make half of the text", xlabel="words, the most frequent first", ylabel="share of the text"
)
for ax in (left, right):
    ax.grid(alpha=0.3)
plt.tight_layout()
plt.show()
print(
    f"{len(counts):,} different words in {ranked.sum():,}; the first: {', '.join(w for w, _ in counts.most_common(12))}"
)

# %% [markdown]
# The dashed line on the left is **Zipf's law** (1935): the word of rank $r$ occurs about $1/r$ times as often as the first. Few words are everywhere, and most
# are nearly nowhere.
#
# ## First the characters
#
# Before words can be compared, they must be written the same way. These two are not, though you cannot see it:

# %%
from nlpjourney.text.normalize import clean, expand_contractions, remove_punctuation, split_contraction

composed, decomposed = "Café", "Cafe\u0301"
print(composed, decomposed, composed == decomposed, len(composed), len(decomposed))
print(clean(composed) == clean(decomposed))
messy = "“Don\u2019t\u00a0panic\u200b”\ufeff – it\u2019s only 2⁵…"
print(ascii(messy))
print(clean(messy))
print(clean(messy, "NFKC"))

# %% [markdown]
# Unicode's form NFC composes letters with their accents. NFKC also replaces characters that Unicode keeps for old standards, and it goes too far for many texts:
# look at what became of 2⁵. Whatever cannot be seen (a zero-width space, a byte order mark) is gone in both.
#
# Punctuation is a matter of where it stands. At the end of a word it is noise, inside of one it *is* the word:

# %%
sentence = "“Well-known,” she wrote: don't pay $3.50 and/or 1,000!"
print(remove_punctuation(sentence))
print(remove_punctuation(sentence, inside_words=True))
print([split_contraction(word) for word in ("don't", "won't", "king's", "cannot", "o'clock")])
print(expand_contractions("She's been ill, it isn't far, we can't stay, the king's men won't wait."))

# %% [markdown]
# Keep *don't* in mind; it will come back.
#
# ## Sentences: what is this period?
#
# A period may end a sentence, or belong to *Dr.*, or do both. The obvious version splits after every `.`, `?` or `!` that is followed by a space:


# %%
def split_naively(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+", text)


example = "Dr. J. S. Bach lived in St. Thomas St., No. 5. He was paid approx. 87 thalers a year. Was it enough? Ask Mr. Strunk, not Mr. Kiss."
for sentence in split_naively(example):
    print("|", sentence)

# %% [markdown]
# One could write a list of abbreviations, and another for German, and one for physics. **Punkt** (Tibor Kiss and Jan Strunk, 2006) needs none. Their idea: an abbreviation
# and its period are a *collocation*, two things that nearly always come together. So compare two explanations of what we saw. Let the word
# occur $n$ times with a period and $m$ times without:
#
# $$\text{chance: } p = \frac{\text{words with a period}}{\text{all words}} \qquad \text{bound: } p = 0.99 \qquad
# \log L(p) = n \log p + m \log(1 - p)$$
#
# In words: if the period comes by chance, it follows this word as often as any other; if it belongs to the word, it follows 99 times of 100. Twice the
# difference of the two $\log L$ says how much better the second explains the text. Three factors correct it: long words are seldom abbreviations ($e^{-\text{letters}}$),
# words with periods inside often are (1 + inner periods), and each time without a period counts against it ($\text{letters}^{-m}$). From 0.3 on, it is an abbreviation.


# %%
def score_by_hand(word: str, n: int, m: int, n_periods: int, n_words: int) -> float:
    def log_likelihood(p: float) -> float:
        return n * math.log(p) + m * math.log(1 - p)

    letters, inner = len(word.replace(".", "")), word.count(".")
    ratio = 2 * (log_likelihood(0.99) - log_likelihood(n_periods / n_words))
    return ratio * math.exp(-letters) * (1 + inner) * letters**-m


words = wikipedia.lower().split()
with_period = Counter(word[:-1] for word in words if word.endswith("."))
without = Counter(word for word in words if not word.endswith("."))
for word in ["st", "dr", "b.c", "inc", "well", "city"]:
    n, m = with_period[word], without[word]
    score = score_by_hand(word, n, m, with_period.total(), len(words))
    print(f"{word:8} {n:5} with a period, {m:6} without: score {score:10.3g}", "  abbreviation" if score >= 0.3 else "")

# %% [markdown]
# The library finds more than that: words that often begin sentences, pairs that belong together over a period (*No. 5*), and for each word whether it was seen capitalised, and at which
# places; that tells whether *He* after a period starts a sentence. All of it from the plain text. Here is the heart of it:

# %%
import inspect

from nlpjourney.text.sentences import PunktSentenceTokenizer, PunktTrainer, punkt_training

print(inspect.getsource(punkt_training.abbreviation_score))
trainer = PunktTrainer()
trainer.train(wikipedia)
punkt = PunktSentenceTokenizer(trainer.params())
found = filter(str.isascii, punkt.params.abbrev_types)
found = sorted(found, key=lambda word: (-trainer.abbreviation_score(word), word))
print(f"{len(found)} abbreviations, the surest: {', '.join(word for word in found[:24] if word[0].isalpha())}")
print(f"begin sentences: {', '.join(sorted(punkt.params.sent_starters)[:16])} …")

# %% [markdown]
# Is it the same score? With the same counts it must be. Then the example again, with what the encyclopedia taught and with the parameters that NLTK ships, trained on newspapers; and
# why each candidate was decided as it was:

# %%
rows = [(word, with_period[word], without[word]) for word in found if with_period[word] + without[word]]
scores = [
    (score_by_hand(*row, with_period.total(), len(words)),
     punkt_training.abbreviation_score(*row, with_period.total(), len(words)))
    for row in rows
]  # fmt: skip
print(f"{len(rows)} words, largest relative difference {max(abs(a - b) / abs(b) for a, b in scores):.1e}\n")
shipped = PunktSentenceTokenizer.from_pretrained("english")
for name, tokenizer in {"trained here": punkt, "shipped": shipped}.items():
    print(f"{name}:")
    for sentence in tokenizer.tokenize(example):
        print("  |", sentence)
print()
for decision in shipped.explain(example):
    print(f"{decision.before:8} {decision.after:8} {'ends ' if decision.ends else 'goes on'}  {decision.reason}")

# %% [markdown]
# The tiny difference is a guard against $\log 0$. An encyclopedia calls hardly anybody *Mr.*, so Punkt cannot know it from there, while newspapers do: train it on text like the text you want to split. *No.* fools
# both, for *no* is a word. And poor Mr. Kiss has a name that newspapers know in lower case, so to them a new sentence begins. What makes the library fast is that all these questions are about *words*, and a text repeats its words: each different one is looked
# at once, the rest is arithmetic on arrays of word numbers.
#
# How good is it without a list? There is no marked text here to compare with, but there is one thing that a right split seldom does: begin a sentence with a
# lower-case letter.

# %%
tales = "\n\n".join(corpora.tales().values())
news = "\n".join(corpora.lee_news()[0])
print(
    f"{'':14}{'naive':>16}{'trained here':>16}{'shipped':>16}   sentences, and those that begin with a lower-case letter"
)
for name, text in {"Wikipedia": wikipedia, "news": news, "tales": tales}.items():
    splits = [split_naively(text), PunktSentenceTokenizer.train(text).tokenize(text), shipped.tokenize(text)]
    shares = [np.mean([sentence[:1].islower() for sentence in split]) for split in splits]
    print(f"{name:14}" + "".join(f"{len(split):9,} {share:6.2%}" for split, share in zip(splits, shares)))

odd = PunktSentenceTokenizer.train(tales).params.abbrev_types
print(f"\n“Abbreviations” of the fairy tales: {', '.join(sorted(odd))}")

# %% [markdown]
# In encyclopedia and news, the naive version is worst by that measure. In the tales the measure fails: *“Who is there?” asked the wolf* is one sentence, every Punkt cuts it after the quote, and the naive version is spared only
# because it never splits after a quotation mark. And the last line is what goes wrong when there is nothing to find: short words that the tales happen to use at the end of sentences only. Unsupervised does not mean unchecked:
# look at what it learned.
#
# ## Stop words: from the list, or from the text
#
# NLTK and spaCy ship lists. But which words say nothing depends on the collection: among posts about computers, *computer* tells nothing apart. Lists can be **derived**. How evenly is a
# word spread over the texts? Take the share $p_d$ of its occurrences that text $d$ has, and $q_d$, the text's share of all words:
#
# $$H = -\sum_d p_d \log p_d \qquad\qquad D = \sum_d p_d \log \frac{p_d}{q_d}$$
#
# In words: the **entropy** $H$ is large when the word is everywhere alike; the **divergence** $D$ (Kullback and Leibler) is small when a text has as much of it as its length would suggest. A
# word with small $D$ tells no text from another.

# %%
from typing import get_args

from spacy.lang.en.stop_words import STOP_WORDS as spacy_words

from nlpjourney.text import stop_words
from nlpjourney.text.vectorize import CountVectorizer

train, test = corpora.newsgroups("train"), corpora.newsgroups("test")
WORD = r"\w+(?:['’]\w+)*"  # don't is one word
counter = CountVectorizer(token_pattern=WORD)
train_counts = counter.fit_transform([post.text for post in train])
test_counts = counter.transform([post.text for post in test])
names = counter.get_feature_names_out()

nltk_words = stop_words.standard("english")
either = nltk_words | spacy_words
n_texts = np.bincount(train_counts.indices, minlength=len(names))  # how many texts have each word
common = np.flatnonzero(n_texts >= 20)
derived = {}
for measure in get_args(stop_words.Measure):
    scores = stop_words.score_words(train_counts[:, common], measure)
    derived[measure] = [str(names[common[i]]) for i in np.argsort(-scores, kind="stable")]

fig, ax = plt.subplots(figsize=(7, 3.6))
for (measure, ordered), colour, style in zip(
    derived.items(), [GREY, ORANGE, GREEN, BLUE, RED], ["-", "--", "-.", "-", ":"]
):
    hits = np.cumsum([word in either for word in ordered[:300]])
    ax.plot(np.arange(1, 301), hits / np.arange(1, 301), style, color=colour, label=measure.replace("_", " "))
ax.set(title="Do derived stop words stand in a standard list?", xlabel="derived words, the surest first")
ax.set(ylabel="share in NLTK's or spaCy's list", ylim=(0, 1.02))
ax.legend(frameon=False, loc="lower left")
ax.grid(alpha=0.3)
plt.show()
print(f"NLTK {len(nltk_words)} words, spaCy {len(spacy_words)}, both {len(nltk_words & spacy_words)}")
print("derived (divergence), in no list:", ", ".join([w for w in derived["divergence"][:200] if w not in either][:20]))
n_posts = dict(zip(names, n_texts))
rare = sorted((word for word in spacy_words if word in n_posts), key=lambda word: (n_posts[word], word))
print("rarest of spaCy's list:", ", ".join(rare[:20]))

# %% [markdown]
# The measures mostly agree with people, and where they do not, they know the collection: *writes* and *article* are stop words among posts that quote each other. Random sampling, which compares texts that share a
# randomly drawn word, finds such words first. The lists do not agree with each other either, and the last line shows words that somebody decided to throw away although hardly any post has them.
#
# One trap before the measuring. A list matches only what the tokenizer makes. The pattern that most libraries use, two letters or more, makes *don* and *isn* out of *don't* and *isn't*:

# %%
apart = [word for word in nltk_words if re.findall(r"\b\w\w+\b", word) != [word]]
print(
    f"{len(apart)} of NLTK's {len(nltk_words)} stop words can never match there, such as {', '.join(sorted(apart)[:8])}"
)

# %% [markdown]
# ## What it does to a classifier
#
# Which of 20 groups was a post written to? A naive Bayes classifier (topic 2.1) learns how often each group uses each word. We take columns out of its table and look at the same test posts each time. The
# interval comes from the **bootstrap**: draw the test posts again and again with replacement, and see how much the difference moves. If the 95 % interval has no 0 in it, the difference is hardly an accident of these posts (though one such interval in twenty misses the truth).

# %%
from nlpjourney.ml import confidence_interval


def naive_bayes_right(counts, labels, test_counts, test_labels) -> np.ndarray:
    """For each test text 1.0 if a multinomial naive Bayes classifier (Laplace smoothing) finds its label."""
    classes, y = np.unique(labels, return_inverse=True)
    member = np.eye(len(classes))[y]  # (n_texts, n_classes)
    used = counts.T @ member + 1.0  # (n_words, n_classes)
    log_p = np.log(used / used.sum(axis=0))
    best = (test_counts @ log_p + np.log(member.mean(axis=0))).argmax(axis=1)
    return (classes[best] == np.asarray(test_labels)).astype(float)


labels, test_labels = [post.label for post in train], [post.label for post in test]


def groups_right(dropped) -> np.ndarray:
    kept = np.flatnonzero([word not in dropped for word in names])
    return naive_bayes_right(train_counts[:, kept], labels, test_counts[:, kept], test_labels)


everything = groups_right(())
effects = []  # (what, list, low, mean, high)
print(f"all words: {everything.mean():.1%} of {len(test):,} posts right")
lists = {"NLTK's list": nltk_words, "spaCy's list": spacy_words, "derived, 150 words": set(derived["divergence"][:150])}
for name, dropped in lists.items():
    difference = groups_right(dropped) - everything
    effects.append(("topic of a post", name, difference.mean(), *confidence_interval(difference)))
    _, _, mean, low, high = effects[-1]
    print(f"without {name}: {100 * mean:+.1f} points (95 % interval {100 * low:+.1f} to {100 * high:+.1f})")

# %% [markdown]
# Good: for *topics*, function words are noise, and a classifier that believes every word equally is better off without them. The list that the collection made itself does as well as the two that people
# wrote. Now another question about a text: did they like the film? The sentences come from reviews, and twenty people rated each.


# %%
def rated(genre: str) -> tuple[list[str], np.ndarray]:
    """Sentences with a clear rating, and whether it is positive."""
    with tarfile.open(assets.path("rated-sentences")) as archive:
        file = archive.extractfile(f"hutto_ICWSM_2014/{genre}ReviewSnippets_GroundTruth.txt")
        rows = [line.split("\t") for line in file.read().decode("utf-8", errors="replace").splitlines()]
    clear = [(text, float(rating) > 0) for _, rating, text in rows if abs(float(rating)) > 1]
    return [clean(text).lower() for text, _ in clear], np.array([positive for _, positive in clear])


NEGATIONS = {word for word in nltk_words if word in ("no", "not", "nor") or word.endswith("n't")}


def sentiment_right(texts: list[str], positive: np.ndarray, dropped) -> np.ndarray:
    """As above, five parts of the sentences in turn judged by what the other four taught: words and pairs of words."""
    part = np.random.default_rng(0).integers(0, 5, len(texts))
    counter = CountVectorizer(token_pattern=WORD, ngram_range=(1, 2), stop_words=sorted(dropped) or None)
    counts = counter.fit_transform(texts)
    right = np.zeros(len(texts))
    for k in range(5):
        right[part == k] = naive_bayes_right(
            counts[part != k], positive[part != k], counts[part == k], positive[part == k]
        )
    return right


for genre in ("movie", "amazon"):
    texts, positive = rated(genre)
    negated = np.array([bool(re.search(r"\b(?:no|not|nor|never)\b|n't", text)) for text in texts])
    everything = sentiment_right(texts, positive, ())
    print(
        f"{genre}: {len(texts):,} sentences, all words: {everything.mean():.1%} right, {everything[negated].mean():.1%} with a negation"
    )
    rights = {
        "NLTK's list": sentiment_right(texts, positive, nltk_words),
        "NLTK's, but not negations": sentiment_right(texts, positive, nltk_words - NEGATIONS),
    }
    for what, chosen in {"all sentences": slice(None), "negated": negated}.items():
        gain = (rights["NLTK's, but not negations"] - rights["NLTK's list"])[chosen]
        low, high = confidence_interval(gain)
        print(
            f"  what keeping the negations brings, {what}: {100 * gain.mean():+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})"
        )
    for name, right_ones in rights.items():
        difference = right_ones - everything
        for what, chosen in {"": slice(None), ", negated": negated}.items():
            effects.append(
                (f"{genre} reviews{what}", name, difference[chosen].mean(), *confidence_interval(difference[chosen]))
            )

fig, ax = plt.subplots(figsize=(8, 4.2))
for i, (_, _, mean, low, high) in enumerate(effects):
    colour = GREY if low <= 0 <= high else BLUE if low > 0 else RED
    marker = "o" if low <= 0 <= high else "^" if low > 0 else "v"
    ax.plot([100 * low, 100 * high], [i, i], color=colour)
    ax.plot(100 * mean, i, marker, color=colour)
ax.axvline(0, color="black", linewidth=0.8)
ax.set_yticks(range(len(effects)), [f"{what}: without {name}" for what, name, *_ in effects], fontsize=8)
ax.invert_yaxis()
ax.set(title="What leaving stop words out does (95 % intervals)", xlabel="change in percentage points of right answers")
ax.grid(axis="x", alpha=0.3)
plt.show()

# %% [markdown]
# Triangles that point up are gains, those that point down are losses, grey circles show no clear effect. The same list that helped with topics does harm here, most of all in sentences with a negation: NLTK's list holds *not*,
# *no* and every *n't*, and without them *not good* is *good*. Keeping the negations repairs part of it: in sentences with a negation the second list beats the first for both kinds of reviews, by differences (printed above the picture) whose intervals exclude 0. There is no such thing as a word without meaning, only a word without meaning **for a question**.
#
# ## What it does to a search engine
#
# The other place where stop words were dropped is the index, to save space. Here is every line of Shakespeare, indexed twice:

# %%
from nlpjourney.tasks.search import Analyzer, BM25Index

lines = sorted(
    {line.strip() for play in corpora.shakespeare().values() for line in play.splitlines() if len(line.split()) > 3}
)
full = BM25Index().fit(lines)
short = BM25Index(Analyzer(stop_words=nltk_words)).fit(lines)
saved = 1 - len(short.postings.docs) / len(full.postings.docs)
print(f"{len(lines):,} lines; without stop words the index has {saved:.0%} fewer postings\n")
for query in ["to be or not to be", "I am that I am", "what is he that is so", "all the world's a stage"]:
    for name, index in (("all words", full), ("no stop words", short)):
        hits = index.search(query, k=1)
        print(f"{query:24} {name:14} {lines[hits[0].doc] if hits else '—— nothing ——'}")

# %% [markdown]
# (A **posting** is one entry of the index: this word is in that line. On disk the saving is smaller, since the long lists of frequent words compress best.)
#
# The most famous line of all cannot be found. Nor could a flight *from Boston to Denver* be told from one *to Boston from Denver*. But are those not rare queries? Let us measure, with the headings of
# Django's documentation as stand-ins for queries. Each heading is a query, and the section below it is what should be found, the higher the better (the **reciprocal rank**: 1 for first place, ½ for second …).

# %%
headings, sections = [], []
for text in corpora.django_docs().values():
    parts = re.split(r"(?m)^(.+)\n[=\-~^]{4,}\n", text)
    for heading, section in zip(parts[1::2], parts[2::2]):
        if len(section.split()) >= 20:
            headings.append(heading.replace("`", ""))
            sections.append(section)
seen = Counter(headings)
queries = [i for i, heading in enumerate(headings) if seen[heading] == 1]


def reciprocal_ranks(dropped) -> np.ndarray:
    index = BM25Index(Analyzer(stop_words=dropped)).fit(sections)
    ranking, _, _ = index.search_batch([headings[i] for i in queries], k=100)
    place = ranking == np.array(queries)[:, None]  # (n_queries, 100)
    return np.where(place.any(axis=1), 1 / (place.argmax(axis=1) + 1), 0.0)


def stop_share(heading: str) -> float:
    words = re.findall(r"\w+", heading.lower())
    return sum(word in nltk_words for word in words) / max(1, len(words))


share = np.array([stop_share(headings[i]) for i in queries])
all_words = reciprocal_ranks(())
print(
    f"{len(queries):,} headings, {len(sections):,} sections; mean reciprocal rank with all words {all_words.mean():.3f}"
)
for name, dropped in {"NLTK": nltk_words, "spaCy": spacy_words}.items():
    difference = reciprocal_ranks(dropped) - all_words
    print(f"\nwithout {name}'s list: {difference.mean():+.4f}")
    for what, chosen in {
        "headings without stop words": share == 0,
        "with some": (share > 0) & (share < 0.5),
        "half or more": share >= 0.5,
    }.items():
        low, high = confidence_interval(difference[chosen])
        print(f"  {what:28} {chosen.sum():5,} queries {difference[chosen].mean():+.4f}  ({low:+.4f} to {high:+.4f})")
    lost = np.argsort(difference, kind="stable")[:5]
    print("  lost most:", ", ".join(f"“{headings[queries[i]]}”" for i in lost))

# %% [markdown]
# BM25 (topic 2.6) already gives a word that is everywhere next to no weight, so there is little noise left to take away: a query without stop words gains at most a little, because texts get shorter. The losses are where the queries have some:
# `only()`, `get()` and `last()` are functions of Django, and *only*, *get* and *last* are words of lists. This is why search engines stopped dropping stop words when disks became cheap, and why language models, which live on
# *not* and *to* and *who*, drop nothing at all.
#
# ## The tools of the trade
#
# NLTK's Punkt on the same text, trained by itself; and spaCy's `sentencizer`, which is a rule: a sentence ends at a period, unless its tokenizer's list of exceptions kept the period on a word.

# %%
import spacy
from nltk.tokenize.punkt import PunktSentenceTokenizer as NltkPunkt
from nltk.tokenize.punkt import PunktTrainer as NltkTrainer

nltk_trainer = NltkTrainer()
nltk_trainer.train(news)
theirs = NltkPunkt(nltk_trainer.get_params())
ours = PunktSentenceTokenizer.train(news)
print("abbreviations equal:", theirs._params.abbrev_types == ours.params.abbrev_types)
print("collocations equal: ", theirs._params.collocations == ours.params.collocations)
print("sentences equal:    ", list(theirs.span_tokenize(news)) == ours.span_tokenize(news))

nlp = spacy.blank("en")
nlp.add_pipe("sentencizer")
by_rule = {sent.text.strip(' "') for doc in nlp.pipe(news.split("\n")) for sent in doc.sents}
by_punkt = {sentence.strip(' "') for line in news.split("\n") for sentence in ours.tokenize(line)}
both = len(by_rule & by_punkt)
print(
    f"spaCy's rule: {len(by_rule):,} different sentences, Punkt {len(by_punkt):,}; {both:,} are the same but for quotes"
)
print("only Punkt:", *sorted(by_punkt - by_rule, key=lambda s: (len(s), s))[:3], sep="\n  | ")
print("only spaCy:", *sorted(by_rule - by_punkt, key=lambda s: (len(s), s))[:3], sep="\n  | ")

# %% tags=["timing"]
from time import perf_counter


def megabytes_per_second(function) -> float:
    start = perf_counter()
    function(news)
    return len(news.encode()) / 1e6 / (perf_counter() - start)


print(f"{'MB per second':16}{'theirs':>8}{'ours':>8}")
for name, (a, b) in {
    "Punkt, training": (lambda text: NltkTrainer().train(text), PunktSentenceTokenizer.train),
    "Punkt, splitting": (lambda text: list(theirs.span_tokenize(text)), ours.span_tokenize),
    "spaCy's rule": (lambda text: list(nlp.pipe(text.split("\n"))), ours.span_tokenize),
}.items():
    print(f"{name:16}{megabytes_per_second(a):8.2f}{megabytes_per_second(b):8.2f}")

# %% [markdown]
# ## Exercises
#
# Write your answer into the cell, run it, and the check below tells you how it went. `hint("1.4.a")` helps; `solution("1.4.a")` opens after a first
# try.

# %% exercise="1.4.a"
import unicodedata


def tidy(text: str) -> str:
    """One way of writing: NFC, straight quotes, nothing invisible, single spaces."""
    # BEGIN SOLUTION
    for quote in "‘’":
        text = text.replace(quote, "'")
    for quote in "“”":
        text = text.replace(quote, '"')
    for unseen in "\u200b\ufeff":
        text = text.replace(unseen, "")
    return " ".join(unicodedata.normalize("NFC", text).split())
    # END SOLUTION


# %% exercise="1.4.b"
def search_terms(words: list[str], stop_words: set[str]) -> list[str]:
    """The words without stop words, but never nothing."""
    # BEGIN SOLUTION
    kept = [word for word in words if word.lower() not in stop_words]
    return kept or words
    # END SOLUTION


# %% exercise="1.4.c"
def write_out_negations(words: list[str]) -> list[str]:
    """Every n't becomes a word of its own: not."""
    # BEGIN SOLUTION
    changed = {"wo": "will", "ca": "can", "sha": "shall"}
    result = []
    for word in words:
        if word.endswith(("n't", "n’t")) and len(word) > 3:
            stem = word[:-3]
            result += [changed.get(stem, stem), "not"]
        else:
            result.append(word)
    return result
    # END SOLUTION


# %% exercise="1.4.d"
def split_sentences(words: list[str], abbreviations: set[str]) -> list[list[str]]:
    """Words grouped into sentences."""
    # BEGIN SOLUTION
    sentences, current = [], []
    for word in words:
        current.append(word)
        base = word[:-1]
        abbreviation = base.lower() in abbreviations or (len(base) == 1 and base.isalpha())
        if word.endswith(("?", "!")) or (word.endswith(".") and not abbreviation):
            sentences.append(current)
            current = []
    return [*sentences, current] if current else sentences
    # END SOLUTION


# %% exercise="1.4.e"
def evenness(counts: list[int]) -> float:
    """How evenly a word is spread over the texts: 0 in one text only, 1 equally often in all."""
    # BEGIN SOLUTION
    total = sum(counts)
    if total == 0 or len(counts) < 2:
        return 0.0
    shares = [n / total for n in counts if n]
    return -sum(p * math.log(p) for p in shares) / math.log(len(counts))
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [NLTK: stop words corpus](https://www.nltk.org/book/ch02.html#stop-words-corpus), the roadmap's resource for this topic
# - T. Kiss and J. Strunk, *Unsupervised multilingual sentence boundary detection* (2006)
# - H. P. Luhn, *The automatic creation of literature abstracts* (1958): where leaving out frequent words begins
# - R. Lo, B. He and I. Ounis, *Automatically building a stopword list for an information retrieval system* (2005)
# - J. Nothman, H. Qin and R. Yurchak, *Stop word lists in free open-source software packages* (2018): how odd the usual lists are
