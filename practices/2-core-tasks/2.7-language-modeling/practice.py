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
# # Language modeling: which word comes next?
#
# Your phone suggests the next word. A speech recogniser has to choose between *recognise speech* and *wreck a nice beach*, which
# sound alike. A chatbot writes an answer one piece at a time. All three need the same thing: for any beginning of a text, the
# probability of each possible continuation. A program that gives these probabilities is a **language model**. The pieces that it
# predicts are **tokens**: here they are words or single characters. What stands before a token is its **history**.
#
# In this lesson you build the oldest kind of language model by hand, find out why it fails and how it is repaired, and measure it against
# a recurrent network and a Transformer on the same text. You need Python, logarithms, and topic 1.2 (tokenization).

# %%
import math
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from nlpjourney.drawing import Block, described, flow, window
from nlpjourney.ml.bootstrap import confidence_interval
from nlpjourney.tasks.language_models import NGramModel, neural, pictures, play, prune
from nlpjourney.tasks.language_models.split import shakespeare_split
from nlpjourney.text.tokenize import BPE, words

text = shakespeare_split()  # three texts: to learn from, to choose settings on, to report on
print(
    f"{len(text.training):,} characters to learn from, {len(text.validation):,} to choose on, {len(text.test):,} to report on"
)

# %% [markdown]
# Our text is Shakespeare. We learn from all of his works but four plays. Two of these, *Julius Caesar* and *Much Ado About Nothing*,
# are for **validation**: we choose settings on them. The other two, *Macbeth* and *Twelfth Night*, are the **test** text: results
# are reported on them, and nothing is chosen by them. Both are **held-out** text, which means that no model has learned from it.
#
# ## Shannon's game
#
# Claude Shannon played this game in 1951: cover a text, guess the next letter, uncover it, go on. It measures how well a player knows
# English. We let you play against three models. Before each letter, a player spreads 100 % of belief over all
# characters. If the right one got the share p, the player pays $-\log_2 p$ **bits**. In words: a certain player who is right pays
# nothing; each halving of the share costs one bit more.
#
# The text is from *Macbeth*: `Is this a dagger which I see before me, The handle toward my han`… **Predict the next eight
# letters** by editing the list below, one line a letter, *before* you run the next cell. Give your best guesses and their shares; what is left over is
# spread evenly over all other characters. (What stands there now is one of the authors' guesses, made in advance.)

# %%
my_guesses = [
    {"d": 0.97},
    {"?": 0.45, ".": 0.15, ",": 0.25},
    {" ": 0.6, "\n": 0.25},
    {"C": 0.5, "I": 0.2},
    {"o": 0.9},
    {"m": 0.85},
    {"e": 0.97},
    {",": 0.55, " ": 0.4},
]

# %%
alphabet = sorted(set(text.training))
characters = {n: NGramModel(n).fit([list(text.training)]) for n in (5, 7)}
rnn, transformer = neural.trained("rnn"), neural.trained("transformer")
players = {"5-gram": characters[5], "RNN": rnn, "Transformer": transformer}

passage = "Is this a dagger which I see before me,\nThe handle toward my hand? Come, let me clutch thee"
assert passage.split("\n")[1][:20] in text.test  # held out: no model has read it
begin = passage.index("han", 50) + 3
bill = {name: [] for name in ("you", *players)}
seen_at = {}
for i, guess in enumerate(my_guesses):
    spreads = {"you": play.guess(guess, alphabet)} | {
        name: play.next_byte(model, passage[: begin + i]) for name, model in players.items()
    }
    seen_at[i] = spreads
    for name, spread in spreads.items():
        bill[name].append(play.bits(spread, passage[begin + i]))

print("paid so far, in bits     " + "".join(f"{c!r:>7}" for c in passage[begin : begin + len(my_guesses)]))
for name, paid in bill.items():
    print(f"{name:12}             " + "".join(f"{total:7.2f}" for total in np.cumsum(paid)))
pictures.expectations(seen_at[3], f"What the players expect after …{passage[begin - 8 : begin + 3]}")

# %% [markdown]
# Each row of the picture is one player's belief before the same letter. The **bits per character** of a player are the mean
# of what it pays. Eight letters are far too few to say who is better; at the end of this page the models play on much more
# text. First: what is inside these players?

# %% [markdown]
# ## The idea, drawn
#
# The probability of a whole text is a product. The **chain rule** of probability says so, and it is exact:
#
# $$P(w_1 w_2 \dots w_T) = P(w_1)\,P(w_2 \mid w_1)\,P(w_3 \mid w_1 w_2)\cdots P(w_T \mid w_1 \dots w_{T-1})$$
#
# In words: the first token's probability, times that of the second after the first, and so on, each given its whole history. But most
# long histories occur only once in the world, so nothing can be counted after them. The **Markov assumption** cuts the history: only
# the last n − 1 tokens matter. A run of n tokens is an **n-gram** (unigram, bigram, trigram for n = 1, 2, 3), and the model is an
# **n-gram model** of **order** n. It is not true of language. It is a bargain: less is seen, but it can be counted.

# %%
window(
    ["<s>", "to", "be", "or", "not", "to", "be", "</s>"],
    4,
    2,
    0,
    "A trigram model: the next word sees two words of its history",
    centre_name="predicted",
    seen_name="seen",
)

# %% [markdown]
# `<s>` marks the beginning of a sentence and is never predicted. `</s>` marks the end, and is predicted like a word: so a model also knows when
# to stop, and the probabilities of all sentences of all lengths add up to 1.
#
# ## Bigrams with a pencil
#
# The obvious estimate is a share of counts, the **maximum likelihood** estimate (it makes the training text as probable as
# possible):
#
# $$P(w \mid h) = \frac{c(h\,w)}{c(h)}$$
#
# In words: of all times that the history h occurred, how often did w follow? Three sentences are enough to do it by hand. **Predict:** what
# is P(sat | cat)? And P(`</s>` | sat)?

# %%
toy = ["the cat sat", "the cat ran", "the dog sat down"]


def bigram_counts(sentences):
    """For each history of one word, how often each word follows it."""
    counts = {}
    for sentence in sentences:
        tokens = ["<s>", *sentence.split(), "</s>"]
        for history, word in zip(tokens, tokens[1:]):
            counts.setdefault(history, Counter())[word] += 1
    return counts


counts = bigram_counts(toy)
for history in ("<s>", "the", "cat", "sat"):
    print(f"after {history:4}: " + ", ".join(f"{w} {c}/{counts[history].total()}" for w, c in counts[history].items()))


# %% exercise="2.7.a"
def sentence_probability(sentence: str, counts: dict[str, dict[str, int]]) -> float:
    """P(sentence) by a bigram model with maximum likelihood, from <s> to </s>."""
    # BEGIN SOLUTION
    tokens = ["<s>", *sentence.split(), "</s>"]
    probability = 1.0
    for history, word in zip(tokens, tokens[1:]):
        after = counts.get(history, {})
        if word not in after:
            return 0.0
        probability *= after[word] / sum(after.values())
    return probability
    # END SOLUTION


# %% [markdown]
# ## Perplexity: how surprised is a model?
#
# A product of thousands of probabilities is a number too small for any computer, so one adds logarithms. The mean of −log P per
# token is the **cross-entropy** of the model on the text. It is in **nats** with the natural logarithm and in bits with
# base 2 (1 nat is 1/ln 2 ≈ 1.44 bits). **Perplexity** is its exponential:
#
# $$\text{perplexity} = \exp\Big(-\frac1T\sum_{t} \ln P(w_t \mid \text{history})\Big)$$
#
# In words: one over the *geometric mean* of the probabilities that the right tokens got. A model that guesses evenly among V words
# has perplexity V. It does **not** follow that a model of perplexity 20 hesitates between 20 candidates: it may be sure of most
# words and lost at a few. It is *on average* as uncertain as a choice among 20 equal ones.

# %%
even, mixed = [1 / 20] * 4, [0.8, 0.8, 0.8, 1 / (20**4 * 0.8**3)]
for name, probabilities in (("always 1/20", even), ("sure, then lost", mixed)):
    print(
        f"{name:16} {[f'{p:.2g}' for p in probabilities]}  perplexity {math.exp(-np.mean(np.log(probabilities))):.1f}"
    )


# %% exercise="2.7.b"
def perplexity(probabilities: list[float]) -> float:
    """The perplexity of a text whose tokens got these probabilities, each above 0."""
    # BEGIN SOLUTION
    return math.exp(-sum(math.log(p) for p in probabilities) / len(probabilities))
    # END SOLUTION


# %% [markdown]
# ## Zero
#
# Now real text. A line of Shakespeare is our sentence; words and signs are tokens, in lower case. **Predict** the perplexity of a
# trigram model with maximum likelihood on the test plays.


# %%
def sentences(part: str) -> list[list[str]]:
    """The lines of a text as lists of tokens."""
    return [tokens for line in part.split("\n") if (tokens := words.tokenize(line.lower()))]


training, validation, test = map(sentences, text)
known = Counter(token for s in training for token in s)
trigrams = {gram for s in training for gram in zip(["<s>", *s], s, [*s[1:], "</s>"])}
test_trigrams = [gram for s in test for gram in zip(["<s>", *s], s, [*s[1:], "</s>"])]
unseen = sum(gram not in trigrams for gram in test_trigrams) / len(test_trigrams)
V = len(known)
print(f"{known.total():,} tokens to learn from, {V:,} different words: {V**3:.1e} trigrams are possible")
print(f"{len(trigrams):,} different trigrams were seen; of the trigrams in the test plays {unseen:.0%} were not")

# %% [markdown]
# It is infinite. One trigram that was never seen has probability 0, the product is 0, and the perplexity is ∞. And unseen trigrams are
# not the exception, they are the rule: there are far more possible trigrams than there will ever be text. This is called
# **sparsity**. Words that were never seen are a second problem; they become the token `<unk>`, for *unknown*.
#
# The cure is **smoothing**: take a little probability from what was seen, and give it to what was not.
#
# ## Add-one, and its price
#
# The first idea is Laplace's: pretend that everything was seen once more than it was. With any k for one, it is **add-k**:
#
# $$P(w \mid h) = \frac{c(h\,w) + k}{c(h) + kV}$$
#
# In words: k more for each of the V words. **Predict:** in a vocabulary of 20,000 words a word followed a certain history 10 times out
# of 10. What is its probability with add-one?

# %%
print(f"add-one: (10 + 1) / (10 + 20,000) = {(10 + 1) / (10 + 20_000):.5f}, where counting alone says 1")
add_k = {}
for k in (1, 0.1, 0.01, 0.001, 0.0001):
    model = NGramModel(2, "add_k", k=k, min_count=2).fit(training)
    add_k[k] = model.perplexity(validation)
    print(f"bigrams, add-{k:<7g} perplexity {add_k[k]:7.0f} on the validation plays")
best_k = min(add_k, key=add_k.get)

# %% [markdown]
# Eleven in 20,010: the history has almost been forgotten. Add-one takes far too much, since nearly all of the 20,000 words
# were never there and each gets its one. A smaller k is better, but it is still the wrong *shape*: every unseen word
# gets the same, be it *the* or *incarnadine*.
#
# (`NGramModel` is the library's class. `min_count=2` makes words that occur once `<unk>`. That changes what perplexity means, as we
# will see, so all word models on this page do the same.)


# %% exercise="2.7.c"
def add_k_probability(
    word: str, history: str, counts: dict[str, dict[str, int]], vocabulary: set[str], k: float
) -> float:
    """P(word | history) by add-k, for a word of the vocabulary; the history may be one that was never seen."""
    # BEGIN SOLUTION
    after = counts.get(history, {})
    return (after.get(word, 0) + k) / (sum(after.values()) + k * len(vocabulary))
    # END SOLUTION


# %% [markdown]
# ## How much should a count lose?
#
# Ask the text itself. Split the training text in two halves. Take all bigrams that occur exactly r times in the first half. How often do they
# occur in the second half, on average? Church and Gale asked this of 44 million words of news in 1991. **Predict:** bigrams
# with count 4 in one half: what is their mean count in the other half? And those with count 1? 0?

# %%
halves = [training[0::2], training[1::2]]  # every second line, so that both halves have the same plays
first, second = (Counter(pair for s in half for pair in zip(["<s>", *s], [*s, "</s>"])) for half in halves)
lost = {}
for r in range(1, 10):
    kind = [pair for pair, count in first.items() if count == r]
    held_out_counts = [second[pair] for pair in kind]
    low, high = confidence_interval(held_out_counts, n_resamples=200)
    lost[r] = r - np.mean(held_out_counts)
    print(
        f"count {r} in one half: {len(kind):7,} bigrams, {np.mean(held_out_counts):5.2f} in the other [{low:.2f}, {high:.2f}], lost {lost[r]:.2f}"
    )

figure, axes = plt.subplots(figsize=(7, 3.6), dpi=100)
axes.plot([0, 9], [0, 9], color="#6b6b6b", linestyle="--", label="what maximum likelihood assumes")
axes.plot(list(lost), [r - d for r, d in lost.items()], "o-", color="#0072B2", label="held-out half")
axes.set(
    xlabel="count in one half of the training text",
    ylabel="mean count in the other",
    title="Every count promises too much, by nearly the same amount",
)
axes.set_xticks(range(10))
axes.legend(frameon=False)
described(
    figure,
    "Mean held-out count against training count of bigrams from 1 to 9: the points run below the diagonal at a nearly constant distance.",
)

# %% [markdown]
# The blue points lie below the dashed line, and almost parallel to it: what a count loses depends little on the count (the last
# column). So one may take the same **discount** D from every count. That is **absolute discounting**. In Church and Gale's
# news the loss was about ¾ for counts of 2 and more; ours is of that size and grows a little. Counts of 1 lose less in both, which is why the best methods have
# separate discounts for small counts.
#
# ## Backoff and interpolation
#
# Who gets what was taken? The words that a *shorter* history expects. There are two ways:
#
# - **Backoff**: if the n-gram was seen, use its (discounted) probability; only if not, ask the shorter history, times a
#   **backoff weight** that makes everything add up to 1. Katz's method (1987) does this.
# - **Interpolation**: always mix in the shorter history.
#
# ## Kneser–Ney: in how many places?
#
# One question is left: what should the shorter history say? **Predict:** after *I can't see without my reading* … comes *glasses*, not
# *York*; but *York* is a frequent word in any newspaper. What is it about *York* that makes it a bad guess there?
#
# *York* follows one word: *New*. When a bigram was not seen, a word that is found behind many *different* words is the better guess. So
# Kneser and Ney (1995) count **continuations**: not how often a word occurs, but behind how many different words.
#
# $$P_{\text{cont}}(w) = \frac{\#\{v : c(v\,w) > 0\}}{\#\{(v, w') : c(v\,w') > 0\}}$$
#
# In words: the share of all different bigrams that end in w. Which words of Shakespeare lose most by that?

# %%
unigram = Counter(token for s in training for token in s)
behind = Counter(w for v, w in {pair for s in training for pair in zip(["<s>", *s], s)})
frequent = [w for w, c in unigram.items() if c >= 150]
for w in [*sorted(frequent, key=lambda w: behind[w] / unigram[w])[:5], "sleep", "night"]:
    print(f"{w:12} occurs {unigram[w]:5,} times, behind {behind[w]:5,} different words")


# %% exercise="2.7.d"
def continuation_probability(word: str, bigrams: dict[tuple[str, str], int]) -> float:
    """The share of the different bigrams (with a count above 0) that end in `word`."""
    # BEGIN SOLUTION
    seen = [pair for pair, count in bigrams.items() if count > 0]
    return sum(second == word for _, second in seen) / len(seen) if seen else 0.0
    # END SOLUTION


# %% [markdown]
# Interpolated Kneser–Ney for bigrams puts both ideas together:
#
# $$P(w \mid h) = \frac{\max(c(h\,w) - D,\,0)}{c(h)} + \frac{D \cdot \#\{w' : c(h\,w') > 0\}}{c(h)}\,P_{\text{cont}}(w)$$
#
# In words: the discounted share, plus all that was taken (D from each word that followed h) handed out by continuation. For longer
# n-grams it is used again at each level, with continuation counts everywhere below the top. **Modified** Kneser–Ney (Chen
# and Goodman, 1999) has three discounts, for counts of 1, 2 and 3 or more, computed from how many n-grams occur once, twice, three and four
# times. It is what KenLM does, and the default here.


# %% exercise="2.7.e"
def kneser_ney(word: str, history: str, bigrams: dict[tuple[str, str], int], discount: float) -> float:
    """P(word | history) by interpolated Kneser-Ney over bigrams; all counts are above 0."""
    # BEGIN SOLUTION
    after = {second: count for (first, second), count in bigrams.items() if first == history}
    continuation = sum(second == word for _, second in bigrams) / len(bigrams)
    if not after:
        return continuation
    total = sum(after.values())
    kept = max(after.get(word, 0) - discount, 0) / total
    return kept + discount * len(after) / total * continuation
    # END SOLUTION


# %% [markdown]
# ## The library's version
#
# This is the algorithm for any order in plain Python, and the test that the fast version agrees:

# %%
import inspect

from nlpjourney.tasks.language_models import plain

print(inspect.getsource(plain.plain_kneser_ney))
fast = NGramModel(3, "kneser_ney").fit(toy)
slow = plain.plain_kneser_ney(
    plain.plain_count([s.split() for s in toy], 3),
    3,
    {n: d[0] for n, d in enumerate(fast.discounts, 1)},
    {"<unk>", "</s>", *" ".join(toy).split()},
)
for history, word in ((("<s>", "the"), "cat"), (("cat", "sat"), "down"), (("the", "dog"), "ran")):
    print(
        f"P({word} | {' '.join(history)}) = {slow(word, history):.6f} slow, {fast.probability(word, history):.6f} fast"
    )

# %% [markdown]
# Three things make the library fast. An n-gram is two numbers, its history (which is an n-gram itself, with an id) and its last word, so counting is
# sorting, and all formulas run on whole arrays. A query is one look into a hash table: the reader always stands on the longest n-gram that ends here.
# And it reads sixteen sentences side by side, so that while one waits for memory the others go on.
#
# Programs differ in details: whether `<s>` counts, whether unigrams are mixed with 1/V, what happens where a discount cannot be
# estimated. Ours follow KenLM. Now all methods on the same text; the order is chosen on the validation plays.

# %%
table = {}
for smoothing in ("add_k", "katz", "kneser_ney", "modified_kneser_ney"):
    for n in (1, 2, 3, 4, 5):
        model = NGramModel(n, smoothing, k=best_k, min_count=2).fit(training)
        table[smoothing, n] = (model.perplexity(validation), model.perplexity(test))
print("perplexity on the validation plays\norder                " + "".join(f"{n:8}" for n in (1, 2, 3, 4, 5)))
for smoothing in ("add_k", "katz", "kneser_ney", "modified_kneser_ney"):
    print(f"{smoothing:20} " + "".join(f"{table[smoothing, n][0]:8.0f}" for n in (1, 2, 3, 4, 5)))
best = min(table, key=lambda key: table[key][0])
print(f"best on validation: {best[0]}, order {best[1]}; on the test plays it has {table[best][1]:.0f}")

# %% [markdown]
# A larger n is *not* always better. With add-k each higher order is worse, since nearly all histories are new and say nothing.
# With Kneser–Ney a longer history at least does no harm, as it hands on to the shorter one; but beyond what the counts support it gains
# little. How far it pays depends on the smoothing and on the amount of text. Is the best one's lead over Katz real? We compare sentence by
# sentence:

# %%
n = best[1]
one, other = (NGramModel(n, s, min_count=2).fit(training) for s in (best[0], "katz"))
lengths = np.array([len(s) + 1 for s in test])
gain = (one.score_batch(test) - other.score_batch(test)) * math.log2(10)  # bits a sentence; scores are log10
low, high = confidence_interval(gain / lengths.mean())
print(
    f"{best[0]} saves {gain.sum() / lengths.sum():.3f} bits a word against Katz at order {n}: 95% interval [{low:.3f}, {high:.3f}]"
)

# %% [markdown]
# ## Pruning
#
# Most n-grams occur once, and many of them hardly matter: without them the model backs off to nearly the same
# probability. **Entropy pruning** (Stolcke, 1998) computes for each n-gram what leaving it out would cost, and drops those below a threshold.

# %%
whole = NGramModel(4, min_count=2).fit(training)
print(f"whole:          {sum(whole.n_ngrams):9,} n-grams, perplexity {whole.perplexity(validation):.0f}")
for threshold in (1e-8, 1e-7, 1e-6):
    small = prune(whole, threshold)
    print(f"pruned, {threshold:g}:  {sum(small.n_ngrams):9,} n-grams, perplexity {small.perplexity(validation):.0f}")

# %% [markdown]
# N-gram models are kept in **ARPA files**: text, one n-gram a line, with the logarithm (base 10) of its probability and of its backoff weight.
# `write_arpa` and `read_arpa` do that here; KenLM and SRILM read the same files.
#
# ## Perplexities that do not compare
#
# **Predict:** two models, A with perplexity 70 and B with 50, on the same text. Which is better?

# %%
print("words; those that are rarer become <unk>")
for least in (1, 2, 5, 20, 100):
    model = NGramModel(3, min_count=least).fit(training)
    share = np.mean([model.vocabulary.find([w])[0] < 0 for s in test for w in s])
    print(
        f"  seen {least:3} times: {model.vocab_size:6,} words, {share:5.1%} of the test is <unk>, perplexity {model.perplexity(test):6.1f}"
    )

print("subwords: nothing is unknown, and a token is longer or shorter")
n_bytes = len(text.test.encode())
for size in (300, 2000):
    bpe = BPE.train(text.training[:1_000_000], size, pattern="gpt2")
    model = NGramModel(4).fit([[str(i) for i in bpe.encode(text.training)]])
    tokens = [str(i) for i in bpe.encode(text.test)]
    total_bits = -model.score(tokens, eos=False) * math.log2(10)
    print(
        f"  {size:5,} tokens: perplexity {2 ** (total_bits / len(tokens)):6.1f} a token, {total_bits / n_bytes:.3f} bits a byte"
    )

# %% [markdown]
# You cannot say. With a smaller vocabulary more words are `<unk>`, which is easy to predict, and the perplexity falls while the
# model says less and less. With subwords, larger tokens are harder to guess, one by one, but there are fewer of them. What compares
# is what the *same text* costs in all: **bits per byte**,
#
# $$\frac{\text{total nats}}{\ln 2 \cdot \text{number of bytes}}$$
#
# In words: all that was paid, in bits, shared out over the bytes of the text, which are the same for everybody. A model that pays 3 nats
# for a token of 4 bytes needs 3 / (0.693 · 4) = 1.08 bits a byte. It needs a model that can predict *any* text: one with `<unk>`
# cannot, because it never says which unknown word it is.

# %% [markdown]
# ## What counts cannot do
#
# To a model that counts, *sad king* and *sorrowful king* have nothing in common: two histories, two sets of counts. A neural language model
# turns each token into an **embedding**, a vector that is learned; similar tokens get similar vectors, and what is
# learned about one history serves all that resemble it. Nothing is stored for each history; the number of parameters is fixed.
#
# A **recurrent network** (RNN) reads token by token. Its **hidden state**, a vector of fixed size, is all that it keeps of the past. A
# **Transformer** keeps all tokens, and **attention** lets each position look at any earlier one directly. The **causal mask** hides what
# comes later.

# %%
flow(
    [
        [Block("Embedding of the byte", "(B, T, 64)", 1), Block("Embedding of the byte", "(B, T, 96)", 1)],
        [
            Block("LSTM: a state of 256 numbers", "token after token", 0),
            Block("4 layers of attention and feed-forward", "all tokens at once, behind a causal mask", 2),
        ],
        [
            Block("Scores of 256 bytes", "softmax: the next byte", 5),
            Block("Scores of 256 bytes", "softmax: the next byte", 5),
        ],
    ],
    title="Two neural language models (left: RNN, right: Transformer)",
)

# %% [markdown]
# | | RNN | Transformer |
# |---|---|---|
# | memory of the past | one state of fixed size | all tokens: a cache that grows |
# | training | one token after the other | all positions of a row at once |
# | cost of T tokens | grows as T | attention grows as T² |
#
# Both are **causal** models: they see the left side only, so their probabilities multiply to the probability of a text, and they can
# write. A **masked** model such as BERT sees both sides and fills blanks; it is good for understanding, but the product of its answers is no
# probability of the text (only a "pseudo-perplexity"), and it does not write from left to right.
#
# Ours predict bytes. They are small, they were trained by us on one processor core, with `python -m nlpjourney.tasks.language_models`, and their weights lie in
# the library. What the script wrote down:

# %%
log = neural.training_log()
for row in sorted(log, key=lambda row: (row["kind"], row["steps"], row["seed"])):
    print(
        f"{row['kind']:11} seed {row['seed']}, {row['steps']:,} steps of 2,048 bytes: {row['parameters']:,} parameters, {row['seconds']:5} s on a busy core, {row['test_bits_per_byte']:.3f} bits a byte on the test plays"
    )

# %% [markdown]
# The RNN was trained with AdamW and a learning rate of 0.004, the Transformer with Muon and 0.02; neither was searched for.
# The three seeds of each kind with 1,500 steps show how much luck there is: compare the spread among seeds with the distance of the kinds.
#
# ## The same text, all models
#
# Now all play Shannon's game on the same 40,000 characters of the test plays. The n-gram models predict characters as well; their order is not
# chosen here but shown. The interval is a bootstrap over pieces of 500 characters.

# %%
sample = text.test[30_000:70_001]


def character_bits(model: NGramModel, part: str) -> np.ndarray:
    """What an n-gram model of characters pays for each character but the first, in bits."""
    scores = model.full_scores(list(part), eos=False)
    return np.array([-s.score * math.log2(10) for s in scores[1:]])


costs = {
    f"{n}-gram": character_bits(characters.get(n) or NGramModel(n).fit([list(text.training)]), sample)
    for n in (1, 2, 3, 5, 7)
}
costs |= {"RNN": neural.byte_losses(rnn, sample), "Transformer": neural.byte_losses(transformer, sample)}
pieces = {name: cost.reshape(-1, 500).mean(axis=1) for name, cost in costs.items()}
intervals = {name: confidence_interval(piece) for name, piece in pieces.items()}
for name, cost in costs.items():
    print(
        f"{name:12} {cost.mean():.3f} bits a character, 95% interval [{intervals[name][0]:.3f}, {intervals[name][1]:.3f}]"
    )
for a, b in (("RNN", "7-gram"), ("Transformer", "7-gram"), ("Transformer", "RNN")):
    low, high = confidence_interval(pieces[a] - pieces[b])
    verdict = "no clear difference" if low <= 0 <= high else f"{a} pays {'more' if low > 0 else 'less'}"
    print(f"{a} minus {b}: [{low:+.3f}, {high:+.3f}] bits: {verdict}")

# %% [markdown]
# Do not laugh at n-grams. With modified Kneser–Ney a 7-gram model of characters, counted in seconds, is hard to beat for networks of this size and this
# little training (the lines above say who pays less). That is one reason why KenLM still filters web text and rescores speech. Networks win when they get more: more parameters, more text, more
# steps (look at what more steps did in the log). The differences above are between *these* models, one training run each; with other seeds, other
# sizes and hours they would be others. (What large networks reach, topic 4.2 tells.)
#
# Shannon estimated from human players that printed English has between 0.6 and 1.3 bits a letter, on an alphabet of 27 signs. Our
# numbers are not on his scale, since Shakespeare's lines have capitals, signs and names before every speech.
#
# ## What they write, and what they copied
#
# A language model writes by drawing a token from its probabilities, appending it, and going on. **Temperature** divides the scores before the softmax:
# below 1 the likely becomes likelier. We use 0.8 for all. **Predict:** which of the models below have copied whole phrases from
# Shakespeare? Every run of five words that stands in the training text is underlined.

# %%
from nlpjourney.llm.generation import Options, generate
from nlpjourney.llm.sampling import Sampler

speech = [token for line in text.training.split("\n") for token in words.tokenize(line.lower())]
how = Options(sampler=Sampler(temperature=0.8), max_new_tokens=34, seed=1)
written, of_words = {}, {}
for n in (1, 2, 3, 4, 5):
    model = of_words[n] = NGramModel(n).fit([speech])  # one long sentence: rare words stay, lines run on
    start = [1] + [int(model.vocabulary.find([w])[0]) for w in ("what", "is")]
    ids = generate(model, start, how).ids
    written[f"{n}-gram"] = ["what", "is", *(model.vocabulary[i] for i in ids)]
long = Options(sampler=Sampler(temperature=0.8), max_new_tokens=170, seed=1)
for name, model in (("RNN", rnn), ("Transformer", transformer)):
    answer = bytes(generate(model, list(b"\n\nWhat is"), long).ids).decode(errors="replace")
    written[name] = words.tokenize(("what is" + answer).lower())[:36]
marks = {name: play.copied_runs(tokens, speech) for name, tokens in written.items()}
pictures.underlined(
    {name: (tokens, marks[name]) for name, tokens in written.items()},
    "Written by seven models; underlined: copied from the training text, five words or more",
)

# %% [markdown]
# From left to right in n the texts sound more like Shakespeare, and from trigrams on whole phrases *are* Shakespeare. A 5-gram model has seen most of its
# histories once, and then there is one way to go on. One text a model proves little; so here is the share of copied words in ten
# texts each, with intervals:

# %%
for n in (2, 3, 4, 5):
    model = of_words[n]
    start = [1] + [int(model.vocabulary.find([w])[0]) for w in ("what", "is")]
    shares = [
        np.mean(
            play.copied_runs(
                [
                    model.vocabulary[i]
                    for i in generate(
                        model, start, Options(sampler=Sampler(temperature=0.8), max_new_tokens=40, seed=seed)
                    ).ids
                ],
                speech,
            )
        )
        for seed in range(10)
    ]
    print(
        f"{n}-gram: {np.mean(shares):4.0%} of the words copied, interval {[f'{x:.0%}' for x in confidence_interval(shares)]}"
    )

# %% [markdown]
# The same test finds **contamination**: if a test text stands in the training text, a model that merely remembers gets a brilliant perplexity. An n-gram model is the baseline
# that catches it.
#
# ## The tools of the trade
#
# NLTK has readable n-gram models for teaching; KenLM is the fast C++ program that is used in practice; Transformers runs neural ones.

# %%
from nltk.lm import KneserNeyInterpolated
from nltk.util import bigrams as nltk_bigrams

theirs = KneserNeyInterpolated(2, discount=0.1)
padded = [["<s>", *s.split(), "</s>"] for s in toy]
theirs.fit([[*((w,) for w in s), *nltk_bigrams(s)] for s in padded], sorted({w for s in padded for w in s}))
ours = NGramModel(2, "kneser_ney", discount=0.1).fit(toy)
for history, word in (("the", "cat"), ("cat", "sat"), ("dog", "sat"), ("the", "sat")):
    a, b = theirs.score(word, [history]), ours.probability(word, [history])
    print(f"P({word} | {history}): NLTK {a:.6f}, ours {b:.6f}")
    assert abs(a - b) < 1e-6

# %% [markdown]
# KenLM needs a compiler, so it is not part of this page: `journey system kenlm` compares every probability of an ARPA file with
# ours, and `journey bench language_models` the speed.
#
# ## What you should now be able to answer
#
# Answer aloud, then unfold.
#
# <details><summary>What is an n-gram model?</summary>
#
# A language model with the Markov assumption: only the last n − 1 tokens count. Unsmoothed, P(w | h) = count(h w) / count(h).
# </details>
#
# <details><summary>Why is smoothing needed?</summary>
#
# One unseen n-gram has probability 0, and the perplexity is infinite. With 20,000 words there are 8·10¹² trigrams: most that occur in a new text were never seen.
# </details>
#
# <details><summary>What is perplexity?</summary>
#
# exp of the mean negative log-likelihood per token: one over the geometric mean of the probabilities. Guessing evenly among V tokens gives V.
# </details>
#
# <details><summary>Why is add-one bad for language models?</summary>
#
# With 20,000 words, a continuation that was seen 10 of 10 times drops to 11/20,010 = 0.055 %. Nearly everything goes to words that were never there, to all alike.
# </details>
#
# <details><summary>Backoff, interpolation, modified Kneser–Ney?</summary>
#
# Backoff asks the lower order only if the n-gram was not seen; interpolation always mixes it in. Modified Kneser–Ney interpolates, with three
# discounts for counts of 1, 2 and 3 or more, and its lower orders count continuations: behind how many different words.
# </details>
#
# <details><summary>How do you compare models with different tokenizers?</summary>
#
# By bits per byte: total nats / (ln 2 · bytes). 3 nats for a token of 4 bytes are 1.08.
# </details>
#
# <details><summary>What does a neural model do that counts cannot?</summary>
#
# Embeddings let similar histories share what was learned, and it needs no count for each history.
# </details>
#
# <details><summary>RNN or Transformer?</summary>
#
# An RNN has a state of fixed size and reads one token after another. A Transformer sees all tokens directly and trains on all positions at once, at a cost that grows with
# T² and a cache that grows with T.
# </details>
#
# <details><summary>Causal or masked?</summary>
#
# Causal: left context, a true probability of the sequence, writes. Masked: both sides, fills blanks, only a pseudo-perplexity.
# </details>

# %% [markdown]
# ## Where to go on
#
# - [Stanford NLP: N-gram Language Models](https://nlp.stanford.edu/fsnlp/lm.html)
# - [Hugging Face Language Modeling](https://huggingface.co/docs/transformers/tasks/language_modeling)
# - Papers: Shannon (1951), *Prediction and entropy of printed English*; Katz (1987); Church and Gale (1991); Kneser and Ney (1995), *Improved backing-off for
#   m-gram language modeling*; Stolcke (1998), *Entropy-based pruning of backoff language models*; Chen and Goodman (1999), *An empirical study of smoothing techniques for language modeling*; Heafield
#   (2011), *KenLM*.
