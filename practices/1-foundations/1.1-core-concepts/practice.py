# %% [markdown]
# # 1.1 Core concepts: syntax, semantics, pragmatics, discourse
#
# "Ada saw the dog with the telescope." Who has the telescope? A search for the word does not tell: the question is how the sentence
# is **built**. Read on: "she went to the bank" (which one? what words **mean**), "some of the students passed" (all of them? what
# the speaker **implies**), "Nora gave it back" (what is *it*? how sentences **hang together**). These are the four levels of
# language. In this practice you meet each by a program small enough to read, and measure how far it gets.

# %%
import inspect
import random

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import SVG

from nlpjourney.assets import corpora
from nlpjourney.assets.town import Town
from nlpjourney.assets.town.world import MEN, WOMEN
from nlpjourney.text.syntax import (
    PCFG,
    DependencyParser,
    ViterbiParser,
    attachment_score,
    dependency_svg,
    tree_svg,
    treebank,
)

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
grammar = PCFG.from_string("""
    S -> NP VP [1.0]
    NP -> DT NN [0.41] | NP PP [0.23] | 'Ada' [0.36]
    VP -> VB NP [0.67] | VP PP [0.33]
    PP -> IN NP [1.0]
    DT -> 'the' [1.0]
    NN -> 'dog' [0.6] | 'telescope' [0.4]
    VB -> 'saw' [1.0]
    IN -> 'with' [1.0]
""")
words = ["Ada", "saw", "the", "dog", "with", "the", "telescope"]
best = ViterbiParser(grammar).parse(words)
print(f"P(tree) = {best.probability:.2e}")
SVG(tree_svg(best.tree))

# %% [markdown]
# ## Syntax: the obvious version
#
# The grammar says what a phrase may consist of, and how probable each way is; a tree is as probable as the product of its rules.
# The best tree of a stretch of words is made of the best trees of two shorter ones. So the obvious program is a recursion that remembers:

# %%
from functools import cache


@cache
def best_probability(label: str, start: int, end: int) -> float:
    """The probability of the best phrase `label` over words[start:end]."""
    best = 0.0
    for rule, p in grammar.rules.items():
        if rule.lhs.name != label:
            continue
        if len(rule.rhs) == 1 and rule.rhs == tuple(words[start:end]):
            best = max(best, p)
        if len(rule.rhs) == 2:
            left, right = (part.name for part in rule.rhs)
            for split in range(start + 1, end):
                best = max(best, p * best_probability(left, start, split) * best_probability(right, split, end))
    return best


print(f"the obvious version {best_probability('S', 0, len(words)):.6e}, the library {best.probability:.6e}")

# %% [markdown]
# The library's version fills a table from short stretches to long ones (the CKY algorithm), in logarithms. Its heart, compiled by Numba:

# %%
from nlpjourney.text.syntax import cky

print(inspect.getsource(cky._fill.py_func))

# %% [markdown]
# Who has the telescope is now a matter of two numbers: the probability that a VP takes another PP, against an NP doing so. Move it:

# %%
for p in (0.05, 0.15, 0.33, 0.6):
    changed = PCFG(
        {r: p if str(r) == "VP -> VP PP" else 1 - p if r.lhs.name == "VP" else q for r, q in grammar.rules.items()}
    )
    tree = ViterbiParser(changed).parse(words).tree
    print(f"P(VP → VP PP) = {p:.2f}: the telescope goes with", "the seeing" if "(VP (VP" in str(tree) else "the dog")

# %% [markdown]
# **Dependencies** say the same with arrows: each word but one hangs on another. A transition parser reads a sentence once: it shifts words
# onto a stack and joins the upper two (you will write that machine in exercise 1.1.c). What to do next is learned from sentences with
# known heads. Ours are from Tinytown, a generated world whose every fact is known. Real treebanks are richer; here we can
# keep whole *patterns* of sentences back, which shows how much is learned and how much only remembered.

# %%
town, other_town = Town(seed=1), Town(seed=2)
train = [s for i in range(60) for s in treebank.sentences(town.story(i)) if s.pattern % 4]
test = [s for i in range(60) for s in treebank.sentences(other_town.story(i))]
parser = DependencyParser().fit([s.words for s in train], [s.tags for s in train], [s.heads for s in train])
for name, part in (("known", [s for s in test if s.pattern % 4]), ("unseen", [s for s in test if s.pattern % 4 == 0])):
    uas = attachment_score([s.heads for s in part], [parser.predict(s.words, s.tags) for s in part])
    print(f"{len(part):4} new sentences of {name} patterns: {uas:.1%} of the words got their right head (UAS)")
example = next(s for s in test if s.pattern % 4 == 0)
SVG(dependency_svg(example.words, parser.predict(example.words, example.tags)))

# %% [markdown]
# ## Semantics: which sense, and how close
#
# A WordNet is a graph of meanings; edges say "is a kind of". Two meanings are close when the way between them is short. And which meaning
# is meant? Lesk's idea: the one whose dictionary entry shares most words with the text around.

# %%
from nlpjourney.text.semantics import little_wordnet, overlaps, path_similarity, wup_similarity

net = little_wordnet()
names = ["dog.n.01", "cat.n.01", "bass.n.01", "bass.n.02", "violin.n.01", "bank.n.01", "bank.n.02"]
table = np.array([[wup_similarity(net, a, b) for b in names] for a in names])
fig, ax = plt.subplots(figsize=(5.5, 4.5))
image = ax.imshow(table, cmap="cividis", vmin=0, vmax=1)
ax.set_xticks(range(len(names)), names, rotation=45, ha="right")
ax.set_yticks(range(len(names)), names)
ax.set(title="How close are two meanings?", xlabel="meaning", ylabel="meaning")
fig.colorbar(image, label="Wu-Palmer similarity")
plt.show()
for text in ("we sat on the bank and watched the river", "the bank lends money to the company"):
    for overlap in overlaps(text.split(), net.senses("bank"), stop_words={"the", "on", "and", "to", "a", "we"}):
        print(f"{text[:24]:26} {overlap.synset.name:10} {sorted(overlap.words)}")

# %% [markdown]
# ## Pragmatics: what is implied
#
# Of three apples, some are red. Said Ada: "Some are red." Why do you now believe that not all are? Logic does not tell you. Frank & Goodman's answer:
#
# $$L_0(w \mid u) \propto \text{true}(u, w) \qquad S_1(u \mid w) \propto L_0(w \mid u) \qquad L_1(w \mid u) \propto S_1(u \mid w)$$
#
# In words: a literal listener believes what is said; a speaker picks what makes such a listener believe the truth; you, the pragmatic
# listener, ask what a speaker must mean who picked this. Who meant *all* would have said so.

# %%
from nlpjourney.text.pragmatics import SpeechAct, lexicon

rules = {"none": lambda n: n == 0, "some": lambda n: n > 0, "all": lambda n: n == 3}
act = SpeechAct(lexicon(list(rules), range(4), lambda word, n: rules[word](n)))
fig, ax = plt.subplots(figsize=(6, 3.2))
ax.bar(np.arange(4) - 0.2, act.literal_listener()[1], 0.4, color=ORANGE, label="literal listener", hatch="//")
ax.bar(np.arange(4) + 0.2, act.listener()[1], 0.4, color=BLUE, label="pragmatic listener")
ax.set(title="“Some of the three apples are red”", xlabel="how many are red", ylabel="probability", xticks=range(4))
ax.legend(frameon=False)
plt.show()
print("literal:", act.literal_listener()[1].round(3), " pragmatic:", act.listener()[1].round(3))

# %% [markdown]
# ## Discourse: how sentences hang together
#
# Who is *she*? A sieve resolver takes the sure steps first (same name, part of a name, same noun), pronouns last. Is it right? Tinytown knows.

# %%
from nlpjourney.text.discourse import TextTiler, conll_score, resolve

genders = dict.fromkeys(WOMEN, "f") | dict.fromkeys(MEN, "m")
story = other_town.story(3)
chains = resolve(story.text, [(m.start, m.end) for m in story.mentions], story.sentences, genders)
print(story.text, "\n")
for chain in chains:
    print(" = ".join(story.text[start:end] for start, end in chain))
scores = []
for i in range(60):
    told = other_town.story(i)
    spans = [(m.start, m.end) for m in told.mentions]
    gold = {m.entity: [s for s, n in zip(spans, told.mentions) if n.entity == m.entity] for m in told.mentions}
    scores.append(conll_score(list(gold.values()), resolve(told.text, spans, told.sentences, genders)))
print(f"\nCoNLL score on {len(scores)} stories: {np.mean(scores):.3f}")

# %% [markdown]
# Do not expect that of news: Tinytown writes a pronoun only where it has one reading, and the mentions were given.
#
# And where does the subject change? TextTiling compares the words before and after each gap. Here are eight pieces of real news in a row; the
# dashed lines are the true borders.

# %%
news = random.Random(0).sample(corpora.lee_news()[0], 8)
tokens = [[w.strip(".,\"'").lower() for w in piece.split()] for piece in news]
tiler = TextTiler(
    w=20,
    k=5,
    stop_words={"the", "of", "and", "to", "in", "a", "is", "was", "for", "on", "that", "has", "have", "he", "by"},
)
tiling = tiler.tile([word for piece in tokens for word in piece])
fig, ax = plt.subplots(figsize=(8, 3.2))
ax.plot((np.arange(len(tiling.smoothed)) + 1) * tiler.w, tiling.smoothed, color=BLUE)
ax.plot(
    [(gap + 1) * tiler.w for gap in tiling.boundaries],
    tiling.smoothed[tiling.boundaries],
    "v",
    color=ORANGE,
    label="found",
)
for border in np.cumsum([len(piece) for piece in tokens])[:-1]:
    ax.axvline(border, color=GREEN, linestyle="--")
borders = np.cumsum([len(piece) for piece in tokens])[:-1]
near = [min(abs((gap + 1) * tiler.w - border) for gap in tiling.boundaries) <= 2 * tiler.w for border in borders]
print(
    f"{sum(near)} of {len(near)} borders have a find within {2 * tiler.w} words; it made {len(tiling.boundaries)} finds"
)
ax.set(title="Where the subject changes", xlabel="word", ylabel="similarity of both sides")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# Change the seed, `w` and `k` and look again: what counts as a subject depends on how coarsely you look.
#
# ## The tools of the trade
#
# NLTK has the same grammars and finds trees of the same probability. (`journey system spacy --topic 1.1` trains spaCy's
# dependency parser on the sentences above, and compares.)

# %% tags=["timing"]
import time

import nltk

some = [s for s in train if len(s.words) <= 10][:6]
learned = PCFG.from_trees(s.tree for s in train)
ours = ViterbiParser(learned)
productions = [p for s in train for p in nltk.Tree.fromstring(str(s.tree)).productions()]
theirs = nltk.ViterbiParser(nltk.induce_pcfg(nltk.Nonterminal("S"), productions))
start = time.perf_counter()
our_parses = [ours.parse(s.words).probability for s in some]
middle = time.perf_counter()
their_parses = [next(theirs.parse(s.words)).prob() for s in some]
end = time.perf_counter()
print("same probabilities:", np.allclose(our_parses, their_parses, rtol=1e-9, atol=0))
print(f"NLTK takes {(end - middle) / (middle - start):.0f} times as long")

# %% [markdown]
# ## Exercises


# %% exercise="1.1.a"
def path_similarity(parents: dict[str, str | None], a: str, b: str) -> float:
    """1 / (1 + steps between a and b); 0.0 if they share nothing."""
    # BEGIN SOLUTION
    up: dict[str, int] = {}
    at: str | None = a
    while at is not None:
        up[at] = len(up)
        at = parents[at]
    steps, at = 0, b
    while at is not None:
        if at in up:
            return 1 / (1 + steps + up[at])
        steps, at = steps + 1, parents[at]
    return 0.0
    # END SOLUTION


# %% exercise="1.1.b"
def pragmatic_listener(truth: list[list[int]]) -> list[list[float]]:
    """L1 for a table of utterances by worlds."""
    # BEGIN SOLUTION
    literal = [[t / sum(row) for t in row] for row in truth]
    totals = [sum(column) for column in zip(*literal)]
    speaker = [[p / total if total else 0.0 for p, total in zip(row, totals)] for row in literal]
    return [[p / sum(row) for p in row] for row in speaker]
    # END SOLUTION


# %% exercise="1.1.c"
def run_moves(n: int, moves: list[str]) -> list[int]:
    """The head of each word 1 … n after the moves; 0 is the root."""
    # BEGIN SOLUTION
    heads, stack, front = [0] * (n + 1), [0], 1
    for move in moves:
        if move == "SHIFT":
            stack.append(front)
            front += 1
        elif move == "LEFT":
            heads[stack[-2]] = stack[-1]
            del stack[-2]
        else:
            heads[stack[-1]] = stack[-2]
            stack.pop()
    return heads[1:]
    # END SOLUTION


# %% [markdown]
# ## Read on
#
# [Speech and Language Processing](https://web.stanford.edu/~jurafsky/slp3/) by Jurafsky & Martin has chapters on each of the four levels.
