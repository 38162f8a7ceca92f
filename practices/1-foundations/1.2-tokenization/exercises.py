"""The exercises of topic 1.2: byte-pair encoding in two steps, the E step and Viterbi of unigram models, fertility, special tokens."""

import functools
import heapq
import itertools
import math
import re
from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.compare import difference
from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: merge a pair


def merge_pair(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == tuple(pair):
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def second_stays(ids, pair, new_id):
    merged = []
    for i in range(len(ids)):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == tuple(pair):
            merged.append(new_id)
        else:
            merged.append(ids[i])
    return merged


def last_lost(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == tuple(pair):
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def pair_at_the_end_missed(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids):
        if i + 2 < len(ids) and (ids[i], ids[i + 1]) == tuple(pair):
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def every_second_place(ids, pair, new_id):
    merged = []
    for i in range(0, len(ids), 2):
        two = ids[i : i + 2]
        merged += [new_id] if tuple(two) == tuple(pair) else two
    return merged


def only_the_first(ids, pair, new_id):
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == tuple(pair):
            return [*ids[:i], new_id, *ids[i + 2 :]]
    return list(ids)


def from_the_right(ids, pair, new_id):
    merged = list(ids)
    i = len(merged) - 2
    while i >= 0:
        if (merged[i], merged[i + 1]) == tuple(pair):
            merged[i : i + 2] = [new_id]
            i -= 1
        i -= 1
    return merged


def either_order(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) in (tuple(pair), tuple(pair)[::-1]):
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def merged_as_text(ids, pair, new_id):
    text = " ".join(map(str, ids)).replace(f"{pair[0]} {pair[1]}", str(new_id))
    return [int(number) for number in text.split()]


def compared_by_identity(ids, pair, new_id):
    merged, i = [], 0
    while i < len(ids):
        if i + 1 < len(ids) and ids[i] is pair[0] and ids[i + 1] is pair[1]:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def list_against_tuple(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids):
        if list(ids[i : i + 2]) == pair:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def merged_in_place(ids, pair, new_id):
    i = 0
    while i < len(ids) - 1:
        if ids[i] == pair[0] and ids[i + 1] == pair[1]:
            ids[i : i + 2] = [new_id]
        i += 1
    return ids


def merged_by_recursion(ids, pair, new_id):
    match list(ids):
        case [a, b, *rest] if (a, b) == tuple(pair):
            return [new_id, *merged_by_recursion(rest, pair, new_id)]
        case [a, *rest]:
            return [a, *merged_by_recursion(rest, pair, new_id)]
    return []


def merged_to_an_array(ids, pair, new_id):
    ids, i = np.array(ids, dtype=int), 0
    while i < len(ids) - 1:
        if (ids[i : i + 2] == pair).all():
            ids = np.concatenate((ids[:i], [new_id], ids[i + 2 :]))
        i += 1
    return ids


def merged_on_a_stack(ids, pair, new_id):
    out, open_ = [], False  # whether the last one may still be the left half
    for id_ in ids:
        if open_ and (out[-1], id_) == tuple(pair):
            out[-1], open_ = new_id, False
        else:
            out.append(id_)
            open_ = True
    return tuple(out)


def judge_merged(args, got):
    return difference(got.tolist() if isinstance(got, np.ndarray) else got, merge_pair(*args))


# b: encode a word


def encode_word(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    while True:
        joined = [(ranks[a + b], i) for i, (a, b) in enumerate(zip(tokens, tokens[1:])) if a + b in ranks]
        if not joined:
            return tokens
        _, i = min(joined)
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def longest_match(word, ranks):
    tokens = []
    while word:
        n = next(n for n in range(len(word), 0, -1) if word[:n] in ranks)
        tokens.append(word[:n])
        word = word[n:]
    return tokens


def highest_rank(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    while True:
        joined = [(ranks[a + b], -i) for i, (a, b) in enumerate(zip(tokens, tokens[1:])) if a + b in ranks]
        if not joined:
            return tokens
        i = -max(joined)[1]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def leftmost_pair(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    i = 0
    while i + 1 < len(tokens):
        if tokens[i] + tokens[i + 1] in ranks:
            tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
            i = 0
        else:
            i += 1
    return tokens


def last_neighbours_missed(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    while True:
        pairs = [(tokens[i] + tokens[i + 1], i) for i in range(len(tokens) - 2)]
        joined = [(ranks[pair], i) for pair, i in pairs if pair in ranks]
        if not joined:
            return tokens
        _, i = min(joined)
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def rank_zero_is_false(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    while True:
        joined = [(ranks[a + b], i) for i, (a, b) in enumerate(zip(tokens, tokens[1:])) if ranks.get(a + b)]
        if not joined:
            return tokens
        _, i = min(joined)
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def one_merge(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    joined = [(ranks[a + b], i) for i, (a, b) in enumerate(zip(tokens, tokens[1:])) if a + b in ranks]
    if joined:
        _, i = min(joined)
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tokens


def rightmost_of_equal(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    while True:
        joined = [(ranks[a + b], -i) for i, (a, b) in enumerate(zip(tokens, tokens[1:])) if a + b in ranks]
        if not joined:
            return tokens
        i = -min(joined)[1]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def letters_for_bytes(word, ranks):
    tokens = [chr(byte).encode() for byte in word]
    while pairs := [(ranks[a + b], i) for i, (a, b) in enumerate(itertools.pairwise(tokens)) if a + b in ranks]:
        i = min(pairs)[1]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tokens


def in_the_order_of_the_dictionary(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    for joined in ranks:
        i = 0
        while i < len(tokens) - 1:
            if tokens[i] + tokens[i + 1] == joined:
                tokens[i : i + 2] = [joined]
            i += 1
    return tokens


def bytes_only(word, ranks):
    return [bytes([byte]) for byte in word]


def ranks_instead(word, ranks):
    return [ranks[token] for token in encode_word(word, ranks)]


def numbers_of_bytes(word, ranks):
    return list(word)


def whole_word_first(word, ranks):
    """tiktoken's shortcut: a word that is a token needs no merges."""
    return [word] if word in ranks else encode_word(word, ranks)


def joined_everywhere(word, ranks):
    """The loop of minbpe: all occurrences of the best pair at once."""
    tokens = [word[i : i + 1] for i in range(len(word))]
    while len(tokens) >= 2:
        pair = min(zip(tokens, tokens[1:]), key=lambda pair: ranks.get(pair[0] + pair[1], math.inf))
        if pair[0] + pair[1] not in ranks:
            break
        out, i = [], 0
        while i < len(tokens):
            if tuple(tokens[i : i + 2]) == pair:
                out.append(tokens[i] + tokens[i + 1])
                i += 2
            else:
                out.append(tokens[i])
                i += 1
        tokens = out
    return tokens


def by_rank_in_one_pass(word, ranks):
    """All merges in the order of their ranks, as `encode` of the page does it."""
    tokens = [bytes([byte]) for byte in word]
    for joined in sorted(ranks, key=ranks.get):
        out = []
        whole = False  # whether the last token was just made
        for token in tokens:
            if out and not whole and out[-1] + token == joined:
                out[-1], whole = joined, True
            else:
                out.append(token)
                whole = False
        tokens = out
    return tuple(tokens)


def by_heap(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    while True:
        heap = [(ranks[a + b], i) for i, (a, b) in enumerate(itertools.pairwise(tokens)) if a + b in ranks]
        if not heap:
            return tokens
        heapq.heapify(heap)
        i = heapq.heappop(heap)[1]
        tokens = [*tokens[:i], tokens[i] + tokens[i + 1], *tokens[i + 2 :]]


def by_recursion(word, ranks):
    def join(tokens):
        best = min(
            (i for i in range(len(tokens) - 1) if tokens[i] + tokens[i + 1] in ranks),
            key=lambda i: ranks[tokens[i] + tokens[i + 1]],
            default=None,
        )
        return tokens if best is None else join([*tokens[:best], tokens[best] + tokens[best + 1], *tokens[best + 2 :]])

    return join([bytes([byte]) for byte in word])


# c: the E step


def expected_counts(word, p):
    expected, total = defaultdict(float), 0.0
    for way, weight in every_way(word, p):
        total += weight
        for piece in way:
            expected[piece] += weight
    return {piece: weight / total for piece, weight in expected.items()}


def every_way(word, p):
    if not word:
        yield [], 1.0
    for n in range(1, len(word) + 1):
        if word[:n] in p:
            for rest, weight in every_way(word[n:], p):
                yield [word[:n], *rest], p[word[:n]] * weight


def best_way_only(word, p):
    way, _ = max(every_way(word, p), key=lambda found: found[1])
    return dict(Counter(way))


def not_divided_by_the_sum(word, p):
    expected = defaultdict(float)
    for way, weight in every_way(word, p):
        for piece in way:
            expected[piece] += weight
    return dict(expected)


def ways_equally_probable(word, p):
    ways = list(every_way(word, p))
    return {piece: n / len(ways) for piece, n in Counter(piece for way, _ in ways for piece in way).items()}


def ways_counted_whole(word, p):
    return dict(Counter(piece for way, _ in every_way(word, p) for piece in way))


def made_probabilities(word, p):
    expected = expected_counts(word, p)
    return {piece: n / sum(expected.values()) for piece, n in expected.items()}


def probabilities_added_up(word, p):
    expected, total = defaultdict(float), 0.0
    for way, _ in every_way(word, p):
        weight = sum(p[piece] for piece in way)
        total += weight
        for piece in way:
            expected[piece] += weight
    return {piece: weight / total for piece, weight in expected.items()}


def each_piece_of_a_way_once(word, p):
    expected, total = defaultdict(float), 0.0
    for way, weight in every_way(word, p):
        total += weight
        for piece in set(way):
            expected[piece] += weight
    return {piece: weight / total for piece, weight in expected.items()}


def set_and_not_added(word, p):
    expected, ways = {}, list(every_way(word, p))
    total = sum(weight for _, weight in ways)
    for way, weight in ways:
        for piece in way:
            expected[piece] = weight / total
    return expected


def whole_word_missed(word, p):
    expected, total = defaultdict(float), 0.0
    for way, weight in every_way(word, p):
        if len(way) > 1:
            total += weight
            for piece in way:
                expected[piece] += weight
    return {piece: weight / total for piece, weight in expected.items()}


def nothing_to_the_right(word, p):
    left = [1.0] + [0.0] * len(word)
    for end in range(1, len(word) + 1):
        left[end] = sum(left[start] * p.get(word[start:end], 0.0) for start in range(end))
    expected = defaultdict(float)
    for start in range(len(word)):
        for end in range(start + 1, len(word) + 1):
            if word[start:end] in p:
                expected[word[start:end]] += left[start] * p[word[start:end]] / left[-1]
    return dict(expected)


def substrings_weighed_alone(word, p):
    found = Counter(word[a:b] for a in range(len(word)) for b in range(a + 1, len(word) + 1) if word[a:b] in p)
    total = sum(p[piece] for piece in found)
    return {piece: n * p[piece] / total for piece, n in found.items()}


def by_forward_and_backward(word, p):
    n = len(word)
    left, right = [1.0] + [0.0] * n, [0.0] * n + [1.0]
    for end in range(1, n + 1):
        left[end] = sum(left[start] * p.get(word[start:end], 0.0) for start in range(end))
    for start in reversed(range(n)):
        right[start] = sum(p.get(word[start:end], 0.0) * right[end] for end in range(start + 1, n + 1))
    expected = dict.fromkeys(p, 0.0)  # a piece that is not in the word has the count 0
    for start, end in itertools.combinations(range(n + 1), 2):
        if word[start:end] in p:
            expected[word[start:end]] += left[start] * p[word[start:end]] * right[end] / left[n]
    return expected


def by_prefixes(word, p):
    """For each prefix the sum of its ways, and the counts in them, not yet divided."""
    sums, counts = [1.0], [Counter()]
    for end in range(1, len(word) + 1):
        total, here = 0.0, Counter()
        for start in range(end):
            piece = word[start:end]
            if piece in p:
                total += sums[start] * p[piece]
                for other, weight in counts[start].items():
                    here[other] += weight * p[piece]
                here[piece] += sums[start] * p[piece]
        sums.append(total)
        counts.append(here)
    return Counter({piece: weight / sums[-1] for piece, weight in counts[-1].items()})


def by_all_cuts(word, p):
    weights, found = [], []
    for cuts in itertools.product([False, True], repeat=max(0, len(word) - 1)):
        borders = [0, *(i + 1 for i, cut in enumerate(cuts) if cut), len(word)]
        pieces = [word[a:b] for a, b in itertools.pairwise(borders) if a < b]
        weights.append(np.prod([p.get(piece, 0.0) for piece in pieces]))
        found.append(Counter(pieces))
    shares = np.array(weights) / np.sum(weights)
    return {piece: shares @ [way[piece] for way in found] for piece in p if piece in word}


def from_both_ends_with_logarithms(word, p):
    n = len(word)
    left, right = np.full(n + 1, -np.inf), np.full(n + 1, -np.inf)
    left[0] = right[n] = 0.0
    for end in range(1, n + 1):
        for start in range(end):
            if word[start:end] in p:
                left[end] = np.logaddexp(left[end], left[start] + math.log(p[word[start:end]]))
    for start in range(n - 1, -1, -1):
        for end in range(start + 1, n + 1):
            if word[start:end] in p:
                right[start] = np.logaddexp(right[start], math.log(p[word[start:end]]) + right[end])
    expected = defaultdict(float)
    for start in range(n):
        for end in range(start + 1, n + 1):
            if word[start:end] in p:
                expected[word[start:end]] += np.exp(left[start] + math.log(p[word[start:end]]) + right[end] - left[n])
    return expected


def judge_expected(args, got):
    if not isinstance(got, dict):
        return f"expected a dictionary from piece to count, got {got!r}"
    expected = expected_counts(*args)
    nothing = [piece for piece, n in got.items() if isinstance(n, int | float | np.number) and n == 0]
    return difference({piece: n for piece, n in got.items() if piece in expected or piece not in nothing}, expected)


# d: the most probable segmentation


def best_segmentation(text, scores):
    best = [(0.0, 0)] + [(-math.inf, 0)] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(end):
            piece = text[start:end]
            if piece in scores and best[start][0] + scores[piece] > best[end][0]:
                best[end] = (best[start][0] + scores[piece], start)
    pieces = []
    end = len(text)
    while end > 0:
        start = best[end][1]
        pieces.append(text[start:end])
        end = start
    return pieces[::-1]


def longest_first(text, scores):
    pieces = []
    while text:
        n = next(n for n in range(len(text), 0, -1) if text[:n] in scores)
        pieces.append(text[:n])
        text = text[n:]
    return pieces


def likeliest_first(text, scores):
    pieces = []
    while text:
        piece = max((text[:n] for n in range(1, len(text) + 1) if text[:n] in scores), key=scores.__getitem__)
        pieces.append(piece)
        text = text[len(piece) :]
    return pieces


def backwards(text, scores):
    best = [(0.0, 0)] + [(-math.inf, 0)] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(end):
            piece = text[start:end]
            if piece in scores and best[start][0] + scores[piece] > best[end][0]:
                best[end] = (best[start][0] + scores[piece], start)
    pieces = []
    end = len(text)
    while end > 0:
        start = best[end][1]
        pieces.append(text[start:end])
        end = start
    return pieces


def fewest_pieces(text, scores):
    best = [(0, 0)] + [(math.inf, 0)] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(end):
            if text[start:end] in scores and best[start][0] + 1 < best[end][0]:
                best[end] = (best[start][0] + 1, start)
    pieces = []
    end = len(text)
    while end > 0:
        start = best[end][1]
        pieces.append(text[start:end])
        end = start
    return pieces[::-1]


def last_piece_only(text, scores):
    pieces = []
    end = len(text)
    while end > 0:
        start = max((s for s in range(end) if text[s:end] in scores), key=lambda s: scores[text[s:end]])
        pieces.append(text[start:end])
        end = start
    return pieces[::-1]


def least_probable(text, scores):
    best = [(0.0, 0)] + [(math.inf, 0)] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(end):
            piece = text[start:end]
            if piece in scores and best[start][0] + scores[piece] < best[end][0]:
                best[end] = (best[start][0] + scores[piece], start)
    pieces = []
    end = len(text)
    while end > 0:
        start = best[end][1]
        pieces.append(text[start:end])
        end = start
    return pieces[::-1]


def single_characters(text, scores):
    return list(text)


def best_per_letter(text, scores):
    pieces = []
    while text:
        found = [text[:n] for n in range(1, len(text) + 1) if text[:n] in scores]
        piece = max(found, key=lambda piece: scores[piece] / len(piece))
        pieces.append(piece)
        text = text[len(piece) :]
    return pieces


def whole_text(text, scores):
    """What is left of Viterbi where sums begin at 0 in place of minus infinity, or where the first or last border is missed."""
    return [text] if text else []


def unknown_piece_for_nothing(text, scores):
    best = [(0.0, 0)] + [(-math.inf, 0)] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(end):
            score = best[start][0] + scores.get(text[start:end], 0.0)
            if score > best[end][0]:
                best[end] = (score, start)
    pieces = []
    end = len(text)
    while end > 0:
        start = best[end][1]
        pieces.append(text[start:end])
        end = start
    return pieces[::-1]


def pieces_of_three(text, scores):
    return best_segmentation(text, {piece: score for piece, score in scores.items() if len(piece) <= 3})


def minus_hundred_for_nothing(text, scores):
    best, start_of = [0.0] + [-math.inf] * len(text), [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        for start in range(end):
            score = best[start] + scores.get(text[start:end], -100.0)
            if score > best[end]:
                best[end], start_of[end] = score, start
    pieces, end = [], len(text)
    while end > 0:
        pieces.append(text[start_of[end] : end])
        end = start_of[end]
    return pieces[::-1]


def by_memory(text, scores):
    @functools.cache
    def best(start):
        if start == len(text):
            return 0.0, ()
        ends = (end for end in range(start + 1, len(text) + 1) if text[start:end] in scores)
        return max((scores[text[start:end]] + best(end)[0], (text[start:end], *best(end)[1])) for end in ends)

    return best(0)[1]


def forwards(text, scores):
    best = {0: (0.0, [])}  # for each border the best sum and its pieces, handed on to the borders behind it
    for start in range(len(text)):
        for piece, score in scores.items():
            if text.startswith(piece, start):
                end, total = start + len(piece), best[start][0] + score
                if end not in best or total > best[end][0]:
                    best[end] = total, best[start][1] + [piece]
    return best[len(text)][1]


def by_trying_all(text, scores):
    found = []
    for cuts in itertools.product([False, True], repeat=max(0, len(text) - 1)):
        borders = [0, *(i + 1 for i, cut in enumerate(cuts) if cut), len(text)]
        pieces = [text[a:b] for a, b in itertools.pairwise(borders) if a < b]
        if all(piece in scores for piece in pieces):
            found.append((sum(scores[piece] for piece in pieces), pieces))
    return np.array(max(found)[1], dtype=str)


def judge_segmentation(args, got):
    text, scores = args
    if isinstance(got, np.ndarray | tuple):
        got = list(got)
    if not isinstance(got, list) or not all(isinstance(piece, str) for piece in got):
        return f"expected a list of strings, got {got!r}"
    if "".join(got) != text:
        return f"the pieces {got} put together are {''.join(got)!r}, not {text!r}"
    if unknown := [piece for piece in got if piece not in scores]:
        return f"{unknown[0]!r} is not in the vocabulary"
    mine, best = (sum(scores[piece] for piece in way) for way in (got, best_segmentation(text, scores)))
    if mine < best - 1e-9:
        return f"{got} has the score {mine:.2f}, but {best_segmentation(text, scores)} has {best:.2f}"
    return None


# e: fertility


def fertility(texts, tokens):
    return sum(map(len, tokens)) / sum(len(text.split()) for text in texts)


def mean_of_the_texts(texts, tokens):
    each = [len(row) / len(text.split()) for text, row in zip(texts, tokens) if text.split()]
    return sum(each) / len(each)


def cut_at_single_spaces(texts, tokens):
    return sum(map(len, tokens)) / sum(len(text.split(" ")) for text in texts)


def words_for_each_token(texts, tokens):
    return sum(len(text.split()) for text in texts) / sum(map(len, tokens))


def tokens_for_each_character(texts, tokens):
    return sum(map(len, tokens)) / sum(map(len, texts))


def tokens_for_each_text(texts, tokens):
    return sum(map(len, tokens)) / len(texts)


def whole_number_only(texts, tokens):
    return sum(map(len, tokens)) // sum(len(text.split()) for text in texts)


def different_words_only(texts, tokens):
    return sum(map(len, tokens)) / len({word for text in texts for word in text.split()})


def different_tokens_only(texts, tokens):
    return len({token for row in tokens for token in row}) / sum(len(text.split()) for text in texts)


def letters_of_the_tokens(texts, tokens):
    return sum(len(token) for row in tokens for token in row) / sum(len(text.split()) for text in texts)


def first_text_only(texts, tokens):
    return len(tokens[0]) / max(1, len(texts[0].split()))


def sum_over_sum(texts, tokens):
    n_words = n_tokens = 0
    for text, row in zip(texts, tokens, strict=True):
        n_words += len(text.split())
        n_tokens += len(row)
    return n_tokens / n_words


def by_counting_runs(texts, tokens):
    return len(list(itertools.chain(*tokens))) / len(re.findall(r"\S+", "\n".join(texts)))


def by_numpy(texts, tokens):
    lengths = np.array([[len(row), len(text.split())] for text, row in zip(texts, tokens)])
    return np.divide(*lengths.sum(axis=0))


def by_fractions(texts, tokens):
    """Each text's own ratio, weighed by its words."""
    n_words = [sum(1 for _ in re.finditer(r"\S+", text)) for text in texts]
    shares = [
        Fraction(len(row), n) * Fraction(n, sum(n_words)) if n else Fraction(len(row), sum(n_words))
        for row, n in zip(tokens, n_words)
    ]
    return float(sum(shares))


# f: special tokens


def split_special(text, allowed):
    if not allowed:
        return [(text, False)] if text else []
    longest_first = sorted(allowed, key=len, reverse=True)
    pieces = re.split("(" + "|".join(re.escape(token) for token in longest_first) + ")", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def empty_pieces_kept(text, allowed):
    if not allowed:
        return [(text, False)] if text else []
    longest_first = sorted(allowed, key=len, reverse=True)
    pieces = re.split("(" + "|".join(re.escape(token) for token in longest_first) + ")", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces)]


def in_the_order_given(text, allowed):
    if not allowed:
        return [(text, False)] if text else []
    pieces = re.split("(" + "|".join(re.escape(token) for token in allowed) + ")", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def shorter_first(text, allowed):
    return in_the_order_given(text, sorted(allowed, key=len))


def not_escaped(text, allowed):
    if not allowed:
        return [(text, False)] if text else []
    longest_first = sorted(allowed, key=len, reverse=True)
    pieces = re.split("(" + "|".join(longest_first) + ")", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def cut_into_letters(text, allowed):
    longest_first = sorted(allowed, key=len, reverse=True)
    pieces = re.split("(" + "|".join(re.escape(token) for token in longest_first) + ")", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def nothing_without_specials(text, allowed):
    return split_special(text, allowed) if allowed else []


def specials_dropped(text, allowed):
    if not allowed:
        return [(text, False)] if text else []
    longest_first = sorted(allowed, key=len, reverse=True)
    pieces = re.split("|".join(re.escape(token) for token in longest_first), text)
    return [(piece, False) for piece in pieces if piece]


def everything_that_looks_special(text, allowed):
    pieces = re.split(r"(<\|.*?\|>)", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def any_case(text, allowed):
    if not allowed:
        return [(text, False)] if text else []
    longest_first = sorted(allowed, key=len, reverse=True)
    pieces = re.split("(?i)(" + "|".join(re.escape(token) for token in longest_first) + ")", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def only_the_first_special(text, allowed):
    if not allowed:
        return [(text, False)] if text else []
    longest_first = sorted(allowed, key=len, reverse=True)
    pieces = re.split("(" + "|".join(re.escape(token) for token in longest_first) + ")", text, maxsplit=1)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def rest_lost(text, allowed):
    pieces, ordinary, i = [], "", 0
    while i < len(text):
        here = [token for token in allowed if text.startswith(token, i)]
        if here:
            token = max(here, key=len)
            pieces += [(ordinary, False), (token, True)] if ordinary else [(token, True)]
            ordinary = ""
            i += len(token)
        else:
            ordinary += text[i]
            i += 1
    return pieces


def split_by_find(text, allowed):
    found, start = [], 0
    while start < len(text):
        places = [(text.find(token, start), -len(token), token) for token in allowed if token in text[start:]]
        if not places:
            return [*found, (text[start:], False)]
        at, _, token = min(places)
        if at > start:
            found.append((text[start:at], False))
        found.append((token, True))
        start = at + len(token)
    return found


def split_by_finditer(text, allowed):
    if not allowed:
        return ((text, False),) if text else ()
    found, end = [], 0
    for match in re.finditer("|".join(map(re.escape, sorted(allowed, key=lambda token: -len(token)))), text):
        found += [[text[end : match.start()], False], [match.group(), True]]
        end = match.end()
    return tuple(tuple(piece) for piece in [*found, [text[end:], False]] if piece[0])


def split_by_recursion(text, allowed):
    starts = [(text.index(token), -len(token), token) for token in allowed if token in text]
    if not starts:
        return [(text, False)] if text else []
    at, _, token = min(starts)
    return [(piece, special) for piece, special in ((text[:at], False), (token, True)) if piece] + split_by_recursion(
        text[at + len(token) :], allowed
    )


def white_space_dropped(text, allowed):
    return [(piece, special) for piece, special in split_special(text, allowed) if not piece.isspace()]


def lines_lost(text, allowed):
    return [pair for line in text.splitlines() for pair in split_special(line, allowed)]


def split_token_by_token(text, allowed):
    pieces = [(text, False)]
    for token in sorted(allowed, key=len, reverse=True):
        cut = []
        for piece, special in pieces:
            if special:
                cut.append((piece, True))
                continue
            for i, part in enumerate(piece.split(token)):
                cut += [(token, True)] * (i > 0) + [(part, False)]
        pieces = cut
    return [piece for piece in pieces if piece[0]]


_RANKS = {
    token: rank
    for rank, token in enumerate([b"a", b"b", b"c", b"d", b"bc", b"ab", b"cd", b"aa", b"abc", b"bcd", b"aab"])
}
_SCORES = {"a": -2.0, "b": -2.5, "c": -2.2, "ab": -3.0, "abc": -6.0, "bc": -3.1, "ca": -3.3, "aa": -5.0, "cab": -7.0}


def _word():
    return st.lists(st.sampled_from(b"abcd"), max_size=10).map(bytes)


def _trained(corpus):
    """The ranks of a little BPE training: a token's parts come before it, as in every real vocabulary."""
    words, ranks = (
        [[bytes([byte]) for byte in word] for word in corpus],
        {bytes([byte]): i for i, byte in enumerate(b"abcd")},
    )
    for _ in range(8):
        counts = Counter(pair for word in words for pair in itertools.pairwise(word) if pair[0] + pair[1] not in ranks)
        if not counts:
            break
        a, b = max(counts, key=lambda pair: (counts[pair], pair))
        ranks[a + b] = len(ranks)
        words = [joined_everywhere(word, ranks) for word in corpus]
    return ranks


def _encodings():
    """A word and trained ranks with which every algorithm that the page or its links teach gives the same tokens."""

    def agree(args):
        results = [list(f(*args)) for f in (encode_word, whole_word_first, joined_everywhere, by_rank_in_one_pass)]
        return all(result == results[0] for result in results)

    corpora = st.lists(_word(), min_size=3, max_size=6).map(_trained)
    in_any_order = corpora.flatmap(lambda ranks: st.permutations(list(ranks.items()))).map(dict)
    return st.tuples(_word(), in_any_order).filter(agree)


def _probabilities():
    pieces = ["a", "b", "c", "ab", "bc", "ca", "abc", "aa", "bb"]
    weights = st.lists(st.integers(1, 20), min_size=len(pieces), max_size=len(pieces))
    return weights.map(lambda numbers: {piece: n / sum(numbers) for piece, n in zip(pieces, numbers)})


def _corpus_with_tokens():
    text = st.lists(
        st.sampled_from(["a", "to", "ken", "é", "1", " ", "  ", "\n", "\t", "\u00a0"]), max_size=8
    )  # its tokens
    corpora = st.lists(text, min_size=1, max_size=4).filter(lambda rows: any("".join(row).split() for row in rows))
    return corpora.map(lambda rows: (["".join(row) for row in rows], rows))


def _scores():
    return st.lists(st.floats(-8, -1).map(lambda x: round(x, 2)), min_size=9, max_size=9).map(
        lambda numbers: dict(zip(["a", "b", "c", "ab", "bc", "ca", "abc", "aa", "bb"], numbers))
    )


EXERCISES = [
    Exercise(
        id="1.2.a", title="Merge a pair", difficulty=1, function="merge_pair",
        task="""
        Return `ids` with every occurrence of `pair` replaced by `new_id`, from left to right.

        `merge_pair([1, 2, 3, 1, 2], (1, 2), 9)` is `[9, 3, 9]`, and `merge_pair([1, 1, 1], (1, 1), 9)` is `[9, 1]`.
        """,
        examples=[
            ([1, 2, 3, 1, 2], (1, 2), 9), ([1, 1, 1], (1, 1), 9), ([1, 1, 1, 1], (1, 1), 9), ([2, 1, 3], (1, 2), 9),
            ([3, 1], (1, 2), 9), ([], (1, 2), 9), ([1, 2], (1, 2), 9), ([11, 2], (1, 2), 99), ([1, 21, 1, 2], (1, 2), 99),
            ([97, 110, 97], (97, 110), 256), ([300, 301, 300], (300, 301), 302),
        ],
        inputs=st.tuples(
            st.lists(st.sampled_from([0, 1, 2, 11, 12, 300]), max_size=12), st.tuples(*[st.sampled_from([0, 1, 2, 300])] * 2), st.just(999)
        ),
        reference=merge_pair,
        judge=judge_merged,
        wrong=[
            Wrong(second_stays, "The second half of a merged pair must go as well: `[1, 2]` becomes `[9]`. After a merge, go on two places further. (In a `for` over a range, `i += 2` changes nothing: the next round sets `i` anew. Use `while`.)"),
            Wrong(last_lost, "An item at the end that is in no pair must stay: `[1, 2, 3]` with the pair (1, 2) becomes `[9, 3]`."),
            Wrong(pair_at_the_end_missed, "A pair at the very end is merged as well: `[1, 2]` becomes `[9]`. At which place can the last pair start?"),
            Wrong(every_second_place, "A pair may start at any place, not only at every second one: `[3, 1, 2]` with the pair (1, 2) becomes `[3, 9]`."),
            Wrong(only_the_first, "Every occurrence is merged, up to the end of the list: `[1, 2, 1, 2]` becomes `[9, 9]`."),
            Wrong(from_the_right, "In `[1, 1, 1]` the pair (1, 1) occurs twice, and the two overlap: the left one wins, so the result is `[9, 1]`."),
            Wrong(merged_as_text, "Ids can have several digits. `[11, 2]` does not contain the pair (1, 2), although the text '11 2' contains '1 2'."),
            Wrong(compared_by_identity, "Compare numbers with `==`. `is` asks whether they are the same object in memory, which for ids above 256 they usually are not."),
            Wrong(list_against_tuple, "Nothing is merged if a list is compared with a tuple: `[1, 2] == (1, 2)` is False in Python."),
            Wrong(either_order, "(2, 1) is not (1, 2): `[2, 1]` stays as it is when the pair is (1, 2)."),
        ],
        hints=[
            "Walk through the list once. At each place there are two cases: a pair starts here, or not.",
            "Use `while` and an index: it moves by 1 or by 2.",
            "Before you look at `ids[i + 1]`, make sure that it exists.",
        ],
        explanation="After a merge the walk goes on behind the pair, so nothing is used twice. Merging from left to right is part of the definition: training and encoding must agree about it.",
        beyond="In the trainer words are rewritten in place, and only the words that hold the pair are looked at; see `bpe_training.learn_merges`.",
    ),
    Exercise(
        id="1.2.b", title="Encode a word", difficulty=2, function="encode_word",
        task="""
        Return the tokens of one word, a list of `bytes`. Start with its single bytes. Among all neighbouring pairs
        whose joined bytes are in `ranks`, join the one with the **lowest** rank (of equal ones the leftmost). Repeat until no pair is left.
        Single bytes have ranks, too; they join nothing.

        With the ranks `{b"a": 0, b"b": 1, b"c": 2, b"bc": 3, b"ab": 4}`, `encode_word(b"abc", ranks)` is `[b"a", b"bc"]`.
        """,
        examples=[
            (b"abc", {b"a": 0, b"b": 1, b"c": 2, b"bc": 3, b"ab": 4}), (b"aabcd", _RANKS), (b"abcd", {b"a": 0, b"b": 1, b"c": 2, b"d": 3, b"bc": 4, b"bcd": 5, b"abcd": 6, b"ab": 7}), (b"abcd", _RANKS), (b"aaa", _RANKS),
            (b"", _RANKS), (b"d", _RANKS), (b"aab", {b"a": 0, b"b": 1, b"ab": 2, b"aa": 3, b"aab": 4}),
            (b"abab", {b"a": 0, b"b": 1, b"ab": 2, b"ba": 3}), (b"abcabc", {b"a": 0, b"b": 1, b"c": 2, b"ab": 3, b"abc": 4, b"ca": 5}),
            (b"ab", {b"ab": 0, b"a": 1, b"b": 2}), ("é".encode(), {b"\xc3": 0, b"\xa9": 1, b"\xc3\xa9": 2}), (b"\xc3", {b"\xc3": 0}),
            (b"abc", {b"ab": 4, b"bc": 3, b"a": 0, b"b": 1, b"c": 2}), (b"abc", {b"a": 0, b"b": 1, b"c": 2, b"ab": 100_000}),
        ],
        inputs=_encodings(),
        reference=encode_word,
        wrong=[
            Wrong(longest_match, "The longest token from the left is not always what the merges lead to. BPE joins pairs in the order in which they were learned."),
            Wrong(highest_rank, "Low or high? The lowest rank was learned first, and so it goes first."),
            Wrong(leftmost_pair, "The place of a pair decides only between equal ranks. Look at all pairs that can be joined, and take the one with the lowest rank."),
            Wrong(last_neighbours_missed, "The last two tokens are neighbours as well: n tokens make n - 1 pairs."),
            Wrong(rank_zero_is_false, "A rank may be 0, and `if` takes 0 for false. Ask whether `a + b in ranks`."),
            Wrong(one_merge, "One merge may not be enough: go on until no pair of neighbours is in `ranks`."),
            Wrong(rightmost_of_equal, "Of two pairs with the same rank the left one is joined: b'aaa' becomes [b'aa', b'a'] if b'aa' is in `ranks`."),
            Wrong(numbers_of_bytes, "Going through `bytes` gives numbers: 97 and not b'a'. `bytes([97])` is b'a' again."),
            Wrong(ranks_instead, "The result is a list of tokens, each of type `bytes`, such as [b'a', b'bc']; their ranks are not asked for."),
            Wrong(letters_for_bytes, "`chr` and `encode` go by way of a character, which may take two bytes: 195 becomes b'\\xc3\\x83'. `bytes([195])` is the one byte b'\\xc3'."),
            Wrong(in_the_order_of_the_dictionary, "A dictionary may be in any order. What counts is the number, `ranks[a + b]`."),
            Wrong(bytes_only, "The single bytes are only the start. Which neighbours, joined, are in `ranks`?"),
        ],
        hints=[
            "In each round, look at all pairs of neighbours, choose one, and join it. When does the loop end?",
            "`min` of a list of `(rank, i)` gives the lowest rank, and among equal ones the leftmost place.",
            "To join the tokens at i and i + 1, put one token in the place of two: a slice may be replaced by a list of another length.",
        ],
        explanation="Tuples compare by their first element, then by the second: `min` of `(rank, i)` is the lowest rank and, among equal ones, the leftmost.",
        beyond="For a word of n bytes this takes time n². A heap makes it n log n, which matters for a run of a million letters; and a memo of words already seen answers most of real text without merging at all.",
    ),
    Exercise(
        id="1.2.c", title="The E step for one word", difficulty=2, function="expected_counts",
        task="""
        Return how often each piece is expected in `word`, as a dictionary from piece to count. Every way to cut `word` into pieces of `p`
        counts by its share: its probability, the product of `p` over its pieces, divided by the sum of these products over all ways. A piece that
        stands twice in a way counts twice in it. Pieces that are in no way may be left out, or have the count 0. Every single
        character of `word` is in `p`; the empty word has one way, without pieces.

        With `{"a": 0.5, "b": 0.2, "ab": 0.3}`, the word *ab* has two ways: a·b with 0.5 · 0.2 = 0.1, and ab with 0.3. So
        `expected_counts("ab", p)` is `{"a": 0.25, "b": 0.25, "ab": 0.75}`.
        """,
        examples=[
            ("ab", {"a": 0.5, "b": 0.2, "ab": 0.3}), ("aa", {"a": 0.6, "aa": 0.4}), ("aaa", {"a": 0.5, "aa": 0.5}), ("abab", {"a": 0.4, "b": 0.3, "ab": 0.3}),
            ("abc", {"a": 0.2, "b": 0.2, "c": 0.2, "ab": 0.1, "bc": 0.2, "abc": 0.1}), ("", {"a": 1.0}), ("a", {"a": 0.5, "b": 0.5}), ("cab", {"a": 0.3, "b": 0.3, "c": 0.3, "zz": 0.1}),
            ("walking", {**dict.fromkeys("walking", 0.05), "walk": 0.3, "ing": 0.2, "king": 0.1, "wal": 0.05}),
        ],
        inputs=st.tuples(st.text("abc", max_size=7), _probabilities()),
        reference=expected_counts,
        judge=judge_expected,
        wrong=[
            Wrong(best_way_only, "The best way is not the only one. Every way counts, by its share of the probability: in the example a·b has a quarter."),
            Wrong(not_divided_by_the_sum, "A way's probability is not yet its share: divide by the sum over all ways of this word. The shares of a word add up to 1."),
            Wrong(ways_equally_probable, "The ways are not equally probable: weigh each by the product of its pieces' probabilities."),
            Wrong(ways_counted_whole, "Each way counts by its share, not as a whole: the shares of all ways add up to 1."),
            Wrong(made_probabilities, "These numbers add up to 1, so they are probabilities already: that is the M step, and it comes after the counts of all words are added up."),
            Wrong(probabilities_added_up, "The pieces are drawn independently of one another, so their probabilities are multiplied, not added."),
            Wrong(each_piece_of_a_way_once, "A piece that stands twice in a way counts twice: a·a holds *a* two times. A set forgets that."),
            Wrong(set_and_not_added, "A piece may be in several ways, and several times in one: add to its count instead of setting it."),
            Wrong(whole_word_missed, "The word as one single piece is a way, too, if it is in `p`."),
            Wrong(nothing_to_the_right, "What comes behind the piece counts as well: multiply by the summed probability of all ways from its end to the end of the word."),
            Wrong(substrings_weighed_alone, "That a piece stands somewhere in the word is not enough: what counts are the whole ways that use it, with all of their pieces."),
        ],
        hints=[
            "Write down all ways to cut *aab* by hand, with their probabilities. What share has each?",
            "To list the ways: choose a first piece, and put every way to cut the rest behind it. The empty rest has one way, without pieces.",
            "Go through the ways twice: once for the sum of their probabilities, once to give each piece of each way its share.",
        ],
        explanation="Counts are additive, so the counts of the whole corpus are the sums over its words, each times how often the word occurs. What every way of a word has in common is its length: the expected counts, times the lengths of the pieces, add up to the length of the word.",
        beyond="Listing takes 2^(n-1) ways. Forward-backward gives the same numbers in n² steps: left[start] · p(piece) · right[end] / left[n]. With logarithms (`np.logaddexp`) it works for whole sentences, too, whose probabilities are too small for a float.",
    ),
    Exercise(
        id="1.2.d", title="The best segmentation", difficulty=3, function="best_segmentation",
        task="""
        A unigram vocabulary gives each piece a score, the logarithm of its probability. Return the pieces into which `text` is cut
        so that the **sum** of their scores is as large as possible. Every single character of `text` is in `scores`, so that there is always a way.
        If several ways have the same largest sum, any of them is right. The empty text has no pieces: the answer is `[]`.

        With `{"a": -2.0, "b": -2.0, "ab": -3.0}`, `best_segmentation("abb", scores)` is `["ab", "b"]`: -5 is more than -6.
        """,
        examples=[
            ("abb", {"a": -2.0, "b": -2.0, "ab": -3.0}), ("abc", _SCORES), ("abca", _SCORES), ("aab", _SCORES), ("cab", _SCORES),
            ("", _SCORES), ("aba", {"a": -2.0, "b": -2.0, "ab": -1.5, "ba": -1.0}), ("bcab", _SCORES), ("aabc", _SCORES), ("abcabc", {**_SCORES, "abc": -4.0}),
            ("abc", {"a": -1.0, "b": -1.0, "c": -1.0, "ab": -5.0, "bc": -1.5, "abc": -9.0}),
            ("abcab", {"a": -2.0, "b": -2.0, "c": -2.0, "abcab": -3.0}), ("abab", {"a": -60.0, "b": -60.0}),
        ],
        inputs=st.tuples(st.text("abc", max_size=9), _scores()),
        reference=best_segmentation,
        judge=judge_segmentation,
        wrong=[
            Wrong(longest_first, "The longest piece is not always right: it may be so rare that two shorter ones are more probable."),
            Wrong(likeliest_first, "The most probable piece at a place is not always right: a good first piece may leave a bad rest. Compare whole ways."),
            Wrong(backwards, "In which order are the pieces? Walking back from the end collects them from the last to the first."),
            Wrong(fewest_pieces, "Few pieces are not always best: it is the sum of the scores that counts."),
            Wrong(last_piece_only, "The score of the last piece alone does not decide. What stands before it counts as well: add the best sum up to its start."),
            Wrong(single_characters, "Single characters are one way to cut, but other pieces in `scores` may make the sum larger."),
            Wrong(best_per_letter, "A score divided by the length is not what is added up. Compare the sums of whole ways."),
            Wrong(whole_text, "The whole text comes back: no way to its end counted as better. A border that nothing has reached yet has the sum minus infinity, not 0; a piece may start at 0; and the last border is `len(text)`."),
            Wrong(unknown_piece_for_nothing, "A piece that is not in `scores` must not be used. With the score 0 it is better than every real one: `-math.inf` keeps it out."),
            Wrong(pieces_of_three, "A piece may be as long as the text: 'abcab' can be a single one. How far back may the last piece start?"),
            Wrong(minus_hundred_for_nothing, "-100 is not minus infinity: the sum of a long or improbable text is lower, and then a piece that is not in `scores` wins. Leave such pieces out, or give them `-math.inf`."),
            Wrong(least_probable, "Scores are negative, and the best sum is the largest one: the one nearest to zero."),
        ],
        hints=[
            "A choice that looks best now may be bad later. Go through the borders from left to right and keep, for each, the best sum that reaches it.",
            "Let best[end] be the best sum for `text[:end]`. The last piece starts somewhere: best[end] is the maximum of best[start] + score.",
            "Remember for each end the start that was best; then walk back from the end of the text.",
        ],
        explanation="This is Viterbi's algorithm. There are 2^(n-1) ways to cut n characters, but only n prefixes, and the best way of a prefix never depends on what comes behind it.",
        beyond="Limit the inner loop to the longest piece, or walk down a trie; then texts of megabytes take linear time. Sums in place of maxima give the expected counts that EM training needs.",
    ),
    Exercise(
        id="1.2.e", title="Fertility", difficulty=1, function="fertility",
        task="""
        Return the number of tokens for each word of a whole corpus. `texts` are its texts, and `tokens[i]` are the tokens of `texts[i]`. A word is
        what stands between white space, as `str.split()` cuts it. The corpus is one: a long text weighs more than a short one. A text
        may be empty, but there is at least one word in all.

        `fertility(["a token", "tokenizers"], [["a", " token"], ["token", "iz", "ers"]])` is 5 / 3, about 1.67.
        """,
        examples=[
            (["a token", "tokenizers"], [["a", " token"], ["token", "iz", "ers"]]), (["a b c", "tokenizers"], [["a", " b", " c"], ["token", "iz", "ers"]]), (["two  spaces"], [["two", " ", " spaces"]]), (["", "a"], [[], ["a"]]),
            (["a\tb\nc"], [["a", "\t", "b", "\n", "c"]]), (["the cat the cat"], [["the", " c", "at", " the", " c", "at"]]), ([" a "], [[" a", " "]]), (["हिन्दी भाषा"], [["ह", "िन", "्द", "ी", " भ", "ाष", "ा"]]), (["a b", " "], [["a", " b"], [" "]]),
        ],
        inputs=_corpus_with_tokens(),
        reference=fertility,
        wrong=[
            Wrong(mean_of_the_texts, "That is the mean of the texts' own ratios, in which a text of one word weighs as much as a text of a thousand. Divide all tokens by all words, once."),
            Wrong(cut_at_single_spaces, "`split(' ')` cuts at every single space and at nothing else: two spaces make an empty word, and a line end makes none. `split()` without an argument cuts at runs of white space."),
            Wrong(words_for_each_token, "Upside down: tokens for each word means tokens divided by words."),
            Wrong(tokens_for_each_character, "Divide by the number of words, not of characters."),
            Wrong(tokens_for_each_text, "Divide by the number of words in all texts, not by the number of texts."),
            Wrong(whole_number_only, "`//` drops what is behind the decimal point. Use `/`."),
            Wrong(different_words_only, "A word that occurs twice counts twice: its tokens are counted twice as well."),
            Wrong(different_tokens_only, "A token that occurs twice counts twice: fertility is about the length of the text, not about the size of the vocabulary."),
            Wrong(letters_of_the_tokens, "Count the tokens, not their characters: `len(row)` for each row of `tokens`."),
            Wrong(first_text_only, "All texts count, not only the first one."),
        ],
        hints=[
            "Two numbers are needed: all tokens, and all words. What is counted in `tokens[i]`, and what in `texts[i]`?",
            "`str.split()` without an argument never gives empty words.",
            "Add up both numbers over all texts first, and divide at the end.",
        ],
        explanation="A ratio of sums weighs every word the same; a mean of ratios weighs every text the same. For a price, or the length of a context, the sums are what counts.",
        beyond="What is a word? In Thai or Chinese nothing stands between words, so papers divide by characters or bytes, or compare with the tokens of the same text in English, as this page does. Give an interval as well: draw whole texts with repetition, and divide again.",
    ),
    Exercise(
        id="1.2.f", title="Cut at special tokens", difficulty=2, function="split_special",
        task="""
        Cut `text`, from left to right, at the special tokens in `allowed` and return `(piece, is_special)` pairs in order. The pieces put together are `text` again, and none of them is empty, so
        the empty text gives `[]`. Of two tokens that overlap the one that starts first counts; where two start at the same place, the longer one. Whatever is not in `allowed` is ordinary text, even if it looks special:
        nothing is refused here. No token in `allowed` is empty, and what stands between two special tokens is one piece.

        `split_special("hi<|end|>!", ["<|end|>"])` is `[("hi", False), ("<|end|>", True), ("!", False)]`.
        """,
        examples=[
            ("hi<|end|>!", ["<|end|>"]), ("<|end|><|end|>", ["<|end|>"]), ("a<|x|>b<|end|>", ["<|end|>"]), ("a<|END|>", ["<|end|>"]),
            ("<s><s>>", ["<s>", "<s>>"]), ("<s>><s>", ["<s>>", "<s>"]), ("text", []), ("", ["<|end|>"]), ("<|end|>", []), ("a|b", ["<|end|>"]), ("x[END]y", ["[END]"]), ("a<|end|>b<|end|>c", ["<|end|>"]),
            ("<s> <s>", ["<s>"]), ("a\nb<s>", ["<s>"]), ("<+>x", ["<+>"]), ("<s>>", ["<s>"]), ("<a<bc", ["<a", "a<bc"]),
        ],
        inputs=st.tuples(
            st.lists(st.sampled_from(["a", "b ", " ", "\n", "<|end|>", "<|x|>", "<s>", "<s>>", "[END]", "N", "|", "<|END|>"]), max_size=6).map("".join),
            st.lists(st.sampled_from(["<|end|>", "<s>", "<s>>", "[END]"]), unique=True, max_size=3),
        ),
        reference=split_special,
        wrong=[
            Wrong(empty_pieces_kept, "Empty pieces must not be in the answer. `re.split` gives one before a token at the start, and between two tokens."),
            Wrong(in_the_order_given, "Where '<s>' and '<s>>' both match, the longer one wins. (A regular expression tries its alternatives in order.)"),
            Wrong(shorter_first, "'<s>' cuts '<s>>' in two, whichever stands first in `allowed`. The longer one has to be tried first."),
            Wrong(not_escaped, "`|` and `[` mean something in a regular expression. Use `re.escape`."),
            Wrong(cut_into_letters, "`allowed` may be empty, and the pattern `()` matches everywhere: it cuts the text into letters. What is the answer without special tokens?"),
            Wrong(nothing_without_specials, "`allowed` may be empty. Then the whole text is one ordinary piece: 'text' gives [('text', False)]."),
            Wrong(white_space_dropped, "A space between two special tokens is ordinary text: '<s> <s>' has three pieces."),
            Wrong(lines_lost, "A line end is text like any other and belongs in the answer: 'a\\nb<s>' begins with the piece 'a\\nb'."),
            Wrong(split_token_by_token, "Of two tokens that overlap the one that starts first counts, not the longest in the whole text: go through the text from left to right."),
            Wrong(specials_dropped, "The special tokens themselves belong in the answer. `re.split` keeps what a group in parentheses matches."),
            Wrong(everything_that_looks_special, "Only the tokens in `allowed` may act as special ones, whatever else looks like one: that is the point."),
            Wrong(only_the_first_special, "A text may hold several special tokens: 'a<|end|>b<|end|>c' has five pieces."),
            Wrong(rest_lost, "What stands behind the last special token is ordinary text and belongs in the answer as well."),
            Wrong(any_case, "'<|END|>' is not '<|end|>': special tokens match exactly."),
        ],
        hints=[
            "Walk through the text, or let a regular expression find the tokens. Either way: at each place the longest one counts.",
            "`re.split` with one group gives ordinary and special pieces in turn.",
            "Two cases are easily forgotten: `allowed` may be empty, and a token may contain characters that mean something in a regular expression.",
        ],
        explanation="A regular expression with its tokens escaped and sorted by length does it in one pass. The caller decides what is special, not the text.",
        beyond="tiktoken goes one step further: it raises an error when a text holds a special token that the caller did not mention, so that an injection cannot pass unnoticed.",
    ),
]  # fmt: skip

RIGHT = {  # other styles, which must pass as well
    "1.2.a": [merged_in_place, merged_by_recursion, merged_on_a_stack, merged_to_an_array],
    "1.2.b": [joined_everywhere, by_rank_in_one_pass, by_heap, by_recursion, whole_word_first],
    "1.2.c": [by_forward_and_backward, by_prefixes, by_all_cuts, from_both_ends_with_logarithms],
    "1.2.d": [by_memory, forwards, by_trying_all],
    "1.2.e": [sum_over_sum, by_counting_runs, by_numpy, by_fractions],
    "1.2.f": [split_by_find, split_by_finditer, split_by_recursion],
}

QUESTIONS = [
    Question(
        id="1.2.q1", text="Why can byte-level BPE encode any string, even one in a script that it never saw?",
        choices=[
            "All letters of Unicode are in its vocabulary", "Words that it does not know become <unk>",
            "Its vocabulary contains all 256 single bytes", "Unknown letters become the nearest known one",
        ], answer=2,
        explanation="Every string has a UTF-8 encoding, and each of its bytes is a token. The price: a rare script costs several tokens a character.",
    ),
    Question(
        id="1.2.q2", text="BPE encoding: two pairs of a word can be joined. Which one first?",
        choices=["The one that was learned first", "The one that is further to the left", "The one that makes the longer token", "The one that the text has more often"], answer=0,
        explanation="The merge with the lowest rank, whatever its place or length. Only among equal ranks the leftmost.",
    ),
    Question(
        id="1.2.q3", text="What does GPT-2's pattern for splitting text prevent?",
        choices=["Tokens that are longer than sixteen bytes", "Tokens that begin with a space, like ' dog'", "Tokens that are made of digits and nothing else", "Tokens that reach from one word into the next"], answer=3,
        explanation="Merges happen only inside the words of the pattern, so there is no 'dog.' and no 'of the'. The space in front belongs to the word, which is why ' dog' and 'dog' are different tokens.",
    ),
    Question(
        id="1.2.q4", text="How does WordPiece cut a word when it encodes?",
        choices=["It joins pairs of pieces, lowest rank first", "It takes the longest piece from the left", "It takes the way with the largest product", "It takes the most frequent piece at each place"], answer=1,
        explanation="Longest match first, again and again (greedy). If it gets stuck, the whole word becomes [UNK].",
    ),
    Question(
        id="1.2.q5", text="What can a Unigram model give for a word that BPE by itself cannot?",
        choices=["A way back from the ids to the text", "A segmentation learned without labels", "Pieces that other words contain, too", "Several segmentations with probabilities"], answer=3,
        explanation="It is a probability distribution over segmentations; drawing from it (subword regularisation) makes a model robust.",
    ),
    Question(
        id="1.2.q6", text="A user's message contains the text <|endoftext|>. What should a tokenizer do by default?",
        choices=["Refuse it, or encode it as ordinary text", "Encode it as the special token of that name", "Delete it from the text without a warning", "Encode it as one unknown token, like [UNK]"], answer=0,
        explanation="A text from outside must never be able to steer the model. tiktoken raises an error unless the caller says what is meant.",
    ),
    Question(
        id="1.2.q7", text="GPT-4's vocabulary needs several times as many tokens for Hindi as for English. Which of these suspects do counts rule out?",
        choices=["Its training text contained little Hindi", "Its pattern cuts words at vowel signs", "Hindi messages need more characters", "A letter takes three bytes in UTF-8"], answer=2,
        explanation="A message has about as many characters in either language. The others remain: merges follow the training text, and what is rare there stays in small pieces, down to single bytes, of which a Hindi letter has three. The pattern ends a piece before every vowel sign, and no merge reaches across; that of GPT-4o does not.",
    ),
    Question(
        id="1.2.q8", text="Two programs train BPE on the same text and get different merges, both without a bug. How?",
        choices=["They draw different random numbers at the start", "They choose differently between equally frequent pairs", "They store their merges in different file formats", "They count pairs in integers of different widths"], answer=1,
        explanation="A tie can be broken either way: by the first pair seen, or the smallest ids. Another pattern for splitting would do it, too. BPE training draws no random numbers.",
    ),
    Question(
        id="1.2.q9", text="A model gets ids from another model's tokenizer. What happens?",
        choices=["It reads the text more slowly than usual", "It stops with an error at the first id", "It looks up wrong rows of its embedding table", "It replaces the ids by the unknown token"], answer=2,
        explanation="Each id is an index; as long as it is in range, nothing crashes, and the model reads another text.",
    ),
]  # fmt: skip
