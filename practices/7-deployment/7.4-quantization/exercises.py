"""Exercises of topic 7.4."""

import struct

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nlpjourney.study.exercise import Exercise, Question, Wrong


def numbers(seed, n, shift=0.0):
    return np.random.default_rng(seed).normal(size=n).round(3) + shift


# a: absmax


def absmax(x, bits):
    top = 2 ** (bits - 1) - 1
    scale = float(np.abs(x).max()) / top or 1.0
    return np.round(x / scale).astype(int), scale


def no_care_for_zero(x, bits):
    top = 2 ** (bits - 1) - 1
    with np.errstate(invalid="ignore"):
        scale = np.abs(x).max() / top
        return np.nan_to_num(x / scale).round().astype(int), float(scale)


def sign_forgotten(x, bits):
    scale = float(x.max()) / (2 ** (bits - 1) - 1) or 1.0
    return np.round(x / scale).astype(int), scale


def one_level_more(x, bits):
    scale = float(np.abs(x).max()) / 2 ** (bits - 1) or 1.0
    return np.round(x / scale).astype(int), scale


def unsigned_range(x, bits):
    scale = float(np.abs(x).max()) / (2**bits - 1) or 1.0
    return np.round(x / scale).astype(int), scale


def cut_not_rounded(x, bits):
    scale = float(np.abs(x).max()) / (2 ** (bits - 1) - 1) or 1.0
    return (x / scale).astype(int), scale


def always_eight(x, bits):
    return absmax(x, 8)


# b: zero point


def zero_point(x, bits):
    top = 2**bits - 1
    low, high = min(float(x.min()), 0.0), max(float(x.max()), 0.0)
    scale = (high - low) / top or 1.0
    zero = int(np.round(-low / scale))
    return np.clip(np.round(x / scale) + zero, 0, top).astype(int), scale, zero


def zero_not_in_range(x, bits):
    top = 2**bits - 1
    low, high = float(x.min()), float(x.max())
    scale = (high - low) / top or 1.0
    zero = int(np.round(-low / scale))
    return np.clip(np.round(x / scale) + zero, 0, top).astype(int), scale, zero


def wrong_sign(x, bits):
    _, scale, zero = zero_point(x, bits)
    return np.clip(np.round(x / scale) - zero, 0, 2**bits - 1).astype(int), scale, -zero


def not_clipped(x, bits):
    _, scale, zero = zero_point(x, bits)
    return (np.round(x / scale) + zero).astype(int), scale, zero


def too_many_steps(x, bits):
    low, high = min(float(x.min()), 0.0), max(float(x.max()), 0.0)
    scale = (high - low) / 2**bits or 1.0
    zero = int(np.round(-low / scale))
    return np.clip(np.round(x / scale) + zero, 0, 2**bits - 1).astype(int), scale, zero


def zero_in_the_middle(x, bits):
    _, scale, _ = zero_point(x, bits)
    zero = 2 ** (bits - 1)
    return np.clip(np.round(x / scale) + zero, 0, 2**bits - 1).astype(int), scale, zero


def zero_as_a_number(x, bits):
    codes, scale, _ = zero_point(x, bits)
    return codes, scale, min(float(x.min()), 0.0)


# c: a block of Q4_0


def read_q4_0(block):
    d = float(np.frombuffer(block[:2], "<f2")[0])
    pairs = np.frombuffer(block[2:], np.uint8).astype(int)
    return d * (np.concatenate([pairs & 15, pairs >> 4]) - 8.0)


def as_they_come(block):
    d = float(np.frombuffer(block[:2], "<f2")[0])
    pairs = np.frombuffer(block[2:], np.uint8).astype(int)
    return d * (np.stack([pairs & 15, pairs >> 4], axis=1).reshape(-1) - 8.0)


def high_half_first(block):
    d = float(np.frombuffer(block[:2], "<f2")[0])
    pairs = np.frombuffer(block[2:], np.uint8).astype(int)
    return d * (np.concatenate([pairs >> 4, pairs & 15]) - 8.0)


def not_shifted(block):
    d = float(np.frombuffer(block[:2], "<f2")[0])
    pairs = np.frombuffer(block[2:], np.uint8).astype(int)
    return d * np.concatenate([pairs & 15, pairs >> 4]).astype(float)


def shifted_by_seven(block):
    d = float(np.frombuffer(block[:2], "<f2")[0])
    pairs = np.frombuffer(block[2:], np.uint8).astype(int)
    return d * (np.concatenate([pairs & 15, pairs >> 4]) - 7.0)


def big_endian(block):
    d = float(np.frombuffer(block[:2], ">f2")[0])
    pairs = np.frombuffer(block[2:], np.uint8).astype(int)
    return d * (np.concatenate([pairs & 15, pairs >> 4]) - 8.0)


def wraps_around(block):
    d = float(np.frombuffer(block[:2], "<f2")[0])
    pairs = np.frombuffer(block[2:], np.uint8)
    return d * (np.concatenate([pairs & 15, pairs >> 4]) - np.uint8(8)).astype(float)


def q4_0(seed, d):
    rng = np.random.default_rng(seed)
    return np.float16(d).astype("<f2").tobytes() + rng.integers(0, 256, 16, dtype=np.uint8).tobytes()


@st.composite
def blocks(draw):
    d = draw(st.floats(-4, 4, width=16))
    return (np.float16(d).astype("<f2").tobytes() + draw(st.binary(min_size=16, max_size=16)),)


def signed_before_it_is_split(block):
    d = float(np.frombuffer(block[:2], "<f2")[0])
    q = np.frombuffer(block[2:], np.int8)
    return d * (np.concatenate([q & 15, q >> 4]) - 8.0)


def block_by_struct(block):
    d, *packed = struct.unpack("<e16B", block)
    return np.array([d * (byte % 16 - 8) for byte in packed] + [d * (byte // 16 - 8) for byte in packed])


def block_by_ints(block):
    scale = np.ndarray(1, dtype="<f2", buffer=block).astype(float)[0]
    low, high = zip(*((byte & 0xF, byte >> 4) for byte in block[2:]))
    return [scale * (q - 8) for q in low + high]


def block_by_unpacking_bits(block):
    bits = np.unpackbits(np.frombuffer(block, np.uint8, offset=2)[:, None], axis=1).reshape(16, 2, 4)
    q = bits @ np.array([8, 4, 2, 1])
    return float(np.frombuffer(block, "<f2", count=1)[0]) * np.concatenate([q[:, 1], q[:, 0]]).astype(
        float
    ) - 8 * float(np.frombuffer(block, "<f2", count=1)[0])


# d: GPTQ, one row


def gptq_row(w, u, scale):
    w, out = w.copy(), np.empty(len(w))
    for i in range(len(w)):
        out[i] = np.round(w[i] / scale) * scale
        w[i:] -= (w[i] - out[i]) / u[i, i] * u[i, i:]
    return out


def plain_rounding(w, u, scale):
    return np.round(w / scale) * scale


def wrong_direction(w, u, scale):
    w, out = w.copy(), np.empty(len(w))
    for i in range(len(w)):
        out[i] = np.round(w[i] / scale) * scale
        w[i + 1 :] += (w[i] - out[i]) / u[i, i] * u[i, i + 1 :]
    return out


def diagonal_forgotten(w, u, scale):
    w, out = w.copy(), np.empty(len(w))
    for i in range(len(w)):
        out[i] = np.round(w[i] / scale) * scale
        w[i + 1 :] -= (w[i] - out[i]) * u[i, i + 1 :]
    return out


def only_the_next(w, u, scale):
    w, out = w.copy(), np.empty(len(w))
    for i in range(len(w)):
        out[i] = np.round(w[i] / scale) * scale
        w[i + 1 : i + 2] -= (w[i] - out[i]) / u[i, i] * u[i, i + 1 : i + 2]
    return out


def moved_but_not_rounded(w, u, scale):
    w, out = w.copy(), np.empty(len(w))
    for i in range(len(w)):
        rounded = np.round(w[i] / scale) * scale
        out[i] = w[i]
        w[i + 1 :] -= (w[i] - rounded) / u[i, i] * u[i, i + 1 :]
    return out


def in_steps_of_one(w, u, scale):
    return gptq_row(w, u, 1.0)


def upper(seed, n):
    rng = np.random.default_rng(seed)
    return np.triu(rng.normal(size=(n, n)).round(2), 1) + np.diag(rng.uniform(0.5, 2, n).round(2))


@st.composite
def rows(draw):
    n = draw(st.integers(2, 6))
    return (
        numbers(draw(st.integers(0, 10**6)), n),
        upper(draw(st.integers(0, 10**6)), n),
        draw(st.sampled_from([0.3, 0.7])),
    )


def absmax_by_loops(x, bits):
    largest = max(abs(value) for value in x)
    scale = largest / (2 ** (bits - 1) - 1) if largest > 0 else 1.0
    return [round(value / scale) for value in x.tolist()], scale


def absmax_by_norm(x, bits):
    scale = np.linalg.norm(x, np.inf) / ((1 << (bits - 1)) - 1)
    if scale == 0:
        scale = 1.0
    return np.rint(x / scale).astype(np.int8), scale


def absmax_by_extremes(x, bits):
    top = 2 ** (bits - 1) - 1
    scale = max(x.max(), -x.min()) / top
    return (np.zeros(len(x), int), 1.0) if not scale else (np.around(np.divide(x, scale)).astype(np.int64), scale)


def zero_point_by_loops(x, bits):
    low, high = min([0.0, *x.tolist()]), max([0.0, *x.tolist()])
    scale = (high - low) / (2**bits - 1) if high > low else 1.0
    zero = round(-low / scale)
    return [min(max(round(value / scale) + zero, 0), 2**bits - 1) for value in x.tolist()], scale, zero


def zero_point_with_zero_appended(x, bits):
    wide = np.append(x, 0.0)
    scale = np.ptp(wide) / (2**bits - 1)
    scale = scale if scale > 0 else 1.0
    zero = np.rint(-wide.min() / scale)
    codes = np.minimum(np.maximum(np.rint(x / scale) + zero, 0), 2**bits - 1)
    return codes.astype(np.uint8), float(scale), int(zero)


def zero_point_by_where(x, bits):
    low, high = np.minimum(x.min(), 0), np.maximum(x.max(), 0)
    steps = 2**bits - 1
    scale = np.where(high == low, 1.0, (high - low) / steps).item()
    zero = int(np.round(-low / scale))
    return np.round(x / scale).astype(int).clip(-zero, steps - zero) + zero, scale, zero


def gptq_by_errors(w, u, scale):
    errors, out = np.zeros(len(w)), []
    for j in range(len(w)):
        moved = w[j] - errors[:j] @ u[:j, j]
        out.append(np.round(moved / scale) * scale)
        errors[j] = (moved - out[j]) / u[j, j]
    return np.array(out)


def gptq_by_two_loops(w, u, scale):
    left, out = w.tolist(), []
    for i in range(len(left)):
        q = round(left[i] / scale) * scale
        error = (left[i] - q) / float(u[i, i])
        for j in range(i + 1, len(left)):
            left[j] -= error * float(u[i, j])
        out.append(q)
    return out


def gptq_by_recursion(w, u, scale):
    if len(w) == 0:
        return np.empty(0)
    first = np.round(w[0] / scale) * scale
    rest = w[1:] - (w[0] - first) / u[0, 0] * u[0, 1:]
    return np.concatenate([[first], gptq_by_recursion(rest, u[1:, 1:], scale)])


EXERCISES = [
    Exercise(
        id="7.4.a",
        title="Absmax",
        difficulty=1,
        task="""
            Write `absmax(x, bits)` for an array of floats: the pair (codes, scale). The scale takes the largest magnitude to the integer
            2^(bits−1) − 1; the codes are an integer array, `x / scale` rounded to nearest (`np.round`). If all of `x` is 0 the scale is 1.

            `absmax([0.5, -7.0], 4)` is `([0, -7], 1.0)`.
        """,
        function="absmax",
        examples=[
            (np.array([0.5, -7.0]), 4),
            (np.array([1.0, 2.0, -0.3, 0.7]), 8),
            (numbers(0, 12), 3),
            (numbers(1, 5) * 100, 2),
            (np.zeros(3), 4),
        ],
        inputs=st.tuples(hnp.arrays(np.float64, 6, elements=st.floats(-8, 8, width=16)), st.integers(2, 8)),
        reference=absmax,
        wrong=[
            Wrong(no_care_for_zero, "All zeros: the scale would be 0, and 0/0 is no number. Take 1 then."),
            Wrong(sign_forgotten, "The largest *magnitude* counts: −7 is larger than 0.5 in that sense."),
            Wrong(one_level_more, "With 4 bits the largest integer is 7, not 8: 2^(bits−1) − 1."),
            Wrong(unsigned_range, "One bit is the sign: the integers go to 2^(bits−1) − 1 on each side."),
            Wrong(cut_not_rounded, "`astype(int)` cuts off; round first."),
            Wrong(always_eight, "The range depends on `bits`."),
        ],
        hints=[
            "`scale = np.abs(x).max() / (2 ** (bits - 1) - 1)`",
            "`np.round(x / scale).astype(int)`, scale 1 for zeros.",
        ],
        explanation="Codes times scale are the numbers again, each at most half a scale away from what it was.",
        beyond="Hardware likes this form best: integer products need no correction for a zero point.",
        tolerance=1e-9,
    ),
    Exercise(
        id="7.4.b",
        title="Zero point",
        difficulty=2,
        task="""
            Write `zero_point(x, bits)`: the triple (codes, scale, zero). The range from the smallest to the largest number, widened to include 0, is
            cut into 2^bits − 1 steps of `scale` (1 if the range is nothing). `zero` is the integer that stands for 0: `round(−smallest / scale)`.
            The codes are `round(x / scale) + zero`, kept within 0 … 2^bits − 1.

            `zero_point([-1.0, 2.0], 2)` is `([0, 3], 1.0, 1)`.
        """,
        function="zero_point",
        examples=[
            (np.array([-1.0, 2.0]), 2),
            (np.array([5.0, 6.0, 7.0]), 3),
            (np.array([-5.0, -6.5]), 4),
            (np.array([-0.75, 0.75]), 4),
            (np.array([-1.5, 1.5, 0.2]), 2),
            (numbers(2, 10, 1.0), 8),
            (np.zeros(2), 2),
        ],
        inputs=st.tuples(hnp.arrays(np.float64, 6, elements=st.floats(-8, 8, width=16)), st.integers(2, 8)),
        reference=zero_point,
        wrong=[
            Wrong(zero_not_in_range, "Widen the range to include 0, or a weight of 0 has no integer of its own."),
            Wrong(wrong_sign, "0 must become `zero`: it is added to the rounded number."),
            Wrong(not_clipped, "Rounding both x / scale and zero can end one beyond the range: clip the codes."),
            Wrong(too_many_steps, "2^bits integers have 2^bits − 1 steps between them."),
            Wrong(
                zero_in_the_middle,
                "The zero point depends on where the numbers lie; in the middle it would be absmax again.",
            ),
            Wrong(zero_as_a_number, "`zero` is an integer in steps of the scale, not the smallest number itself."),
        ],
        hints=["low = min(x.min(), 0), high = max(x.max(), 0).", "`zero = int(np.round(-low / scale))`, then np.clip."],
        explanation="An integer zero point makes zero exact, which matters wherever zeros are many: padding, ReLU, sparse weights.",
        beyond="GGUF's `_1` types keep the minimum itself in half precision instead of an integer zero point.",
        tolerance=1e-9,
    ),
    Exercise(
        id="7.4.c",
        title="Read a block of a GGUF file",
        difficulty=2,
        task="""
            A block of type Q4_0 holds 32 weights in 18 bytes: a scale d in half precision (2 bytes, little-endian), then 16 bytes with two 4-bit integers each.
            The low halves of these bytes are the integers of weights 0 … 15, the high halves those of weights 16 … 31. A weight is
            d · (integer − 8). Write `read_q4_0(block)`: 18 bytes → float array (32,).

            A block of d = 1 whose first other byte is 0x19 begins with 1.0, and its weight 16 is −7.0.
        """,
        function="read_q4_0",
        examples=[(q4_0(0, 1.0),), (q4_0(1, -0.25),), (q4_0(2, 0.013),), (q4_0(3, 3.0),)],
        inputs=blocks(),
        reference=read_q4_0,
        wrong=[
            Wrong(as_they_come, "Neighbours in a byte are 16 weights apart: first all low halves, then all high ones."),
            Wrong(high_half_first, "Weights 0 … 15 are in the low halves, `byte & 15`."),
            Wrong(not_shifted, "The integers 0 … 15 stand for −8 … 7."),
            Wrong(shifted_by_seven, "8 is what stands for zero, not 7."),
            Wrong(big_endian, "The file is little-endian: `'<f2'`."),
            Wrong(
                signed_before_it_is_split,
                "A signed byte takes its sign along when it is shifted: split unsigned bytes, and convert then.",
            ),
            Wrong(wraps_around, "In uint8, 3 − 8 is 251: go to a signed type before subtracting."),
        ],
        hints=[
            "`np.frombuffer(block[:2], '<f2')[0]` is d.",
            "Split first, with q as unsigned bytes: `q & 15` and `q >> 4`. Then go to a signed type, and subtract.",
        ],
        explanation="One instruction takes the low halves of 16 or 32 bytes, another the high ones: the layout is made for that.",
        beyond="Q4_K nests eight such blocks in one of 256 weights, and quantizes their scales too: 4.5 bits with scale and minimum.",
        tolerance=1e-9,
    ),
    Exercise(
        id="7.4.d",
        title="GPTQ for one row",
        difficulty=3,
        task="""
            Write `gptq_row(w, u, scale)`: the rounded row. From left to right each weight becomes the nearest multiple of `scale`
            (`np.round(w[i] / scale) * scale`). Its error, w[i] minus what it became, divided by u[i, i] and multiplied by u[i, j], is subtracted from
            each later weight j > i, before that one is rounded. `u` (n, n) is upper triangular; `w` is not to be changed.

            For w = [0.4, 0.4], u = [[1, −0.5], [0, 1]] and scale 1: the first becomes 0, its error 0.4 lifts the second to 0.6, which becomes 1.
        """,
        function="gptq_row",
        keeps_arguments=True,
        examples=[
            (np.array([0.4, 0.4]), np.array([[1.0, -0.5], [0.0, 1.0]]), 1.0),
            (numbers(3, 5), upper(4, 5), 0.5),
            (numbers(5, 8), upper(6, 8), 0.3),
            (numbers(7, 6), upper(8, 6), 0.7),
        ],
        inputs=rows(),
        reference=gptq_row,
        wrong=[
            Wrong(plain_rounding, "The later weights have to make up for the error of those before them."),
            Wrong(wrong_direction, "Subtract: u's row already has the sign that makes up for the error."),
            Wrong(diagonal_forgotten, "The error is divided by u[i, i] first."),
            Wrong(only_the_next, "All later weights move, not the next one only."),
            Wrong(moved_but_not_rounded, "What comes out are the rounded weights, not the moved ones."),
            Wrong(in_steps_of_one, "Round to multiples of `scale`."),
        ],
        hints=["Work on `w.copy()`.", "`w[i + 1:] -= (w[i] - out[i]) / u[i, i] * u[i, i + 1:]`"],
        explanation="u's rows say how the inputs hang together: where x_i and x_j come together, w_j can do what w_i fails to do.",
        beyond="All rows of a matrix share u, so real code does a column of all rows at once, and the columns far behind once a block.",
        tolerance=1e-7,
    ),
]

RIGHT = {  # other styles, which must pass as well
    "7.4.a": [absmax_by_loops, absmax_by_norm, absmax_by_extremes],
    "7.4.b": [zero_point_by_loops, zero_point_with_zero_appended, zero_point_by_where],
    "7.4.c": [block_by_struct, block_by_ints, block_by_unpacking_bits],
    "7.4.d": [gptq_by_errors, gptq_by_two_loops, gptq_by_recursion],
}

QUESTIONS = [
    Question(
        id="7.4.q1",
        text="Why does a language model write faster with 4-bit weights, even where they are multiplied as floats?",
        choices=[
            "Products of small numbers take the processor less time",
            "For each token all weights come from memory: fewer bytes",
            "Rounded weights are often 0, and need not be multiplied",
            "The cache of keys and values shrinks by the same factor",
        ],
        answer=1,
        explanation="With one text at a time, a weight is used once for each token: the memory is the bottleneck, not the arithmetic.",
    ),
    Question(
        id="7.4.q2",
        text="One weight of a matrix is a hundred times larger than all others. What does absmax in 4 bits, one scale for all, make of the rest?",
        choices=["All of them 0", "3-bit numbers", "Only 7 and −7", "Nearly the same"],
        answer=0,
        explanation="The step is a seventh of the largest; what is smaller than half a step rounds to 0. A scale for each group confines the damage.",
    ),
    Question(
        id="7.4.q3",
        text="A scheme keeps 4-bit codes and one 16-bit scale for every 32 weights. Bits for each weight?",
        choices=["4.0", "4.2", "4.5", "4.8"],
        answer=2,
        explanation="16 bits shared by 32 weights are half a bit each. It is exactly GGUF's Q4_0.",
    ),
    Question(
        id="7.4.q4",
        text="What does GPTQ need that rounding to nearest does not?",
        choices=[
            "The gradients of a loss on labelled texts",
            "The weights of a larger model as a teacher",
            "A second training after rounding",
            "A text, for the inputs that matrices get",
        ],
        answer=3,
        explanation="It makes the output on typical inputs change little. Its choice is as good as the text is typical, and long enough.",
    ),
    Question(
        id="7.4.q5",
        text="AWQ multiplies some columns of a matrix before rounding. Why is the model's output unchanged up to rounding?",
        choices=[
            "These columns meet inputs that are nearly 0",
            "The norm behind the matrix takes the factors out",
            "Their inputs are divided by the same numbers",
            "The next matrix is quantized by the same factors",
        ],
        answer=2,
        explanation="(W·s)(x/s) = W·x. The division is folded into the norm or matrix before, and costs nothing at run time.",
    ),
]
