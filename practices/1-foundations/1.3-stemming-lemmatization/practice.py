# %% [markdown]
# # 1.3 Stemming and lemmatization
#
# You search a pile of news for *fires in the hills*. The best report begins "A fire broke out on the hill …", and a
# program that compares letters does not find it: to a computer, *fires* and *fire* have no more in common than *fires* and *wires*.
# English is mild about this. A verb has four or five forms; a Finnish one has thousands.
#
# There are two cures. A **stemmer** cuts endings off by rule: *fires*, *fired*, *firing* → *fire*. It is fast, needs no
# dictionary, and does not care whether the result is a word. A **lemmatizer** looks for the dictionary form: *went* → *go*. It needs
# to know the language. In this practice you write one, read three famous ones, see where each fails, and measure whether
# any of it helps.

# %%
import re
from collections import Counter, defaultdict

import matplotlib.pyplot as plt
import numpy as np

from nlpjourney.assets import corpora

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"

background, judged, human = corpora.lee_news()
text = " ".join([*corpora.wikipedia().values(), *background]).lower()
counts = Counter(re.findall(r"[a-z]+", text))
vocabulary = sorted(counts)
print(f"{counts.total():,} words, {len(vocabulary):,} different ones")

# %% [markdown]
# How much of that variety is only endings? Here are all the words of our text that begin with *connect*.

# %%
family = [word for word in vocabulary if word.startswith("connect")]
fig, ax = plt.subplots(figsize=(8, 3.2))
ax.barh(family, [counts[word] for word in family], color=BLUE)
ax.invert_yaxis()
ax.set(title="Many strings: the words that begin with “connect”", xlabel="occurrences in the text")
for word in family:
    ax.text(counts[word], word, f" {counts[word]}", va="center", fontsize=8)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
relatives = [word for word in family if word != "connecticut"]  # no relative: letters are all that a computer has
share = max(counts[word] for word in relatives) / sum(counts[word] for word in relatives)
print(f"Without Connecticut, a search for the most frequent of them alone finds {share:.0%} of the places.")

# %% [markdown]
# ## The obvious version
#
# Donna Harman's *S stemmer* (1991) takes plurals off and nothing else. Three rules, of which the first that fits applies:
#
# | if the word ends in | but not in | then |
# |---|---|---|
# | -ies | -eies, -aies | -ies → -y |
# | -es | -aes, -ees, -oes | -es → -e |
# | -s | -us, -ss | -s → nothing |
#
# You will write it in exercise 1.3.a. Porter's idea (1980) goes further. He noticed that an ending may go only if *enough
# word* stays: *-ement* is an ending in *replacement*, in *cement* it is not. His measure of "enough" is a count. Write C for a run of
# consonants and V for a run of vowels; then every word has the form
#
# $$[C]\,(VC)^m\,[V]$$
#
# In words: perhaps consonants, then $m$ times vowels followed by consonants, then perhaps vowels. The number $m$, the **measure**,
# counts the groups of vowels that have a consonant somewhere behind them. (*-ement* goes if $m > 1$ for what stays: *replac* has 2, *c* has 0.)


# %%
def is_vowel(word: str, i: int) -> bool:
    """a, e, i, o, u, and a y that follows a consonant."""
    return word[i] in "aeiou" or (word[i] == "y" and i > 0 and not is_vowel(word, i - 1))


def measure_by_hand(word: str) -> int:
    kinds = "".join("V" if is_vowel(word, i) else "C" for i in range(len(word)))
    return len(re.findall("V+C+", kinds))


for word in ["tree", "by", "trouble", "oats", "private", "orrery", "replac", "c"]:
    print(f"{word:8} m = {measure_by_hand(word)}")

# %% [markdown]
# Count by hand to see that it is right: *tr-ee* is CV, so $m = 0$; *tr-ou-bl-e* is CVCV, so $m = 1$; *pr-i-v-a-t-e* is CVCVCV,
# so $m = 2$. For *-ed* and *-ing* Porter asks for less: the stem must have a vowel, so they go in *motoring* and stay in *sing*. The
# first two of his eight steps fit on a screen:


# %%
def porter_begun(word: str) -> str:
    """Steps 1a and 1b of Porter's stemmer: plurals, -ed and -ing."""
    for ending, new in (("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")):
        if word.endswith(ending):
            word = word[: len(word) - len(ending)] + new
            break
    if word.endswith("eed"):
        return word[:-1] if measure_by_hand(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        stem = word.removesuffix(ending)
        if stem != word and any(is_vowel(stem, i) for i in range(len(stem))):
            if stem.endswith(("at", "bl", "iz")):
                return stem + "e"
            if stem[-1:] == stem[-2:-1] and not is_vowel(stem, len(stem) - 1) and stem[-1] not in "lsz":
                return stem[:-1]
            closed = len(stem) >= 3 and [is_vowel(stem, i) for i in range(len(stem) - 3, len(stem))] == [
                False,
                True,
                False,
            ]
            return stem + "e" if closed and measure_by_hand(stem) == 1 and stem[-1] not in "wxy" else stem
    return word


for word in ["caresses", "ponies", "cats", "agreed", "feed", "motoring", "sing", "hopping", "hoping", "conflated"]:
    print(f"{word:10} → {porter_begun(word)}")

# %% [markdown]
# Look at *hopping* and *hoping*. Both lose *-ing*; what is left is repaired: the doubled *p* goes, and *hop* gets its *e* back, since
# a short syllable (consonant, vowel, consonant) with $m = 1$ would otherwise not read as it did. Most of a stemmer is such repair.
#
# ## The library's version
#
# `nlpjourney.text.stem` has Porter's stemmer in its three dialects, the English Snowball stemmer (Porter's own second try, twenty
# years later) and the Lancaster stemmer. Here is the same step 1b, as it stands in the library:

# %%
import inspect

from nlpjourney.text.stem import EnglishStemmer, LancasterStemmer, PorterStemmer, porter

print(inspect.getsource(porter.step_1b.py_func))

# %% [markdown]
# The same decisions in the same order, but on arrays of numbers: a word is its code points, `n` its length, and a rule table is looked
# through by `find`. Numba compiles that to machine code, and all words of a list are stemmed in one call, so Python hands a
# whole list over once and gets it back once. Is it equal to our version? Steps 1a and 1b alone, on every word of the text:


# %%
def porter_begun_compiled(word: str) -> str:
    codes = np.zeros(len(word) + 1, dtype=np.int32)
    codes[: len(word)] = [ord(c) for c in word]
    n = porter.step_1a(codes, len(word), porter.ORIGINAL)
    n = porter.step_1b(codes, n, porter.ORIGINAL)
    return "".join(map(chr, codes[:n]))


differ = [word for word in vocabulary if porter_begun(word) != porter_begun_compiled(word)]
print(f"{len(vocabulary):,} words, {len(differ)} differences")

# %%
from nltk.stem.snowball import EnglishStemmer as NltkSnowball

stemmers = {"Porter": PorterStemmer(), "Snowball": EnglishStemmer(), "Lancaster": LancasterStemmer()}
columns = stemmers | {"Snowball in NLTK": NltkSnowball()}
sample = ["fires", "generously", "university", "universe", "dying", "organization", "news", "police", "policy", "went"]
print(f"{'':14}" + "".join(f"{name:12}" for name in columns))
for word in sample:
    print(f"{word:14}" + "".join(f"{stemmer.stem(word):12}" for stemmer in columns.values()))

# %% [markdown]
# Four things to see here. Stems need not be words (*polic*, *univers*). *University* and *universe* fall together in Porter and
# Lancaster; Snowball keeps them apart by a list of beginnings that it leaves alone. That list has grown over the years: NLTK has an
# older copy of the same rules, where they fall together. So say which version made your index. *Organization* becomes *organ* in Porter's hands, and
# meets the church instrument; *news* loses its end in Lancaster's. And *went* stays *went*: no rule about endings leads to *go*.
#
# ## Real data: two ways to fail
#
# A stemmer fails in two directions. It may leave apart what belongs together (*understemming*), or throw together what does not
# (*overstemming*). To count them we need a gold standard; ours is a table of English forms with their
# lemmas. We look at **pairs** of words:
#
# $$\text{recall} = \frac{\text{pairs of one lemma that share a stem}}{\text{pairs of one lemma}} \qquad
# \text{precision} = \frac{\text{pairs of one lemma that share a stem}}{\text{pairs that share a stem}}$$
#
# In words: recall asks how much of what belongs together was found, precision how much of what was put together belongs together.

# %%
import gzip
import json

from nlpjourney import assets

lemma_table = json.loads(gzip.decompress((assets.path("english-lemmas") / "en_lemma_lookup.json.gz").read_bytes()))
lemma_table = {form: lemma for form, lemma in lemma_table.items() if re.fullmatch("[a-z]+ [a-z]+", f"{form} {lemma}")}
forms = sorted({*lemma_table, *lemma_table.values()})
gold = [lemma_table.get(form, form) for form in forms]


def n_pairs(groups) -> int:
    """How many pairs of words share a group."""
    return sum(n * (n - 1) // 2 for n in Counter(groups).values())


def pair_scores(groups: list[str]) -> tuple[float, float]:
    """Recall and precision of the pairs that share a group, against those that share a lemma."""
    both = n_pairs(zip(groups, gold))
    return both / n_pairs(gold), both / n_pairs(groups)


methods = {"nothing": forms, "first 5 letters": [form[:5] for form in forms]}
methods |= {name: stemmer.stem_words(forms) for name, stemmer in stemmers.items()}
methods["Porter (1980)"] = PorterStemmer("original").stem_words(forms)
scores = {name: pair_scores(groups) for name, groups in methods.items() if name != "nothing"}

print(f"{len(lemma_table):,} forms in the table, with their lemmas {len(forms):,} words\n")
print(f"{'':16} recall  precision")
for name, (recall, precision) in scores.items():
    print(f"{name:16} {recall:6.3f}  {precision:9.3f}")

# %% [markdown]
# The original Porter stemmer, its later version and Snowball differ little; their quarrels concern few words. Lancaster, whose rules are applied again and
# again until none fits, gains next to no recall and loses much precision.
#
# Is all of that loss an error? The table knows **inflection** only: *nations* is a form of *nation*. Stemmers also undo **derivation**, which makes new words: to them
# *national* belongs to *nation*, and the table counts that as a mistake. A search engine may want it. So read precision as "how far a stemmer goes beyond inflection", and look at
# what it throws together:

# %%
groups = defaultdict(set)
for lemma, stem in zip(gold, methods["Lancaster"]):
    groups[stem].add(lemma)
for stem, lemmas in sorted(groups.items(), key=lambda item: -len(item[1]))[:4]:
    print(f"{stem:6} ← {', '.join(sorted(lemmas)[:14])} …  ({len(lemmas)} lemmas)")

missed = [
    (form, lemma)
    for form, lemma, stem in zip(forms, gold, methods["Snowball"])
    if EnglishStemmer().stem(lemma) != stem and counts[form] > 120
]
print("\nSnowball leaves apart, among frequent words:", ", ".join(f"{form} | {lemma}" for form, lemma in missed))

# %% [markdown]
# The second list is the limit of every stemmer: what it misses are mostly irregular forms, and in English those are the most frequent
# ones. Rules about endings will never get them. (It also shows that a table can be odd: *as* is hardly a form of *a*. Look at what you
# call gold.)
#
# ## Lemmatizers: look it up, or learn it
#
# WordNet's **Morphy** takes endings off and then asks a dictionary whether the result is a word. A list of exceptions covers the
# irregular forms. It must be told the part of speech, because the lemma depends on it:

# %%
from nlpjourney.text.lemma import EditTreeLemmatizer, MorphyLemmatizer

morphy = MorphyLemmatizer.english()
for word, pos in [
    ("went", "verb"),
    ("mice", "noun"),
    ("meeting", "noun"),
    ("meeting", "verb"),
    ("better", "adj"),
    ("blorfs", "noun"),
]:
    print(f"{word:8} as {pos:5} → {morphy.lemmatize(word, pos):8} candidates: {morphy.candidates(word, pos)}")

# %% [markdown]
# *Blorfs* stays as it is: no dictionary has it. For languages without such a dictionary, lemmas can be **learned** from pairs. An *edit
# tree* describes what changes between a form and its lemma around the longest stretch that both share, so one tree serves many words:

# %%
from nlpjourney.text.lemma.edit_tree import apply_tree, edit_tree

tree = edit_tree("gesagt", "sagen")
print(tree)
print(
    "gefragt →",
    apply_tree(tree, "gefragt"),
    "  gemacht →",
    apply_tree(tree, "gemacht"),
    "  ging →",
    apply_tree(tree, "ging"),
)

# %% [markdown]
# Two German past participles it has never seen come out right, and where it does not fit, it says `None`. Which tree a new word
# needs is told by its ending: the lemmatizer remembers for every suffix which trees came with it, and asks the longest suffix it knows.
# How many pairs does it take? We keep 4,000 forms back, train on more and more of the others, and look at those it has never seen.

# %%
import random

table = sorted(lemma_table.items())
random.Random(0).shuffle(table)
held_out, pool = table[:4000], table[4000:]
sizes = [100, 300, 1000, 3000, 10_000, len(pool)]
accuracies = []
for size in sizes:
    learned = EditTreeLemmatizer().fit(*zip(*pool[:size]))
    guesses = learned.predict([form for form, _ in held_out])
    accuracies.append(np.mean([guess == lemma for guess, (_, lemma) in zip(guesses, held_out)]))
cut_s = np.mean([form.removesuffix("s") == lemma for form, lemma in held_out])
by_rule = np.mean(
    [lemma in {morphy.lemmatize(form, pos) for pos in ("noun", "verb", "adj")} for form, lemma in held_out]
)

fig, ax = plt.subplots(figsize=(7, 3.8))
ax.plot(sizes, accuracies, "o-", color=BLUE, label="edit trees, learned")
ax.axhline(by_rule, color=GREEN, linestyle="--", label="Morphy, if one of its three answers is right")
ax.axhline(cut_s, color=GREY, linestyle=":", label="cut a final s")
ax.set(xscale="log", ylim=(0, 1), xlabel="pairs to learn from", ylabel="right lemmas among 4,000 unseen forms")
ax.set_title("Learning lemmas from examples")
ax.legend(loc="lower right", frameon=False)
ax.grid(alpha=0.3)
plt.show()
print(f"After {sizes[0]} pairs {accuracies[0]:.0%}, after {sizes[-1]:,} pairs {accuracies[-1]:.1%} are right.")

# %%
new_words = {
    "unfriending": "unfriend", "selfies": "selfie", "googled": "google", "vapers": "vaper", "octopodes": "octopus",
}  # fmt: skip
for form, lemma in new_words.items():
    vote, guess = learned.why(form), learned.predict([form])[0]
    verdict = "right" if guess == lemma else f"wrong: {lemma}"
    print(f"{form:12} → {guess:10} ({verdict}) because of “{vote.suffix}”, seen {vote.n_seen} times with that change")

# %% [markdown]
# Words that no dictionary of 1990 had, and the lemmatizer can say why it takes them as it does. It guesses by analogy of endings, right or wrong: *selfies* goes the way of *satisfies*, and
# *octopodes* finds no other word of its kind. A count of 1 is a warning: there the guess follows a single word.
#
# ## Does it help?
#
# People judged how similar 50 short news texts are, each pair on a scale. If stemming brings texts that mean the same closer together,
# then the similarity of their words (the cosine of TF-IDF vectors, which topic 1.5 explains) should agree with those people better.


# %%
def similarities(rewrite) -> np.ndarray:
    """The cosines of all judged texts, (50, 50); `rewrite` maps a list of words."""
    texts = [Counter(rewrite(re.findall(r"[a-z]+", text.lower()))) for text in [*judged, *background]]
    df = Counter(word for words in texts for word in words)
    columns = {word: i for i, word in enumerate(df)}
    matrix = np.zeros((len(judged), len(df)))
    for row, words in zip(matrix, texts):
        for word, n in words.items():
            row[columns[word]] = n * np.log(len(texts) / df[word])
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix @ matrix.T


cosines = {"words as they are": similarities(lambda words: words)}
cosines["Morphy (verb, then noun)"] = similarities(
    lambda words: [morphy.lemmatize(morphy.lemmatize(w, "verb")) for w in words]
)
cosines |= {name: similarities(stemmer.stem_words) for name, stemmer in stemmers.items()}
cosines["first 5 letters"] = similarities(lambda words: [word[:5] for word in words])


def agreement(chosen: np.ndarray) -> np.ndarray:
    """For each method, the correlation of its cosines with people's ratings over the pairs of the chosen texts."""
    a, b = chosen[np.array(np.triu_indices(len(chosen), 1))]
    a, b = a[a != b], b[a != b]  # a text drawn twice is no pair
    return np.corrcoef([human[a, b], *(cosine[a, b] for cosine in cosines.values())])[0, 1:]


everyone = agreement(np.arange(len(judged)))
rng = np.random.default_rng(0)
draws = np.array([agreement(rng.integers(0, len(judged), len(judged))) for _ in range(2000)])
gain = everyone[1:] - everyone[0]
low, high = np.quantile(draws[:, 1:] - draws[:, :1], [0.025, 0.975], axis=0)  # 95 % intervals of the differences

fig, ax = plt.subplots(figsize=(7, 2.8))
names = list(cosines)[1:]
ax.errorbar(gain, range(len(names)), xerr=[gain - low, high - gain], fmt="o", color=BLUE, capsize=3)
ax.axvline(0, color=GREY, linestyle="--")
ax.set_yticks(range(len(names)), names)
ax.set_ylim(len(names) - 0.5, -0.5)
ax.set(
    title="Do the cosines agree better with people?",
    xlabel="correlation minus that of the words as they are (95 % intervals)",
)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
print(f"words as they are: correlation {everyone[0]:.3f}")
for name, mean, a, b in zip(names, gain, low, high):
    print(f"{name:25} {mean:+.3f}  ({a:+.3f} to {b:+.3f}){'' if a <= 0 <= b else '  0 is outside'}")
i, j = names.index("Lancaster"), names.index("Porter")
a, b = np.quantile(draws[:, 1 + i] - draws[:, 1 + j], [0.025, 0.975])
print(f"Lancaster against Porter  {gain[i] - gain[j]:+.3f}  ({a:+.3f} to {b:+.3f})")

# %% [markdown]
# The **bootstrap** draws the 50 texts again and again with replacement and measures each time (topic 1.4 does the same): the interval says between which values the difference lies in 95 of 100 draws.
# Every interval holds 0, and so does that of Lancaster against Porter. The points lie to the right of the line, but on these 50 texts no method can be told from leaving the words alone, and
# Lancaster, which we just saw throw *regent* and *region* together, cannot be told from Porter. A bar chart of the six correlations would have shown a winner that is noise. There is no best stemmer, only a best one for a task, and you find it by
# measuring on enough data. (And large language models? They do without: their tokenizer, topic 1.2, cuts words into pieces, and the model learns what
# *-ing* means.)
#
# ## The tools of the trade
#
# NLTK has Porter and Lancaster in plain Python; `snowballstemmer` is Snowball's own translation to Python; PyStemmer wraps Snowball's C
# code. spaCy's lemmatizer in its mode `lookup` reads the very table that we used as gold, so it would be "right" here by definition; its trained English
# pipelines lemmatize by rules and part of speech instead. Do the stems agree, and what do they cost?

# %%
import Stemmer
from nltk.stem import lancaster as nltk_lancaster
from nltk.stem import porter as nltk_porter
from snowballstemmer.english_stemmer import EnglishStemmer as SnowballsEnglish

theirs = {
    "NLTK Porter": (stemmers["Porter"], lambda words: [nltk_porter.PorterStemmer().stem(w) for w in words]),
    "NLTK Lancaster": (stemmers["Lancaster"], lambda words: [nltk_lancaster.LancasterStemmer().stem(w) for w in words]),
    "snowballstemmer": (stemmers["Snowball"], lambda words: [SnowballsEnglish().stemWord(w) for w in words]),
    "PyStemmer (C)": (stemmers["Snowball"], lambda words: Stemmer.Stemmer("english", 0).stemWords(words)),
}
few = vocabulary[::10]
for name, (ours, stem_all) in theirs.items():
    equal = sum(a == b for a, b in zip(ours.stem_words(few), stem_all(few)))
    print(f"{name:16} {equal:,} of {len(few):,} stems equal to ours")

# %% tags=["timing"]
from time import perf_counter


def words_per_second(function) -> float:
    start = perf_counter()
    function(few)
    return len(few) / (perf_counter() - start)


print(f"{'':16} {'theirs':>12} {'ours':>12}   words per second")
for name, (ours, stem_all) in theirs.items():
    ours.stem_words(few)  # compiled by now
    print(f"{name:16} {words_per_second(stem_all):12,.0f} {words_per_second(ours.stem_words):12,.0f}")

# %% [markdown]
# ## Exercises
#
# Write your answer into the cell, run it, and the check below tells you how it went. `hint("1.3.a")` helps; `solution("1.3.a")` opens after a first
# try.


# %% exercise="1.3.a"
def s_stem(word: str) -> str:
    """Harman's S stemmer."""
    # BEGIN SOLUTION
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
    # END SOLUTION


# %% exercise="1.3.b"
def measure(word: str) -> int:
    """Porter's m: how often vowels are followed by consonants."""
    # BEGIN SOLUTION
    m, after_vowel = 0, False
    for i, letter in enumerate(word):
        vowel = letter in "aeiou" or (letter == "y" and i > 0 and not after_vowel)
        if after_vowel and not vowel:
            m += 1
        after_vowel = vowel
    return m
    # END SOLUTION


# %% exercise="1.3.c"
def r1(word: str) -> int:
    """Where Snowball's region R1 begins."""
    # BEGIN SOLUTION
    for i in range(1, len(word)):
        if word[i - 1] in "aeiouy" and word[i] not in "aeiouy":
            return i + 1
    return len(word)
    # END SOLUTION


# %% exercise="1.3.d"
def apply_rules(word: str, rules: list[tuple[str, str]]) -> str:
    """Replace the longest suffix that ends the word, if the stem before it has m > 0."""
    # BEGIN SOLUTION
    fitting = [(suffix, new) for suffix, new in rules if word.endswith(suffix)]
    if not fitting:
        return word
    suffix, new = max(fitting, key=lambda rule: len(rule[0]))
    stem = word[: len(word) - len(suffix)]
    return stem + new if measure(stem) > 0 else word
    # END SOLUTION


# %% exercise="1.3.e"
def suffix_change(form: str, lemma: str) -> tuple[str, str]:
    """What goes from the end of the form, and what comes in its place."""
    # BEGIN SOLUTION
    shared = 0
    while shared < min(len(form), len(lemma)) and form[shared] == lemma[shared]:
        shared += 1
    return form[shared:], lemma[shared:]
    # END SOLUTION


# %% [markdown]
# ## Further reading
#
# - [NLTK: Stemming and lemmatization](https://www.nltk.org/howto/stem.html), the roadmap's resource for this topic
# - M. F. Porter, *An algorithm for suffix stripping* (1980), and *Snowball: a language for stemming algorithms* (2001)
# - D. Harman, *How effective is suffixing?* (1991): the S stemmer, and a sober look at what stemming brings to search
# - C. D. Paice, *Another stemmer* (1990); G. Chrupała, *Towards a machine-learning architecture for lexical functional grammar parsing* (2008), edit trees
