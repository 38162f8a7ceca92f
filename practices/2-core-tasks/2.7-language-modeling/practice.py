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
# Your phone suggests the next word. A speech recogniser has to choose between *recognise speech* and *wreck a nice beach*. A chatbot writes an answer one piece at a time.
# All three need the probability of each possible continuation of a text. A program that gives it is a **language model**. The pieces that it
# predicts are **tokens**: here they are words or single characters. What stands before a token is its **history**.
#
# In this lesson you build the oldest kind of language model by hand, find out why it fails and how it is repaired, and measure it against
# a recurrent network and a Transformer on the same text. You need Python, logarithms, and topics 1.2 (tokenization), 1.4 (the
# bootstrap and its 95 % intervals) and 2.1 (softmax, training with a learning rate).

# %%
import math
import time
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
# The picture is what this page is about: a model that we build below, asked for the next word.

# %%
lines = [tokens for line in text.training.split("\n") if (tokens := words.tokenize(line.lower()))]
phone = NGramModel(3).fit(lines)
expected = dict(zip(phone.vocabulary.words(), phone.distribution(["king", "of"])))
likeliest = sorted(expected, key=expected.get, reverse=True)[:5]
pictures.beliefs(
    {"the king of …": [expected[w] for w in likeliest]}, likeliest, "Which word comes next? A model's answer"
)

# %% [markdown]
# ## Shannon's game
#
# In 1951 Claude Shannon had people guess a text letter by letter. His aim was to estimate the **entropy** of English: how many bits a letter
# carries once all that stands before it is known, and so how far a text can be compressed. We play it with bets, as Cover and King did in 1978. Before each letter, a player spreads 100 % of belief over all characters. If the right one got the
# share p, the player pays $-\log_2 p$ **bits**: nothing for a sure and right guess, one bit more for each halving of the share.
#
# Below stands where we are in *Macbeth*. **Predict the next letter**: write guesses with their shares into the braces, such as
# `{"t": 0.3, "h": 0.2}`, and run the cell after it. What is left over is spread evenly over all other characters. Then put a second
# `{}` into the list for the second letter, and so on, for eight letters or more. The last line keeps the score.

# %%
begin, place = 25_525, 25_647  # of the speech, and of the first hidden letter, in the test text
print(text.test[begin:place] + "▁")
my_guesses = [{}]  # one for each letter that you want to uncover

# %%
alphabet = sorted(set(text.training))
characters = {5: NGramModel(5).fit([list(text.training)])}
rnn, transformer = neural.trained("rnn"), neural.trained("transformer")
players = {"5-gram": characters[5], "RNN": rnn, "Transformer": transformer}


def model_beliefs(i: int) -> dict:
    """What each model expects at position `i` of the test text; it has read all that stands before it on the page."""
    return {name: play.next_byte(model, text.test[begin:i][-127:]) for name, model in players.items()}


print("paid, in bits" + "".join(f"{name:>13}" for name in ("you", *players)))
score = []
for i, guess in enumerate(my_guesses, place):
    spreads = {"you": play.guess(guess, alphabet)} | model_beliefs(i)
    score.append([play.bits(spread, text.test[i]) for spread in spreads.values()])
    print(f"{text.test[i]!r:>13}" + "".join(f"{paid:13.2f}" for paid in score[-1]))
print(f"mean of {len(score):5}" + "".join(f"{paid:13.2f}" for paid in np.mean(score, axis=0)))

# %% [markdown]
# Do you know *Macbeth*? Then you have read the test text, and your result says little. The models play on:

# %%
rest = range(place, place + 60)
paid = {name: [] for name in players}
for i in rest:
    for name, spread in model_beliefs(i).items():
        paid[name].append(play.bits(spread, text.test[i]))
print(repr(text.test[place : place + 60]))
for name, bits in paid.items():
    print(f"{name:12} {np.mean(bits):.2f} bits a letter")
pictures.expectations(model_beliefs(place), text.test[place], f"Expected after “…{text.test[place - 16 : place]}”")

# %% [markdown]
# A row of the picture is one player's belief before the first hidden letter; the letter that came is marked. The **bits
# per character** of a player are the mean of what it pays. Sixty letters are far too few to say who is better; at
# the end of this page the models play on much more text. First: what is inside these players?

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
# **n-gram model** of **order** n. It is not true of language. It is a trade: the model sees less, but what it sees can be counted.

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
# In words: of all times that the history h occurred, how often did w follow? **Predict** for three sentences: what
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


# %% [markdown]
# P(sat | cat) and P(`</s>` | sat) are 1/2: *sat* ended one of its two sentences. For *the cat sat* go through these
# rows: *the* after `<s>` (1), *cat* after *the* (2/3), *sat* after *cat* (1/2), the end after *sat* (1/2): 1 · 2/3 · 1/2 · 1/2 = 1/6.


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
# token is the **cross-entropy** of the model on the text. It is in bits with base 2 and in **nats** with the natural logarithm: a token
# with P = 1/2 costs 1 bit or ln 2 ≈ 0.69 nats, so 1 nat is 1/ln 2 ≈ 1.44 bits. **Perplexity** is its exponential:
#
# $$\text{perplexity} = \exp\Big(-\frac1T\sum_{t} \ln P(w_t \mid \text{history})\Big)$$
#
# In words: one over the *geometric mean* of the probabilities that the right tokens got. A model that guesses evenly among V words
# has perplexity V. A model of perplexity 20 need not hesitate between 20 candidates: it may be sure of most words and lost at a few. It
# is *on average* as uncertain as a choice among 20 equal ones.

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
# Perplexity is per token, and tokens differ from model to model. What can be compared is what the *same text* costs in all: **bits per byte**,
#
# $$\frac{\text{total nats}}{\ln 2 \cdot \text{number of bytes}}$$
#
# In words: all that was paid, in bits, shared out over the bytes of the text, which are the same for everybody. A model that pays 3 nats
# for a token of 4 bytes needs 3 / (0.693 · 4) = 1.08 bits a byte.


# %% exercise="2.7.c"
def bits_per_byte(nats: list[float], text: str) -> float:
    """What a model pays for `text` in bits per byte; nats[i] is −ln P of its i-th token."""
    # BEGIN SOLUTION
    return sum(nats) / math.log(2) / len(text.encode())
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


training, validation, test = lines, sentences(text.validation), sentences(text.test)
known = Counter(token for s in training for token in s)
trigrams = {gram for s in training for gram in zip(["<s>", *s], s, [*s[1:], "</s>"])}
test_trigrams = [gram for s in test for gram in zip(["<s>", *s], s, [*s[1:], "</s>"])]
unseen = sum(gram not in trigrams for gram in test_trigrams) / len(test_trigrams)
V = len(known)
print(f"{known.total():,} tokens to learn from, {V:,} different words: {V**3:.1e} trigrams are possible")
histories = Counter(pair for s in training for pair in zip(["<s>", *s], s))
met = np.array([histories[gram[:2]] for gram in test_trigrams])  # how often each history of the test was seen
print(f"{len(trigrams):,} different trigrams were seen; of those in the test plays {unseen:.0%} were not")
print(
    f"of their histories {np.mean(met == 0):.0%} were never seen; half of the others at most {np.median(met[met > 0]):.0f} times"
)

# %% [markdown]
# It is infinite. One trigram that was never seen has probability 0, the product is 0, and the perplexity is ∞. And unseen trigrams are
# not the exception, they are the rule: far more trigrams are possible than our text has, and most good ones are rare. This is called
# **sparsity**. Words that were never seen are a second problem; they become the token `<unk>`, for *unknown*.
#
# The cure is **smoothing**: take a little probability from what was seen, and give it to what was not.
#
# ## Add-one, and its price
#
# The first idea is Laplace's: pretend that everything was seen once more than it was. With another number k in place of 1, it is **add-k**:
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
# will see, so all word models whose perplexities are compared below do the same.)

# %% [markdown]
# ## How much should a count lose?
#
# Ask the text itself. Split the training text in two halves. Take all bigrams that occur exactly r times in the first half. How often do they
# occur in the second half, on average? Church and Gale asked this of 44 million words of news in 1991. **Predict:** bigrams
# with count 4 in one half: what is their mean count in the other half? And those with count 1? 0?

# %%
halves = [training[0::2], training[1::2]]  # every second line, so that both halves have the same plays
first, second = (Counter(pair for s in half for pair in zip(["<s>", *s], [*s, "</s>"])) for half in halves)
how_many = Counter(first.values())  # n(r): how many different bigrams have the count r
good_turing = {r: (r + 1) * how_many[r + 1] / how_many[r] for r in range(1, 10)}

new = sum(count for pair, count in second.items() if pair not in first)
possible = len({w for s in training for w in s} | {"</s>"}) ** 2 - len(first)
means, errors = {0: new / possible}, {0: (0.0, 0.0)}
print(f"count 0: {new / second.total():.0%} of the other half's bigrams; {means[0]:.5f} for each that is possible")
for r in range(1, 10):
    held_out_counts = [second[pair] for pair, count in first.items() if count == r]
    low, high = confidence_interval(held_out_counts, n_resamples=200)
    means[r] = np.mean(held_out_counts)
    errors[r] = (means[r] - low, high - means[r])
    print(
        f"count {r}: {how_many[r]:7,} bigrams, {means[r]:.2f} in the other half [{low:.2f}, {high:.2f}], lost {r - means[r]:.2f}; (r + 1)·n(r + 1)/n(r) = {good_turing[r]:.2f}"
    )
D = how_many[1] / (how_many[1] + 2 * how_many[2])
print(f"D = n1 / (n1 + 2·n2) = {D:.2f}")
three = NGramModel(2).fit(halves[0]).discounts[1]
print(
    "D₁, D₂, D₃ of modified Kneser–Ney (below), for counts of 1, 2, and 3 or more: "
    + ", ".join(f"{d:.2f}" for d in three)
)
inside = [r for r in range(1, 10) if -errors[r][0] <= good_turing[r] - means[r] <= errors[r][1]]
print("Good–Turing lies within the measured interval for the counts", *inside)

figure, (axes, losses) = plt.subplots(1, 2, figsize=(9.5, 3.8), dpi=100)
axes.plot([0, 9], [0, 9], color="#6b6b6b", linestyle="--", label="what maximum likelihood assumes")
axes.errorbar(
    list(means),
    list(means.values()),
    np.transpose(list(errors.values())),
    fmt="o",
    color="#0072B2",
    capsize=3,
    label="measured in the other half, with 95 % interval",
)
axes.plot(
    list(good_turing),
    list(good_turing.values()),
    "x",
    zorder=3,
    color="#D55E00",
    markersize=9,
    label="Good–Turing, from the first half alone",
)
axes.set(
    xlabel="count in one half of the training text",
    ylabel="mean count in the other",
    title="Every count promises too much",
)
axes.set_xticks(range(10))
axes.set_ylim(top=13)
axes.legend(frameon=False, loc="upper left")
seen = range(1, 10)
losses.errorbar(
    seen,
    [r - means[r] for r in seen],
    np.transpose([errors[r][::-1] for r in seen]),
    fmt="o",
    color="#0072B2",
    capsize=3,
)
losses.plot(seen, [r - good_turing[r] for r in seen], "x", zorder=3, color="#D55E00", markersize=9)
losses.axhline(0.75, color="#6b6b6b", linestyle=":")
losses.text(1, 0.77, "¾", ha="center", color="#6b6b6b")
losses.set(xlabel="count in one half", ylabel="count minus mean count in the other", title="What each count loses")
losses.set_xticks(seen)
losses.set_ylim(0, 1.45)
figure.tight_layout()
described(
    figure,
    "Left, mean held-out count against training count of bigrams from 0 to 9: the points run below the diagonal, and crosses computed by Good and Turing's formula lie on them up to 7. Right, the loss with its interval: "
    + ", ".join(f"{r - means[r]:.2f} for {r}" for r in seen)
    + ".",
)

# %% [markdown]
# Bigrams of count 4 come about 3 times, those of count 1 about a third of a time. Those of count 0 come, too, each hardly ever, but they are
# many. What a count loses grows from two thirds for 1 to nearly one, and changes little from 4 on.
# So one may take the same **discount** D from every count. That is **absolute discounting**. In Church and Gale's news the
# loss was about ¾ for counts of 2 and more.
#
# And now the surprise. **Good and Turing's formula** (Good, 1953) says what a count is worth without any second half: (r + 1)·n(r + 1)/n(r), from
# how many bigrams occur once, twice, and so on. For small counts the crosses lie within the intervals (the last line says which); for larger ones too few bigrams are left. The same n(r) give the
# discounts of Kneser–Ney, which you meet below: one D, or three, as small counts lose less. All three are larger than the losses that we measured, since
# that method always gives a part back from the shorter history.
#
# ## Backoff and interpolation
#
# Who gets what was taken? The words that a *shorter* history expects. There are two ways:
#
# - **Backoff**: if the n-gram was seen, use its discounted probability; only if not, ask the shorter history, times a
#   **backoff weight** that makes everything add up to 1. Katz's method (1987) does this, with Good and Turing's discounts for
#   counts of 1 to 5; larger counts are trusted as they are.
# - **Interpolation**: always mix in the shorter history. Each history h has a weight for it, λ(h), which is the share that was taken:
#   $P(w \mid h) = \max(c(h\,w) - D, 0)/c(h) + \lambda(h)\,P(w)$ with $\lambda(h) = D \cdot (\text{different words after } h)/c(h)$.
#
# In the three sentences *dog* was followed by *sat*, once. With D = 0.5:

# %%
shares = Counter(w for s in toy for w in [*s.split(), "</s>"])
p_sat, p_ran = shares["sat"] / shares.total(), shares["ran"] / shares.total()
weight = 0.5 / (1 - p_sat)  # what was taken from "dog sat", for all words but "sat"
print(
    f"backoff:       P(sat | dog) = 0.5           = 0.500   P(ran | dog) = {weight:.2f}·{p_ran:.3f} = {weight * p_ran:.3f}"
)
print(
    f"interpolation: P(sat | dog) = 0.5 + 0.5·{p_sat:.3f} = {0.5 + 0.5 * p_sat:.3f}   P(ran | dog) = 0.50·{p_ran:.3f} = {0.5 * p_ran:.3f}"
)

# %% [markdown]
# Where does 0.59 come from? After *dog* the share 0.5/1 was taken. The shorter history hands it out, but only to words that did not follow
# *dog*. Without *sat* those have the share 1 − 2/13 = 11/13. So each gets its own share times 0.5 / (11/13) = 0.59, and all adds up to 1.


# %% exercise="2.7.d"
def backoff_weight(
    history: str, counts: dict[str, dict[str, int]], shorter: dict[str, float], discount: float
) -> float:
    """What P(word) is multiplied by for a word that did not follow `history`, so that P(· | history) adds up to 1."""
    # BEGIN SOLUTION
    seen = {word: count for word, count in counts.get(history, {}).items() if count > 0}
    if not seen:
        return 1.0
    taken = discount * len(seen) / sum(seen.values())
    unseen = sum(p for word, p in shorter.items() if word not in seen)
    return taken / unseen if unseen else 0.0
    # END SOLUTION


# %% [markdown]
# ## Kneser–Ney: in how many places?
#
# One question is left: what should the shorter history say? **Predict:** after *I can't see without my reading* … comes *glasses*, not
# *York*; but *York* is a frequent word in any newspaper. What is it about *York* that makes it a bad guess there? (Jurafsky and Martin's
# textbook asks this, with *Kong*.)
#
# *York* follows one word: *New*. When a bigram was not seen, a word that was seen after many *different* words is the better guess. So
# Kneser and Ney (1995) count **continuations**: not how often a word occurs, but how many different words come before it.
#
# $$P_{\text{cont}}(w) = \frac{\#\{v : c(v\,w) > 0\}}{\#\{(v, w') : c(v\,w') > 0\}}$$
#
# In words: list every different bigram once; which share of the list ends in w? Which words of Shakespeare are like *York*? (We look only at pairs of two
# words, so that names before speeches and stage directions in brackets stay out.)

# %%
pairs = Counter((v, w) for s in training for v, w in zip(s, s[1:]) if v.isalpha() and w.isalpha())
before = {}
for (v, w), count in pairs.items():
    before.setdefault(w, Counter())[v] += count
frequent = [w for w, c in before.items() if c.total() >= 150 and len(w) > 2]
for w in [*sorted(frequent, key=lambda w: len(before[w]) / before[w].total())[:4], "sleep", "night"]:
    (most, times), *_ = before[w].most_common(1)
    print(
        f"{w:9} after a word {before[w].total():4} times, after {len(before[w]):3} different ones; most often after {most!r}: {times} times"
    )

# %% [markdown]
# *Syracuse* occurs about as often as *sleep*, but nearly always after *of* (*Antipholus of Syracuse*); *highness* needs *your* or *his*. *Sleep* and *night* follow
# many different words: they are good guesses after a history that is new.


# %% exercise="2.7.e"
def continuation_probability(word: str, bigrams: dict[tuple[str, str], int]) -> float:
    """The share of the different bigrams (with a count above 0) that end in `word`."""
    # BEGIN SOLUTION
    seen = [pair for pair, count in bigrams.items() if count > 0]
    return sum(second == word for _, second in seen) / len(seen) if seen else 0.0
    # END SOLUTION


# %% [markdown]
# Kneser and Ney themselves backed off to these counts. The form used today, **interpolated** Kneser–Ney, is Chen and Goodman's (1999). For bigrams:
#
# $$P(w \mid h) = \frac{\max(c(h\,w) - D,\,0)}{c(h)} + \frac{D \cdot \#\{w' : c(h\,w') > 0\}}{c(h)}\,P_{\text{cont}}(w)$$
#
# In words: the discounted share, plus all that was taken (D from each word that followed h) handed out by continuation. For longer
# n-grams the same is done at each level, and only the top one has ordinary counts:

# %%
flow(
    [
        Block("trigrams: how often?", "minus the trigrams' discount", 0),
        Block("bigrams: after how many different words?", "minus the bigrams' discount", 1),
        Block("words: after how many different words?", "minus the words' discount", 2),
        Block("every word alike", "1/V", 5),
    ],
    between=["what was taken goes down", "what was taken", "what was taken"],
    title="The ladder of Kneser–Ney: four parts, added up",
)

# %% [markdown]
# **Modified** Kneser–Ney (Chen and Goodman, 1999) has three discounts at each level, for counts of 1, 2 and 3 or more:
#
# $$D_r = r - (r + 1)\,Y\,\frac{n_{r+1}}{n_r}, \qquad Y = \frac{n_1}{n_1 + 2 n_2}$$
#
# In words: the count, minus what Good and Turing's formula says it is worth, shrunk by Y; and Y is the D of above. It is what **KenLM**
# (Heafield, 2011) does, the C++ program with which n-gram models are mostly built and queried, and it is the default here.


# %% exercise="2.7.f"
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
# This is the algorithm for any order in plain Python. `children` holds the ladder's counts for each history: below the top the
# number of different words `before` an n-gram. No word comes before `<s>`, so an n-gram that begins with it keeps its
# ordinary count. `probability` goes down the ladder to 1/V, and adds its own part at each step. The output
# shows that the fast version agrees with one discount; the default has three of them in the same place.

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
# sorting, and all formulas run on whole arrays. A query is one look into a hash table: the program remembers the longest n-gram that ends at the last word it has read, and looks up what follows there.
# And it reads sixteen sentences side by side, so that while one waits for memory the others go on.
#
# Programs differ in details, such as whether `<s>` counts and whether unigrams are mixed with 1/V. Ours follow KenLM, except that a fixed discount (`discount=`) leaves
# the unigrams undiscounted, and so unmixed with 1/V, as NLTK has it. How fast is it, on one thread?

# %%
trigram_model = NGramModel(3, min_count=2).fit(training)
trigram_model.score_batch(test)  # once to warm up
started = time.perf_counter()
trigram_model.score_batch(test)
seconds = time.perf_counter() - started
print(
    f"{sum(map(len, test)) + len(test):,} tokens in {seconds * 1000:.0f} ms: {(sum(map(len, test)) + len(test)) / seconds / 1e6:.1f} million a second"
)

# %% [markdown]
# That includes turning words into numbers. Side by side with KenLM: `journey bench language_models`. Now all methods on the same text; order and k are chosen on the validation plays.

# %%
orders, table, kept, chosen_k = (2, 3, 5), {}, {}, {}
for smoothing in ("add_k", "katz", "kneser_ney", "modified_kneser_ney"):
    for n in orders[:2] if smoothing == "add_k" else orders:
        for k in (0.01, 0.001, 0.0001) if smoothing == "add_k" and n == 3 else (0.01,):  # 0.01 was best for bigrams
            model = NGramModel(n, smoothing, k=k, min_count=2).fit(training)
            reached = model.perplexity(validation)
            if reached < table.get((smoothing, n), np.inf):
                table[smoothing, n], chosen_k[n] = reached, k if smoothing == "add_k" else chosen_k.get(n)
            if reached < kept.get(smoothing, (np.inf,))[0]:
                kept[smoothing] = (reached, n, model)  # each method's best order
print("perplexity on the validation plays\norder                " + "".join(f"{n:8}" for n in orders))
for smoothing, (_, n, model) in kept.items():
    row = "".join(f"{table[smoothing, m]:8.0f}" if (smoothing, m) in table else f"{'–':>8}" for m in orders)
    print(f"{smoothing:20} {row}   best order {n}: {model.perplexity(test):.0f} on the test plays")
k, V_known, usual = chosen_k[3], trigram_model.vocab_size, np.median(met[met > 0])
print(f"add-k trigrams at their best k of {k:g}: after a new history each word costs {math.log2(V_known):.1f} bits;")
print(f"after one seen {usual:.0f} times a new word costs {-math.log2(k / (usual + k * V_known)):.1f}")

# %% [markdown]
# A larger n is *not* always better. For add-k trigrams are far worse than bigrams, at each k that we tried. It never asks the bigram. After a new history (a quarter
# of the test's, see above) it guesses evenly; after one that was seen, an unseen word costs even more. For Katz the best order is in the middle. With Kneser–Ney a longer
# history does no harm, since it hands on to the shorter one, but in the end it gains little. How far it pays depends
# on the amount of text. Is the lead over Katz, each at its best order, real? We compare sentence by sentence. (`score` is
# log10 of a probability, as in KenLM; times log2(10) it is in bits.)

# %%
best, katz = kept["modified_kneser_ney"][2], kept["katz"][2]
lengths = np.array([len(s) + 1 for s in test])
gain = (best.score_batch(test) - katz.score_batch(test)) * math.log2(10)  # bits a sentence
low, high = confidence_interval(gain / lengths.mean())
print(
    f"modified Kneser–Ney at order {best.order} saves {gain.sum() / lengths.sum():.3f} bits a word against Katz at order {katz.order}: 95% interval [{low:.3f}, {high:.3f}]"
)

# %% [markdown]
# ## Pruning
#
# Most n-grams occur once, and many of them hardly matter: without them the model backs off to nearly the same
# probability. **Entropy pruning** (Stolcke, 1998) computes for each n-gram the **relative entropy** between the model with it and the model without: how many
# more bits a token the smaller one would pay on text of the larger one. It drops what would raise the perplexity by a smaller share than the threshold: 1e-7 is a ten-millionth. Kneser–Ney models bear it less well than Katz's (Chelba and others, 2010).

# %%
whole = NGramModel(4, min_count=2).fit(training)
print(f"whole:          {sum(whole.n_ngrams):9,} n-grams, perplexity {whole.perplexity(validation):.0f}")
for threshold in (1e-8, 1e-7, 1e-6):
    small = prune(whole, threshold)
    print(f"pruned, {threshold:g}:  {sum(small.n_ngrams):9,} n-grams, perplexity {small.perplexity(validation):.0f}")

# %% [markdown]
# N-gram models are kept in **ARPA files**: one n-gram a line, with log10 of its probability and of its backoff weight.
# `write_arpa` and `read_arpa` do that here; KenLM and SRILM, an older toolkit, read the same files.
#
# ## Perplexities that do not compare
#
# **Predict:** two models, A with perplexity 70 and B with 50, on the same text. Which is better?

# %%
print("words; those that are rarer become <unk> (shares and bits: every eighth line)")
for least in (1, 2, 20, 100):
    model = trigram_model if least == 2 else NGramModel(3, min_count=least).fit(training)
    found = [scored for sentence in test[::8] for scored in model.full_scores(sentence)]
    unknown = model.vocabulary.find([scored.word for scored in found]) < 0
    paid = np.array([-scored.score for scored in found]) * math.log2(10)
    print(
        f"  seen {least:3} times: {model.vocab_size:6,} words, {unknown.mean():5.1%} of the test is <unk>, which costs {paid[unknown].mean():4.1f} bits each; other tokens {paid[~unknown].mean():.1f}; perplexity {model.perplexity(test):.1f}"
    )

SIZE = 500  # characters in a piece of text
print("subwords by BPE (1.2): nothing is unknown, and a token is longer or shorter")
samples = [text.test[30_000:50_001], text.test[130_000:150_001]]  # a piece of each test play
n_bytes = sum(len(part.encode()) for part in samples)
subwords = {}
for size in (300, 2000):
    bpe = BPE.train(text.training[:500_000], size, pattern="gpt2")  # GPT-2's rule: no token reaches into the next word
    model = NGramModel(4).fit([[str(i) for i in bpe.encode(text.training)]])
    costs, n_tokens = [], 0
    for part in samples:
        ids = bpe.encode(part)
        cost, at = np.zeros(len(part) - 1), 0  # bits stand where a token begins; those of the first a place later
        for i, scored in zip(ids, model.full_scores([str(i) for i in ids], eos=False)):
            cost[max(at - 1, 0)] -= scored.score * math.log2(10)
            at += len(bpe.decode([i]))
        costs.append(cost)
        n_tokens += len(ids)
    subwords[size] = np.concatenate(costs)
    total = subwords[size].sum()
    print(f"  {size:5,} tokens: perplexity {2 ** (total / n_tokens):6.1f} a token, {total / n_bytes:.3f} bits a byte")

# %% [markdown]
# You cannot say. With a smaller vocabulary more words are `<unk>`, which is easy to predict, and the perplexity falls while more
# of the text is left unsaid. The first row is different: where every training word is known, `<unk>` was never seen. It gets hardly any probability and is
# the dearest token of the table. (The first vocabulary has three more words than we counted above: `<unk>`, `<s>` and `</s>`.) With subwords, larger tokens are harder to guess, one by one, but there are fewer of them. **Bits per byte** compare: the
# same text, all that it costs. They need a model that can predict *any* text. One with `<unk>` cannot: it never says which unknown word it is.

# %% [markdown]
# ## What counts cannot do
#
# To a model that counts, *sad king* and *sorrowful king* have nothing in common: two histories, two sets of counts. A neural language model
# turns each token into an **embedding**, a vector that is learned; similar tokens get similar vectors, and what is
# learned about one history serves all that resemble it (Bengio and others, 2003). Nothing is stored for each history; the number of **parameters**, the weights
# that training sets, is fixed. Ours below read bytes, so they show what such a model pays, and not
# that *sad* and *sorrowful* come near each other: that is topic 1.6.
#
# A **recurrent network** (RNN; Mikolov and others, 2010) reads token by token. Its **hidden state**, a vector of fixed size, is all that it keeps of the past. Ours is an **LSTM** (topic 3.3), which has learned
# gates that decide what the state keeps and forgets. A **Transformer** (Vaswani and others, 2017) keeps all tokens, and **attention** lets each position look at any earlier one directly. The **causal mask** hides what
# comes later.

# %%
pictures.two_networks("to be", "Two networks, and what they know of the past when they predict")

# %% [markdown]
# Left, all that predicts the *e* has passed through one state. Right, *b* looks at *t*, *o*, the space and itself; the mask hides the white cells.
#
# | | RNN | Transformer |
# |---|---|---|
# | memory of the past | one state of fixed size | what it has computed for each token, in a **cache** that grows |
# | training | one token after the other | all positions of a row at once |
# | cost of T tokens | grows as T | attention grows as T² |
#
# Both are **causal** models: they see the left side only, so their probabilities multiply to the probability of a text, and they can
# write. A **masked** model such as BERT sees both sides and fills blanks; it is good for understanding, but the product of its answers is no
# probability of the text (only a “pseudo-perplexity”), and it does not write from left to right.
#
# Our two are small; we trained them on one processor core, with `python -m nlpjourney.tasks.language_models`, and their weights lie in
# the library. A step reads 16 rows of 128 bytes. The **seed** draws the first weights and the rows. What the script wrote down, on the whole test text:

# %%
log = sorted(neural.training_log(), key=lambda row: (row["steps"], row["kind"], row["seed"]))
short = {
    kind: [row["test_bits_per_byte"] for row in log if (row["kind"], row["steps"]) == (kind, 1500)]
    for kind in neural.KINDS
}
for row in log:
    passes = row["steps"] * 2048 / len(text.training)
    print(
        f"{row['steps']:,} steps, {passes:.2f} times the text: {row['kind']:11} seed {row['seed']}, {row['parameters']:,} parameters, {row['test_bits_per_byte']:.3f} bits a byte"
    )
spread = max(max(found) - min(found) for found in short.values())
lead = np.mean(short["rnn"]) - np.mean(short["transformer"])
print(
    f"runs of 1,500 steps: the Transformer's mean is {lead:.2f} bits lower; seeds of one kind differ by up to {spread:.3f}"
)
steps = list(range(250, 5001, 250))
on_validation = {
    f"{'RNN' if row['kind'] == 'rnn' else 'Transformer'}, run of {row['steps']:,}": [
        row["validation"].get(str(step), np.nan) / math.log(2) for step in steps
    ]
    for row in sorted(log, key=lambda row: (row["steps"], row["kind"]))
    if row["seed"] == 0
}
at_1500 = {name: found[steps.index(1500)] for name, found in on_validation.items()}
print("validation after 1,500 steps: " + "; ".join(f"{name} {bits:.2f}" for name, bits in at_1500.items()))
pictures.training_curves(steps, on_validation, "Two recipes, two lengths: who leads depends on when you look", at=1500)

# %% [markdown]
# What was compared here? Not an RNN with a Transformer, but two **recipes**: a network, an **optimizer** (the rule that changes the weights) and a **schedule** (how the learning
# rate falls). The RNN has AdamW with a learning rate of 0.004 that falls like a cosine over the whole run; the Transformer has Muon with 0.02, which stays and falls over the last 40 % (both: topic
# 4.2). Neither learning rate was searched for, and the Transformer has an eighth more parameters.
#
# **Predict** from the picture: had we looked at the long runs after 1,500 steps only, who would have won? The RNN, and clearly: the Transformer's learning rate had not
# begun to fall. In the short runs both have fallen to the end, and the Transformer leads. After 5,000 steps little is left between them. So the
# evidence allows this: *with these recipes*, runs of 1,500 steps end lower for the Transformer, by more than the seeds differ; for 5,000 steps we have one seed each and no winner.
# It does not say which kind of network is better.
#
# ## The same text, all models
#
# Now all models play on the same 40,000 characters, half from each test play, so the numbers differ a little from those above. The n-gram models predict characters as well; their
# order is not chosen here but shown. The networks read windows of 128 bytes that begin every 64: each byte is predicted from at least 64 before it, and the RNN starts each window with an empty
# state. Both are those of 5,000 steps and seed 0. The interval is a bootstrap over pieces of 500 characters.


# %%
def character_bits(model: NGramModel, part: str) -> np.ndarray:
    """What an n-gram model of characters pays for each character but the first, in bits."""
    scores = model.full_scores(list(part), eos=False)  # the score of each character, log10
    return np.array([-s.score * math.log2(10) for s in scores[1:]])


costs, n_stored = {}, {}
for n in (1, 5, 7):
    model = characters.get(n) or NGramModel(n).fit([list(text.training)])
    costs[f"{n}-gram"] = np.concatenate([character_bits(model, part) for part in samples])
    n_stored[f"{n}-gram"] = f"{sum(model.n_ngrams):,} n-grams"
for name, model in (("RNN", rnn), ("Transformer", transformer)):
    costs[name] = np.concatenate([neural.byte_losses(model, part) for part in samples])
    n_stored[name] = f"{sum(weight.numel() for weight in model.parameters()):,} parameters"
costs |= {f"4-gram, {size:,} BPE tokens": cost for size, cost in subwords.items()}
pieces = {name: cost.reshape(-1, SIZE).mean(axis=1) for name, cost in costs.items()}
print("                          bits a byte, 95% interval")
for name, piece in pieces.items():
    low, high = confidence_interval(piece)
    print(f"{name:25} {piece.mean():.3f} [{low:.3f}, {high:.3f}]   {n_stored.get(name, '')}")
print("paired differences, piece by piece")
subword = "4-gram, 2,000 BPE tokens"
for a, b in (
    *((network, other) for network in ("RNN", "Transformer") for other in ("5-gram", "7-gram", subword)),
    (subword, "7-gram"),
    ("Transformer", "RNN"),
):
    low, high = confidence_interval(pieces[a] - pieces[b])
    verdict = "no conclusion" if low <= 0 <= high else f"{a} pays {'more' if low > 0 else 'less'}"
    print(f"{a} minus {b}: [{low:+.3f}, {high:+.3f}] bits: {verdict}")

# %% [markdown]
# The intervals are about *this text*, not about other seeds of the networks: for 5,000 steps we have only one each. (The seeds of the runs of 1,500 steps
# differ by up to 0.03.) Within that, the 7-gram model of characters pays less than both networks, and so does the 4-gram model of 2,000 subwords. Do not laugh at n-grams. But look at the
# last column: the 7-gram model stores over two million n-grams, each with a probability and a backoff weight. The 5-gram model has about as many n-grams as a network has parameters, and its lead is
# small. And our networks are tiny and have read the text about twice. What more parameters and more text do, topic 4.2 shows.
#
# N-gram models are still used where *cost* decides. A speech recogniser **rescores**: it adds the language model's score to each of its candidate sentences and
# picks again. Builders of training sets **filter**: web pages that a model of good text finds too surprising are dropped. Both ask for billions of scores, and an
# n-gram score is a look-up on an ordinary processor, without a GPU. Large neural models predict far better.
#
# From his human guessers Shannon computed bounds for printed English: between 0.6 and 1.3 bits a letter, on an alphabet of 27 signs. Our
# numbers are not on his scale: our text has capitals, signs and names before every speech.
#
# ## What they write, and what they copied
#
# A language model writes by drawing a token from its probabilities, appending it, and going on. **Temperature** divides the scores (for an n-gram model the logarithms of the
# probabilities) before the softmax: below 1 the likely becomes likelier. We use 0.8 for all. **Predict:** which of the models below have copied whole phrases from
# Shakespeare? Every run of five tokens (words and signs) that stands in the training text is underlined.

# %%
from nlpjourney.llm.generation import Options, generate
from nlpjourney.llm.sampling import Sampler

speech = [token for line in lines for token in line]
written = {}
for n in (1, 2, 3, 4, 5):
    model = NGramModel(n).fit([speech])  # one long sentence: rare words stay, lines run on
    how = Options(sampler=Sampler(temperature=0.8), max_new_tokens=34, seed=n)  # other draws for each model
    start = [1] + [int(model.vocabulary.find([w])[0]) for w in ("what", "is")]
    ids = generate(model, start, how).ids
    written[f"{n}-gram"] = ["what", "is", *(model.vocabulary[i] for i in ids)]
print(f"taken from a count of 1 by the 5-gram model, at its highest order: {model.discounts[-1][0]:.2f}")
for seed, (name, model) in enumerate((("RNN", rnn), ("Transformer", transformer)), 6):
    long = Options(sampler=Sampler(temperature=0.8), max_new_tokens=170, seed=seed)
    answer = bytes(generate(model, list(b"\n\nWhat is"), long).ids).decode(errors="replace")
    written[name] = words.tokenize(("what is" + answer).lower())[:36]
known_runs = play.runs(speech, 5)
marks = {name: play.copied_runs(tokens, known_runs) for name, tokens in written.items()}
pictures.underlined(
    {name: (tokens, marks[name]) for name, tokens in written.items()},
    "Written by seven models; underlined: copied from the training text, five tokens or more",
)

# %% [markdown]
# From top to bottom the n-grams sound more like Shakespeare, and from trigrams on whole phrases *are* Shakespeare. One text a model proves little. So here are
# 30 texts of each (the script `python -m nlpjourney.tasks.language_models.copying` wrote them and kept the shares), and two more rows to compare with: a
# 5-gram model from whose counts only 0.1 is taken, and 30 pieces of the held-out plays, by Shakespeare himself. **Predict** both.

# %%
from nlpjourney.tasks.language_models.copying import copied

shares = {name: np.array(found) for name, found in copied().items()}
unread = [token for line in test for token in line]
starts = np.linspace(0, len(unread) - 40, 30).astype(int)
shares["held-out plays"] = np.array([np.mean(play.copied_runs(unread[i : i + 40], known_runs)) for i in starts])
print("                     copied tokens, 95% interval   texts with a copied run")
for name, found in shares.items():
    low, high = confidence_interval(found)
    hits = (
        f"{(found > 0).sum()} of {len(found)}"
        if found.any()
        else f"0 of {len(found)} (at most about {3 / len(found):.0%})"
    )
    print(f"{name:20} {found.mean():5.1%} [{low:.0%}, {high:.0%}] {hits:>28}")
for a, b in (
    ("5-gram", "4-gram"),
    ("5-gram that recites", "5-gram"),
    ("5-gram", "held-out plays"),
    ("RNN", "held-out plays"),
):
    low, high = confidence_interval(shares[a] - shares[b])
    print(f"{a} minus {b}: [{low:+.1%}, {high:+.1%}]" + (": no conclusion" if low <= 0 <= high else ""))

# %% [markdown]
# Most histories of four words occurred once, and then there is one way to go on. A model that takes only 0.1 from a count of 1 goes that way and recites. Modified
# Kneser–Ney takes nearly all of a count of 1 away (printed above the picture), so it leaves the quotation again. No two rows share their random numbers. And the last row is
# the yardstick: Shakespeare “copies” from himself, too. The 5-gram model copies more than he does, the networks less.
#
# The same test finds **contamination**: if a test text stands in the training text, a model that merely remembers gets a brilliant perplexity. So look up *our* test plays:

# %%
for n in (5, 8, 13):
    known_long = play.runs(speech, n)
    inside = play.copied_runs(unread, known_long)
    print(
        f"runs of {n:2}: {np.mean(inside):6.2%} of the tokens of the test plays lie in one that is in the training text"
    )
    if n > 5:
        found = sorted(" ".join(run) for run in play.runs(unread, n) if run in known_long)
        spoken = [run for run in found if not set(".[]") & set(run)]
        print(f"   {len(found)} different runs, such as: {found[len(found) // 2]}")
        print(f"   {len(spoken)} of them without full stops and brackets: {' | '.join(spoken)}")

# %% [markdown]
# Short runs are common property. Long ones decide (the reports on GPT-3 and PaLM looked for runs of 13 words and of 8 tokens), and here they are mostly stage directions. What remains are a handful of
# phrases that Shakespeare used twice. So our test text is clean. In text from the web whole pages are found this way, and are left out.
#
# ## The tools of the trade
#
# NLTK has readable n-gram models for teaching; KenLM is the fast C++ program that is used in practice; Transformers runs neural ones.

# %%
from nltk.lm import KneserNeyInterpolated
from nltk.util import bigrams as nltk_bigrams

theirs = KneserNeyInterpolated(2, discount=0.1)  # a fixed discount; so ours mixes no 1/V into the unigrams
padded = [["<s>", *s.split(), "</s>"] for s in toy]
theirs.fit([[*((w,) for w in s), *nltk_bigrams(s)] for s in padded], sorted({w for s in padded for w in s}))
ours = NGramModel(2, "kneser_ney", discount=0.1).fit(toy)
for history, word in (("the", "cat"), ("cat", "sat"), ("dog", "sat"), ("the", "sat")):
    a, b = theirs.score(word, [history]), ours.probability(word, [history])
    print(f"P({word} | {history}): NLTK {a:.6f}, ours {b:.6f}")
    assert abs(a - b) < 1e-6

# %% [markdown]
# KenLM is compiled when it is installed, which not every computer can do, so this page does without it: `journey system kenlm` compares every probability of an ARPA file with
# ours, modified Kneser–Ney among them, and `journey bench language_models` the speed.
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
# discounts for counts of 1, 2 and 3 or more, and its lower orders count continuations: after how many different words.
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
# - Papers: Shannon (1951), *Prediction and entropy of printed English*; Good (1953); Cover and King (1978), *A convergent gambling estimate of the entropy of English*; Katz (1987); Church and Gale (1991); Kneser and Ney (1995), *Improved backing-off for
#   m-gram language modeling*; Stolcke (1998), *Entropy-based pruning of backoff language models*; Chen and Goodman (1999), *An empirical study of smoothing techniques for language modeling*; Chelba and
#   others (2010), *Study on interaction between entropy pruning and Kneser-Ney smoothing*; Heafield (2011), *KenLM*; Bengio and others (2003), *A neural probabilistic language model*; Mikolov and others (2010), *Recurrent
#   neural network based language model*; Vaswani and others (2017), *Attention is all you need*.
