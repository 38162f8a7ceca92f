"""Exercises of topic 4.1."""

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nlpjourney.study.exercise import Exercise, Question, Wrong


def matrix(rows, columns, seed):
    return np.random.default_rng(seed).normal(size=(rows, columns))


def floats(rows, columns):
    return hnp.arrays(np.float64, (rows, columns), elements=st.floats(-3, 3, width=32))


# a: softmax


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def overflows(scores):
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(scores)
        return powers / powers.sum(axis=-1, keepdims=True)


def over_columns(scores):
    powers = np.exp(scores - scores.max(axis=0, keepdims=True))
    return powers / powers.sum(axis=0, keepdims=True)


def over_everything(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def not_normalised(scores):
    return np.exp(scores - scores.max(axis=-1, keepdims=True))


def without_exponential(scores):
    return scores / scores.sum(axis=-1, keepdims=True)


def one_for_the_best(scores):
    best = scores == scores.max(axis=-1, keepdims=True)
    return best / best.sum(axis=-1, keepdims=True)


def softmax_by_logarithms(scores):
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1)[..., None])


def softmax_by_rows(scores):
    rows = []
    for row in scores:
        top = max(row)
        powers = [math.exp(s - top) for s in row]
        total = math.fsum(powers)
        rows.append([p / total for p in powers])
    return np.array(rows)


def softmax_in_place(scores):
    result = np.array(scores, dtype=float)
    result -= result.max(1)[:, None]
    np.exp(result, out=result)
    result /= result.sum(1)[:, None]
    return result


# b: causal attention


def attention_with(q, k, v, offset=1, scale=None, hidden=-np.inf):
    scores = q @ k.T * (1 / np.sqrt(q.shape[1]) if scale is None else scale)
    scores[np.triu_indices(len(q), offset)] = hidden
    return softmax(scores) @ v


def causal_attention(q, k, v):
    return attention_with(q, k, v)


def looks_ahead(q, k, v):
    return softmax(q @ k.T / np.sqrt(q.shape[1])) @ v


def not_scaled(q, k, v):
    return attention_with(q, k, v, scale=1.0)


def divided_by_d(q, k, v):
    return attention_with(q, k, v, scale=1 / q.shape[1])


def scaled_by_the_length(q, k, v):
    return attention_with(q, k, v, scale=1 / np.sqrt(len(q)))


def hidden_by_zero(q, k, v):
    return attention_with(q, k, v, hidden=0.0)


def one_too_far(q, k, v):
    return attention_with(q, k, v, offset=2)


def does_not_see_itself(q, k, v):
    with np.errstate(invalid="ignore"):
        return attention_with(q, k, v, offset=0)


def keys_ask(q, k, v):
    return attention_with(k, q, v)


def zeroed_after_the_softmax(q, k, v):
    return np.tril(softmax(q @ k.T / np.sqrt(q.shape[1]))) @ v


def attention_token_by_token(q, k, v):
    out = []
    for t in range(len(q)):
        scores = np.array([q[t] @ k[s] / math.sqrt(q.shape[1]) for s in range(t + 1)])
        weights = np.exp(scores - scores.max())
        out.append((weights / weights.sum()) @ v[: t + 1])
    return np.array(out)


def attention_by_einsum(q, k, v):
    T, d = q.shape
    scores = np.einsum("td,sd->ts", q, k) / d**0.5 + np.where(np.tri(T) == 1, 0.0, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.einsum("ts,sv->tv", powers / powers.sum(axis=1, keepdims=True), v)


def attention_with_tril(q, k, v):
    scores = (q / np.sqrt(q.shape[-1])) @ k.T
    seen = np.tril(np.ones_like(scores, dtype=bool))
    powers = np.exp(np.where(seen, scores, -1e30) - np.where(seen, scores, -1e30).max(-1)[:, None]) * seen
    return (powers @ v) / powers.sum(-1)[:, None]


# c: RMSNorm


def rms_norm(x, weight, eps):
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps) * weight


def layer_norm(x, weight, eps):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps) * weight


def eps_outside(x, weight, eps):
    return x / (np.sqrt((x**2).mean(axis=-1, keepdims=True)) + eps) * weight


def sum_for_mean(x, weight, eps):
    return x / np.sqrt((x**2).sum(axis=-1, keepdims=True) + eps) * weight


def wrong_axis(x, weight, eps):
    return x / np.sqrt((x**2).mean(axis=0, keepdims=True) + eps) * weight


def no_root(x, weight, eps):
    return x / ((x**2).mean(axis=-1, keepdims=True) + eps) * weight


def weight_forgotten(x, weight, eps):
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)


def rms_norm_by_rows(x, weight, eps):
    return np.array([row / math.sqrt(sum(a * a for a in row) / len(row) + eps) * weight for row in x])


def rms_norm_by_norms(x, weight, eps):
    d = x.shape[1]
    return weight * x / np.sqrt(np.linalg.norm(x, axis=1) ** 2 / d + eps)[:, None]


def rms_norm_by_einsum(x, weight, eps):
    mean_square = np.einsum("td,td->t", x, x) / x.shape[-1]
    return np.einsum("td,t,d->td", x, (mean_square + eps) ** -0.5, weight)


# d: RoPE


def turned(x, angles):
    a, b = np.split(x, 2, axis=1)
    return np.concatenate([a * np.cos(angles) - b * np.sin(angles), b * np.cos(angles) + a * np.sin(angles)], axis=1)


def angles_of(x, base, first=0, factor=-2.0):
    T, d = x.shape
    return np.arange(first, first + T)[:, None] * base ** (factor * np.arange(d // 2) / d)


def rope(x, base):
    return turned(x, angles_of(x, base))


def turned_backwards(x, base):
    return turned(x, -angles_of(x, base))


def counts_from_one(x, base):
    return turned(x, angles_of(x, base, first=1))


def half_the_exponent(x, base):
    return turned(x, angles_of(x, base, factor=-1.0))


def grows_with_i(x, base):
    return turned(x, angles_of(x, base, factor=2.0))


def neighbours(x, base):
    angles, out = angles_of(x, base), np.empty_like(x)
    a, b = x[:, 0::2], x[:, 1::2]
    out[:, 0::2] = a * np.cos(angles) - b * np.sin(angles)
    out[:, 1::2] = b * np.cos(angles) + a * np.sin(angles)
    return out


def one_angle_for_all(x, base):
    return turned(x, np.arange(len(x))[:, None] * np.ones(x.shape[1] // 2))


def overwritten(x, base):
    angles = angles_of(x, base)
    a, b = np.split(x, 2, axis=1)
    a = a * np.cos(angles) - b * np.sin(angles)
    return np.concatenate([a, b * np.cos(angles) + a * np.sin(angles)], axis=1)


def rope_by_complex_numbers(x, base):
    T, d = x.shape
    half = d // 2
    angles = np.outer(np.arange(T), base ** (-np.arange(half) / half))
    turned = (x[:, :half] + 1j * x[:, half:]) * np.exp(1j * angles)
    return np.hstack([turned.real, turned.imag])


def rope_by_loops(x, base):
    out, half = np.array(x, dtype=float), x.shape[1] // 2
    for m in range(len(x)):
        for i in range(half):
            angle = m * base ** (-2 * i / x.shape[1])
            a, b = x[m, i], x[m, i + half]
            out[m, i] = a * math.cos(angle) - b * math.sin(angle)
            out[m, i + half] = b * math.cos(angle) + a * math.sin(angle)
    return out


def rope_by_rotating_half(x, base):
    T, d = x.shape
    angles = np.arange(T)[:, None] / base ** (np.tile(np.arange(d // 2), 2) * 2 / d)
    half = np.concatenate([-x[:, d // 2 :], x[:, : d // 2]], axis=1)
    return x * np.cos(angles) + half * np.sin(angles)


# e: parameters of GPT-2


def count(vocab_size, n_positions, d, n_layers, bias=1, norms=2, last=1, head=0, qkv=3):
    layer = qkv * d * d + d * d + 8 * d * d + bias * (qkv * d + d + 4 * d + d) + norms * 2 * d
    return (vocab_size + n_positions) * d + n_layers * layer + last * 2 * d + head * vocab_size * d


def gpt2_parameters(vocab_size, n_positions, d_model, n_layers):
    return count(vocab_size, n_positions, d_model, n_layers)


def biases_forgotten(vocab_size, n_positions, d_model, n_layers):
    return count(vocab_size, n_positions, d_model, n_layers, bias=0)


def head_counted_too(vocab_size, n_positions, d_model, n_layers):
    return count(vocab_size, n_positions, d_model, n_layers, head=1)


def last_norm_forgotten(vocab_size, n_positions, d_model, n_layers):
    return count(vocab_size, n_positions, d_model, n_layers, last=0)


def one_norm_a_layer(vocab_size, n_positions, d_model, n_layers):
    return count(vocab_size, n_positions, d_model, n_layers, norms=1)


def positions_forgotten(vocab_size, n_positions, d_model, n_layers):
    return count(vocab_size, 0, d_model, n_layers)


def only_one_of_three(vocab_size, n_positions, d_model, n_layers):
    return count(vocab_size, n_positions, d_model, n_layers, qkv=1)


def the_norms_have_no_bias(vocab_size, n_positions, d_model, n_layers):
    d = d_model
    return count(vocab_size, n_positions, d, n_layers) - n_layers * 2 * d - d


def counted_by_shapes(vocab_size, n_positions, d_model, n_layers):
    d = d_model
    layer = [(d,), (d,), (d, 3 * d), (3 * d,), (d, d), (d,), (d,), (d,), (d, 4 * d), (4 * d,), (4 * d, d), (d,)]
    shapes = [(vocab_size, d), (n_positions, d), *layer * n_layers, (d,), (d,)]
    return sum(math.prod(shape) for shape in shapes)


def counted_in_one_line(vocab_size, n_positions, d_model, n_layers):
    return d_model * (vocab_size + n_positions + n_layers * (12 * d_model + 13) + 2)


def counted_part_by_part(vocab_size, n_positions, d_model, n_layers):
    def linear(inputs, outputs):
        return inputs * outputs + outputs

    norm = 2 * d_model
    total = vocab_size * d_model
    total += n_positions * d_model
    for _ in range(n_layers):
        total += norm + linear(d_model, 3 * d_model) + linear(d_model, d_model)
        total += norm + linear(d_model, 4 * d_model) + linear(4 * d_model, d_model)
    return np.int64(total + norm)


EXERCISES = [
    Exercise(
        id="4.1.a",
        title="Softmax",
        difficulty=1,
        task="""
            Write `softmax(scores)`: each row of the array `scores` (T, S) becomes weights, `exp(score)` divided by the sum of the row's.
            Scores may be as large as 1000: `exp(1000)` is more than a float can hold, but subtracting the same number from all scores of a row changes
            nothing in the result. A score of −∞ gets weight 0; in each row at least one score is finite.

            `softmax([[0, ln 3]])` is `[[0.25, 0.75]]`.
        """,
        function="softmax",
        examples=[
            (np.array([[0.0, np.log(3)]]),),
            (np.array([[1000.0, 1001.0, 999.0], [1.0, 2.0, 3.0]]),),
            (np.array([[0.5, -np.inf, 0.25], [-np.inf, -np.inf, 4.0]]),),
            (np.array([[-1000.0, -1000.0], [2.0, 1.0]]),),
            (matrix(3, 5, 0),),
            (np.array([[7.0]]),),
        ],
        inputs=st.tuples(floats(3, 4)),
        reference=softmax,
        wrong=[
            Wrong(overflows, "exp(1000) overflows, and ∞/∞ is no number: first subtract the largest score of the row."),
            Wrong(over_columns, "The weights of a row (one query) must sum to 1: the sum runs along the last axis."),
            Wrong(over_everything, "Each row is a distribution of its own; this one sums over the whole array."),
            Wrong(not_normalised, "The exponentials still have to be divided by their sum."),
            Wrong(
                without_exponential, "Scores can be negative: they must go through exp before they are shares of a sum."
            ),
            Wrong(one_for_the_best, "This is the maximum, not the soft one: the others get something too."),
        ],
        hints=[
            "`scores.max(axis=-1, keepdims=True)` is a column that can be subtracted from the rows.",
            "Three steps: subtract the row's maximum, np.exp, divide by the sum with keepdims=True.",
        ],
        explanation="exp(a − m)/Σ exp(b − m) equals exp(a)/Σ exp(b) for every m; with m the maximum the largest exponent is 0.",
        beyond="FlashAttention computes the same in one pass over tiles: it keeps a running maximum and corrects the sum when a larger score turns up.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.1.b",
        title="One head of causal attention",
        difficulty=2,
        task="""
            Write `causal_attention(q, k, v)` for one head. `q` and `k` are arrays (T, d), `v` is (T, d_v); row t belongs to the token at position t.
            The answer (T, d_v): scores are the dot products of queries and keys divided by √d; a token sees itself and those before it;
            the softmax of what it sees weighs the values. Your `softmax` may be used.

            With one token the answer is its own value.
        """,
        function="causal_attention",
        examples=[
            (np.array([[0.0], [1.0]]), np.array([[0.0], [np.log(3)]]), np.array([[4.0, 0.0], [0.0, 8.0]])),
            (matrix(5, 4, 1), matrix(5, 4, 2), matrix(5, 3, 3)),
            (matrix(3, 8, 4) * 3, matrix(3, 8, 5), matrix(3, 2, 6)),
            (np.array([[2.0, 1.0]]), np.array([[0.0, 5.0]]), np.array([[3.0, 7.0]])),
        ],
        inputs=st.tuples(floats(4, 6), floats(4, 6), floats(4, 2)),
        reference=causal_attention,
        wrong=[
            Wrong(
                looks_ahead, "Your first token already knows the later ones: set their scores to −∞ before the softmax."
            ),
            Wrong(not_scaled, "Divide the scores by √d, d being the length of a query."),
            Wrong(divided_by_d, "The scale is the root of d, not d."),
            Wrong(scaled_by_the_length, "d is the size of a query, `q.shape[1]`, not the number of tokens."),
            Wrong(hidden_by_zero, "exp(0) is 1: a score of 0 still gets weight. What is hidden needs −∞."),
            Wrong(
                one_too_far, "Each token sees one token too many: the first one that is hidden is its direct successor."
            ),
            Wrong(
                does_not_see_itself,
                "A token sees itself, too. In your version the first one sees nothing, and a softmax over nothing is no number.",
            ),
            Wrong(keys_ask, "Queries ask, keys answer: row t of the scores belongs to query t."),
            Wrong(
                zeroed_after_the_softmax, "Set to zero after the softmax, the rest no longer sums to 1: mask before it."
            ),
        ],
        hints=[
            "`q @ k.T` is the table of all scores: row = query, column = key.",
            "`scores[np.triu_indices(T, 1)] = -np.inf` hides what lies above the diagonal.",
        ],
        explanation="The mask makes one pass over a text train T predictions at once: no token can see the one it has to predict.",
        beyond="A batch and many heads are two more axes in front; `@` broadcasts over them, and nothing else changes.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.1.c",
        title="RMSNorm",
        difficulty=1,
        task="""
            Write `rms_norm(x, weight, eps)`: each row of `x` (T, d) is divided by the root of (the mean of its squares + `eps`), and multiplied by `weight` (d,).

            `rms_norm([[3, 4]], [1, 1], 0)` is `[[0.8485…, 1.1313…]]`: the mean square is 12.5.
        """,
        function="rms_norm",
        examples=[
            (np.array([[3.0, 4.0]]), np.array([1.0, 1.0]), 0.0),
            (np.array([[1.0, 2.0, 3.0], [10.0, 0.0, -10.0]]), np.array([1.0, 0.5, 2.0]), 0.1),
            (np.zeros((2, 3)), np.ones(3), 0.5),
            (matrix(4, 6, 7), np.arange(6.0), 1.0),
        ],
        inputs=st.tuples(floats(3, 4), hnp.arrays(np.float64, 4, elements=st.floats(-2, 2)), st.floats(0.125, 1)),
        reference=rms_norm,
        wrong=[
            Wrong(layer_norm, "That is LayerNorm: RMSNorm does not subtract the mean."),
            Wrong(eps_outside, "`eps` is added to the mean square, under the root."),
            Wrong(sum_for_mean, "The mean of the squares, not their sum."),
            Wrong(wrong_axis, "Each token (row) is normalised by itself: the mean runs along the last axis."),
            Wrong(no_root, "The mean square still needs its root."),
            Wrong(weight_forgotten, "Multiply by `weight` at the end."),
        ],
        hints=["`(x**2).mean(axis=-1, keepdims=True)` is one number a row.", "x / np.sqrt(mean square + eps) * weight"],
        explanation="All that matters to the next matrix is the direction of the vector; the norm takes its length away, the weight says which coordinates count.",
        beyond="In half precision the squares overflow: real implementations go to float32 for the mean and back.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.1.d",
        title="Rotary positions",
        difficulty=3,
        task="""
            Write `rope(x, base)`. Row m of `x` (T, d), d even, is the query (or key) of the token at position m = 0, 1, …. For i = 0 … d/2 − 1 the pair
            (x[m, i], x[m, i + d/2]) is a point in the plane; turn it by the angle m · base^(−2i/d): (a, b) becomes (a·cos − b·sin, b·cos + a·sin).

            Position 0 stays as it is. For `x = [[1, 0], [1, 0]]` and any base, row 1 becomes (cos 1, sin 1).
        """,
        function="rope",
        examples=[
            (np.array([[1.0, 0.0], [1.0, 0.0]]), 10_000.0),
            (matrix(4, 6, 8), 100.0),
            (matrix(3, 8, 9), 10.0),
            (matrix(1, 4, 10), 50.0),
        ],
        inputs=st.tuples(floats(4, 6), st.sampled_from([10.0, 500.0, 10_000.0])),
        reference=rope,
        wrong=[
            Wrong(
                turned_backwards, "You turn the other way round: the second number of the pair becomes b·cos + a·sin."
            ),
            Wrong(counts_from_one, "The first token is at position 0 and stays as it is."),
            Wrong(half_the_exponent, "The exponent is −2i/d: over the d/2 pairs it goes from 0 almost to −1."),
            Wrong(grows_with_i, "The exponent is negative: later pairs turn more slowly."),
            Wrong(
                neighbours,
                "The pairs here are (i, i + d/2), not neighbours (2i, 2i + 1); both exist, and weights fit one of them.",
            ),
            Wrong(one_angle_for_all, "Each pair has an angle of its own: m · base^(−2i/d)."),
            Wrong(overwritten, "The second number needs the old first one: keep it before you overwrite it."),
        ],
        hints=[
            "`np.arange(T)[:, None] * base ** (-2 * np.arange(d // 2) / d)` is the table of all angles, (T, d/2).",
            "Split x into its left and right half, a and b; the result is two such halves side by side.",
        ],
        explanation="The dot product of a query turned by mθ and a key turned by nθ depends on (m − n)θ only: the model sees distances, wherever a text begins.",
        beyond="Stretching the angles (linear, YaRN, llama3) lets a trained model read longer texts; `nlpjourney.llm.blocks.rope` has all of them.",
        tolerance=1e-7,
    ),
    Exercise(
        id="4.1.e",
        title="Count the parameters",
        difficulty=2,
        task="""
            How many parameters does a GPT-2 have? Write `gpt2_parameters(vocab_size, n_positions, d_model, n_layers)`. With d = d_model there are: the two embedding tables; in
            each layer two norms (weight and bias each), the matrix from d to 3d for queries, keys and values, one from d to d, and the network from d to 4d
            and back to d, each of the four matrices with a bias for every output; one last norm. The output uses the embedding table again.

            `gpt2_parameters(50257, 1024, 768, 12)` is 124439808.
        """,
        function="gpt2_parameters",
        examples=[(50257, 1024, 768, 12), (50257, 1024, 1600, 48), (10, 5, 4, 1), (10, 5, 4, 0), (3, 2, 1, 2)],
        inputs=st.tuples(st.integers(1, 500), st.integers(1, 50), st.integers(1, 64), st.integers(0, 6)),
        reference=gpt2_parameters,
        wrong=[
            Wrong(biases_forgotten, "Each of the four matrices has a bias, one number for every output."),
            Wrong(head_counted_too, "The output matrix is the embedding table: it is not learned a second time."),
            Wrong(last_norm_forgotten, "After the last layer stands one more norm."),
            Wrong(one_norm_a_layer, "Two norms in each layer: one in front of attention, one in front of the network."),
            Wrong(positions_forgotten, "The positions have a table too: n_positions vectors."),
            Wrong(only_one_of_three, "Queries, keys and values: the first matrix goes from d to 3d."),
            Wrong(the_norms_have_no_bias, "GPT-2's norms have a weight and a bias, 2d numbers each."),
        ],
        hints=[
            "A matrix from a to b with bias has a·b + b parameters.",
            "One layer is 12d² + 13d; check that term by term.",
        ],
        explanation="One layer has 12d² + 13d parameters: four d² in attention, eight in the network. The rest is tables.",
        beyond="In the small model a third of all parameters is the vocabulary; in the large ones it hardly counts. That is why small models tie it.",
    ),
]

RIGHT = {  # other styles, which must pass as well
    "4.1.a": [softmax_by_logarithms, softmax_by_rows, softmax_in_place],
    "4.1.b": [attention_token_by_token, attention_by_einsum, attention_with_tril],
    "4.1.c": [rms_norm_by_rows, rms_norm_by_norms, rms_norm_by_einsum],
    "4.1.d": [rope_by_complex_numbers, rope_by_loops, rope_by_rotating_half],
    "4.1.e": [counted_by_shapes, counted_in_one_line, counted_part_by_part],
}

QUESTIONS = [
    Question(
        id="4.1.q1",
        text="Why are attention scores divided by √d?",
        choices=[
            "So that the weights of a query sum to one",
            "So that one large score does not take all",
            "So that far tokens get smaller scores",
            "So that longer texts cost no more time",
        ],
        answer=1,
        explanation="The dot product of two random vectors of size d has a standard deviation of √d. Undivided, the softmax would saturate, and with it the gradient. That weights sum to one is the softmax's work.",
    ),
    Question(
        id="4.1.q2",
        text="What does the KV cache keep?",
        choices=[
            "The attention weights of each layer and head",
            "The logits of the tokens that were written",
            "The queries and keys of the last few tokens",
            "The keys and values of all tokens so far",
        ],
        answer=3,
        explanation="In each layer. They depend on the token and what stood before it, and never change; queries are used once and need not be kept.",
    ),
    Question(
        id="4.1.q3",
        text="Grouped-query attention lets several query heads share a key and a value head. What for?",
        choices=[
            "A smaller cache, of which a token reads less",
            "Fewer scores: heads of a group agree",
            "Longer texts, since positions are shared as well",
            "A better fit, since fewer matrices are learned",
        ],
        answer=0,
        explanation="Writing one token means reading the whole cache once; with a quarter of the key heads that is a quarter of the bytes. The number of scores stays: every query head still has its own.",
    ),
    Question(
        id="4.1.q4",
        text="An attention head puts nearly all its weight on the first token of every text. What is it most likely doing?",
        choices=[
            "Copying the topic from there into each token",
            "Telling each token how far from it it stands",
            "Nothing: its weights must go somewhere",
            "Failing: it had too little training",
        ],
        answer=2,
        explanation="Weights must sum to one. Such attention sinks are common; the value of the first token is small there, so that the head adds next to nothing.",
    ),
    Question(
        id="4.1.q5",
        text="What does RoPE make of the score between a query at position m and a key at position n?",
        choices=[
            "It depends on m, not on where the key stands",
            "It becomes minus infinity as soon as n > m",
            "It falls with each step from m to n",
            "It depends on the difference m − n alone",
        ],
        answer=3,
        explanation="Turning one vector by mθ and the other by nθ leaves the angle between them changed by (m − n)θ. Hiding later tokens is the mask's work, and whether the score falls with the distance depends on query and key.",
    ),
]
