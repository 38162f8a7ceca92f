"""Exercises of topic 7.5."""

import functools
import itertools
import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import softmax

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: online softmax


def online_logsumexp(pieces):
    largest, total = -math.inf, 0.0
    for piece in pieces:
        if not piece:
            continue
        new = max(largest, *piece)
        total = total * math.exp(largest - new) + sum(math.exp(x - new) for x in piece)
        largest = new
    return largest + math.log(total) if total else -math.inf


def overflows(pieces):
    total = sum(math.exp(x) for piece in pieces for x in piece)
    return math.log(total) if total else -math.inf


def sum_not_scaled(pieces):
    largest, total = -math.inf, 0.0
    for piece in pieces:
        if piece:
            largest = max(largest, *piece)
            total += sum(math.exp(x - largest) for x in piece)
    return largest + math.log(total) if total else -math.inf


def scaled_the_wrong_way(pieces):
    largest, total = None, 0.0
    for piece in pieces:
        if not piece:
            continue
        new = max(piece) if largest is None else max(largest, *piece)
        total = total * (1 if largest is None else math.exp(min(new - largest, 50))) + sum(
            math.exp(x - new) for x in piece
        )
        largest = new
    return largest + math.log(total) if total else -math.inf


def only_the_last_piece(pieces):
    total, largest = 0.0, -math.inf
    for piece in pieces:
        if piece:
            largest = max(piece)
            total = sum(math.exp(x - largest) for x in piece)
    return largest + math.log(total) if total else -math.inf


def largest_forgotten(pieces):
    largest, total = -math.inf, 0.0
    for piece in pieces:
        if piece:
            new = max(largest, *piece)
            total = total * math.exp(largest - new) + sum(math.exp(x - new) for x in piece)
            largest = new
    return math.log(total) if total else -math.inf


def log_of_each_piece_added(pieces):
    found = [max(p) + math.log(sum(math.exp(x - max(p)) for x in p)) for p in pieces if p]
    return sum(found) if found else -math.inf


def zero_for_nothing(pieces):
    return online_logsumexp(pieces) if any(pieces) else 0.0


# b: joining two attentions


def join(out1, log_sum1, out2, log_sum2):
    both = np.logaddexp(log_sum1, log_sum2)
    return np.exp(log_sum1 - both) * out1 + np.exp(log_sum2 - both) * out2


def plain_mean(out1, log_sum1, out2, log_sum2):
    return (out1 + out2) / 2


def simply_added(out1, log_sum1, out2, log_sum2):
    return out1 + out2


def weighted_by_the_logarithms(out1, log_sum1, out2, log_sum2):
    return (log_sum1 * out1 + log_sum2 * out2) / (log_sum1 + log_sum2 + 1e-12)


def not_divided(out1, log_sum1, out2, log_sum2):
    top = max(log_sum1, log_sum2)
    return np.exp(log_sum1 - top) * out1 + np.exp(log_sum2 - top) * out2


def shares_exchanged(out1, log_sum1, out2, log_sum2):
    return join(out2, log_sum1, out1, log_sum2)


def the_stronger_takes_all(out1, log_sum1, out2, log_sum2):
    return out1 if log_sum1 >= log_sum2 else out2


def exponentials_overflow(out1, log_sum1, out2, log_sum2):
    with np.errstate(over="ignore", invalid="ignore", under="ignore", divide="ignore"):
        a, b = np.exp(np.float64(log_sum1)), np.exp(np.float64(log_sum2))
        return (a * out1 + b * out2) / (a + b)


# c: bytes


def cache_bytes(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    kept = n_tokens if window is None else min(n_tokens, window)
    return -(-2 * n_layers * n_kv_heads * d_head * kept * bits // 8)


def values_forgotten(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    kept = n_tokens if window is None else min(n_tokens, window)
    return -(-n_layers * n_kv_heads * d_head * kept * bits // 8)


def bits_for_bytes(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    kept = n_tokens if window is None else min(n_tokens, window)
    return 2 * n_layers * n_kv_heads * d_head * kept * bits


def window_ignored(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    return cache_bytes(n_layers, n_kv_heads, d_head, n_tokens, bits, None)


def window_always_full(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    return cache_bytes(n_layers, n_kv_heads, d_head, n_tokens if window is None else window, bits, None)


def rounded_down(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    kept = n_tokens if window is None else min(n_tokens, window)
    return 2 * n_layers * n_kv_heads * d_head * kept * bits // 8


def rounded_for_each_number(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    kept = n_tokens if window is None else min(n_tokens, window)
    return 2 * n_layers * n_kv_heads * d_head * kept * max(1, -(-bits // 8))


# d: blocks


def blocks_in_use(prefix, lengths, block_size):
    if not lengths:
        return 0
    full, rest = divmod(prefix, block_size)
    shared = full + (1 if rest and 0 in lengths else 0)
    return shared + sum(-(-(rest + n) // block_size) for n in lengths if n > 0)


def nothing_shared(prefix, lengths, block_size):
    return sum(-(-(prefix + n) // block_size) for n in lengths)


def the_half_full_block_shared_too(prefix, lengths, block_size):
    if not lengths:
        return 0
    start = -(-prefix // block_size)
    return start + sum(-(-n // block_size) for n in lengths)


def rounded_down_blocks(prefix, lengths, block_size):
    if not lengths:
        return 0
    full, rest = divmod(prefix, block_size)
    return full + (1 if rest and 0 in lengths else 0) + sum((rest + n) // block_size for n in lengths if n > 0)


def a_copy_for_those_who_wait(prefix, lengths, block_size):
    if not lengths:
        return 0
    full, rest = divmod(prefix, block_size)
    return full + sum(-(-(rest + n) // block_size) for n in lengths)


def those_who_wait_forgotten(prefix, lengths, block_size):
    if not lengths:
        return 0
    full, rest = divmod(prefix, block_size)
    return full + sum(-(-(rest + n) // block_size) for n in lengths if n > 0)


def blocks_without_texts(prefix, lengths, block_size):
    full, rest = divmod(prefix, block_size)
    shared = full + (1 if rest and (0 in lengths or not lengths) else 0)
    return shared + sum(-(-(rest + n) // block_size) for n in lengths if n > 0)


# e: rounding keys


def rounded(keys, bits, axis=0, levels=None, symmetric=False, cut=np.round):
    low, high = keys.min(axis=axis, keepdims=True), keys.max(axis=axis, keepdims=True)
    if symmetric:
        low = np.zeros_like(low)
        high = np.abs(keys).max(axis=axis, keepdims=True)
    step = (high - low) / (2**bits - 1 if levels is None else levels)
    safe = np.where(step > 0, step, 1)
    return cut((keys - low) / safe) * step + low


def round_keys(keys, bits):
    return rounded(keys, bits)


def a_scale_for_each_token(keys, bits):
    return rounded(keys, bits, axis=1)


def one_scale_for_all(keys, bits):
    return rounded(keys, bits, axis=None)


def one_level_too_many(keys, bits):
    return rounded(keys, bits, levels=2**bits)


def minimum_forgotten(keys, bits):
    return rounded(keys, bits, symmetric=True)


def cut_off_not_rounded(keys, bits):
    return rounded(keys, bits, cut=np.floor)


def divides_by_zero(keys, bits):
    low, high = keys.min(axis=0), keys.max(axis=0)
    step = (high - low) / (2**bits - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.round((keys - low) / step) * step + low


def integers_not_numbers(keys, bits):
    low, high = keys.min(axis=0), keys.max(axis=0)
    step = (high - low) / (2**bits - 1)
    return np.round((keys - low) / np.where(step > 0, step, 1))


def keys_of(rows, columns, seed):
    return np.random.default_rng(seed).normal(size=(rows, columns)) * np.arange(1, columns + 1)


def vectors(d):
    return hnp.arrays(np.float64, (d,), elements=st.floats(-5, 5, width=32))


def logsumexp_by_logaddexp(pieces):
    result = -math.inf
    for piece in pieces:
        for x in piece:
            result = float(np.logaddexp(result, x))
    return result


def logsumexp_by_pairs(pieces):
    def joined(a, b):
        largest = max(a[0], b[0])
        return largest, a[1] * math.exp(a[0] - largest) + b[1] * math.exp(b[0] - largest)

    state = functools.reduce(joined, [(x, 1.0) for piece in pieces for x in piece], (-1e308, 0.0))
    return state[0] + math.log(state[1]) if state[1] else -math.inf


def logsumexp_number_by_number(pieces):
    largest = total = None
    for piece in pieces:
        for x in piece:
            if largest is None:
                largest, total = x, 1
            elif x <= largest:
                total += math.exp(x - largest)
            else:
                largest, total = x, total * math.exp(largest - x) + 1
    return -math.inf if largest is None else largest + math.log(total)


def joined_by_sigmoid(out1, log_sum1, out2, log_sum2):
    share = 0.5 * (1 + math.tanh((log_sum1 - log_sum2) / 2))
    return share * out1 + (1 - share) * out2


def joined_by_exponentials(out1, log_sum1, out2, log_sum2):
    top = max(log_sum1, log_sum2)
    a, b = math.exp(log_sum1 - top), math.exp(log_sum2 - top)
    return [(a * x + b * y) / (a + b) for x, y in zip(out1, out2)]


def joined_by_softmax(out1, log_sum1, out2, log_sum2):
    return softmax([log_sum1, log_sum2]) @ np.stack([out1, out2])


def bytes_by_ceil(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    kept = n_tokens if window is None or n_tokens < window else window
    return math.ceil(Fraction(2 * n_layers * n_kv_heads * d_head * kept * bits, 8))


def bytes_by_seven_more(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    numbers = 2 * min(n_tokens, window or n_tokens) * math.prod((n_layers, n_kv_heads, d_head))
    return (numbers * bits + 7) >> 3


def bytes_by_divmod(n_layers, n_kv_heads, d_head, n_tokens, bits, window):
    if window is not None and window < n_tokens:
        n_tokens = window
    total = sum(n_kv_heads * d_head * n_tokens * bits for _ in range(n_layers) for _ in ("key", "value"))
    whole, rest = divmod(total, 8)
    return whole + (rest > 0)


def blocks_by_simulation(prefix, lengths, block_size):
    fresh = itertools.count()
    beginning = [next(fresh) for _ in range(0, prefix, block_size)]
    texts = []
    for n in lengths:
        table = list(beginning)
        if n and prefix % block_size:
            table[-1] = next(fresh)
        while len(table) * block_size < prefix + n:
            table.append(next(fresh))
        texts.append(table)
    return len({block for table in texts for block in table})


def blocks_by_places(prefix, lengths, block_size):
    blocks = set()
    for text, n in enumerate(lengths):
        for place in range(prefix + n):
            block = place // block_size
            shared = (block + 1) * block_size <= prefix or (n == 0)
            blocks.add((block, None if shared else text))
    return len(blocks)


def blocks_by_ceil(prefix, lengths, block_size):
    if len(lengths) == 0:
        return 0
    full = prefix // block_size
    own = [math.ceil((prefix + n) / block_size) - full for n in lengths if n]
    waiting = len(own) < len(lengths) and prefix % block_size != 0
    return full + sum(own) + waiting


def keys_by_channel(keys, bits):
    columns = []
    for column in keys.T:
        levels = np.linspace(column.min(), column.max(), 2**bits)
        columns.append([levels[np.abs(levels - x).argmin()] for x in column])
    return np.array(columns).T


def keys_by_loops(keys, bits):
    out = keys.copy()
    for c in range(keys.shape[1]):
        low, high = keys[:, c].min(), keys[:, c].max()
        if high == low:
            continue
        top = 2**bits - 1
        for t in range(len(keys)):
            out[t, c] = low + round((keys[t, c] - low) / (high - low) * top) * (high - low) / top
    return out.tolist()


def keys_with_warnings_off(keys, bits):
    low, reach = keys.min(0), np.ptp(keys, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.nan_to_num(np.rint((keys - low) / reach * (2**bits - 1)))
    return low + level / (2**bits - 1) * reach


EXERCISES = [
    Exercise(
        id="7.5.a",
        title="A sum that does not need to see everything",
        difficulty=1,
        task="""
            Write `online_logsumexp(pieces)`: the logarithm of the sum of the exponentials of all numbers, reading one piece (a list of numbers, perhaps
            empty) after the other. Keep only the largest number so far and the sum relative to it. Numbers may be as large as 1000. Without any number the
            answer is `-math.inf`.

            `online_logsumexp([[0.0, 0.0], [0.0]])` is log 3.
        """,
        function="online_logsumexp",
        examples=[
            ([[0.0, 0.0], [0.0]],),
            ([[1.0], [2.0, 3.0], []],),
            ([[1000.0], [1001.0]],),
            ([[-1000.0, -1001.0]],),
            ([],),
            ([[], []],),
            ([[5.0, 1.0], [4.0], [2.0, 9.0]],),
        ],
        inputs=st.tuples(st.lists(st.lists(st.floats(-900, 900, width=32), max_size=4), max_size=5)),
        reference=online_logsumexp,
        wrong=[
            Wrong(
                overflows,
                "e to the 1000 is no number that a computer has: subtract the largest number so far inside the exponential.",
            ),
            Wrong(
                sum_not_scaled,
                "When a piece brings a larger number, the sum so far must be scaled to it: times e^(old largest − new largest).",
            ),
            Wrong(
                scaled_the_wrong_way,
                "The sum gets smaller when the largest number grows: the factor is e^(old − new), not e^(new − old).",
            ),
            Wrong(only_the_last_piece, "The sum of the earlier pieces is lost: carry it on, scaled."),
            Wrong(
                largest_forgotten, "The sum is relative to the largest number: add that to the logarithm at the end."
            ),
            Wrong(
                log_of_each_piece_added,
                "Logarithms of sums do not add up to the logarithm of the sum of all: exponentials do.",
            ),
            Wrong(zero_for_nothing, "A sum of nothing is 0, and its logarithm −∞."),
        ],
        hints=[
            "Two variables are enough: `largest`, at first −∞, and `total`, at first 0.",
            "For each piece: the new largest, the old total times exp(largest − new), plus the piece's exponentials relative to the new one.",
        ],
        explanation="Only differences to the largest number are ever exponentiated, so nothing overflows, and each piece can be forgotten when it is summed.",
        beyond="It works in any order and in parallel: two such pairs can be joined into one, which is how a long text is split over several graphics cards (ring attention).",
        tolerance=1e-9,
    ),
    Exercise(
        id="7.5.b",
        title="Joining two attentions",
        difficulty=2,
        task="""
            A query has attended to two sets of keys by itself: `out1` and `out2` (d,) are the softmax-weighted means of the values of each, `log_sum1` and `log_sum2` the
            logarithms of the sums of exponentials. Write `join(out1, log_sum1, out2, log_sum2)`: the attention over both sets together.

            With equal sums it is the mean of the two.
        """,
        function="join",
        examples=[
            (np.array([2.0, 0.0]), 0.0, np.array([0.0, 4.0]), 0.0),
            (np.array([8.0]), math.log(3), np.array([0.0]), 0.0),
            (np.array([1.0, 2.0]), 800.0, np.array([3.0, -1.0]), 801.0),
            (np.array([1.0]), -900.0, np.array([5.0]), -901.5),
            (np.array([1.0, 1.0, 1.0]), -2.0, np.array([0.0, 5.0, 1.0]), 3.0),
        ],
        inputs=st.integers(1, 4).flatmap(
            lambda d: st.tuples(vectors(d), st.floats(-800, 800, width=32), vectors(d), st.floats(-800, 800, width=32))
        ),
        reference=join,
        wrong=[
            Wrong(
                plain_mean, "The two sets do not count the same: each counts with its share of the sum of exponentials."
            ),
            Wrong(simply_added, "Both are means already. Their sum is no mean: the shares must add up to 1."),
            Wrong(weighted_by_the_logarithms, "The weights are the sums themselves, not their logarithms."),
            Wrong(not_divided, "The two shares must add up to 1: divide by the sum of both."),
            Wrong(shares_exchanged, "Each answer with its own sum: the first with `log_sum1`."),
            Wrong(the_stronger_takes_all, "The set with the smaller sum counts too, only less."),
            Wrong(
                exponentials_overflow,
                "e^800 is no number a computer has: subtract the logarithm of the sum of both inside the exponential.",
            ),
        ],
        hints=[
            "Undo the two divisions: out1 · e^log_sum1 is the unnormalised mix of the first set.",
            "`np.logaddexp(a, b)` is log(eᵃ + eᵇ), safely; the shares are exp(log_sum − that).",
        ],
        explanation="A weighted mean of weighted means, each with its own total: exactly what the softmax over both would have given.",
        beyond="Paged attention, attention over several machines and prefix caching all rest on this one line.",
        tolerance=1e-9,
    ),
    Exercise(
        id="7.5.c",
        title="The bytes of a cache",
        difficulty=1,
        task="""
            Write `cache_bytes(n_layers, n_kv_heads, d_head, n_tokens, bits, window)`: how many bytes the keys and values of a text take, at `bits` for each number, rounded up to whole
            bytes (once, at the end). With a `window` (not `None`) each layer keeps only the last so many tokens.

            `cache_bytes(32, 32, 128, 1, 16, None)` is 524288, half a megabyte.
        """,
        function="cache_bytes",
        examples=[
            (32, 32, 128, 1, 16, None),
            (32, 8, 128, 100_000, 16, 4096),
            (32, 8, 128, 100, 16, 4096),
            (30, 3, 64, 1000, 4, None),
            (1, 1, 1, 1, 2, None),
            (2, 1, 3, 1, 3, None),
            (4, 2, 8, 0, 16, None),
        ],
        inputs=st.tuples(
            st.integers(1, 40),
            st.integers(1, 16),
            st.integers(1, 128),
            st.integers(0, 5000),
            st.sampled_from([2, 3, 4, 8, 16]),
            st.one_of(st.none(), st.integers(1, 3000)),
        ),
        reference=cache_bytes,
        wrong=[
            Wrong(values_forgotten, "Keys *and* values are kept: twice as much."),
            Wrong(bits_for_bytes, "That counts bits; a byte has eight."),
            Wrong(window_ignored, "With a window only the last tokens are kept, however long the text is."),
            Wrong(window_always_full, "A text shorter than the window has no more tokens than it has."),
            Wrong(rounded_down, "The last, half-filled byte counts: round up."),
            Wrong(rounded_for_each_number, "Numbers of four bits lie two to a byte: round up once, at the end."),
        ],
        hints=["2 · layers · heads · width · kept tokens numbers.", "Rounding up without floats: `-(-a // b)`."],
        explanation="All that matters for the size is what is kept for each token, and how many tokens are kept.",
        beyond="Multiply it by the number of people that a server talks to, and it becomes the number that decides how many that are.",
    ),
    Exercise(
        id="7.5.d",
        title="Blocks that are shared",
        difficulty=3,
        task="""
            Several texts begin with the same `prefix` tokens and were forked from one text, which has ended. Each then went on for its own number of tokens (`lengths`; 0 for one
            that has not gone on). Blocks hold `block_size` tokens; texts share blocks until one writes into a shared block, which then is copied first. Write
            `blocks_in_use(prefix, lengths, block_size)`: how many blocks there are in all.

            `blocks_in_use(20, [5, 5], 16)` is 3: one full block shared, and a second one for each.
        """,
        function="blocks_in_use",
        examples=[
            (20, [5, 5], 16),
            (32, [1, 1, 1], 16),
            (20, [0, 0], 16),
            (20, [0, 3], 16),
            (0, [16, 17], 16),
            (5, [], 16),
            (16, [0], 16),
            (7, [1, 40, 0], 8),
            (3, [2], 1),
        ],
        inputs=st.tuples(st.integers(0, 60), st.lists(st.integers(0, 40), max_size=5), st.integers(1, 17)),
        reference=blocks_in_use,
        wrong=[
            Wrong(nothing_shared, "The full blocks of the common beginning are stored once, not for each text."),
            Wrong(
                the_half_full_block_shared_too,
                "The last block of the beginning is half full: who writes on into it gets a copy, so it cannot stay shared.",
            ),
            Wrong(rounded_down_blocks, "A block that is not full is a block: round up."),
            Wrong(
                a_copy_for_those_who_wait,
                "Those that have not gone on share the half-full block, too: one for all of them.",
            ),
            Wrong(
                those_who_wait_forgotten,
                "If somebody has not gone on, the half-full block of the beginning is still in use.",
            ),
            Wrong(blocks_without_texts, "Without any text nothing is in use."),
        ],
        hints=[
            "Split the beginning into full blocks and a rest: `divmod(prefix, block_size)`.",
            "Each text that has gone on needs ⌈(rest + its tokens) / block_size⌉ blocks of its own.",
        ],
        explanation="Full blocks never change, so they can be shared for ever; only the block in which texts part is copied.",
        beyond="Small blocks share more and waste less at the end; large ones are read faster. vLLM's are 16 tokens.",
    ),
    Exercise(
        id="7.5.e",
        title="Round the keys",
        difficulty=2,
        task="""
            Write `round_keys(keys, bits)`: the keys (T, d) rounded to 2^bits evenly spaced levels from the smallest to the largest number *of their channel* (column), as floating
            point numbers again. A channel whose numbers are all the same stays as it is.

            With 1 bit every number becomes its channel's minimum or maximum, whichever is nearer.
        """,
        function="round_keys",
        examples=[
            (np.array([[0.0, 10.0], [1.0, 20.0], [0.4, 13.0]]), 1),
            (np.array([[0.0, 5.0], [3.0, 5.0], [1.4, 5.0]]), 2),
            (keys_of(6, 3, 0), 4),
            (keys_of(5, 4, 1) + 30, 8),
            (np.array([[1.5, -2.5]]), 3),
        ],
        inputs=st.tuples(
            st.builds(keys_of, st.integers(1, 8), st.integers(1, 5), st.integers(0, 10**6)), st.integers(1, 8)
        ),
        reference=round_keys,
        wrong=[
            Wrong(a_scale_for_each_token, "The range is that of a channel, over all tokens: the first axis."),
            Wrong(
                one_scale_for_all, "Each channel has a range of its own: one large channel must not spoil the others."
            ),
            Wrong(one_level_too_many, "2^bits levels have 2^bits − 1 steps between them."),
            Wrong(minimum_forgotten, "The levels start at the smallest number of the channel, not at 0."),
            Wrong(cut_off_not_rounded, "Round to the nearest level; cutting off always goes down."),
            Wrong(divides_by_zero, "A channel with all numbers the same has no range: dividing by it gives no number."),
            Wrong(integers_not_numbers, "Those are the integers; turn them back: times the step, plus the minimum."),
        ],
        hints=[
            "`keys.min(axis=0)` is the minimum of each channel.",
            "Level = round((x − minimum) / step), and back: level · step + minimum.",
        ],
        explanation="The error is at most half a step of the number's own channel, however large other channels are.",
        beyond="Real caches do this for groups of 32 or 64 tokens, so that a group can be rounded once and for all when it is full.",
        tolerance=1e-6,
    ),
]

RIGHT = {  # other styles, which must pass as well
    "7.5.a": [logsumexp_by_logaddexp, logsumexp_by_pairs, logsumexp_number_by_number],
    "7.5.b": [joined_by_sigmoid, joined_by_exponentials, joined_by_softmax],
    "7.5.c": [bytes_by_ceil, bytes_by_seven_more, bytes_by_divmod],
    "7.5.d": [blocks_by_simulation, blocks_by_places, blocks_by_ceil],
    "7.5.e": [keys_by_channel, keys_by_loops, keys_with_warnings_off],
}

QUESTIONS = [
    Question(
        id="7.5.q1",
        text="Flash attention computes the same as the formula. What does it save, whatever the mask?",
        choices=[
            "Computing scores of keys that are far away",
            "Writing and reading the matrix of scores",
            "Keeping keys and values of earlier tokens",
            "Taking the exponential of most scores",
        ],
        answer=1,
        explanation="Every pair that the mask does not hide is still compared. The scores of a tile stay near the processor and are never written to memory.",
    ),
    Question(
        id="7.5.q2",
        text="In the online softmax a new score is larger than all before. What happens to the sum so far?",
        choices=[
            "It is multiplied by e^(old − new largest)",
            "It is multiplied by e^(new − old largest)",
            "It is kept, and the new term is added to it",
            "It is divided by the number of scores so far",
        ],
        answer=0,
        explanation="All terms were relative to the old largest score; relative to the new one each is smaller by this same factor.",
    ),
    Question(
        id="7.5.q3",
        text="A model with 32 query heads has 8 key-value heads. How large is its cache beside one with 32?",
        choices=["1/2", "1/4", "1/8", "1/32"],
        answer=1,
        explanation="The cache keeps keys and values only, one pair for each key-value head: 8 of 32.",
    ),
    Question(
        id="7.5.q4",
        text="Why do the keys of a cache get a scale for each channel, and values for each token?",
        choices=[
            "The keys of a channel all have one sign, those of a token do not",
            "Keys are read by channel in a product, and values by token",
            "Keys are rotated by RoPE, which makes all tokens equally large",
            "A few channels of the keys are large, whatever the token is",
        ],
        answer=3,
        explanation="A scale shared by a token's channels would be set by the few large ones, and leave no levels for the rest. The channels of values differ much less.",
    ),
    Question(
        id="7.5.q5",
        text="Two conversations share the instructions at the beginning. One goes on, and the last shared block is half full. What does a paged cache do?",
        choices=[
            "It writes into that block, which has room",
            "It begins a new block behind the half-full one",
            "It gives the one that goes on a copy of it",
            "It gives the one that goes on copies of all",
        ],
        answer=2,
        explanation="Copy on write: the others still need the block as it is. The full blocks before it stay shared.",
    ),
]
