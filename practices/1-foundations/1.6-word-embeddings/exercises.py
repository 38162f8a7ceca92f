"""Exercises of topic 1.6."""

import math
import random

import numpy as np
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: skip-gram pairs


def skip_gram_pairs(words, window):
    pairs = []
    for i, word in enumerate(words):
        for j in range(max(0, i - window), min(len(words), i + window + 1)):
            if j != i:
                pairs.append((word, words[j]))
    return pairs


def only_to_the_right(words, window):
    return [(words[i], words[j]) for i in range(len(words)) for j in range(i + 1, min(len(words), i + window + 1))]


def with_itself(words, window):
    return [
        (words[i], words[j])
        for i in range(len(words))
        for j in range(max(0, i - window), min(len(words), i + window + 1))
    ]


def window_one_short(words, window):
    return [
        (words[i], words[j])
        for i in range(len(words))
        for j in range(max(0, i - window), min(len(words), i + window))
        if j != i
    ]


def around_the_start(words, window):
    return [
        (words[i], words[j])
        for i in range(len(words))
        for j in range(i - window, min(len(words), i + window + 1))
        if j != i and -len(words) <= j
    ]


def equal_words_left_out(words, window):
    return [
        (words[i], words[j])
        for i in range(len(words))
        for j in range(max(0, i - window), min(len(words), i + window + 1))
        if words[j] != words[i]
    ]


def neighbour_first(words, window):
    return [
        (words[j], words[i])
        for i in range(len(words))
        for j in range(max(0, i - window), min(len(words), i + window + 1))
        if j != i
    ]


def pairs_by_slices(words, window):
    pairs = []
    for i in range(len(words)):
        left = words[:i][-window:]
        right = words[i + 1 : i + 1 + window]
        pairs.extend((words[i], other) for other in [*left, *right])
    return pairs


def pairs_by_distance(words, window):
    return [(word, other) for i, word in enumerate(words) for j, other in enumerate(words) if 1 <= abs(i - j) <= window]


def pairs_by_offsets(words, window):
    offsets = [d for d in range(-window, window + 1) if d]
    return tuple([words[i], words[i + d]] for i in range(len(words)) for d in offsets if 0 <= i + d < len(words))


# b: noise


def noise_probabilities(counts, exponent):
    powers = {word: count**exponent for word, count in counts.items()}
    total = sum(powers.values())
    return {word: power / total for word, power in powers.items()}


def exponent_forgotten(counts, exponent):
    total = sum(counts.values())
    return {word: count / total for word, count in counts.items()}


def not_divided(counts, exponent):
    return {word: count**exponent for word, count in counts.items()}


def divided_by_the_counts(counts, exponent):
    total = sum(counts.values())
    return {word: count**exponent / total for word, count in counts.items()}


def exponent_after_the_share(counts, exponent):
    total = sum(counts.values())
    return {word: (count / total) ** exponent for word, count in counts.items()}


def exponent_as_a_factor(counts, exponent):
    total = sum(counts.values())
    return {word: exponent * count / total for word, count in counts.items()}


def uniform(counts, exponent):
    return {word: 1 / len(counts) for word in counts}


def noise_by_numpy(counts, exponent):
    powers = np.array(list(counts.values()), dtype=float) ** exponent
    return dict(zip(counts, powers / powers.sum())) if counts else {}


def noise_by_softmax(counts, exponent):
    if not counts:
        return {}
    return dict(zip(counts.keys(), softmax(exponent * np.log(list(counts.values()))).tolist()))


def noise_by_ratios(counts, exponent):
    return {word: 1 / sum((other / count) ** exponent for other in counts.values()) for word, count in counts.items()}


# c: one step


def step(hidden, outputs, labels, alpha):
    g = (labels - 1 / (1 + np.exp(-outputs @ hidden))) * alpha
    return hidden + g @ outputs, outputs + np.outer(g, hidden)


def outputs_moved_first(hidden, outputs, labels, alpha):
    g = (labels - 1 / (1 + np.exp(-outputs @ hidden))) * alpha
    moved = outputs + np.outer(g, hidden)
    return hidden + g @ moved, moved


def away_from_the_labels(hidden, outputs, labels, alpha):
    g = (labels - 1 / (1 + np.exp(-outputs @ hidden))) * alpha
    return hidden - g @ outputs, outputs - np.outer(g, hidden)


def no_sigmoid(hidden, outputs, labels, alpha):
    g = (labels - outputs @ hidden) * alpha
    return hidden + g @ outputs, outputs + np.outer(g, hidden)


def rate_forgotten(hidden, outputs, labels, alpha):
    g = labels - 1 / (1 + np.exp(-outputs @ hidden))
    return hidden + g @ outputs, outputs + np.outer(g, hidden)


def hidden_stays(hidden, outputs, labels, alpha):
    g = (labels - 1 / (1 + np.exp(-outputs @ hidden))) * alpha
    return hidden, outputs + np.outer(g, hidden)


def first_label_only(hidden, outputs, labels, alpha):
    g = (labels[0] - 1 / (1 + np.exp(-outputs @ hidden))) * alpha
    return hidden + g @ outputs, outputs + np.outer(g, hidden)


def step_by_loops(hidden, outputs, labels, alpha):
    moved, rows = list(hidden), [list(row) for row in outputs]
    for k, row in enumerate(outputs):
        f = sum(x * y for x, y in zip(hidden, row))
        g = (labels[k] - 1 / (1 + math.exp(-f))) * alpha
        for d in range(len(hidden)):
            moved[d] += g * row[d]
            rows[k][d] += g * hidden[d]
    return np.array(moved), np.array(rows)


def step_on_copies(hidden, outputs, labels, alpha):
    h, w = hidden.copy(), outputs.copy()
    g = alpha * (labels - 0.5 * (1 + np.tanh(outputs.dot(hidden) / 2)))
    h += (g[:, None] * outputs).sum(axis=0)
    w += g[:, None] * hidden[None, :]
    return h, w


def step_by_einsum(hidden, outputs, labels, alpha):
    e = np.exp(np.einsum("nd,d->n", outputs, hidden))
    g = (labels - e / (1 + e)) * alpha
    return [hidden + np.einsum("n,nd->d", g, outputs), outputs + np.einsum("n,d->nd", g, hidden)]


# d: analogies


def analogy(vectors, a, b, c):
    def unit(v):
        length = math.sqrt(sum(x * x for x in v))
        return [x / length for x in v]

    units = {word: unit(v) for word, v in vectors.items()}
    wanted = [y - x + z for x, y, z in zip(units[a], units[b], units[c])]
    rest = [word for word in vectors if word not in (a, b, c)]
    return max(rest, key=lambda word: sum(x * y for x, y in zip(units[word], wanted)))


def inputs_allowed(vectors, a, b, c):
    def unit(v):
        length = math.sqrt(sum(x * x for x in v))
        return [x / length for x in v]

    units = {word: unit(v) for word, v in vectors.items()}
    wanted = [y - x + z for x, y, z in zip(units[a], units[b], units[c])]
    return max(vectors, key=lambda word: sum(x * y for x, y in zip(units[word], wanted)))


def a_and_b_exchanged(vectors, a, b, c):
    return analogy(vectors, b, a, c)


def all_added(vectors, a, b, c):
    def unit(v):
        length = math.sqrt(sum(x * x for x in v))
        return [x / length for x in v]

    units = {word: unit(v) for word, v in vectors.items()}
    wanted = [y + x + z for x, y, z in zip(units[a], units[b], units[c])]
    rest = [word for word in vectors if word not in (a, b, c)]
    return max(rest, key=lambda word: sum(x * y for x, y in zip(units[word], wanted)))


def long_vectors_win(vectors, a, b, c):
    wanted = [y - x + z for x, y, z in zip(vectors[a], vectors[b], vectors[c])]
    rest = [word for word in vectors if word not in (a, b, c)]
    return max(rest, key=lambda word: sum(x * y for x, y in zip(vectors[word], wanted)))


def near_c_only(vectors, a, b, c):
    def cosine(v, w):
        return sum(x * y for x, y in zip(v, w)) / math.sqrt(sum(x * x for x in v) * sum(y * y for y in w))

    rest = [word for word in vectors if word not in (a, b, c)]
    return max(rest, key=lambda word: cosine(vectors[word], vectors[c]))


def farthest(vectors, a, b, c):
    def unit(v):
        length = math.sqrt(sum(x * x for x in v))
        return [x / length for x in v]

    units = {word: unit(v) for word, v in vectors.items()}
    wanted = [y - x + z for x, y, z in zip(units[a], units[b], units[c])]
    rest = [word for word in vectors if word not in (a, b, c)]
    return min(rest, key=lambda word: sum(x * y for x, y in zip(units[word], wanted)))


def analogy_by_numpy(vectors, a, b, c):
    words = list(vectors)
    unit = np.array([vectors[word] for word in words])
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    ia, ib, ic = map(words.index, (a, b, c))
    scores = unit @ (unit[ib] - unit[ia] + unit[ic])
    scores[[ia, ib, ic]] = -np.inf
    return words[scores.argmax()]


def analogy_by_three_cosines(vectors, a, b, c):
    def cosine(one, other):
        v, w = vectors[one], vectors[other]
        return sum(x * y for x, y in zip(v, w)) / (math.hypot(*v) * math.hypot(*w))

    best, most = None, -math.inf
    for word in vectors:
        score = cosine(word, b) - cosine(word, a) + cosine(word, c)
        if word not in {a, b, c} and score > most:
            best, most = word, score
    return best


def analogy_by_sorting(vectors, a, b, c):
    unit = {word: np.array(v) / np.sqrt(np.dot(v, v)) for word, v in vectors.items()}
    target = unit[b] - unit[a] + unit[c]
    target = target / np.linalg.norm(target)
    ranked = sorted(unit, key=lambda word: -(unit[word] @ target))
    return next(word for word in ranked if word not in (a, b, c))


# e: subwords


def subwords(word, min_n, max_n):
    whole = f"<{word}>"
    return [whole[i : i + n] for i in range(len(whole)) for n in range(min_n, max_n + 1) if i + n <= len(whole)]


def no_marks(word, min_n, max_n):
    return [word[i : i + n] for i in range(len(word)) for n in range(min_n, max_n + 1) if i + n <= len(word)]


def short_ones_at_the_end(word, min_n, max_n):
    whole = f"<{word}>"
    return [whole[i : i + n] for i in range(len(whole)) for n in range(min_n, max_n + 1)]


def longest_left_out(word, min_n, max_n):
    whole = f"<{word}>"
    return [whole[i : i + n] for i in range(len(whole)) for n in range(min_n, max_n) if i + n <= len(whole)]


def by_length(word, min_n, max_n):
    whole = f"<{word}>"
    return [whole[i : i + n] for n in range(min_n, max_n + 1) for i in range(len(whole) - n + 1)]


def last_place_missed(word, min_n, max_n):
    whole = f"<{word}>"
    return [whole[i : i + n] for i in range(len(whole)) for n in range(min_n, max_n + 1) if i + n < len(whole)]


def each_once(word, min_n, max_n):
    return list(dict.fromkeys(subwords(word, min_n, max_n)))


def subwords_by_sorting(word, min_n, max_n):
    whole = "<" + word + ">"
    places = [(i, n) for n in range(min_n, max_n + 1) for i in range(len(whole) - n + 1)]
    return [whole[i : i + n] for i, n in sorted(places)]


def subwords_by_ends(word, min_n, max_n):
    whole, result = f"<{word}>", []
    for start in range(len(whole)):
        for end in range(start + min_n, min(start + max_n, len(whole)) + 1):
            result.append(whole[start:end])
    return result


def subwords_by_recursion(word, min_n, max_n):
    def parts(rest):
        if len(rest) < min_n:
            return []
        return [rest[:n] for n in range(min_n, max_n + 1) if n <= len(rest)] + parts(rest[1:])

    return tuple(parts("<" + word + ">"))


# f: the mix of layers


def mix_layers(layers, scores, gamma):
    weights = np.exp(scores - scores.max())
    return gamma * np.tensordot(weights / weights.sum(), layers, axes=1)


def scores_as_weights(layers, scores, gamma):
    return gamma * np.tensordot(scores, layers, axes=1)


def all_layers_alike(layers, scores, gamma):
    return gamma * layers.mean(axis=0)


def gamma_forgotten(layers, scores, gamma):
    weights = np.exp(scores - scores.max())
    return np.tensordot(weights / weights.sum(), layers, axes=1)


def weights_not_divided(layers, scores, gamma):
    return gamma * np.tensordot(np.exp(scores), layers, axes=1)


def best_layer_alone(layers, scores, gamma):
    return gamma * layers[scores.argmax()]


def powers_too_large(layers, scores, gamma):
    with np.errstate(all="ignore"):
        weights = np.exp(scores)
        return gamma * np.tensordot(weights / weights.sum(), layers, axes=1)


def mix_by_scipy(layers, scores, gamma):
    return gamma * np.einsum("n,ntd->td", softmax(scores), layers)


def mix_by_loops(layers, scores, gamma):
    highest = max(scores)
    weights = [math.exp(score - highest) for score in scores]
    mixed = np.zeros(layers.shape[1:])
    for weight, layer in zip(weights, layers):
        mixed += gamma * weight / sum(weights) * layer
    return mixed.tolist()


def mix_in_logarithms(layers, scores, gamma):
    weights = np.exp(log_softmax(scores))
    return (weights[:, None, None] * layers).sum(axis=0) * gamma


def random_mix(seed):
    rng = np.random.default_rng(seed)
    n, t, d = rng.integers(1, 5, 3).tolist()
    return rng.normal(size=(n, t, d)), rng.normal(size=n), float(rng.uniform(0.5, 2))


def random_vectors(seed):
    rng = random.Random(seed)
    words = [f"w{i}" for i in range(rng.randint(4, 7))]
    vectors = {word: [round(rng.gauss(0, 1), 3) + 0.0005 for _ in range(4)] for word in words}
    return (vectors, *rng.sample(words, 3))


def random_step(seed):
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    labels = (np.arange(n) == 0).astype(float)
    return rng.normal(size=d), rng.normal(size=(n, d)), labels, 0.1


ROYALS = {
    "man": [1.0, 0.0, 0.2],
    "woman": [0.0, 1.0, 0.2],
    "king": [1.0, 0.1, 2.0],
    "queen": [0.1, 1.0, 2.0],
    "apple": [9.0, -9.0, 1.0],
    "girl": [-0.2, 1.0, 0.1],
    "pawn": [-0.5, -1.0, -2.0],
}

EXERCISES = [
    Exercise(
        id="1.6.a",
        title="Who stands near whom",
        difficulty=1,
        task="""
            Write `skip_gram_pairs(words, window)`: the list of pairs (word, neighbour) for every word and every other place at most `window`
            places away from it. Go through the words from left to right, and through the neighbours of each from left to right.

            `skip_gram_pairs(["a", "b", "c"], 1)` is `[("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]`.
        """,
        function="skip_gram_pairs",
        examples=[(["a", "b", "c"], 1), (["a", "b", "a", "c", "c"], 2), ([], 3), (["one"], 2), (["a", "b"], 5)],
        inputs=st.tuples(st.lists(st.sampled_from("abc"), max_size=7), st.integers(1, 4)),
        reference=skip_gram_pairs,
        wrong=[
            Wrong(only_to_the_right, "Neighbours stand on both sides."),
            Wrong(with_itself, "A place is not its own neighbour."),
            Wrong(window_one_short, "The last neighbour to the right is missing: `range` leaves its end out."),
            Wrong(around_the_start, "A negative index counts from the end: the window must stop at the first word."),
            Wrong(equal_words_left_out, "The same word at another place is a neighbour: compare places, not words."),
            Wrong(neighbour_first, "The word in the middle comes first in the pair."),
        ],
        hints=[
            "Two loops over places, i and j.",
            "The neighbours of place i lie from i - window to i + window. Which of these places do not exist, and which one is no neighbour?",
        ],
        explanation="These pairs are all that skip-gram learns from: order within the window is lost.",
        beyond="word2vec draws the width of each window anew between 1 and `window`, so that near words count more.",
    ),
    Exercise(
        id="1.6.b",
        title="Noise",
        difficulty=1,
        task="""
            Negative sampling draws noise words with probability proportional to count<sup>exponent</sup>. Write `noise_probabilities(counts, exponent)`:
            a dictionary from each word to its probability.

            `noise_probabilities({"the": 16, "cat": 1}, 0.75)` is `{"the": 8/9, "cat": 1/9}`.
        """,
        function="noise_probabilities",
        examples=[({"the": 16, "cat": 1}, 0.75), ({"a": 1}, 0.75), ({"a": 4, "b": 9, "c": 1}, 0.5), ({}, 0.75)],
        inputs=st.tuples(
            st.dictionaries(st.sampled_from("abcd"), st.integers(1, 1000), max_size=4),
            st.sampled_from([0.0, 0.5, 0.75]),
        ),
        reference=noise_probabilities,
        wrong=[
            Wrong(exponent_forgotten, "That is the share of each word: the exponent is missing."),
            Wrong(not_divided, "Probabilities sum to 1: divide by the sum."),
            Wrong(divided_by_the_counts, "Divide by the sum of the powers, not of the counts."),
            Wrong(exponent_after_the_share, "Powers of shares do not sum to 1: take the power first, then divide."),
            Wrong(exponent_as_a_factor, "The exponent is a power (`**`), not a factor."),
            Wrong(uniform, "Frequent words must be drawn more often."),
        ],
        hints=[
            "First all powers, then their sum.",
            "What must you divide each power by, so that all of them add up to 1?",
        ],
        explanation="The exponent 3/4 gives rare words more than their share: 16 to 1 becomes 8 to 1.",
        beyond="Drawing must be fast: a table of cumulated counts and a bisection, a guide table, or Walker's alias method.",
    ),
    Exercise(
        id="1.6.c",
        title="One step of skip-gram",
        difficulty=3,
        task="""
            Write `step(hidden, outputs, labels, alpha)`. `hidden` has shape (d,), `outputs` (n, d), and `labels` (n,) is 1 for
            the true target and 0 for noise. With g = (labels - sigmoid(outputs · hidden)) · alpha, the hidden vector moves by the sum of all g
            times their output row, and each output row moves by its g times hidden. Both use the values from *before* the step.
            Return `(new hidden, new outputs)` and leave the arguments as they are.
        """,
        function="step",
        keeps_arguments=True,
        examples=[
            (np.array([1.0, 0.0]), np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([1.0, 0.0]), 0.5),
            (np.array([0.5, -1.0, 2.0]), np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]), np.array([1.0, 0.0]), 0.1),
            (np.array([2.0]), np.array([[1.0]]), np.array([1.0]), 1.0),
        ],
        inputs=st.integers(0, 10**6).map(random_step),
        reference=step,
        wrong=[
            Wrong(outputs_moved_first, "The hidden vector must move by the output rows as they were before the step."),
            Wrong(away_from_the_labels, "The sign is the wrong way round: a true target must come nearer."),
            Wrong(no_sigmoid, "The score must go through the sigmoid before it is compared with the label."),
            Wrong(rate_forgotten, "The learning rate alpha is missing."),
            Wrong(hidden_stays, "The hidden vector moves, too."),
            Wrong(first_label_only, "Each row has a label of its own: noise is not a target."),
        ],
        hints=["`outputs @ hidden` gives all n scores at once.", "`np.outer(g, hidden)` has the shape of `outputs`."],
        explanation="It is logistic regression, with the inputs learned as well as the weights.",
        beyond="word2vec looks the sigmoid up in a table, and lets threads overwrite each other: the updates are too sparse to care.",
    ),
    Exercise(
        id="1.6.d",
        title="Analogies",
        difficulty=2,
        task="""
            Write `analogy(vectors, a, b, c)`: the word that is to `c` as `b` is to `a`. `vectors` is a dictionary from word to a list of numbers.
            Scale each vector to length 1, compute b - a + c, and return the word whose scaled vector has the largest dot product with
            it. The three given words do not count.
        """,
        function="analogy",
        examples=[
            (ROYALS, "man", "king", "woman"),
            (ROYALS, "king", "man", "queen"),
            (ROYALS, "man", "woman", "king"),
            (ROYALS, "woman", "queen", "man"),
            (ROYALS, "apple", "man", "girl"),
        ],
        inputs=st.integers(0, 10**6).map(random_vectors),
        reference=analogy,
        wrong=[
            Wrong(inputs_allowed, "The nearest word is often one of the three given: leave them out."),
            Wrong(a_and_b_exchanged, "The direction leads from a to b: b - a, not a - b."),
            Wrong(all_added, "a is subtracted."),
            Wrong(long_vectors_win, "Scale the vectors to length 1 first, or long ones win."),
            Wrong(near_c_only, "That is the nearest word to c: the step from a to b is missing."),
            Wrong(farthest, "The largest dot product is wanted."),
        ],
        hints=["Make a dictionary of scaled vectors first.", "`max(rest, key=lambda word: …)`"],
        explanation="Leaving the given words out does much of the work: without that rule most answers would be b or c.",
        beyond="Levy and Goldberg (2014) multiply the three similarities instead of adding them (3CosMul), so that none of them can dominate.",
    ),
    Exercise(
        id="1.6.e",
        title="The parts of a word",
        difficulty=2,
        task="""
            Write `subwords(word, min_n, max_n)`: put the word between `<` and `>` and list all its n-grams of `min_n` to `max_n` characters, ordered by
            where they begin, then by length.

            `subwords("at", 2, 3)` is `["<a", "<at", "at", "at>", "t>"]`.
        """,
        function="subwords",
        examples=[("at", 2, 3), ("where", 3, 6), ("a", 3, 6), ("", 3, 6), ("banana", 2, 2), ("été", 3, 3)],
        inputs=st.tuples(st.text(alphabet="abé", max_size=6), st.integers(2, 4), st.integers(4, 6)),
        reference=subwords,
        wrong=[
            Wrong(no_marks, "The marks < and > are missing: they tell a beginning from a middle."),
            Wrong(short_ones_at_the_end, "Near the end there is no room for an n-gram: slices come out too short."),
            Wrong(longest_left_out, "max_n itself is a length, too."),
            Wrong(by_length, "Order by where they begin, then by length."),
            Wrong(last_place_missed, "The n-grams that end with > are missing."),
            Wrong(each_once, "A part that occurs twice counts twice."),
        ],
        hints=["A loop over beginnings, in it one over lengths.", "Only if `i + n <= len(whole)`."],
        explanation="The mean of the vectors of these parts is a vector for any word, even one never seen.",
        beyond="fastText hashes them into a fixed number of buckets, so that the table of parts cannot grow without bound.",
    ),
    Exercise(
        id="1.6.f",
        title="What a task sees of ELMo",
        difficulty=2,
        task="""
            Write `mix_layers(layers, scores, gamma)`. `layers` has shape (n, T, d): n layers of T words. Each layer gets the weight that the softmax of the `scores`
            (n,) gives it: the exponential of its score, divided by the sum of all of them. Return gamma times the weighted sum of the
            layers, shape (T, d). Scores may be as large as 1,000.

            With `scores` [0, 0] and gamma 1 it is the mean of the two layers.
        """,
        function="mix_layers",
        examples=[
            (np.array([[[1.0, 0.0]], [[3.0, 4.0]]]), np.array([0.0, 0.0]), 1.0),
            (np.array([[[1.0, 0.0], [2.0, 2.0]], [[3.0, 4.0], [0.0, 1.0]]]), np.array([0.5, -0.5]), 2.0),
            (np.array([[[1.0]], [[2.0]], [[4.0]]]), np.array([1.0, 0.0, 2.0]), 0.5),
            (np.array([[[1.0, 5.0]], [[3.0, 4.0]]]), np.array([1000.0, 999.0]), 1.0),
        ],
        inputs=st.integers(0, 10**6).map(random_mix),
        reference=mix_layers,
        wrong=[
            Wrong(scores_as_weights, "Scores are not weights yet: take their softmax."),
            Wrong(all_layers_alike, "That is the plain mean: each layer has a weight of its own."),
            Wrong(gamma_forgotten, "The factor gamma is missing."),
            Wrong(weights_not_divided, "Weights must sum to 1: divide the exponentials by their sum."),
            Wrong(best_layer_alone, "All layers count, each by its weight, not only the one with the largest score."),
            Wrong(
                powers_too_large,
                "exp(1000) is too large for a float: subtract the largest score from all of them first.",
            ),
        ],
        hints=[
            "Subtracting the same number from all scores does not change a softmax.",
            "`np.tensordot(weights, layers, axes=1)`",
        ],
        explanation="A task learns the scores and gamma with everything else: tagging likes the lower layers, meaning the upper ones.",
        beyond="Gamma matters for the optimiser: without it, the mix would be held to the scale of the language model's states.",
    ),
]

RIGHT = {  # other styles, which must pass as well
    "1.6.a": [pairs_by_slices, pairs_by_distance, pairs_by_offsets],
    "1.6.b": [noise_by_numpy, noise_by_softmax, noise_by_ratios],
    "1.6.c": [step_by_loops, step_on_copies, step_by_einsum],
    "1.6.d": [analogy_by_numpy, analogy_by_three_cosines, analogy_by_sorting],
    "1.6.e": [subwords_by_sorting, subwords_by_ends, subwords_by_recursion],
    "1.6.f": [mix_by_scipy, mix_by_loops, mix_in_logarithms],
}

QUESTIONS = [
    Question(
        id="1.6.q1",
        text="In trained vectors “good” and “bad” are close neighbours. Why?",
        choices=[
            "Their frequencies are nearly the same",
            "They stand in much the same contexts",
            "They often stand in one sentence",
            "They share the sense of a judgement",
        ],
        answer=1,
        explanation="Vectors learn which words can stand in the same place, and opposites can.",
    ),
    Question(
        id="1.6.q2",
        text="What does negative sampling save?",
        choices=[
            "The softmax over the whole vocabulary",
            "The memory for the output vectors",
            "The pairs with very frequent words",
            "The second pass over the whole text",
        ],
        answer=0,
        explanation="A few noise words stand for all others, so a pair costs 6 dot products instead of 100,000. The output vectors stay, one for each word.",
    ),
    Question(
        id="1.6.q3",
        text="Which of these has a vector for a word that was never in its training text?",
        choices=["Skip-gram", "word2vec", "fastText", "LSA by SVD"],
        answer=2,
        explanation="It is the mean of the vectors of the word's character n-grams.",
    ),
    Question(
        id="1.6.q4",
        text="On a t-SNE map two groups are far apart. What follows for their distance in the original space?",
        choices=[
            "It is larger than that of groups nearby",
            "It is large only where the groups are dense",
            "It is as large, up to one factor for all",
            "Hardly anything: it may be large or small",
        ],
        answer=3,
        explanation="t-SNE keeps neighbours together; gaps between groups and the sizes of groups mean nothing.",
    ),
    Question(
        id="1.6.q5",
        text="Why can a static vector not tell the bank of a river from the bank that lends money?",
        choices=[
            "The window is too narrow to see the topic",
            "There is one vector for each spelling",
            "The cosine takes no account of length",
            "The rarer sense is sampled as noise",
        ],
        answer=1,
        explanation="All uses are averaged into one point. A contextual model gives each occurrence its own vector.",
    ),
    Question(
        id="1.6.q6",
        text="What does GloVe fit its dot products to?",
        choices=[
            "The logarithm of how often two words meet",
            "The probability that a word is not noise",
            "The cosine of two rows of the count table",
            "The similarity that people gave two words",
        ],
        answer=0,
        explanation="w_i · v_j + b_i + c_j ≈ log X_ij, by weighted least squares.",
    ),
    Question(
        id="1.6.q7",
        text="Why does ELMo train one language model to the right and one to the left, not one that sees both sides at once?",
        choices=[
            "A network that is recurrent cannot be run over a text from both of its ends",
            "Two models of half the size learn faster than one, from the same text",
            "Words before and after the place would need two different vocabularies",
            "A model that sees both sides would see the very word it must predict",
        ],
        answer=3,
        explanation="Through the layers, each place would reach the next word's own input. BERT hides words behind a mask instead, and may look both ways.",
    ),
]
