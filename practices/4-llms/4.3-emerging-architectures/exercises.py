"""Exercises of topic 4.3."""

import heapq
import itertools
import math
from collections import Counter

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import softmax

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: routing


def route(scores, k):
    best = sorted(range(len(scores)), key=lambda e: (-scores[e], e))[:k]
    powers = [math.exp(scores[e] - scores[best[0]]) for e in best]
    return [(e, power / sum(powers)) for e, power in zip(best, powers)]


def shares_of_all(scores, k):
    powers = [math.exp(s - max(scores)) for s in scores]
    best = sorted(range(len(scores)), key=lambda e: (-scores[e], e))[:k]
    return [(e, powers[e] / sum(powers)) for e in best]


def equal_weights(scores, k):
    return [(e, 1 / k) for e, _ in route(scores, k)]


def the_worst(scores, k):
    worst = sorted(range(len(scores)), key=lambda e: (scores[e], e))[:k]
    powers = [math.exp(scores[e] - max(scores)) for e in worst]
    return [(e, power / sum(powers)) for e, power in zip(worst, powers)]


def in_order_of_number(scores, k):
    return sorted(route(scores, k))


def scores_as_weights(scores, k):
    best = [e for e, _ in route(scores, k)]
    total = sum(abs(scores[e]) for e in best) or 1.0
    return [(e, scores[e] / total) for e in best]


def last_of_equals(scores, k):
    best = sorted(range(len(scores)), key=lambda e: (-scores[e], -e))[:k]
    powers = [math.exp(scores[e] - scores[best[0]]) for e in best]
    return [(e, power / sum(powers)) for e, power in zip(best, powers)]


# b: balance


def visits_of(probabilities, k):
    visited = np.zeros_like(probabilities)
    for t, row in enumerate(probabilities):
        visited[t, np.argsort(-row, kind="stable")[:k]] = 1
    return visited


def balance_loss(probabilities, k):
    visited = visits_of(probabilities, k)
    return float(probabilities.shape[1] * (visited.mean(axis=0) * probabilities.mean(axis=0)).sum())


def factor_forgotten(probabilities, k):
    return balance_loss(probabilities, k) / probabilities.shape[1]


def only_the_best(probabilities, k):
    return balance_loss(probabilities, 1)


def divided_by_k(probabilities, k):
    return balance_loss(probabilities, k) / k


def without_shares(probabilities, k):
    return float(probabilities.shape[1] * (probabilities.mean(axis=0) ** 2).sum())


def token_by_token(probabilities, k):
    return float(probabilities.shape[1] * (visits_of(probabilities, k) * probabilities).mean(axis=0).sum())


def tokens_for_experts(probabilities, k):
    return balance_loss(probabilities, k) / probabilities.shape[1] * probabilities.shape[0]


# c: the scan


def scan_with(x, step, A, B, C, read_before=False, keep=True, write="step", fade=None):
    h, y = np.zeros(len(A)), np.zeros(len(x))
    for t in range(len(x)):
        if read_before:
            y[t] = C[t] @ h
        faded = np.exp(step[t] * A) if fade is None else fade(step[t], A)
        h = (faded * h if keep else 0) + (step[t] if write == "step" else 1.0) * B[t] * x[t]
        if not read_before:
            y[t] = C[t] @ h
    return y


def scan_channel(x, step, A, B, C):
    return scan_with(x, step, A, B, C)


def reads_before_writing(x, step, A, B, C):
    return scan_with(x, step, A, B, C, read_before=True)


def never_remembers(x, step, A, B, C):
    return scan_with(x, step, A, B, C, keep=False)


def writes_without_the_step(x, step, A, B, C):
    return scan_with(x, step, A, B, C, write="all")


def fades_without_the_step(x, step, A, B, C):
    return scan_with(x, step, A, B, C, fade=lambda s, a: np.exp(a))


def fades_in_a_straight_line(x, step, A, B, C):
    return scan_with(x, step, A, B, C, fade=lambda s, a: 1 + s * a)


def never_fades(x, step, A, B, C):
    return scan_with(x, step, A, B, C, fade=lambda s, a: np.ones(len(a)))


# d: the cache of a hybrid


def cache_numbers(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    attention, mamba = 2 * n_tokens * n_kv_heads * d_head, d_inner * (d_state + d_conv - 1)
    return sum(attention if layer == "attention" else mamba for layer in layers)


def keys_only(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    attention, mamba = n_tokens * n_kv_heads * d_head, d_inner * (d_state + d_conv - 1)
    return sum(attention if layer == "attention" else mamba for layer in layers)


def everything_attends(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    return len(layers) * 2 * n_tokens * n_kv_heads * d_head


def state_for_every_token(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    attention, mamba = 2 * n_tokens * n_kv_heads * d_head, n_tokens * d_inner * (d_state + d_conv - 1)
    return sum(attention if layer == "attention" else mamba for layer in layers)


def convolution_forgotten(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    attention, mamba = 2 * n_tokens * n_kv_heads * d_head, d_inner * d_state
    return sum(attention if layer == "attention" else mamba for layer in layers)


def one_input_too_many(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    attention, mamba = 2 * n_tokens * n_kv_heads * d_head, d_inner * (d_state + d_conv)
    return sum(attention if layer == "attention" else mamba for layer in layers)


def heads_forgotten(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    attention, mamba = 2 * n_tokens * d_head, d_inner * (d_state + d_conv - 1)
    return sum(attention if layer == "attention" else mamba for layer in layers)


def rows(t, e, seed):
    p = np.random.default_rng(seed).random((t, e)) + 0.05
    return p / p.sum(axis=1, keepdims=True)


def scan_inputs(t, n, seed):
    r = np.random.default_rng(seed)
    return r.normal(size=t), r.random(t) + 0.1, -r.random(n) - 0.2, r.normal(size=(t, n)), r.normal(size=(t, n))


def route_by_numpy(scores, k):
    order = np.argsort(-np.array(scores), kind="stable")[:k]
    weights = softmax(np.array(scores)[order])
    return list(zip(order.tolist(), weights.tolist()))


def route_by_taking_the_best(scores, k):
    rest, chosen = dict(enumerate(scores)), []
    for _ in range(k):
        best = max(rest, key=rest.get)
        chosen.append((best, math.exp(rest.pop(best))))
    total = sum(power for _, power in chosen)
    return tuple((e, power / total) for e, power in chosen)


def route_by_heap(scores, k):
    best = heapq.nsmallest(k, ((-score, e) for e, score in enumerate(scores)))
    total = sum(math.exp(-minus) for minus, _ in best)
    return [[e, math.exp(-minus) / total] for minus, e in best]


def balance_by_partition(probabilities, k):
    T, E = probabilities.shape
    chosen = np.argpartition(-probabilities, k - 1, axis=1)[:, :k]
    f = np.bincount(chosen.ravel(), minlength=E) / T
    return E * np.dot(f, probabilities.mean(0))


def balance_by_counting(probabilities, k):
    n, n_experts = len(probabilities), len(probabilities[0])
    visits = Counter(e for row in probabilities for e in sorted(range(n_experts), key=lambda e: -row[e])[:k])
    means = [sum(row[e] for row in probabilities) / n for e in range(n_experts)]
    return n_experts * sum(visits[e] / n * means[e] for e in range(n_experts))


def balance_by_ranks(probabilities, k):
    ranks = (-probabilities).argsort(axis=1, kind="stable").argsort(axis=1)
    return (
        float(probabilities.shape[1] * np.einsum("te,ue->", (ranks < k).astype(float), probabilities)) / len(ranks) ** 2
    )


def scan_with_numbers(x, step, A, B, C):
    h, out = [0.0] * len(A), []
    for t in range(len(x)):
        for n in range(len(A)):
            h[n] = math.exp(step[t] * A[n]) * h[n] + step[t] * B[t][n] * x[t]
        out.append(sum(c * s for c, s in zip(C[t], h)))
    return out


def scan_unrolled(x, step, A, B, C):
    when = np.cumsum(step)
    y = np.zeros(len(x))
    for t in range(len(x)):
        for s in range(t + 1):
            y[t] += np.sum(C[t] * np.exp((when[t] - when[s]) * A) * step[s] * B[s] * x[s])
    return y


def scan_by_accumulate(x, step, A, B, C):
    def after(h, t):
        return np.exp(step[t] * A) * h + (step[t] * x[t]) * B[t]

    states = list(itertools.accumulate(range(len(x)), after, initial=np.zeros_like(A)))[1:]
    return np.einsum("tn,tn->t", C, np.stack(states))


def numbers_by_counting(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    n = layers.count("attention")
    return n * 2 * n_tokens * n_kv_heads * d_head + (len(layers) - n) * (d_inner * d_state + d_inner * (d_conv - 1))


def numbers_by_table(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    kept = {
        "attention": sum(n_kv_heads * d_head for _ in range(2 * n_tokens)),
        "mamba": np.zeros((d_inner, d_state)).size + np.zeros((d_inner, d_conv - 1)).size,
    }
    return sum(map(kept.get, layers))


def numbers_layer_by_layer(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv):
    total = 0
    for layer in layers:
        if layer == "attention":
            keys = values = n_tokens * n_kv_heads * d_head
            total += keys + values
        elif layer == "mamba":
            total += d_inner * d_state
            total += d_inner * (d_conv - 1)
    return np.int64(total)


NUMBERS = st.floats(-2, 2, width=32)

EXERCISES = [
    Exercise(
        id="4.3.a",
        title="The router",
        difficulty=1,
        task="""
            Write `route(scores, k)`: the `k` experts with the highest scores as a list of (number of the expert, weight), best first; of equal scores the
            smaller number comes first. The weights are the softmax over the scores of these `k` only.

            `route([0.0, ln 3, -5.0], 2)` is `[(1, 0.75), (0, 0.25)]`.
        """,
        function="route",
        examples=[
            ([0.0, math.log(3), -5.0], 2),
            ([1.0, 4.0, 2.0, 3.0], 3),
            ([2.0, 2.0, 1.0], 1),
            ([-1.0, -2.0, -0.5, -3.0], 2),
            ([0.5, 0.5, 0.5], 2),
        ],
        inputs=st.tuples(st.lists(st.floats(-5, 5), min_size=3, max_size=8), st.integers(1, 3)),
        reference=route,
        wrong=[
            Wrong(shares_of_all, "The softmax goes over the chosen ones only: their weights must sum to 1."),
            Wrong(equal_weights, "The better score gets the larger weight."),
            Wrong(the_worst, "You chose the lowest scores."),
            Wrong(in_order_of_number, "Best first: the order is that of the scores, not of the numbers."),
            Wrong(scores_as_weights, "Scores become weights by exp and division (softmax); they may be negative."),
            Wrong(last_of_equals, "Of equal scores the smaller number comes first."),
        ],
        hints=[
            "`sorted(range(len(scores)), key=…)` sorts the numbers of the experts.",
            "key=lambda e: (-scores[e], e)",
        ],
        explanation="Mixtral does exactly this for every token in every layer; only the chosen experts compute.",
        beyond="Choosing is not differentiable; the gradient reaches the router through the weights of the chosen experts alone.",
    ),
    Exercise(
        id="4.3.b",
        title="The load balancing loss",
        difficulty=2,
        task="""
            Write `balance_loss(probabilities, k)`. `probabilities` (T, E) has a row for each token, the softmax over all E experts. Each token visits its `k` most
            probable experts. For each expert let f be the share of tokens that visit it, and P the mean of its probabilities over all tokens. The loss is
            E times the sum over experts of f · P.

            If all tokens are sure of the same expert (k = 1), it is E; if the experts are used alike, it is k.
        """,
        function="balance_loss",
        examples=[
            (np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]), 1),
            (np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]), 2),
            (rows(6, 4, 0), 2),
            (rows(5, 3, 1), 1),
        ],
        inputs=st.tuples(st.integers(0, 10**6).map(lambda seed: rows(5, 4, seed)), st.integers(1, 4)),
        reference=balance_loss,
        wrong=[
            Wrong(factor_forgotten, "Multiply by the number of experts, so that the best value does not depend on it."),
            Wrong(only_the_best, "Each token visits its k best experts, not only the first."),
            Wrong(
                divided_by_k, "f is the share of tokens that visit the expert: over all experts these shares sum to k."
            ),
            Wrong(
                without_shares,
                "One factor is the share of visits, counted; only the other one is the mean probability.",
            ),
            Wrong(
                token_by_token, "First the two means over all tokens, then their product: not the mean of the products."
            ),
            Wrong(tokens_for_experts, "The factor is the number of experts (columns), not that of tokens."),
        ],
        hints=[
            "A table `visited` (T, E) of zeros and ones helps.",
            "`visited.mean(axis=0)` is f, `probabilities.mean(axis=0)` is P.",
        ],
        explanation="f cannot be differentiated, P can: the gradient lowers the probability of experts in proportion to how often they are visited.",
        beyond="DeepSeek-V3 does without such a loss: a bias on each expert's score is raised when it gets too little and lowered when too much.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.3.c",
        title="The selective scan",
        difficulty=2,
        task="""
            Write `scan_channel(x, step, A, B, C)` for one channel. `x` and `step` are (T,), `A` is (N,), `B` and `C` are (T, N). The state h (N,) begins at zero. At each token t:
            h ← exp(step[t] · A) · h + step[t] · B[t] · x[t], and then y[t] is the dot product of C[t] and h. Return y (T,).
        """,
        function="scan_channel",
        examples=[scan_inputs(5, 3, 0), scan_inputs(1, 2, 1), scan_inputs(8, 1, 2), scan_inputs(4, 4, 3)],
        inputs=st.tuples(
            hnp.arrays(np.float64, 4, elements=NUMBERS),
            hnp.arrays(np.float64, 4, elements=st.floats(0, 2, width=32)),
            hnp.arrays(np.float64, 3, elements=st.floats(-3, 0, width=32)),
            hnp.arrays(np.float64, (4, 3), elements=NUMBERS),
            hnp.arrays(np.float64, (4, 3), elements=NUMBERS),
        ),
        reference=scan_channel,
        wrong=[
            Wrong(reads_before_writing, "y[t] is read from the state after token t was written."),
            Wrong(never_remembers, "The old state, faded, is part of the new one."),
            Wrong(writes_without_the_step, "What is written is multiplied by the step, too."),
            Wrong(fades_without_the_step, "The fading depends on the step: exp(step · A)."),
            Wrong(fades_in_a_straight_line, "1 + step · A is only the beginning of exp(step · A)."),
            Wrong(never_fades, "The old state has to be multiplied by exp(step · A)."),
        ],
        hints=[
            "One loop over t; h and A and B[t] are arrays of N numbers.",
            "`np.exp(step[t] * A) * h + step[t] * B[t] * x[t]`",
        ],
        explanation="Because step, B and C come from the token, the state can decide what to keep; with constant ones this would be a fixed filter.",
        beyond="h ← a·h + b is associative when written as pairs (a, b): a parallel scan needs log T rounds instead of T steps.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.3.d",
        title="What a hybrid keeps",
        difficulty=1,
        task="""
            Write `cache_numbers(layers, n_tokens, n_kv_heads, d_head, d_inner, d_state, d_conv)`: how many numbers a model like Jamba keeps for one text of `n_tokens`. `layers` is a list of
            `"attention"` and `"mamba"`. An attention layer keeps a key and a value of `d_head` numbers for each token and key head. A Mamba layer keeps, for each of `d_inner` channels, `d_state`
            numbers of state and the last `d_conv` − 1 inputs of its convolution.

            `cache_numbers(["mamba", "attention"], 10, 2, 4, 8, 3, 4)` is 2·10·2·4 + 8·(3 + 3) = 208.
        """,
        function="cache_numbers",
        examples=[
            (["mamba", "attention"], 10, 2, 4, 8, 3, 4),
            (["mamba"] * 7 + ["attention"], 1000, 8, 128, 8192, 16, 4),
            ([], 5, 1, 1, 1, 1, 1),
            (["mamba", "mamba"], 3, 2, 2, 5, 2, 2),
        ],
        inputs=st.tuples(
            st.lists(st.sampled_from(["attention", "mamba"]), max_size=6),
            st.integers(1, 50),
            st.integers(1, 4),
            st.integers(1, 8),
            st.integers(1, 16),
            st.integers(1, 8),
            st.integers(1, 4),
        ),
        reference=cache_numbers,
        wrong=[
            Wrong(keys_only, "A key and a value: two vectors for each token and head."),
            Wrong(everything_attends, "Only the attention layers keep something for every token."),
            Wrong(state_for_every_token, "A Mamba layer keeps one state for the whole text, not one for each token."),
            Wrong(convolution_forgotten, "The convolution needs the last d_conv − 1 inputs as well."),
            Wrong(one_input_too_many, "d_conv − 1 inputs: the newest one arrives with the next token."),
            Wrong(heads_forgotten, "Every key head has a key and a value of its own."),
        ],
        hints=["Work out one number for an attention layer and one for a Mamba layer, then add over the list."],
        explanation="For long texts only the attention layers count: Jamba, with one in eight, keeps an eighth.",
        beyond="Multiply by the bytes of a number (2 in half precision) and by the texts in the batch to see how many users fit on a card.",
    ),
]

RIGHT = {  # other styles, which must pass as well
    "4.3.a": [route_by_numpy, route_by_taking_the_best, route_by_heap],
    "4.3.b": [balance_by_partition, balance_by_counting, balance_by_ranks],
    "4.3.c": [scan_with_numbers, scan_unrolled, scan_by_accumulate],
    "4.3.d": [numbers_by_counting, numbers_by_table, numbers_layer_by_layer],
}

QUESTIONS = [
    Question(
        id="4.3.q1",
        text="A mixture of 8 experts with 2 active ones: what does it save against a dense model of the same total size?",
        choices=[
            "Memory for the weights, six experts of eight",
            "Computation for each token, not memory",
            "Memory and computation, by the same factor",
            "Training time, but nothing when it is used",
        ],
        answer=1,
        explanation="Any token may need any expert, so all must be loaded; but each token only goes through two.",
    ),
    Question(
        id="4.3.q2",
        text="Why is a load balancing loss added in training?",
        choices=[
            "Experts would all learn the same without it",
            "The router's scores would grow without bound",
            "A token could be sent to no expert at all",
            "A few experts would get nearly all the tokens",
        ],
        answer=3,
        explanation="The rich get richer: an expert that is chosen learns and is chosen more, and one that is never chosen gets no gradient and never becomes worth choosing.",
    ),
    Question(
        id="4.3.q3",
        text="What does multi-head latent attention keep for each token?",
        choices=[
            "A short vector for all heads, and a small rotated key",
            "A short vector for each head, from which it makes keys",
            "The keys of all heads, from which values can be made",
            "The keys and values of one head, which all others share",
        ],
        answer=0,
        explanation="Keys and values of all heads can be made from the one vector. A rotated key cannot, since the angle depends on the position: so a small part is kept apart.",
    ),
    Question(
        id="4.3.q4",
        text="How does the memory of a Mamba layer grow with the length of the text?",
        choices=["Linearly", "Like T · T", "Not at all", "Like log T"],
        answer=2,
        explanation="The state has a fixed size. That is its strength, and its limit: it cannot hold every detail.",
    ),
]
