"""Exercises of topic 4.2."""

import itertools
import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import log_softmax

from nlpjourney.study.exercise import Exercise, Question, Wrong


def matrix(rows, columns, seed):
    return np.random.default_rng(seed).normal(size=(rows, columns))


# a: the loss of the next token


def cross_entropy(logits, targets):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -log_p[np.arange(len(targets)), targets]


def next_token_loss(logits, ids):
    return float(cross_entropy(logits[:-1], ids[1:]).mean())


def not_shifted(logits, ids):
    return float(cross_entropy(logits, ids).mean())


def shifted_backwards(logits, ids):
    return float(cross_entropy(logits[1:], ids[:-1]).mean())


def sum_for_mean(logits, ids):
    return float(cross_entropy(logits[:-1], ids[1:]).sum())


def logarithm_of_the_softmax(logits, ids):
    with np.errstate(divide="ignore"):
        powers = np.exp(logits[:-1] - logits[:-1].max(axis=-1, keepdims=True))
        p = powers / powers.sum(axis=-1, keepdims=True)
        return float(-np.log(p[np.arange(len(ids) - 1), ids[1:]]).mean())


def a_little_added(logits, ids):
    powers = np.exp(logits[:-1] - logits[:-1].max(axis=-1, keepdims=True))
    p = powers / powers.sum(axis=-1, keepdims=True)
    return float(-np.log(p[np.arange(len(ids) - 1), ids[1:]] + 1e-9).mean())


def divided_by_all(logits, ids):
    return float(cross_entropy(logits[:-1], ids[1:]).sum() / len(ids))


def in_bits(logits, ids):
    return next_token_loss(logits, ids) / math.log(2)


def sign_forgotten(logits, ids):
    return -next_token_loss(logits, ids)


def mean_of_probabilities(logits, ids):
    return float(-np.log(np.exp(-cross_entropy(logits[:-1], ids[1:])).mean()))


def loss_by_scipy(logits, ids):
    return -np.mean([log_softmax(row)[token] for row, token in zip(logits, ids[1:])])


def loss_by_loops(logits, ids):
    total = 0.0
    for row, token in zip(logits.tolist(), ids[1:].tolist()):
        top = max(row)
        total += math.log(sum(math.exp(score - top) for score in row)) + top - row[token]
    return total / (len(ids) - 1)


def loss_by_logaddexp(logits, ids):
    chosen = np.take_along_axis(logits[:-1], ids[1:, None], axis=1)[:, 0]
    return (np.logaddexp.reduce(logits[:-1], axis=1) - chosen).mean()


# b: packing


def packed(documents, end, length, step=None, width=None, keep_rest=False, ends=True, per_document=False):
    rows = []
    texts = [[d] for d in documents] if per_document else [documents]
    for group in texts:
        ids = [i for d in group for i in [*d, *([end] if ends else [])]]
        size, hop = (width or length + 1), (step or length)
        rows += [ids[i : i + size] for i in range(0, len(ids) - size + 1, hop)]
    return rows


def pack(documents, end, length):
    return packed(documents, end, length)


def no_end(documents, end, length):
    return packed(documents, end, length, ends=False)


def no_target_for_the_last(documents, end, length):
    return packed(documents, end, length, width=length)


def one_is_never_predicted(documents, end, length):
    return packed(documents, end, length, step=length + 1)


def sliding(documents, end, length):
    return packed(documents, end, length, step=1)


def each_document_alone(documents, end, length):
    return packed(documents, end, length, per_document=True)


def padded_rest(documents, end, length):
    ids = [i for d in documents for i in [*d, end]]
    rows = [ids[i : i + length + 1] for i in range(0, max(0, len(ids) - 1), length)]
    return [row + [end] * (length + 1 - len(row)) for row in rows]


def end_in_front(documents, end, length):
    return packed([[end, *d] for d in documents], end, length, ends=False)


def pack_as_it_comes(documents, end, length):
    rows, row = [], []
    for document in documents:
        for i in [*document, end]:
            row.append(i)
            if len(row) == length + 1:
                rows.append(row)
                row = [i]
    return rows


def pack_by_numpy(documents, end, length):
    ids = np.concatenate([np.array([*d, end], dtype=int) for d in documents]) if documents else np.empty(0, dtype=int)
    n = max(0, len(ids) - 1) // length
    return [ids[i * length : (i + 1) * length + 1].tolist() for i in range(n)]


def pack_by_popping(documents, end, length):
    rest = list(itertools.chain.from_iterable((*d, end) for d in documents))
    rows = []
    while len(rest) > length:
        rows.append(tuple(rest[: length + 1]))
        rest = rest[length:]
    return tuple(rows)


# c: AdamW


def adamw_with(
    w,
    g,
    m,
    v,
    t,
    lr,
    beta1,
    beta2,
    eps,
    decay,
    *,
    correct=(True, True),
    couple=False,
    keep=True,
    root=True,
    inside=False,
):
    if couple:
        g = g + decay * w
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mean = m / (1 - beta1**t) if correct[0] else m
    square = v / (1 - beta2**t) if correct[1] else v
    divisor = np.sqrt(square + eps) if inside else (np.sqrt(square) if root else square) + eps
    return w * (1 - lr * decay if keep and not couple else 1) - lr * mean / divisor, m, v


def adamw_step(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    return adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay)


def adamw_number_by_number(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    found = []
    for wi, gi, mi, vi in zip(w, g, m, v):
        mean, square = beta1 * mi + (1 - beta1) * gi, beta2 * vi + (1 - beta2) * gi * gi
        step = (mean / (1 - beta1**t)) / (math.sqrt(square / (1 - beta2**t)) + eps)
        found.append((wi - lr * (step + decay * wi), mean, square))
    return tuple(np.array(column) for column in zip(*found))


def adamw_in_place(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    w, m, v = w.copy(), m.copy(), v.copy()
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * np.square(g)
    w *= 1 - lr * decay
    w -= lr / (1 - beta1**t) * m / (np.sqrt(v) / math.sqrt(1 - beta2**t) + eps)
    return [w, m, v]


def adamw_as_means(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    new_m, new_v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
    update = new_m / (1 - beta1**t) / ((new_v / (1 - beta2**t)) ** 0.5 + eps)
    return w - lr * decay * w - lr * update, new_m, new_v


def not_corrected(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    return adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay, correct=(False, False))


def one_corrected(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    return adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay, correct=(True, False))


def decay_in_the_gradient(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    return adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay, couple=True)


def decay_forgotten(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    return adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay, keep=False)


def root_forgotten(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    return adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay, root=False)


def eps_under_the_root(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    return adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay, inside=True)


def corrected_means_kept(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    w, m, v = adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay)
    return w, m / (1 - beta1**t), v / (1 - beta2**t)


def uphill(w, g, m, v, t, lr, beta1, beta2, eps, decay):
    new, m, v = adamw_with(w, g, m, v, t, lr, beta1, beta2, eps, decay)
    return 2 * w * (1 - lr * decay) - new, m, v


# d: warm-up and cosine


def warmup_cosine(step, n_steps, peak, warmup, final):
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / (n_steps - warmup)
    return peak * (final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2)


def rate_as_half_a_square(step, n_steps, peak, warmup, final):
    if step < warmup:
        return peak / warmup * (step + 1)
    x = (step - warmup) / (n_steps - warmup)
    return peak * final + peak * (1 - final) * math.cos(math.pi / 2 * x) ** 2


def rate_by_numpy(step, n_steps, peak, warmup, final):
    rising = np.linspace(0, peak, warmup + 1)[1:]
    x = np.arange(n_steps - warmup) / (n_steps - warmup)
    falling = peak * (final + (1 - final) * 0.5 * (1 + np.cos(np.pi * x)))
    return np.concatenate([rising, falling])[step]


def rate_between_two_ends(step, n_steps, peak, warmup, final):
    low = final * peak
    middle, half = (peak + low) / 2, (peak - low) / 2
    return (
        peak * (step + 1) / warmup
        if step < warmup
        else middle + half * math.cos(math.pi * (step - warmup) / (n_steps - warmup))
    )


def starts_at_zero(step, n_steps, peak, warmup, final):
    return peak * step / warmup if step < warmup else warmup_cosine(step, n_steps, peak, warmup, final)


def no_warmup(step, n_steps, peak, warmup, final):
    return warmup_cosine(step, n_steps, peak, 0, final)


def cosine_counts_from_the_start(step, n_steps, peak, warmup, final):
    return warmup_cosine(step, n_steps, peak, warmup if step < warmup else 0, final)


def down_to_zero(step, n_steps, peak, warmup, final):
    return warmup_cosine(step, n_steps, peak, warmup, 0.0)


def whole_wave(step, n_steps, peak, warmup, final):
    if step < warmup:
        return warmup_cosine(step, n_steps, peak, warmup, final)
    progress = (step - warmup) / (n_steps - warmup)
    return peak * (final + (1 - final) * (1 + math.cos(2 * math.pi * progress)) / 2)


def straight_line(step, n_steps, peak, warmup, final):
    if step < warmup:
        return warmup_cosine(step, n_steps, peak, warmup, final)
    return peak * (1 - (1 - final) * (step - warmup) / (n_steps - warmup))


def final_is_added(step, n_steps, peak, warmup, final):
    if step < warmup:
        return warmup_cosine(step, n_steps, peak, warmup, final)
    return peak * final + warmup_cosine(step, n_steps, peak, warmup, 0.0)


# e: near-duplicates


def shingle_set(text, n):
    words = text.lower().split()
    return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set()


def similarity(a, b, n):
    first, second = shingle_set(a, n), shingle_set(b, n)
    return len(first & second) / len(first | second) if first | second else 1.0


def similarity_by_zip(a, b, n):
    def runs(text):
        words = text.lower().split()
        return set(zip(*(words[i:] for i in range(n)))) if len(words) >= n else {tuple(words)} - {()}

    one, other = runs(a), runs(b)
    return 1.0 if not (one or other) else len(one.intersection(other)) / len(one.union(other))


def similarity_by_strings(a, b, n):
    found = []
    for text in (a, b):
        words = text.casefold().split()
        pieces = {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}
        if words and len(words) < n:
            pieces = {" ".join(words)}
        found.append(pieces)
    both = len(found[0] & found[1])
    either = len(found[0]) + len(found[1]) - both
    return both / either if either else 1


def similarity_by_counting(a, b, n):
    seen = {}
    for side, text in enumerate((a.lower(), b.lower())):
        words = text.split()
        for i in range(max(len(words) - n, 0) + 1 if words else 0):
            seen.setdefault(tuple(words[i : i + n]), set()).add(side)
    return sum(len(sides) == 2 for sides in seen.values()) / len(seen) if seen else 1.0


def last_run_missed(a, b, n):
    first, second = ({tuple(w[i : i + n]) for i in range(len(w) - n)} for w in (a.lower().split(), b.lower().split()))
    return len(first & second) / len(first | second) if first | second else 1.0


def over_the_smaller(a, b, n):
    first, second = shingle_set(a, n), shingle_set(b, n)
    return len(first & second) / max(1, min(len(first), len(second))) if first or second else 1.0


def over_both_lengths(a, b, n):
    first, second = shingle_set(a, n), shingle_set(b, n)
    return len(first & second) / (len(first) + len(second)) if first or second else 1.0


def single_words(a, b, n):
    return similarity(a, b, 1)


def case_counts(a, b, n):
    def plain(text):
        words = text.split()
        return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set()

    first, second = plain(a), plain(b)
    return len(first & second) / len(first | second) if first | second else 1.0


def order_ignored(a, b, n):
    first, second = ({tuple(sorted(run)) for run in shingle_set(text, n)} for text in (a, b))
    return len(first & second) / len(first | second) if first | second else 1.0


def empty_is_zero(a, b, n):
    first, second = shingle_set(a, n), shingle_set(b, n)
    return len(first & second) / max(1, len(first | second))


STATE = (np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.0, -4.0]))
NUMBERS = hnp.arrays(np.float64, 3, elements=st.floats(-2, 2, width=16))

EXERCISES = [
    Exercise(
        id="4.2.a",
        title="The loss",
        difficulty=1,
        task="""
            Write `next_token_loss(logits, ids)`. `ids` (T,) are the tokens of a text, `logits` (T, V) the scores that a model gave after each of them:
            row t speaks about token t + 1. The loss is the mean over all tokens that can be predicted of −ln p(the token that came), where p is the
            softmax of the row.

            With two tokens and equal scores for V = 4 the loss is ln 4 = 1.386….
        """,
        function="next_token_loss",
        examples=[
            (np.zeros((2, 4)), np.array([1, 3])),
            (np.array([[0.0, math.log(3)], [5.0, 1.0], [1.0, 0.0]]), np.array([0, 1, 1])),
            (matrix(6, 5, 0) * 3, np.array([0, 4, 2, 2, 1, 3])),
            (np.array([[1000.0, 0.0], [0.0, 1000.0], [7.0, 7.0]]), np.array([1, 0, 1])),
            (np.array([[0.0, 1000.0], [1.0, 1.0]]), np.array([0, 0])),
        ],
        inputs=st.tuples(
            hnp.arrays(np.float64, (5, 4), elements=st.floats(-5, 5, width=16)),
            hnp.arrays(np.int64, 5, elements=st.integers(0, 3)),
        ),
        reference=next_token_loss,
        wrong=[
            Wrong(
                not_shifted,
                "Row t must be compared with token t + 1: as it is, the model is asked for what it has just read.",
            ),
            Wrong(shifted_backwards, "The other way round: row t predicts the token after it, not the one before."),
            Wrong(sum_for_mean, "The mean over the predicted tokens, not their sum."),
            Wrong(divided_by_all, "Of T tokens only T − 1 are predicted: divide by those."),
            Wrong(in_bits, "The natural logarithm (nats), not that to base 2 (bits)."),
            Wrong(sign_forgotten, "−ln p: a loss is not negative."),
            Wrong(
                logarithm_of_the_softmax,
                "A probability may be too small for a float: e⁻¹⁰⁰⁰ is 0, and ln 0 is −∞. Take the logarithm on paper: ln p = score − max − ln Σ exp(score − max).",
            ),
            Wrong(
                a_little_added,
                "Adding a small number to p changes the loss of unlikely tokens. Without it: ln p = score − max − ln Σ exp(score − max).",
            ),
            Wrong(mean_of_probabilities, "First the logarithm of each probability, then the mean."),
        ],
        hints=[
            "The last row of `logits` has nothing to be compared with, and the first token is predicted by no row.",
            "ln p = score − max − ln Σ exp(score − max); pick it at `[np.arange(T − 1), ids[1:]]`.",
        ],
        explanation="exp(loss) is the perplexity: the model is as unsure as if it had to choose among that many equally likely tokens.",
        beyond="Losses of models with different vocabularies cannot be compared token by token; divide by the bytes of the text instead.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.2.b",
        title="Packing",
        difficulty=1,
        task="""
            Write `pack(documents, end, length)`: join all documents (lists of ids), each followed by the id `end`; cut the long list into rows of `length` + 1
            ids, of which a model reads the first `length` and predicts the last `length`. The next row begins with the last id of this one, so
            that every id is predicted once. What does not fill a row at the end is left out.

            `pack([[1, 2], [3]], 0, 2)` is `[[1, 2, 0], [0, 3, 0]]`.
        """,
        function="pack",
        examples=[
            ([[1, 2], [3]], 0, 2),
            ([[1, 2, 3, 4, 5, 6, 7]], 9, 3),
            ([[1], [2], [3], [4], [5, 6]], 0, 4),
            ([[5, 6, 7], [], [8, 9, 10]], 1, 2),
            ([], 0, 3),
            ([[4]], 0, 3),
            ([[1, 2, 3, 4, 5], [6, 7]], 0, 1),
        ],
        inputs=st.tuples(st.lists(st.lists(st.integers(1, 50), max_size=6), max_size=6), st.just(0), st.integers(1, 5)),
        reference=pack,
        wrong=[
            Wrong(
                no_end, "Between two documents there must be `end`, or the model learns that one goes on in the other."
            ),
            Wrong(no_target_for_the_last, "A row has `length` + 1 ids: the last one is only predicted."),
            Wrong(
                one_is_never_predicted,
                "The next row begins with the last id of this one: step by `length`, not by `length` + 1.",
            ),
            Wrong(sliding, "Rows do not slide by one: that would predict every id `length` times."),
            Wrong(each_document_alone, "Rows go on over the ends of documents: join first, then cut."),
            Wrong(padded_rest, "A rest that does not fill a row is left out, not padded."),
            Wrong(end_in_front, "The id `end` follows each document; it does not stand before it."),
        ],
        hints=[
            "First one long list: for each document its ids, then `end`.",
            "`ids[i : i + length + 1]` for i = 0, length, 2·length, … as long as the row is full.",
        ],
        explanation="No position is wasted on padding, and the model learns from `end` where a text stops.",
        beyond="A token still sees the other document before it in its row; long-context trainings mask that (block-diagonal attention).",
    ),
    Exercise(
        id="4.2.c",
        title="A step of AdamW",
        difficulty=2,
        task="""
            Write `adamw_step(w, g, m, v, t, lr, beta1, beta2, eps, decay)` → `(w, m, v)`, all of them arrays: weights, and the running means of the gradient
            `g` and of its square. `t` is the number of this step, from 1.

            m ← β₁m + (1 − β₁)g and v ← β₂v + (1 − β₂)g²; both are divided by 1 − βᵗ for the step only (they start at 0 and are too small at first);
            w shrinks by the factor 1 − lr·decay, and moves by −lr · m̂ / (√v̂ + eps).

            In the first step without decay every number moves by about lr, whatever the size of its gradient.
        """,
        function="adamw_step",
        examples=[
            (*STATE, np.zeros(3), np.zeros(3), 1, 0.1, 0.9, 0.99, 1e-8, 0.0),
            (*STATE, np.array([0.1, 0.2, -0.3]), np.array([0.4, 0.1, 1.0]), 5, 0.01, 0.9, 0.95, 1e-3, 0.1),
            (*STATE, np.array([-1.0, 0.2, 0.0]), np.array([0.01, 0.0, 2.0]), 2, 0.5, 0.5, 0.8, 0.1, 0.3),
        ],
        inputs=st.tuples(
            NUMBERS,
            NUMBERS,
            NUMBERS,
            hnp.arrays(np.float64, 3, elements=st.floats(0, 2, width=16)),
            st.integers(1, 50),
            st.sampled_from([0.1, 0.01]),
            st.sampled_from([0.9, 0.5]),
            st.sampled_from([0.95, 0.99]),
            st.just(0.01),
            st.just(0.1),
        ),
        reference=adamw_step,
        wrong=[
            Wrong(
                not_corrected, "The means start at 0 and are too small at first: divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ."
            ),
            Wrong(one_corrected, "v needs its correction too: divide by 1 − β₂ᵗ."),
            Wrong(
                decay_in_the_gradient,
                "That is Adam with L2: the W in AdamW means that the decay acts on w directly, not through g.",
            ),
            Wrong(decay_forgotten, "The weights must also shrink: w · (1 − lr·decay)."),
            Wrong(root_forgotten, "Divide by the root of v̂: v is a mean of squares."),
            Wrong(eps_under_the_root, "`eps` is added to the root, not under it."),
            Wrong(
                corrected_means_kept, "The correction is for this step only: hand back m and v as they were before it."
            ),
            Wrong(uphill, "The gradient points uphill: the step is subtracted."),
        ],
        hints=[
            "Four lines: m, v, the two corrected copies, w.",
            "w * (1 − lr * decay) − lr * m_hat / (np.sqrt(v_hat) + eps)",
        ],
        explanation="m̂/√v̂ is about ±1 where gradients agree in sign and near 0 where they contradict each other: Adam trusts directions, not sizes.",
        beyond="Optimizer states are twice the weights in float32: FSDP shards them over processes, 8-bit optimizers quantise them.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.2.d",
        title="Warm-up and cosine",
        difficulty=2,
        task="""
            Write `warmup_cosine(step, n_steps, peak, warmup, final)`: the learning rate of `step` = 0 … `n_steps` − 1. In the first `warmup` steps it rises by
            equal parts and is `peak` in the last of them (step `warmup` − 1). From then on it goes down by half a cosine wave from `peak` (at step `warmup`)
            to `final` · `peak`, which it would reach at step `n_steps`.

            With 10 steps, peak 1, warmup 2, final 0: 0.5, 1, 1, …, and 0.5 at step 6.
        """,
        function="warmup_cosine",
        examples=[
            *((step, 10, 1.0, 2, 0.0) for step in (0, 1, 2, 6, 9)),
            *((step, 100, 0.3, 10, 0.1) for step in (0, 5, 10, 30, 99)),
            (0, 5, 2.0, 0, 0.5),
            (3, 5, 2.0, 0, 0.5),
        ],
        inputs=st.tuples(
            st.integers(0, 49),
            st.just(50),
            st.sampled_from([1.0, 0.02]),
            st.integers(1, 20),
            st.sampled_from([0.0, 0.1, 0.5]),
        ),
        reference=warmup_cosine,
        wrong=[
            Wrong(starts_at_zero, "A rate of 0 wastes the first step: step 0 already has 1 part of `warmup`."),
            Wrong(no_warmup, "The first `warmup` steps must rise."),
            Wrong(
                cosine_counts_from_the_start,
                "The wave begins after the warm-up: count its progress from step `warmup`.",
            ),
            Wrong(down_to_zero, "It ends at `final` · `peak`, not at 0."),
            Wrong(whole_wave, "Half a wave: cos goes from 0 to π, not to 2π."),
            Wrong(straight_line, "That is a straight line; the cosine is flat at both ends."),
            Wrong(final_is_added, "Where the wave begins the rate is `peak`; yours is `final` · `peak` higher."),
        ],
        hints=[
            "Before `warmup`: peak · (step + 1) / warmup.",
            "progress = (step − warmup) / (n_steps − warmup); peak · (final + (1 − final) · (1 + cos(π · progress)) / 2).",
        ],
        explanation="(1 + cos πx)/2 goes from 1 to 0: slow, fast, slow. The end with small steps is where the loss drops once more.",
        beyond="The cosine needs the length of the run from the start. WSD stays at the peak and decays only when one decides to stop.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.2.e",
        title="Nearly the same",
        difficulty=2,
        task="""
            Write `similarity(a, b, n)`: how alike two texts are, from 0 to 1. Lower-case them, split them at white space, and take the **set** of their runs of `n` neighbouring
            words (a text with fewer than `n` words, but at least one, is one run: all of it). The answer is Jaccard's: the number of runs that both have, divided
            by the number that at least one has; 1.0 when neither text has a word.

            `similarity("a b c d", "a b c x", 2)` is 0.5: *a b* and *b c* are shared, *c d* and *c x* are not.
        """,
        function="similarity",
        examples=[
            ("a b c d", "a b c x", 2),
            ("The cat sat on the mat", "the cat sat on a mat", 3),
            ("to be or not to be", "to be or not to be", 5),
            ("b a", "a b", 2),
            ("", "  ", 3),
            ("hello", "hello", 4),
            ("hello there", "hello", 4),
            ("", "one two three", 2),
            ("a b c d e f", "d e f", 1),
        ],
        inputs=st.tuples(
            st.lists(st.sampled_from(["a", "B", "b", "c"]), max_size=9).map(" ".join),
            st.lists(st.sampled_from(["a", "A", "b", "c"]), max_size=9).map(" ".join),
            st.integers(1, 3),
        ),
        reference=similarity,
        wrong=[
            Wrong(last_run_missed, "The last run is missing: m words have m − n + 1 runs of n."),
            Wrong(
                over_the_smaller,
                "Divide by the size of the union, not of the smaller set: that is the overlap coefficient.",
            ),
            Wrong(over_both_lengths, "What both have is counted twice in the sum of the sizes: take the union."),
            Wrong(single_words, "Compare runs of `n` words, not single words."),
            Wrong(case_counts, "Lower-case both texts first."),
            Wrong(order_ignored, "The order within a run counts: keep runs as they stand (tuples)."),
            Wrong(empty_is_zero, "Two texts without words are the same: 1.0."),
        ],
        hints=[
            "`tuple(words[i : i + n])` for each start i; mind texts shorter than n.",
            "With sets: len(A & B) / len(A | B).",
        ],
        explanation="MinHash estimates exactly this number from the smallest hashes of both sets, without comparing all pairs of texts.",
        beyond="Duplicates across training and test data are worse than those within: they make evaluations lie.",
        tolerance=1e-9,
    ),
]

RIGHT = {  # other styles, which must pass as well
    "4.2.a": [loss_by_scipy, loss_by_loops, loss_by_logaddexp],
    "4.2.b": [pack_as_it_comes, pack_by_numpy, pack_by_popping],
    "4.2.c": [adamw_number_by_number, adamw_in_place, adamw_as_means],
    "4.2.d": [rate_as_half_a_square, rate_by_numpy, rate_between_two_ends],
    "4.2.e": [similarity_by_zip, similarity_by_strings, similarity_by_counting],
}

QUESTIONS = [
    Question(
        id="4.2.q1",
        text="A fresh model with a vocabulary of 1,000 tokens is evaluated before its first step. About which loss (nats) do you expect?",
        choices=["0.1", "1.0", "6.9", "10.0"],
        answer=2,
        explanation="It guesses: p = 1/1000 for every token, and −ln(1/1000) = 6.9. A first loss far from ln V means that something is wrong.",
    ),
    Question(
        id="4.2.q2",
        text="Beside weights, step and random state: what must a checkpoint hold for a run to go on as if it had never stopped?",
        choices=[
            "The optimizer's means and the place in the data",
            "The last gradients and the held-out loss",
            "The tokens seen so far and the learning rate",
            "The logbook and the settings of the optimizer",
        ],
        answer=0,
        explanation="Without m and v AdamW starts its means anew; without the position some text is read twice and some never. The learning rate follows from the step, and gradients are made afresh.",
    ),
    Question(
        id="4.2.q3",
        text="Two processes train by data parallelism with 8 rows each. Which single process gives the same losses, apart from rounding?",
        choices=[
            "One with 8 rows a step, and the same learning rate",
            "One with 8 rows a step, and twice the learning rate",
            "One with 8 rows a step, and twice as many steps",
            "One with 16 rows a step, and the same learning rate",
        ],
        answer=3,
        explanation="The gradients are averaged, and the mean of two means of equal size is the mean of all 16 rows.",
    ),
    Question(
        id="4.2.q4",
        text="Which of the families reads the whole text in both directions at every layer, and therefore cannot simply write on?",
        choices=["GPT-2", "BERT", "Llama", "PaLM"],
        answer=1,
        explanation="BERT is an encoder: each token sees those after it too. It learns by filling in masked tokens; T5 joins such an encoder with a decoder.",
    ),
    Question(
        id="4.2.q5",
        text="A scaling law L = E + A/N^α + B/D^β was fitted. You make the model ten times larger and keep the data. What happens to the loss?",
        choices=[
            "It falls, and with larger models tends to E",
            "It falls, but can never go below E + B/D^β",
            "It falls by the factor 10^α, at most to E",
            "It stays, as there are fewer tokens each",
        ],
        answer=1,
        explanation="Only the second term shrinks. Chinchilla's point: a model too large for its data wastes computation.",
    ),
]
