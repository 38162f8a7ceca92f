"""The exercises of topic 1.2: byte-pair encoding in three steps, Viterbi for unigram models, and special tokens."""

import functools
import heapq
import itertools
import math
import re
from collections import Counter, defaultdict

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.compare import difference
from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: count pairs


def count_pairs(ids):
    counts = {}
    for pair in zip(ids, ids[1:]):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def last_pair_missed(ids):
    counts = {}
    for i in range(len(ids) - 2):
        pair = (ids[i], ids[i + 1])
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def pairs_side_by_side(ids):
    counts = {}
    for i in range(0, len(ids) - 1, 2):
        pair = (ids[i], ids[i + 1])
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def order_ignored(ids):
    counts = {}
    for a, b in zip(ids, ids[1:]):
        pair = (min(a, b), max(a, b))
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def each_pair_once(ids):
    return {pair: 1 for pair in zip(ids, ids[1:])}


def started_at_zero(ids):
    counts = {}
    for pair in zip(ids, ids[1:]):
        counts[pair] = counts[pair] + 1 if pair in counts else 0
    return counts


def single_ids(ids):
    counts = {}
    for id_ in ids:
        counts[id_] = counts.get(id_, 0) + 1
    return counts


def wrapped_around(ids):
    counts = {}
    for i in range(len(ids)):
        pair = (ids[i - 1], ids[i])
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def overlaps_skipped(ids):
    counts = {}
    i = 0
    while i < len(ids) - 1:
        pair = (ids[i], ids[i + 1])
        counts[pair] = counts.get(pair, 0) + 1
        i += 2 if pair[0] == pair[1] else 1
    return counts


def counted_as_text(ids):
    text = "".join(map(str, ids))
    return dict(Counter((int(a), int(b)) for a, b in zip(text, text[1:])))


def counted_by_counter(ids):
    return dict(Counter(itertools.pairwise(ids)))


def counted_by_defaultdict(ids):
    counts = defaultdict(int)
    for i in range(1, len(ids)):
        counts[ids[i - 1], ids[i]] += 1
    return dict(counts)


def counted_by_set(ids):
    pairs = list(zip(ids, ids[1:]))
    return {pair: pairs.count(pair) for pair in set(pairs)}


def counted_by_numpy(ids):
    if len(ids) < 2:
        return {}
    rows, counts = np.unique(np.stack([ids[:-1], ids[1:]], axis=1), axis=0, return_counts=True)
    return {tuple(row): count for row, count in zip(rows, counts)}


# b: merge a pair


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


# c: encode a word


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


# e: special tokens


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


def _scores():
    return st.lists(st.floats(-8, -1).map(lambda x: round(x, 2)), min_size=9, max_size=9).map(
        lambda numbers: dict(zip(["a", "b", "c", "ab", "bc", "ca", "abc", "aa", "bb"], numbers))
    )


EXERCISES = [
    Exercise(
        id="1.2.a", title="Count pairs", difficulty=1, function="count_pairs",
        task="""
        Training starts by counting. Return how often each pair of neighbours occurs in `ids`, as a dictionary from pair to count.
        Overlapping pairs all count.

        `count_pairs([1, 2, 1, 2])` is `{(1, 2): 2, (2, 1): 1}`, and `count_pairs([5, 5, 5])` is `{(5, 5): 2}`.
        """,
        examples=[([1, 2, 1, 2],), ([5, 5, 5],), ([2, 1, 1, 2],), ([7],), ([],), ([3, 4],), ([12, 3],), ([256, 1, 256],)],
        inputs=st.tuples(st.lists(st.sampled_from([0, 1, 2, 3, 12, 256, 70_000]), max_size=12)),
        reference=count_pairs,
        wrong=[
            Wrong(last_pair_missed, "Is the last pair counted? A list of n items has n - 1 pairs of neighbours; `[3, 4]` has one."),
            Wrong(pairs_side_by_side, "The pair that starts at the second item counts as well: `[2, 1, 1, 2]` has three pairs."),
            Wrong(order_ignored, "(1, 2) and (2, 1) are different pairs: 'th' is not 'ht'."),
            Wrong(each_pair_once, "A pair that occurs twice has the count 2: in `[5, 5, 5]` the pair (5, 5) does. Add to the old count instead of setting it."),
            Wrong(started_at_zero, "A pair that occurs once has the count 1, not 0: what is the count when you see a pair for the first time?"),
            Wrong(wrapped_around, "The first item has no item before it: `[7]` has no pair. In Python `ids[-1]` is the last item, not an error."),
            Wrong(overlaps_skipped, "Overlapping pairs all count: in `[5, 5, 5]` the pair (5, 5) occurs twice."),
            Wrong(counted_as_text, "Ids can have several digits: `[12, 3]` has the one pair (12, 3). Written one after the other as text they cannot be told apart."),
            Wrong(single_ids, "The keys have to be pairs such as (1, 2), not single ids."),
        ],
        hints=[
            "Go through the list with each item and the one behind it. What is the last pair?",
            "`zip` of the list and of the list without its first item gives exactly the pairs.",
            "A dictionary has no entry for a pair that is new. `dict.get` takes a default, and a `Counter` begins at 0 by itself.",
        ],
        explanation="n items have n - 1 pairs of neighbours, so the empty list and a list of one item have none. `zip`, which stops at the shorter of its lists, makes that no special case.",
        beyond="Count in unique words, each weighted by how often it occurs: 50 MB of English have ten million words, but only some 200,000 different ones.",
    ),
    Exercise(
        id="1.2.b", title="Merge a pair", difficulty=1, function="merge_pair",
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
        id="1.2.c", title="Encode a word", difficulty=2, function="encode_word",
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
        id="1.2.d", title="The best segmentation", difficulty=3, function="best_segmentation",
        task="""
        A unigram vocabulary gives each piece a score, the logarithm of its probability. Return the pieces into which `text` is cut
        so that the **sum** of their scores is as large as possible. Every single character of `text` is in `scores`.

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
        id="1.2.e", title="Special tokens, safely", difficulty=2, function="split_special",
        task="""
        Cut `text`, from left to right, at the special tokens in `allowed` and return `(piece, is_special)` pairs in order, without empty
        pieces. Of two tokens that overlap the one that starts first counts; where two start at the same place, the longer one. Whatever is not in `allowed` is ordinary text, even if it looks special.

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
    "1.2.a": [counted_by_counter, counted_by_defaultdict, counted_by_set, counted_by_numpy],
    "1.2.b": [merged_in_place, merged_by_recursion, merged_on_a_stack, merged_to_an_array],
    "1.2.c": [joined_everywhere, by_rank_in_one_pass, by_heap, by_recursion, whole_word_first],
    "1.2.d": [by_memory, forwards, by_trying_all],
    "1.2.e": [split_by_find, split_by_finditer, split_by_recursion],
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
        id="1.2.q7", text="GPT-4's vocabulary needs several times as many tokens for Hindi as for English. Which of these is NOT among the reasons?",
        choices=["Its training text contained little Hindi", "Its pattern cuts words at vowel signs", "Hindi messages need more characters", "A letter takes three bytes in UTF-8"], answer=2,
        explanation="A message has about as many characters in either language. But merges follow the training text: what is rare there stays in small pieces, down to single bytes, and of these a Hindi letter has three. The pattern ends a piece before every vowel sign, and no merge reaches across; that of GPT-4o does not.",
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
