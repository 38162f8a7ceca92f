"""The exercises of topic 2.7: a sentence's probability, perplexity, bits per byte, the backoff weight, continuation counts, Kneser-Ney over bigrams."""

import math
from collections import Counter
from fractions import Fraction
from functools import reduce

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: the probability of a sentence


def sentence_probability(sentence, counts):
    tokens = ["<s>", *sentence.split(), "</s>"]
    probability = 1.0
    for history, word in zip(tokens, tokens[1:]):
        after = counts.get(history, {})
        if word not in after:
            return 0.0
        probability *= after[word] / sum(after.values())
    return probability


def _product(tokens, counts, start=1.0):
    for history, word in zip(tokens, tokens[1:]):
        after = counts.get(history, {})
        start *= after.get(word, 0) / max(sum(after.values()), 1)
    return start


def no_end(sentence, counts):
    return _product(["<s>", *sentence.split()], counts)


def no_beginning(sentence, counts):
    return _product([*sentence.split(), "</s>"], counts)


def added_up(sentence, counts):
    tokens = ["<s>", *sentence.split(), "</s>"]
    return float(
        sum(counts.get(h, {}).get(w, 0) / max(sum(counts.get(h, {}).values()), 1) for h, w in zip(tokens, tokens[1:]))
    )


def by_all_counts(sentence, counts):
    total = sum(sum(after.values()) for after in counts.values())
    tokens = ["<s>", *sentence.split(), "</s>"]
    return math.prod(counts.get(h, {}).get(w, 0) / total for h, w in zip(tokens, tokens[1:]))


def by_kinds(sentence, counts):
    tokens = ["<s>", *sentence.split(), "</s>"]
    return math.prod((w in counts.get(h, {})) / max(len(counts.get(h, {})), 1) for h, w in zip(tokens, tokens[1:]))


def unseen_skipped(sentence, counts):
    tokens = ["<s>", *sentence.split(), "</s>"]
    return math.prod(
        counts[h][w] / sum(counts[h].values()) for h, w in zip(tokens, tokens[1:]) if counts.get(h, {}).get(w, 0)
    )


def by_logarithms(sentence, counts):
    tokens = ["<s>", *sentence.split(), "</s>"]
    total = 0.0
    for i in range(len(tokens) - 1):
        after = counts.get(tokens[i]) or {}
        if not after.get(tokens[i + 1]):
            return 0
        total += math.log(after[tokens[i + 1]]) - math.log(sum(after.values()))
    return np.exp(total)


def by_fractions(sentence, counts):
    tokens = ["<s>", *sentence.split(), "</s>"]
    shares = [
        Fraction(counts.get(h, {}).get(w, 0), max(sum(counts.get(h, {}).values()), 1))
        for h, w in zip(tokens, tokens[1:])
    ]
    return float(math.prod(shares))


def by_reduce(sentence, counts):
    tokens = f"<s> {sentence} </s>".split()
    return reduce(
        lambda p, i: (
            p * counts.get(tokens[i - 1], {}).get(tokens[i], 0) / (sum(counts.get(tokens[i - 1], {}).values()) or 1)
        ),
        range(1, len(tokens)),
        1.0,
    )


# b: perplexity


def perplexity(probabilities):
    return math.exp(-sum(math.log(p) for p in probabilities) / len(probabilities))


def of_the_mean(probabilities):
    return len(probabilities) / sum(probabilities)


def mean_of_inverses(probabilities):
    return sum(1 / p for p in probabilities) / len(probabilities)


def not_shared_out(probabilities):
    return math.exp(-sum(math.log(p) for p in probabilities))


def upside_down(probabilities):
    return math.exp(sum(math.log(p) for p in probabilities) / len(probabilities))


def two_bases(probabilities):
    return 2 ** (-sum(math.log(p) for p in probabilities) / len(probabilities))


def entropy_only(probabilities):
    return -sum(math.log(p) for p in probabilities) / len(probabilities)


def product_first(probabilities):
    return math.prod(probabilities) ** (-1 / len(probabilities))


def in_bits(probabilities):
    return 2 ** -np.mean(np.log2(probabilities))


def root_by_root(probabilities):
    return math.prod(p ** (-1 / len(probabilities)) for p in probabilities)


def base_ten(probabilities):
    return float(10 ** (-np.log10(np.array(probabilities)).sum() / len(probabilities)))


# c: bits per byte


def bits_per_byte(nats, text):
    return sum(nats) / math.log(2) / len(text.encode())


def per_character(nats, text):
    return sum(nats) / math.log(2) / len(text)


def per_token(nats, text):
    return sum(nats) / math.log(2) / len(nats)


def nats_per_byte(nats, text):
    return sum(nats) / len(text.encode())


def wrong_way_round(nats, text):
    return sum(nats) * math.log(2) / len(text.encode())


def bits_in_all(nats, text):
    return sum(nats) / math.log(2)


def mean_token(nats, text):
    return sum(nats) / len(nats) / math.log(2) / len(text.encode())


def by_mean_and_length(nats, text):
    return np.mean(nats) * len(nats) / np.log(2) / len(bytes(text, "utf-8"))


def by_probabilities(nats, text):
    return -sum(math.log2(math.exp(-x)) for x in nats) / len(text.encode("utf-8"))


def by_constant(nats, text):
    return np.sum(np.array(nats) * 1.4426950408889634) / sum(1 for _ in text.encode())


# d: the backoff weight


def backoff_weight(history, counts, shorter, discount):
    seen = {word: count for word, count in counts.get(history, {}).items() if count > 0}
    if not seen:
        return 1.0
    taken = discount * len(seen) / sum(seen.values())
    unseen = sum(p for word, p in shorter.items() if word not in seen)
    return taken / unseen if unseen else 0.0


def _after(history, counts):
    """What followed, and the share that a discount of 1 would take."""
    seen = {word: count for word, count in counts.get(history, {}).items() if count > 0}
    return seen, len(seen) / sum(seen.values()) if seen else 0.0


def taken_only(history, counts, shorter, discount):
    seen, types = _after(history, counts)
    return discount * types if seen else 1.0


def shared_among_seen(history, counts, shorter, discount):
    seen, types = _after(history, counts)
    if not seen:
        return 1.0
    return discount * types / sum(shorter[word] for word in seen) if len(seen) < len(shorter) else 0.0


def shared_evenly(history, counts, shorter, discount):
    seen, types = _after(history, counts)
    if not seen:
        return 1.0
    unseen = len(shorter) - len(seen)
    return discount * types / unseen if unseen else 0.0


def taken_once(history, counts, shorter, discount):
    seen, _ = _after(history, counts)
    if not seen:
        return 1.0
    unseen = sum(p for word, p in shorter.items() if word not in seen)
    return discount / sum(seen.values()) / unseen if unseen else 0.0


def count_zero_seen(history, counts, shorter, discount):
    after = counts.get(history, {})
    if not sum(after.values()):
        return 1.0
    unseen = sum(p for word, p in shorter.items() if word not in after)
    return discount * len(after) / sum(after.values()) / unseen if unseen else 0.0


def new_history_none(history, counts, shorter, discount):
    seen, _ = _after(history, counts)
    return backoff_weight(history, counts, shorter, discount) if seen else 0.0


def what_was_kept(history, counts, shorter, discount):
    seen, types = _after(history, counts)
    if not seen:
        return 1.0
    unseen = sum(p for word, p in shorter.items() if word not in seen)
    return (1 - discount * types) / unseen if unseen else 0.0


def all_seen_forgotten(history, counts, shorter, discount):
    seen, types = _after(history, counts)
    if not seen:
        return 1.0
    return discount * types / (sum(p for word, p in shorter.items() if word not in seen) or 1.0)


def by_what_is_missing(history, counts, shorter, discount):
    """One minus what the seen words keep, over one minus what the shorter history gives them."""
    after = counts.get(history) or {}
    total = sum(after.values())
    kept = below = 0.0
    for word, count in after.items():
        if count:
            kept += (count - discount) / total
            below += shorter[word]
    return (1 - kept) / (1 - below) if below < 1 else 0


def by_shares_array(history, counts, shorter, discount):
    order = list(shorter)
    c = np.array([counts.get(history, {}).get(word, 0) for word in order], dtype=float)
    p = np.array([shorter[word] for word in order])
    if not c.any():
        return 1
    if c.all():
        return np.float64(0)
    return discount * np.count_nonzero(c) / c.sum() / p[c == 0].sum()


def by_words_in_turn(history, counts, shorter, discount):
    row = Counter(counts.get(history, {}))
    taken, unseen = 0.0, []
    for word, p in shorter.items():
        if row[word]:
            taken += discount
        else:
            unseen.append(p)
    if len(unseen) == len(shorter):
        return 1.0
    return float(Fraction(taken) / row.total() / Fraction(sum(unseen))) if unseen else 0


# e: continuation


def continuation_probability(word, bigrams):
    seen = [pair for pair, count in bigrams.items() if count > 0]
    return sum(second == word for _, second in seen) / len(seen) if seen else 0.0


def by_occurrences(word, bigrams):
    total = sum(bigrams.values())
    return sum(c for (_, second), c in bigrams.items() if second == word) / total if total else 0.0


def beginnings(word, bigrams):
    seen = [pair for pair, count in bigrams.items() if count > 0]
    return sum(first == word for first, _ in seen) / len(seen) if seen else 0.0


def zeros_counted(word, bigrams):
    return sum(second == word for _, second in bigrams) / len(bigrams) if bigrams else 0.0


def by_words(word, bigrams):
    seen = [pair for pair, count in bigrams.items() if count > 0]
    return sum(second == word for _, second in seen) / len({w for _, w in seen}) if seen else 0.0


def number_only(word, bigrams):
    return float(sum(second == word for (_, second), count in bigrams.items() if count > 0))


def by_histories(word, bigrams):
    seen = [pair for pair, count in bigrams.items() if count > 0]
    return sum(second == word for _, second in seen) / len({h for h, _ in seen}) if seen else 0.0


def by_counter(word, bigrams):
    ends = Counter(second for (_, second), count in bigrams.items() if count)
    return ends[word] / max(ends.total(), 1)


def by_mean(word, bigrams):
    hits = [pair[1] == word for pair in bigrams if bigrams[pair]]
    return np.mean(hits) if hits else 0


def by_sets(word, bigrams):
    before = {}
    for (first, second), count in bigrams.items():
        if count:
            before.setdefault(second, set()).add(first)
    return len(before.get(word, ())) / (sum(map(len, before.values())) or 1)


# f: Kneser-Ney


def kneser_ney(word, history, bigrams, discount):
    after = {second: count for (first, second), count in bigrams.items() if first == history}
    continuation = sum(second == word for _, second in bigrams) / len(bigrams)
    if not after:
        return continuation
    total = sum(after.values())
    kept = max(after.get(word, 0) - discount, 0) / total
    return kept + discount * len(after) / total * continuation


def _parts(word, history, bigrams):
    after = {second: count for (first, second), count in bigrams.items() if first == history}
    return after, sum(after.values()), sum(second == word for _, second in bigrams) / len(bigrams)


def unigrams_below(word, history, bigrams, discount):
    after, total, _ = _parts(word, history, bigrams)
    lower = sum(c for (_, second), c in bigrams.items() if second == word) / sum(bigrams.values())
    return max(after.get(word, 0) - discount, 0) / total + discount * len(after) / total * lower if after else lower


def backoff_only(word, history, bigrams, discount):
    after, total, lower = _parts(word, history, bigrams)
    if word in after:
        return (after[word] - discount) / total
    return discount * len(after) / total * lower if after else lower


def discounted_once(word, history, bigrams, discount):
    after, total, lower = _parts(word, history, bigrams)
    return max(after.get(word, 0) - discount, 0) / total + discount / total * lower if after else lower


def negative_counts(word, history, bigrams, discount):
    after, total, lower = _parts(word, history, bigrams)
    return (after.get(word, 0) - discount) / total + discount * len(after) / total * lower if after else lower


def nothing_taken(word, history, bigrams, discount):
    after, total, lower = _parts(word, history, bigrams)
    return after.get(word, 0) / total + discount * len(after) / total * lower if after else lower


def new_history_nothing(word, history, bigrams, discount):
    after, total, lower = _parts(word, history, bigrams)
    return max(after.get(word, 0) - discount, 0) / total + discount * len(after) / total * lower if after else 0.0


def by_tables(word, history, bigrams, discount):
    table, ends = {}, Counter()
    for (first, second), count in bigrams.items():
        table.setdefault(first, Counter())[second] += count
        ends[second] += 1
    lower = ends[word] / ends.total()
    row = table.get(history)
    if row is None:
        return lower
    return (max(row[word] - discount, 0) + discount * len(row) * lower) / row.total()


def by_arrays(word, history, bigrams, discount):
    counts = np.array(list(bigrams.values()), dtype=float)
    here = np.array([first == history for first, _ in bigrams])
    right = np.array([second == word for _, second in bigrams])
    if not here.any():
        return right.mean()
    kept = np.maximum(counts - discount, 0)
    return kept[here & right].sum() / counts[here].sum() + discount * here.sum() / counts[here].sum() * right.mean()


def by_what_is_left(word, history, bigrams, discount):
    row = {b: max(c - discount, 0) for (a, b), c in bigrams.items() if a == history}
    lower = len([1 for _, b in bigrams if b == word]) / len(bigrams)
    total = sum(c for (a, _), c in bigrams.items() if a == history)
    return row.get(word, 0) / total + (1 - sum(row.values()) / total) * lower if total else lower


_COUNTS = {
    "<s>": {"the": 3},
    "the": {"cat": 2, "dog": 1},
    "cat": {"sat": 1, "ran": 1},
    "sat": {"</s>": 1, "down": 1},
    "ran": {"</s>": 1},
    "dog": {"sat": 1},
    "down": {"</s>": 1},
}
_WORD = st.sampled_from(["a", "b", "é", "d"])
_BIGRAMS = st.dictionaries(st.tuples(_WORD, _WORD), st.integers(1, 9), min_size=1, max_size=9)
_PAIRS = {("new", "york"): 9, ("the", "cat"): 2, ("a", "cat"): 1, ("the", "dog"): 4, ("my", "cat"): 1}
# Eighths and quarters are exact in binary, so that 1 − Σ seen is 0 where every word was seen.
_QUARTERS = {"a": 0.25, "b": 0.5, "c": 0.25}
_EIGHTHS = {"a": 0.125, "b": 0.25, "é": 0.25, "d": 0.125, "☃": 0.25}

EXERCISES = [
    Exercise(
        id="2.7.a", title="The probability of a sentence", difficulty=1, function="sentence_probability",
        task="""
        Return the probability of `sentence` (words separated by spaces) by a bigram model with maximum likelihood, from `<s>` to `</s>`. `counts[history][word]` says how often `word` followed
        `history`, as `bigram_counts` returns it. A bigram that was not seen has probability 0.

        With the counts of the three sentences above, `"the cat sat"` has 1 · 2/3 · 1/2 · 1/2 = 1/6.
        """,
        examples=[("the cat sat", _COUNTS), ("the dog sat down", _COUNTS), ("the cow sat", _COUNTS), ("cat", _COUNTS), ("", {"<s>": {"</s>": 1, "a": 3}}), ("the", _COUNTS), ("", {}), ("é", {"<s>": {"é": 2, "b": 1}, "é": {"</s>": 2, "é": 1}})],
        inputs=st.tuples(st.lists(_WORD, max_size=4).map(" ".join), st.dictionaries(st.sampled_from(["<s>", "a", "b", "é", "d"]), st.dictionaries(st.sampled_from(["a", "b", "é", "d", "</s>"]), st.integers(1, 9), min_size=2), min_size=2, max_size=5)),
        reference=sentence_probability,
        wrong=[
            Wrong(no_end, "The sentence has to end as well: the probability of </s> after its last word is a factor, too."),
            Wrong(no_beginning, "The first word has a history: <s>. Its probability after that is the first factor."),
            Wrong(added_up, "By the chain rule the probabilities are multiplied. A sum may come out above 1."),
            Wrong(by_all_counts, "Each count is divided by how often its own history occurred, not by the number of all bigrams."),
            Wrong(by_kinds, "The share of a word depends on how often it followed, not on how many different words followed."),
            Wrong(unseen_skipped, "A bigram that was not seen has probability 0, and the product with it. It must not be left out."),
        ],
        hints=["Put <s> in front and </s> after it, and go through all pairs of neighbours.", "For each pair: the count of the pair, divided by the sum of all counts after its history. Be ready for histories that are not in `counts`."],
        explanation="The chain rule with a history of one word: a product with one factor for each word and one for the end.",
        beyond="Add logarithms in place of multiplying: after some hundred words the product is too small for a float.",
    ),
    Exercise(
        id="2.7.b", title="Perplexity", difficulty=1, function="perplexity",
        task="""
        Return the perplexity of a text, given the probabilities that a model gave to its tokens, one after another (at least one, each above 0). A text may have thousands of tokens.

        `perplexity([0.5, 0.125])` is 4.0: the geometric mean of the two is 1/4.
        """,
        examples=[([0.5, 0.125],), ([1.0],), ([0.05] * 4,), ([0.9, 0.01, 0.3],), ([0.25, 1.0, 1.0],), ([1e-9, 0.5],), ([0.2, 0.05] * 1000,)],
        inputs=st.tuples(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=12)),
        reference=perplexity, tolerance=1e-7,
        wrong=[
            Wrong(of_the_mean, "Perplexity is one over the geometric mean of the probabilities; this is one over their ordinary mean."),
            Wrong(mean_of_inverses, "The mean has to be taken of the logarithms. The mean of 1/p lets the worst token decide nearly alone."),
            Wrong(not_shared_out, "Divide by the number of tokens: perplexity is a mean, so that long texts do not look worse."),
            Wrong(upside_down, "The sign: perplexity is at least 1, and it grows when probabilities fall."),
            Wrong(two_bases, "Natural logarithms belong to exp, base 2 belongs to powers of 2: here the two are mixed."),
            Wrong(entropy_only, "This is the cross-entropy in nats. Perplexity is its exponential."),
            Wrong(product_first, "The product of thousands of probabilities is too small for a float and becomes 0: add logarithms instead."),
        ],
        hints=["Take the mean of the logarithms.", "Negate it, and take the exponential with the same base."],
        explanation="exp of the mean negative logarithm; any base will do, as long as both steps have the same.",
        beyond="Say which tokens count (is </s> one? <unk>?) and what the history of the first ones was: programs differ, and so do their figures.",
    ),
    Exercise(
        id="2.7.c", title="Bits per byte", difficulty=1, function="bits_per_byte",
        task="""
        Return what a model pays for `text` (not empty) in bits per byte of UTF-8. `nats[i]` is −ln P of its i-th token, whatever the tokens are.

        `bits_per_byte([3.0], "king")` is 3 / (0.693 · 4) = 1.082.
        """,
        examples=[([3.0], "king"), ([0.7, 1.4, 2.1], "to be"), ([2.0, 0.5], "né"), ([1.0, 2.0, 3.0], "☃☃"), ([4.0], "a"), ([0.1] * 6, "a long text of few nats")],
        inputs=st.tuples(st.lists(st.floats(0.05, 9.0), min_size=1, max_size=6), st.text(alphabet="abé☃ ", min_size=2, max_size=9)),
        reference=bits_per_byte, tolerance=1e-6,
        wrong=[
            Wrong(per_character, "A character may have several bytes: count len(text.encode())."),
            Wrong(per_token, "Tokens are longer for one model than for another: share the total out over the bytes of the text."),
            Wrong(nats_per_byte, "This is in nats. One bit is ln 2 nats, so divide by ln 2."),
            Wrong(wrong_way_round, "A nat is more than a bit, so the number of bits is larger: divide by ln 2."),
            Wrong(bits_in_all, "These are the bits of the whole text: divide by its number of bytes."),
            Wrong(mean_token, "Add up what all tokens cost; their mean leaves out how many there are."),
        ],
        hints=["What did the whole text cost? Add up.", "From nats to bits: divide by ln 2. Then share it out over the bytes of the text in UTF-8."],
        explanation="Total nats / (ln 2 · bytes): the text and its bytes are the same for every model, whatever its tokens.",
        beyond="Say what the first tokens had as history, and compare only on the same text; a model with <unk> cannot take part.",
    ),
    Exercise(
        id="2.7.d", title="The backoff weight", difficulty=2, function="backoff_weight",
        task="""
        A model takes `discount` (between 0 and 1) from the count of every word that followed `history`, and backs off for the others. Return its backoff weight: what P(word) of the shorter history is
        multiplied by for a word that did *not* follow, so that all probabilities after `history` add up to 1. `counts[history][word]` are counts, some may be 0 (not seen); `shorter` has P(word) of every
        word, each above 0. For a history that was never seen return 1; where every word followed, return 0: nobody is left.

        `backoff_weight("a", {"a": {"b": 3, "c": 1}}, {"a": 0.25, "b": 0.5, "c": 0.25}, 0.5)` is 0.25 / 0.25 = 1.0, and with `{"a": {"b": 4}}` it is 0.125 / 0.5 = 0.25.
        """,
        examples=[("a", {"a": {"b": 3, "c": 1}}, _QUARTERS, 0.5), ("a", {"a": {"b": 4}}, _QUARTERS, 0.5), ("a", {"a": {"b": 1, "d": 6}}, _EIGHTHS, 0.75), ("é", {"é": {"é": 2, "b": 5, "d": 0}}, _EIGHTHS, 0.25), ("new", {"a": {"b": 3}}, _EIGHTHS, 0.5), ("a", {"a": {"b": 0}}, _EIGHTHS, 0.5), ("a", {}, _QUARTERS, 0.25), ("a", {"a": {"a": 2, "b": 1, "c": 7}}, _QUARTERS, 0.5), ("d", {"d": {"☃": 1}}, _EIGHTHS, 0.75)],
        inputs=st.tuples(st.sampled_from(sorted(_EIGHTHS)), st.dictionaries(st.sampled_from(sorted(_EIGHTHS)), st.dictionaries(st.sampled_from(sorted(_EIGHTHS)), st.integers(0, 9), min_size=1), max_size=4), st.just(_EIGHTHS), st.sampled_from([0.25, 0.5, 0.75])),
        reference=backoff_weight, tolerance=1e-7,
        wrong=[
            Wrong(taken_only, "This is what was taken in all. Only unseen words get it, so divide by the share that they have in `shorter`."),
            Wrong(shared_among_seen, "What was taken goes to the words that were not seen: divide by their share in `shorter`, not by that of the seen."),
            Wrong(shared_evenly, "Unseen words are not all alike: divide by the sum of their P(word), not by how many they are."),
            Wrong(taken_once, "The discount was taken from every different word that followed: multiply it by their number."),
            Wrong(count_zero_seen, "A word with count 0 was not seen: nothing was taken from it, and it is one of those that get something."),
            Wrong(new_history_none, "After a history that was never seen the shorter one decides alone: its weight is 1."),
            Wrong(what_was_kept, "This hands out what the seen words kept. Hand out what was taken from them."),
            Wrong(all_seen_forgotten, "Where every word followed the history, nobody backs off: return 0."),
        ],
        hints=["How much was taken? The discount, once for each different word that followed, divided by the sum of the counts.", "Which words may have it? Those that did not follow. Which share do they have in `shorter`, together?", "Mind three cases: no word followed, a count of 0, and every word followed."],
        explanation="The seen words keep 1 − D · types / total. The unseen have the share 1 − Σ P(seen) of the shorter history, and have to get exactly what was taken.",
        beyond="An ARPA file holds log10 of this number for each history, so that a query needs no sums.",
    ),
    Exercise(
        id="2.7.e", title="Continuation counts", difficulty=2, function="continuation_probability",
        task="""
        Return the continuation probability of `word`: of all different bigrams with a count above 0, the share that ends in `word`. `bigrams` maps pairs of words to counts; some may be 0. Without any
        bigram return 0.

        With `{("new", "york"): 9, ("the", "cat"): 2, ("a", "cat"): 1}`, *cat* has 2/3 and *york* 1/3.
        """,
        examples=[("cat", {("new", "york"): 9, ("the", "cat"): 2, ("a", "cat"): 1}), ("york", _PAIRS), ("new", _PAIRS), ("cat", {**_PAIRS, ("no", "cat"): 0, ("no", "cow"): 0}), ("x", {}), ("x", {("a", "x"): 0}), ("the", _PAIRS), ("é", {("é", "é"): 2, ("a", "é"): 1, ("é", "a"): 5})],
        inputs=st.tuples(_WORD, st.dictionaries(st.tuples(_WORD, _WORD), st.integers(0, 9), max_size=9)),
        reference=continuation_probability,
        wrong=[
            Wrong(by_occurrences, "How often a bigram occurs does not matter here: each different bigram counts once."),
            Wrong(beginnings, "The word has to stand at the end of the bigram: what counts is after how many words it is found."),
            Wrong(zeros_counted, "A bigram with count 0 was not seen, and counts neither above nor below the line."),
            Wrong(by_words, "Divide by the number of different bigrams, not of different words: else the shares do not add up to 1."),
            Wrong(number_only, "This is the number of histories. For a probability divide it by the number of all different bigrams."),
            Wrong(by_histories, "Divide by the number of different bigrams, not of different first words: else the shares do not add up to 1."),
        ],
        hints=["Leave out the bigrams with count 0. Then forget the counts.", "How many of the pairs have `word` as their second part? Of how many?"],
        explanation="A word that follows only one other word has a small continuation probability, however frequent it is.",
        beyond="The same idea at every level: below the highest order all counts of Kneser–Ney are numbers of different left neighbours.",
    ),
    Exercise(
        id="2.7.f", title="Kneser–Ney over bigrams", difficulty=3, function="kneser_ney",
        task="""
        Return P(word | history) by interpolated Kneser–Ney. `bigrams` maps pairs (history, word) to counts, all at least 1; it is not empty; `discount` lies between 0 and 1. For a history that was never seen return the
        continuation probability alone.

        With `{("a", "b"): 3, ("a", "c"): 1, ("c", "b"): 1}` and a discount of 0.5, P(b | a) is 2.5/4 + 0.5 · 2/4 · 2/3 = 0.792.
        """,
        examples=[("b", "a", {("a", "b"): 3, ("a", "c"): 1, ("c", "b"): 1}, 0.5), ("cat", "the", _PAIRS, 0.75), ("york", "the", _PAIRS, 0.75), ("cat", "never", _PAIRS, 0.75), ("never", "the", _PAIRS, 0.5), ("york", "new", _PAIRS, 0.1), ("é", "é", {("é", "é"): 1}, 0.3)],
        inputs=st.tuples(_WORD, _WORD, _BIGRAMS, st.sampled_from([0.1, 0.4, 0.75])),
        reference=kneser_ney,
        wrong=[
            Wrong(unigrams_below, "The lower order counts continuations (different bigrams that end in the word), not occurrences."),
            Wrong(backoff_only, "Interpolation always mixes in the lower order, also for words that were seen after the history."),
            Wrong(discounted_once, "The discount was taken from every different word after the history: what is handed out is D times their number."),
            Wrong(negative_counts, "A count cannot go below 0: max(c − D, 0)."),
            Wrong(nothing_taken, "What is handed out has to be taken first: c − D, not c. Else the probabilities add up to more than 1."),
            Wrong(new_history_nothing, "A history that was never seen leaves everything to the continuation probability."),
        ],
        hints=["Collect what followed the history: the words and their counts.", "The first part is max(c − D, 0) / total. What was taken in all is D times the number of different words that followed; divide it by the total, too.", "Multiply that by the share of the different bigrams that end in the word."],
        explanation="What is taken from the seen words is exactly what the continuations share, so the probabilities add up to 1.",
        beyond="Three discounts for counts of 1, 2 and 3 or more are the modified version; for trigrams the same formula is used once more, with continuation counts at the level of bigrams.",
    ),
]  # fmt: skip

RIGHT = {
    "2.7.a": [by_logarithms, by_fractions, by_reduce],
    "2.7.b": [in_bits, root_by_root, base_ten],
    "2.7.c": [by_mean_and_length, by_probabilities, by_constant],
    "2.7.d": [by_what_is_missing, by_shares_array, by_words_in_turn],
    "2.7.e": [by_counter, by_mean, by_sets],
    "2.7.f": [by_tables, by_arrays, by_what_is_left],
}

QUESTIONS = [
    Question(
        id="2.7.q1", text="What does the Markov assumption of a trigram model say?",
        choices=["Each word is independent of all others", "Only the last two words of the history count", "Only trigrams that were seen are possible", "Every sentence has at least three words"], answer=1,
        explanation="A trigram is a word and a history of two. What stands before them is ignored.",
    ),
    Question(
        id="2.7.q2", text="A model has perplexity 20 on a text. What does that mean?",
        choices=["It is wrong for one word out of twenty", "It hesitates between 20 words each time", "The geometric mean of its probabilities is 1/20", "The arithmetic mean of its probabilities is 1/20"], answer=2,
        explanation="It is as uncertain on average as a choice among 20 equal words, and may be sure of most words and lost at a few.",
    ),
    Question(
        id="2.7.q3", text="Why does Kneser–Ney give 'York' a small probability after a history that it does not know?",
        choices=["It is rarer in the text than other words", "It is a name, and those are not counted", "It has lost its count by the discount", "It follows hardly any word but 'New'"], answer=3,
        explanation="The lower order counts after how many different words a word is found, not how often.",
    ),
    Question(
        id="2.7.q4", text="Two models with different vocabularies read the same text. What can be compared?",
        choices=["Total bits divided by the text's bytes", "Their perplexity for each of their tokens", "Their share of tokens that are <unk>", "Cross-entropy for each of their tokens"], answer=0,
        explanation="The bytes are the same for both; a token is not.",
    ),
    Question(
        id="2.7.q5", text="All counts of a bigram model are discounted by 0.75. Where does that probability go?",
        choices=["To the most frequent words of the text", "Nowhere: all sums are below 1 after that", "To words as the shorter history expects them", "To all words of the vocabulary, equally"], answer=2,
        explanation="The lower order shares it out, with a weight that makes everything add up to 1.",
    ),
    Question(
        id="2.7.q6", text="What must an RNN do with its history that a Transformer need not?",
        choices=["Squeeze it into a state of fixed size", "Keep every earlier token in a cache", "Read it from both sides to predict", "Cut it to the last n − 1 of its tokens"], answer=0,
        explanation="A Transformer keeps all tokens and looks at any of them directly; its cache grows with the text.",
    ),
]  # fmt: skip
