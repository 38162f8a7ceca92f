"""The exercises of topic 2.1: smoothing, posteriors, precision and recall, the cheapest threshold, and the slope of the loss."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: smoothing


def smoothed(counts, vocabulary, alpha):
    total = sum(counts.get(word, 0) for word in vocabulary) + alpha * len(vocabulary)
    return {word: (counts.get(word, 0) + alpha) / total for word in vocabulary}


def total_not_smoothed(counts, vocabulary, alpha):
    total = sum(counts.get(word, 0) for word in vocabulary) or 1
    return {word: (counts.get(word, 0) + alpha) / total for word in vocabulary}


def alpha_once_in_the_total(counts, vocabulary, alpha):
    total = sum(counts.get(word, 0) for word in vocabulary) + alpha
    return {word: (counts.get(word, 0) + alpha) / total for word in vocabulary}


def always_one(counts, vocabulary, alpha):
    total = sum(counts.get(word, 0) for word in vocabulary) + len(vocabulary)
    return {word: (counts.get(word, 0) + 1) / total for word in vocabulary}


def only_words_seen(counts, vocabulary, alpha):
    total = sum(counts.get(word, 0) for word in vocabulary) + alpha * len(vocabulary)
    return {word: (counts[word] + alpha) / total for word in vocabulary if counts.get(word, 0)}


def zero_replaced(counts, vocabulary, alpha):
    filled = {word: counts.get(word, 0) or alpha for word in vocabulary}
    return {word: n / sum(filled.values()) for word, n in filled.items()}


def alpha_times_words_seen(counts, vocabulary, alpha):
    seen = sum(counts.get(word, 0) > 0 for word in vocabulary)
    total = sum(counts.get(word, 0) for word in vocabulary) + alpha * max(seen, 1)
    return {word: (counts.get(word, 0) + alpha) / total for word in vocabulary}


def smoothed_logarithms(counts, vocabulary, alpha):
    return {word: math.log(p) for word, p in smoothed(counts, vocabulary, alpha).items()}


def smoothed_by_numpy(counts, vocabulary, alpha):
    n = np.array([counts.get(word, 0) for word in vocabulary], dtype=float) + alpha
    return dict(zip(vocabulary, n / n.sum()))


def smoothed_by_counter(counts, vocabulary, alpha):
    found = Counter({word: 0 for word in vocabulary})
    found.update({word: n for word, n in counts.items() if word in found})
    return {word: (n + alpha) / (found.total() + alpha * len(vocabulary)) for word, n in found.items()}


def smoothed_one_by_one(counts, vocabulary, alpha):
    result, total = {}, 0.0
    for word in vocabulary:
        result[word] = alpha
        if word in counts:
            result[word] += counts[word]
        total += result[word]
    for word in result:
        result[word] /= total
    return result


# b: posterior


def posterior(words, log_prior, log_likelihood):
    scores = {
        label: log_prior[label] + sum(log_likelihood[label].get(word, 0.0) for word in words) for label in log_prior
    }
    most = max(scores.values())
    exponentials = {label: math.exp(score - most) for label, score in scores.items()}
    total = sum(exponentials.values())
    return {label: value / total for label, value in exponentials.items()}


def prior_forgotten(words, log_prior, log_likelihood):
    return posterior(words, dict.fromkeys(log_prior, 0.0), log_likelihood)


def each_word_once(words, log_prior, log_likelihood):
    return posterior(list(dict.fromkeys(words)), log_prior, log_likelihood)


def underflowing(words, log_prior, log_likelihood):
    scores = {
        label: math.exp(log_prior[label] + sum(log_likelihood[label].get(word, 0.0) for word in words))
        for label in log_prior
    }
    total = sum(scores.values())
    return {label: score / total if total else 0.0 for label, score in scores.items()}


def scores_as_they_are(words, log_prior, log_likelihood):
    return {
        label: log_prior[label] + sum(log_likelihood[label].get(word, 0.0) for word in words) for label in log_prior
    }


def shares_of_logarithms(words, log_prior, log_likelihood):
    scores = scores_as_they_are(words, log_prior, log_likelihood)
    total = sum(scores.values()) or 1
    return {label: score / total for label, score in scores.items()}


def stopped_by_the_unknown(words, log_prior, log_likelihood):
    known = next(
        (i for i, word in enumerate(words) if not any(word in of for of in log_likelihood.values())), len(words)
    )
    return posterior(words[:known], log_prior, log_likelihood)


def mean_of_the_words(words, log_prior, log_likelihood):
    n = max(1, len(words))
    shrunk = {label: {w: v / n for w, v in of.items()} for label, of in log_likelihood.items()}
    return posterior(words, log_prior, shrunk)


def posterior_by_numpy(words, log_prior, log_likelihood):
    z = np.array([log_prior[c] + sum(log_likelihood[c].get(w, 0) for w in words) for c in log_prior])
    p = np.exp(z - np.logaddexp.reduce(z))
    return dict(zip(log_prior, p))


def posterior_by_counter(words, log_prior, log_likelihood):
    scores = dict(log_prior)
    for word, n in Counter(words).items():
        for label in scores:
            if word in log_likelihood[label]:
                scores[label] += n * log_likelihood[label][word]
    return {a: 1 / sum(math.exp(min(700.0, scores[b] - scores[a])) for b in scores) for a in scores}


def posterior_by_shifting(words, log_prior, log_likelihood):
    scores = scores_as_they_are(words, log_prior, log_likelihood)
    top = sorted(scores.values())[-1]
    log_total = top + math.log(sum(math.exp(s - top) for s in scores.values()))
    return {label: math.exp(s - log_total) for label, s in scores.items()}


# c: precision, recall, F1


def precision_recall_f1(true, predicted, positive):
    hits = sum(t == p == positive for t, p in zip(true, predicted))
    flagged = sum(p == positive for p in predicted)
    there = sum(t == positive for t in true)
    precision = hits / flagged if flagged else 0.0
    recall = hits / there if there else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return precision, recall, f1


def swapped(true, predicted, positive):
    precision, recall, f1 = precision_recall_f1(true, predicted, positive)
    return recall, precision, f1


def plain_mean(true, predicted, positive):
    precision, recall, _ = precision_recall_f1(true, predicted, positive)
    return precision, recall, (precision + recall) / 2


def share_of_all(true, predicted, positive):
    hits = sum(t == p == positive for t, p in zip(true, predicted))
    n = max(1, len(true))
    p = hits / n
    return p, p, p


def nothing_is_perfect(true, predicted, positive):
    precision, recall, _ = precision_recall_f1(true, predicted, positive)
    precision = precision if positive in predicted else 1.0
    recall = recall if positive in true else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def accuracy_for_hits(true, predicted, positive):
    hits = sum(t == p for t, p in zip(true, predicted))
    flagged, there = predicted.count(positive), true.count(positive)
    precision, recall = hits / flagged if flagged else 0.0, hits / there if there else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def not_doubled(true, predicted, positive):
    precision, recall, f1 = precision_recall_f1(true, predicted, positive)
    return precision, recall, f1 / 2


def measured_by_numpy(true, predicted, positive):
    t, p = (np.array([x == positive for x in part], dtype=float) for part in (true, predicted))
    hits = (t * p).sum()
    return [hits / max(p.sum(), 1), hits / max(t.sum(), 1), 2 * hits / max(t.sum() + p.sum(), 1)]


def measured_by_fractions(true, predicted, positive):
    pairs = Counter((t == positive, p == positive) for t, p in zip(true, predicted))
    hits, alarms, missed = pairs[True, True], pairs[False, True], pairs[True, False]
    if not hits:
        return 0.0, 0.0, 0.0
    precision, recall = Fraction(hits, hits + alarms), Fraction(hits, hits + missed)
    return float(precision), float(recall), float(2 / (1 / precision + 1 / recall))


def measured_by_sets(true, predicted, positive):
    there = {i for i, t in enumerate(true) if t == positive}
    flagged = {i for i, p in enumerate(predicted) if p == positive}
    both = len(there & flagged)
    return tuple(
        a / b if b else 0.0
        for a, b in ((both, len(flagged)), (both, len(there)), (2 * both, len(there) + len(flagged)))
    )


# d: the cheapest threshold


def lowest_cost(scores, positive, miss, alarm):
    costs = []
    for threshold in [*scores, math.inf]:
        missed = sum(p and s < threshold for s, p in zip(scores, positive))
        alarms = sum(not p and s >= threshold for s, p in zip(scores, positive))
        costs.append(missed * miss + alarms * alarm)
    return min(costs)


def something_must_be_flagged(scores, positive, miss, alarm):
    costs = [
        sum((miss if p else 0) if s < t else (0 if p else alarm) for s, p in zip(scores, positive)) for t in scores
    ]
    return min(costs, default=0)


def costs_swapped(scores, positive, miss, alarm):
    return lowest_cost(scores, positive, alarm, miss)


def fixed_at_one_half(scores, positive, miss, alarm):
    return sum((0 if p else alarm) if s >= 0.5 else (miss if p else 0) for s, p in zip(scores, positive))


def errors_counted(scores, positive, miss, alarm):
    return lowest_cost(scores, positive, 1, 1)


def strictly_above(scores, positive, miss, alarm):
    costs = []
    for threshold in scores:
        missed = sum(p and s <= threshold for s, p in zip(scores, positive))
        alarms = sum(not p and s > threshold for s, p in zip(scores, positive))
        costs.append(missed * miss + alarms * alarm)
    return min(costs, default=0)


def ties_broken_by_luck(scores, positive, miss, alarm):
    order = sorted(zip(scores, positive), key=lambda pair: (-pair[0], not pair[1]))
    cost = best = miss * sum(positive)
    for _, p in order:
        cost += -miss if p else alarm
        best = min(best, cost)
    return best


def of_the_fewest_errors(scores, positive, miss, alarm):
    found = []
    for threshold in [*scores, math.inf]:
        missed = sum(p and s < threshold for s, p in zip(scores, positive))
        alarms = sum(not p and s >= threshold for s, p in zip(scores, positive))
        found.append((missed + alarms, missed * miss + alarms * alarm))
    return min(found)[1]


def cost_by_sorting(scores, positive, miss, alarm):
    cost = best = miss * sum(map(bool, positive))
    pairs = sorted(zip(scores, positive), reverse=True)
    for i, (s, p) in enumerate(pairs):
        cost += -miss if p else alarm
        if i + 1 == len(pairs) or pairs[i + 1][0] != s:
            best = min(best, cost)
    return best


def cost_by_numpy(scores, positive, miss, alarm):
    s, p = np.array(scores, dtype=float), np.array(positive, dtype=bool)
    thresholds = np.append(s, np.inf)[:, None]
    flagged = s[None] >= thresholds
    return ((~flagged & p).sum(axis=1) * miss + (flagged & ~p).sum(axis=1) * alarm).min()


def cost_by_distinct_scores(scores, positive, miss, alarm):
    best = None
    for t in [*sorted(set(scores)), float("inf")]:
        cost = 0.0
        for i in range(len(scores)):
            if positive[i] and scores[i] < t:
                cost += miss
            if not positive[i] and scores[i] >= t:
                cost += alarm
        best = cost if best is None or cost < best else best
    return best


# e: the gradient


def gradient(X, y, w):
    slope = np.zeros(len(w))
    for row, truth in zip(np.array(X, dtype=float), y):
        z = row @ np.array(w, dtype=float)
        p = 1 / (1 + np.exp(-z)) if z >= 0 else np.exp(z) / (1 + np.exp(z))
        slope += (p - truth) * row / len(X)
    return slope.tolist()


def uphill(X, y, w):
    return [-g for g in gradient(X, y, w)]


def summed(X, y, w):
    return [g * len(X) for g in gradient(X, y, w)]


def without_the_sigmoid(X, y, w):
    X = np.array(X, dtype=float)
    return (X.T @ (X @ np.array(w, dtype=float) - np.array(y)) / len(X)).tolist()


def of_the_squared_error(X, y, w):
    X = np.array(X, dtype=float)
    p = 1 / (1 + np.exp(-np.clip(X @ np.array(w, dtype=float), -500, 500)))
    return (X.T @ ((p - np.array(y)) * p * (1 - p)) / len(X)).tolist()


def features_forgotten(X, y, w):
    X = np.array(X, dtype=float)
    p = 1 / (1 + np.exp(-np.clip(X @ np.array(w, dtype=float), -500, 500)))
    return [float((p - np.array(y)).mean())] * len(w)


def hard_decisions(X, y, w):
    X = np.array(X, dtype=float)
    p = (X @ np.array(w, dtype=float) > 0).astype(float)
    return (X.T @ (p - np.array(y)) / len(X)).tolist()


def divided_by_features(X, y, w):
    return [g * len(X) / len(w) for g in gradient(X, y, w)]


def gradient_by_matrices(X, y, w):
    X = np.asarray(X, dtype=float)
    p = 0.5 * (1 + np.tanh(X @ np.asarray(w, dtype=float) / 2))
    return X.T @ (p - np.asarray(y)) / len(X)


def gradient_in_plain_python(X, y, w):
    total = [0.0] * len(w)
    for row, truth in zip(X, y):
        z = max(-700.0, min(700.0, sum(a * b for a, b in zip(row, w))))
        wrong = 1 / (1 + math.exp(-z)) - truth
        for j, x in enumerate(row):
            total[j] += wrong * x
    return [t / len(X) for t in total]


def gradient_by_torch(X, y, w):
    import torch

    weights = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    z = torch.tensor(X, dtype=torch.float64) @ weights
    torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y, dtype=torch.float64)).backward()
    return weights.grad


WORDS = st.sampled_from(["prize", "now", "claim", "lunch", "tomorrow", "naïve", "日本"])
SIX = {"win": 1, "prize": 2, "now": 1, "claim": 1}
EIGHT = ["win", "prize", "now", "claim", "lunch", "see", "you", "tomorrow"]
LIKELIHOOD = {
    "spam": {"prize": math.log(0.5), "now": math.log(0.3), "lunch": math.log(0.2)},
    "ham": {"prize": math.log(0.1), "now": math.log(0.3), "lunch": math.log(0.6)},
}
PRIOR = {"spam": math.log(1 / 3), "ham": math.log(2 / 3)}
THREE = {"a": {"x": -1.0, "é": -3.0}, "b": {"x": -2.0, "é": -0.5}, "c": {"x": -0.3, "é": -4.0}}
THIRDS = {"a": math.log(0.5), "b": math.log(0.3), "c": math.log(0.2)}
NUMBERS = st.integers(-6, 6).map(lambda n: n / 2)


def _table(n_columns):
    row = st.lists(NUMBERS, min_size=n_columns, max_size=n_columns)
    return st.lists(st.tuples(row, st.integers(0, 1)), min_size=1, max_size=6).flatmap(
        lambda pairs: st.tuples(st.just([x for x, _ in pairs]), st.just([y for _, y in pairs]), row)
    )


EXERCISES = [
    Exercise(
        id="2.1.a",
        title="Smooth the counts",
        difficulty=1,
        task=(
            "`counts` says how often each word was seen in a class, `vocabulary` lists all words that count (each once), `alpha` is "
            "above 0. Return a dictionary with P(word | class) for **every** word of the vocabulary:\n\n"
            "(count + alpha) / (sum of the counts of the vocabulary's words + alpha · number of words in the vocabulary)\n\n"
            "A word that is missing from `counts` was seen 0 times; a word that is not in the vocabulary counts for nothing.\n\n"
            "`smoothed({'prize': 2}, ['prize', 'lunch'], 1)` is `{'prize': 0.75, 'lunch': 0.25}`."
        ),
        function="smoothed",
        examples=[
            ({"prize": 2}, ["prize", "lunch"], 1.0), (SIX, EIGHT, 1.0), (SIX, EIGHT, 0.01), ({}, ["a", "b"], 0.5),
            ({"a": 3, "outside": 7}, ["a", "b", "naïve"], 2.0), ({"a": 0, "b": 4}, ["a", "b", "c"], 1.5),
        ],
        inputs=st.tuples(
            st.dictionaries(WORDS, st.integers(0, 9), max_size=5),
            st.lists(WORDS, min_size=1, max_size=6, unique=True),
            st.sampled_from([0.01, 0.5, 1.0, 3.0]),
        ),
        reference=smoothed,
        wrong=[
            Wrong(total_not_smoothed, "The probabilities sum to more than 1: what was added to the counts is missing from the total."),
            Wrong(alpha_once_in_the_total, "alpha was added to each word's count; how often does it have to be in the total?"),
            Wrong(always_one, "What is added is `alpha`, which need not be 1."),
            Wrong(only_words_seen, "Words that the class has not shown are missing from the result, and they are why we smooth."),
            Wrong(zero_replaced, "alpha is added to every count, not put in the place of the zeros."),
            Wrong(alpha_times_words_seen, "The total holds alpha for every word of the vocabulary, also for those with count 0."),
            Wrong(smoothed_logarithms, "Return the probabilities themselves; the logarithm comes later."),
        ],
        hints=[
            "First the total: what would all the counts be, after alpha was added to each of them, and what is their sum?",
            "`counts.get(word, 0)` is 0 for a word that is missing. Sum over the vocabulary, not over `counts`.",
        ],
        explanation="Every word of the vocabulary gets some probability, and they still sum to 1, because the total grows by alpha for each of them.",
        beyond=(
            "alpha is a hyperparameter: choose it on validation data, often far below 1. With a large vocabulary alpha = 1 gives "
            "most of the probability to words that were never seen. Practice 2.7 has better ways (Kneser–Ney)."
        ),
    ),
    Exercise(
        id="2.1.b",
        title="From words to the posterior",
        difficulty=2,
        task=(
            "Return P(class | words) for each class, as a dictionary whose values sum to 1. `log_prior[label]` is log P(label), "
            "`log_likelihood[label][word]` is log P(word | label). A word that occurs twice counts twice; a word that "
            "no class knows is skipped (the classes know the same words, since all were smoothed). Texts may have thousands of words: "
            "no result may be lost by underflow.\n\n"
            "With equal priors and P(prize | spam) = 0.5, P(prize | ham) = 0.1, the words `['prize']` give spam 0.8333…, ham 0.1667…"
        ),
        function="posterior",
        examples=[
            (["prize"], {"spam": math.log(0.5), "ham": math.log(0.5)}, LIKELIHOOD), (["prize", "now", "lunch"], PRIOR, LIKELIHOOD),
            ([], PRIOR, LIKELIHOOD), (["prize", "prize", "prize"], PRIOR, LIKELIHOOD), (["unseen", "lunch"], PRIOR, LIKELIHOOD),
            (["prize"] * 400 + ["lunch"] * 700, PRIOR, LIKELIHOOD), (["x", "é", "x"], THIRDS, THREE), (["now"] * 900, PRIOR, LIKELIHOOD),
            (["x", "?", "é", "é"], THIRDS, THREE), (["é"], THIRDS, THREE),
        ],
        inputs=st.tuples(st.lists(st.sampled_from(["x", "é", "?"]), max_size=8), st.just(THIRDS), st.just(THREE)),
        reference=posterior,
        wrong=[
            Wrong(prior_forgotten, "With no words at all the answer should be the prior: where is it?"),
            Wrong(each_word_once, "A word that occurs three times is three pieces of evidence for this model."),
            Wrong(underflowing, "exp of a score of −1700 is 0. Take the largest score away from all of them first."),
            Wrong(scores_as_they_are, "These are log probabilities that do not sum to 1: the softmax is missing."),
            Wrong(shares_of_logarithms, "Logarithms cannot be divided by their sum: take exp first, then the shares."),
            Wrong(stopped_by_the_unknown, "A word that no class knows is skipped, but the words after it still count."),
            Wrong(mean_of_the_words, "The logarithms of the words are added, not averaged: longer texts give more evidence."),
        ],
        hints=[
            "Two steps: a score for each class (log prior, plus one number for each word), then the softmax of the scores.",
            "exp(s − m) / Σ exp(s' − m) is the same for every m. Which m keeps all exponents at 0 or below?",
        ],
        explanation="Adding logarithms multiplies probabilities, and the largest score becomes exp(0) = 1, so that the sum is never 0.",
        beyond="This is the log-sum-exp trick. It is inside every softmax of every neural network, for the same reason.",
    ),
    Exercise(
        id="2.1.c",
        title="Precision, recall and F1",
        difficulty=1,
        task=(
            "`true` and `predicted` are lists of labels of the same length. Return the tuple (precision, recall, F1) of the class "
            "`positive`. Where there is nothing to divide by (nothing flagged, or nothing to find), the value is 0.0; F1 is "
            "0.0 where precision and recall both are.\n\n"
            "`precision_recall_f1(['a', 'a', 'b'], ['a', 'b', 'b'], 'a')` is `(1.0, 0.5, 0.6666666666666666)`."
        ),
        function="precision_recall_f1",
        examples=[
            (["a", "a", "b"], ["a", "b", "b"], "a"), (["a", "b", "b", "b"], ["a", "a", "a", "b"], "a"), (["b"], ["b"], "a"),
            (["a", "a"], ["b", "b"], "a"), (["b", "b"], ["a", "b"], "a"), ([], [], "é"), (["é", "a", "é"], ["é", "é", "a"], "é"),
            (["a", "b", "c", "c"], ["a", "c", "c", "c"], "c"),
        ],
        inputs=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=12).map(
            lambda pairs: ([t for t, _ in pairs], [p for _, p in pairs], "a")
        ),
        reference=precision_recall_f1,
        wrong=[
            Wrong(swapped, "Precision divides by what was flagged, recall by what is there: they are swapped."),
            Wrong(plain_mean, "F1 is the harmonic mean, 2PR / (P + R), not the ordinary one."),
            Wrong(share_of_all, "Precision divides by the number of flagged examples, recall by the number of positives, not by all."),
            Wrong(nothing_is_perfect, "Where nothing was flagged or nothing is there to find, the value should be 0.0."),
            Wrong(accuracy_for_hits, "Only examples that are `positive` in both lists are hits; other right answers do not count."),
            Wrong(not_doubled, "F1 of a perfect classifier is 1: the 2 of 2PR / (P + R) is missing."),
        ],
        hints=[
            "Count three things: positive in both lists, positive in `predicted`, positive in `true`.",
            "precision = both / flagged, recall = both / there; guard each division.",
        ],
        explanation="All three measures come from three counts, and right negatives are in none of them. That is why they are of use for rare classes.",
        beyond=(
            "F1 weighs precision and recall equally; Fβ weighs recall β times as much. Averages over classes: macro (classes equal), "
            "micro (texts equal), weighted. Say which one you report."
        ),
    ),
    Exercise(
        id="2.1.d",
        title="The cheapest threshold",
        difficulty=3,
        task=(
            "A threshold t flags every example whose score is **at least** t. Each positive that is not flagged costs `miss`, each "
            "negative that is flagged costs `alarm`. Return the lowest total cost over all thresholds. Flagging nothing at all is "
            "allowed, and so is flagging everything. Examples with equal scores are flagged together or not at all.\n\n"
            "`lowest_cost([0.9, 0.8, 0.3], [True, False, True], 1, 5)` is `1`: flag the first alone and miss the third."
        ),
        function="lowest_cost",
        examples=[
            ([0.9, 0.8, 0.3], [True, False, True], 1, 5), ([0.9, 0.8, 0.3], [True, False, True], 5, 1), ([], [], 1, 1),
            ([0.2, 0.9], [True, False], 1, 10), ([0.5, 0.5, 0.5], [True, False, False], 3, 2), ([-3.0, -2.0, -4.0], [True, True, False], 2, 2),
            ([0.6, 0.7, 0.1, 0.2], [False, False, True, True], 4, 1), ([0.4, 0.4, 0.8], [True, False, True], 10, 3),
            ([0.9], [False], 1, 1), ([0.1, 0.2, 0.3, 0.4, 0.5], [True, False, True, False, False], 7, 2),
            ([0.9, 0.8, 0.7, 0.6], [False, False, True, False], 5, 1), ([0.1, 0.2], [True, True], 3, 1),
        ],
        inputs=st.lists(st.tuples(st.integers(-4, 4).map(lambda n: n / 4), st.booleans()), max_size=9).flatmap(
            lambda pairs: st.tuples(
                st.just([s for s, _ in pairs]), st.just([p for _, p in pairs]), st.integers(1, 9), st.integers(1, 9)
            )
        ),
        reference=lowest_cost,
        wrong=[
            Wrong(something_must_be_flagged, "Flagging nothing is allowed, too: which threshold does that?"),
            Wrong(costs_swapped, "`miss` is for positives that are not flagged, `alarm` for negatives that are: they are swapped."),
            Wrong(fixed_at_one_half, "The threshold is not fixed at 0.5: try all of them."),
            Wrong(errors_counted, "The two kinds of error do not cost the same: weigh them by `miss` and `alarm`."),
            Wrong(strictly_above, "A score equal to the threshold is flagged: at least, not above."),
            Wrong(ties_broken_by_luck, "Examples with equal scores cannot be separated by a threshold."),
            Wrong(of_the_fewest_errors, "You minimise the number of errors and report its cost: minimise the cost itself."),
        ],
        hints=[
            "Only the scores themselves have to be tried as thresholds, and one more that is above all of them.",
            "For each threshold count the positives below it and the negatives at or above it.",
        ],
        explanation="Between two neighbouring scores nothing changes, so n + 1 thresholds are all there are.",
        beyond=(
            "Sorting once and walking down takes n log n instead of n². If the scores are calibrated probabilities no search is needed: "
            "flag where p ≥ alarm / (alarm + miss). Choose on validation data, report on test data."
        ),
    ),
    Exercise(
        id="2.1.e",
        title="The slope of logistic regression",
        difficulty=2,
        task=(
            "`X` is a list of rows of features, `y` says for each row 1 or 0, `w` are the weights (there is no intercept). Return the "
            "mean over the rows of (p − y)·x, one number for each weight, where p = σ(w·x). Scores may be as large as "
            "±1000: nothing may overflow.\n\n"
            "`gradient([[1.0, 2.0]], [1], [0.0, 0.0])` is `[-0.5, -1.0]`."
        ),
        function="gradient",
        examples=[
            ([[1.0, 2.0]], [1], [0.0, 0.0]), ([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]], [0, 1, 1], [0.5, -1.5]),
            ([[1000.0, 0.0], [-1000.0, 1.0]], [0, 1], [1.0, 0.0]), ([[1.0], [2.0], [-3.0]], [1, 1, 0], [0.7]),
            ([[0.0, 0.0, 0.0]], [1], [1.0, 2.0, 3.0]), ([[2.0, -1.0, 0.5], [1.0, 1.0, 1.0]], [0, 0], [-0.5, 0.25, 4.0]),
        ],
        inputs=st.integers(1, 4).flatmap(_table),
        reference=gradient,
        wrong=[
            Wrong(uphill, "The signs are turned: it is p − y, so that stepping *against* it lowers the loss."),
            Wrong(summed, "This is the sum over the rows; the mean is asked for."),
            Wrong(without_the_sigmoid, "w·x is the logit, not the probability: put it through σ before y is taken away."),
            Wrong(of_the_squared_error, "The factor p(1 − p) belongs to the squared error; in the cross-entropy it cancels."),
            Wrong(features_forgotten, "(p − y) is one number for each row: multiply it by that row's features."),
            Wrong(hard_decisions, "p is the probability, not the decision 0 or 1."),
            Wrong(divided_by_features, "Divide by the number of rows, not by the number of features."),
        ],
        hints=[
            "For each row: the logit z = Σ wⱼxⱼ, then p = σ(z), then add (p − y)·xⱼ to entry j.",
            "exp(1000) overflows. σ(z) = exp(z) / (1 + exp(z)) is the same number, and safe for negative z.",
        ],
        explanation="The derivative of −log σ(z) by z is p − 1, of −log(1 − σ(z)) it is p; both are p − y, and z depends on wⱼ through xⱼ.",
        beyond=(
            "In matrix form Xᵀ(p − y)/n. The same expression is the gradient of the softmax with cross-entropy at the last layer of every "
            "language model. The second derivative, Xᵀ diag(p(1 − p)) X / n, is never negative: the loss is convex."
        ),
        tolerance=1e-7,
    ),
]  # fmt: skip

RIGHT = {
    "2.1.a": [smoothed_by_numpy, smoothed_by_counter, smoothed_one_by_one],
    "2.1.b": [posterior_by_numpy, posterior_by_counter, posterior_by_shifting],
    "2.1.c": [measured_by_numpy, measured_by_fractions, measured_by_sets],
    "2.1.d": [cost_by_sorting, cost_by_numpy, cost_by_distinct_scores],
    "2.1.e": [gradient_by_matrices, gradient_in_plain_python, gradient_by_torch],
}

QUESTIONS = [
    Question(
        id="2.1.q1",
        text="A filter finds 90 % of spam and flags 5 % of good mail. One mail in a hundred is spam. What happens in the spam folder?",
        choices=[
            "Most of what lies in it is good mail",
            "Nine in ten of its mails are spam",
            "One in twenty of its mails is good",
        ],
        answer=0,
        explanation="Of 10,000 mails 90 spam and 495 good ones are flagged: precision 15 %.",
    ),
    Question(
        id="2.1.q2",
        text="Why does naive Bayes give probabilities that are too close to 0 and 1?",
        choices=[
            "Its smoothing adds far too much to each count",
            "It counts related words as separate evidence",
            "Its logarithms are rounded when they are added",
        ],
        answer=1,
        explanation="Dependent words are multiplied as if each were an independent witness.",
    ),
    Question(
        id="2.1.q3",
        text="You lower C in scikit-learn's LogisticRegression. What happens to the weights?",
        choices=[
            "They grow, as the penalty gets weaker now",
            "They stay, as C belongs to the SVM",
            "They shrink, as the penalty is stronger",
        ],
        answer=2,
        explanation="C is the inverse of the strength of the regularisation.",
    ),
    Question(
        id="2.1.q4",
        text="Which training examples determine the weights of a linear SVM?",
        choices=[
            "Those inside the margin or on the wrong side",
            "All of them, each in proportion to its score",
            "Those that lie farthest from the boundary",
        ],
        answer=0,
        explanation="Beyond the margin the hinge loss is 0, and so is the example's α.",
    ),
    Question(
        id="2.1.q5",
        text="You choose the 50 best words on all data and then cross-validate the classifier. What is the result?",
        choices=[
            "Honest, as each fold is held out once",
            "Too good, as the choice saw the labels",
            "Too bad, as 50 words are far too few here",
        ],
        answer=1,
        explanation="The choice of features is part of learning, and belongs inside each fold.",
    ),
    Question(
        id="2.1.q6",
        text="Model A is right on 91.0 % and B on 90.0 % of the same 1,000 test texts. What do you do?",
        choices=[
            "Compare the texts where only one is right",
            "Report that A is better by one point",
            "Report the mean of the two accuracies",
        ],
        answer=0,
        explanation="McNemar's test or a paired bootstrap looks at exactly those texts; a single point is within the noise.",
    ),
    Question(
        id="2.1.q7",
        text="On 2,000 texts a model has an expected calibration error of 0.02. What does that show?",
        choices=[
            "It is off by 0.02 on every single text",
            "It is right on 98 % of all these texts",
            "Little: by chance a perfect one has that, too",
        ],
        answer=2,
        explanation="The error is never negative, so chance alone puts it above 0: compare it with that of labels drawn from the model's own probabilities.",
    ),
    Question(
        id="2.1.q8",
        text="Model A sees words and pairs, model B words alone, and A is better (p = 0.01). What do you know?",
        choices=[
            "A's way of learning is the better one",
            "A with pairs beats B without them here",
            "Nothing at all, as p is above zero here",
        ],
        answer=1,
        explanation="Two things differ, features and model. Give both the same features to learn about the models.",
    ),
    Question(
        id="2.1.q9",
        text="19 of 20 classes are found well, a rare one never is. Which number tells you, in a single-label task?",
        choices=[
            "Accuracy, as it counts every single text",
            "Micro F1, as it adds up all the counts first",
            "Macro F1, as the classes count the same",
        ],
        answer=2,
        explanation="A class with F1 0 costs macro F1 a twentieth; in accuracy, which micro F1 equals here, a rare class hardly shows.",
    ),
]
