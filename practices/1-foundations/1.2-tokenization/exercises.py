"""The exercises of topic 1.2: byte-pair encoding in three steps, Viterbi for unigram models, and special tokens."""

import math
import re

from hypothesis import strategies as st

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


def bytes_only(word, ranks):
    return [bytes([byte]) for byte in word]


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


def judge_segmentation(args, got):
    text, scores = args
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


def not_escaped(text, allowed):
    if not allowed:
        return [(text, False)] if text else []
    longest_first = sorted(allowed, key=len, reverse=True)
    pieces = re.split("(" + "|".join(longest_first) + ")", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


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


_RANKS = {
    token: rank
    for rank, token in enumerate([b"a", b"b", b"c", b"d", b"bc", b"ab", b"cd", b"aa", b"abc", b"bcd", b"aab"])
}
_SCORES = {"a": -2.0, "b": -2.5, "c": -2.2, "ab": -3.0, "abc": -6.0, "bc": -3.1, "ca": -3.3, "aa": -5.0, "cab": -7.0}


def _word():
    return st.lists(st.sampled_from(b"abcd"), max_size=10).map(bytes)


def _ranks():
    longer = st.lists(
        st.sampled_from([a + b for a in (b"a", b"b", b"ab", b"cd", b"aa") for b in (b"a", b"b", b"c", b"cd")]),
        unique=True,
    )
    return longer.map(lambda tokens: {token: rank for rank, token in enumerate([b"a", b"b", b"c", b"d", *tokens])})


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

        `count_pairs([1, 2, 1, 2])` is `{(1, 2): 2, (2, 1): 1}`.
        """,
        examples=[([1, 2, 1, 2],), ([5, 5, 5],), ([2, 1, 1, 2],), ([7],), ([],), ([3, 4],)],
        inputs=st.tuples(st.lists(st.integers(0, 4), max_size=12)),
        reference=count_pairs,
        wrong=[
            Wrong(last_pair_missed, "The last pair is missing. A list of n items has n - 1 pairs of neighbours: where does your loop stop?"),
            Wrong(pairs_side_by_side, "You step over two items at a time. The pair that starts at the second item counts as well."),
            Wrong(order_ignored, "(1, 2) and (2, 1) are different pairs: 'th' is not 'ht'."),
            Wrong(each_pair_once, "Every pair has the count 1, even one that occurs twice. Add to the old count instead of setting it."),
            Wrong(started_at_zero, "Each count is one too low: the first time you see a pair its count is 1."),
            Wrong(single_ids, "These are counts of single ids. The keys have to be pairs: (ids[i], ids[i + 1])."),
        ],
        hints=["`zip(ids, ids[1:])` gives each item together with the one behind it.", "`counts.get(pair, 0) + 1` works for a new pair, too."],
        explanation="`zip` stops at the shorter of the two, so the empty list and a list of one item need no special case.",
        beyond="Count in unique words, each weighted by how often it occurs: 50 MB of English have ten million words, but only some 200,000 different ones.",
    ),
    Exercise(
        id="1.2.b", title="Merge a pair", difficulty=1, function="merge_pair",
        task="""
        Return a new list in which every occurrence of `pair` in `ids` is replaced by `new_id`, from left to right.

        `merge_pair([1, 2, 3, 1, 2], (1, 2), 9)` is `[9, 3, 9]`, and `merge_pair([1, 1, 1], (1, 1), 9)` is `[9, 1]`.
        """,
        examples=[
            ([1, 2, 3, 1, 2], (1, 2), 9), ([1, 1, 1], (1, 1), 9), ([1, 1, 1, 1], (1, 1), 9), ([2, 1, 3], (1, 2), 9),
            ([3, 1], (1, 2), 9), ([], (1, 2), 9), ([1, 2], (1, 2), 9),
        ],
        inputs=st.tuples(st.lists(st.integers(0, 2), max_size=12), st.tuples(st.integers(0, 2), st.integers(0, 2)), st.just(9)),
        reference=merge_pair,
        wrong=[
            Wrong(second_stays, "The second half of a merged pair is still there. After a merge, go on two places further."),
            Wrong(last_lost, "The last item gets lost when it is not part of a pair. Your loop ends before it."),
            Wrong(only_the_first, "Only the first occurrence is merged. Go on to the end of the list."),
            Wrong(from_the_right, "In [1, 1, 1] both pairs are (1, 1) and they overlap: the left one wins. You merge from the right."),
            Wrong(either_order, "You also merge the pair the other way round. (2, 1) is not (1, 2)."),
        ],
        hints=["Use `while` and an index: it moves by 1 or by 2.", "Before you look at `ids[i + 1]`, make sure that it exists."],
        explanation="A `for` loop cannot skip an item, a `while` loop can. Merging from left to right is part of the definition: training and encoding must agree about it.",
        beyond="In the trainer words are rewritten in place, and only the words that hold the pair are looked at; see `bpe_training.learn_merges`.",
    ),
    Exercise(
        id="1.2.c", title="Encode a word", difficulty=2, function="encode_word",
        task="""
        Return the tokens of one word, a list of `bytes`. Start with its single bytes. Of all neighbours that together are in
        `ranks`, join the pair whose joined bytes have the **lowest** rank (of equal ones the leftmost). Repeat until no pair is left.

        With the ranks `{b"a": 0, b"b": 1, b"c": 2, b"bc": 3, b"ab": 4}`, `encode_word(b"abc", ranks)` is `[b"a", b"bc"]`.
        """,
        examples=[
            (b"abc", {b"a": 0, b"b": 1, b"c": 2, b"bc": 3, b"ab": 4}), (b"aabcd", _RANKS), (b"abcd", _RANKS), (b"aaa", _RANKS), (b"abc", {b"a": 0, b"b": 1, b"c": 2, b"abc": 3}),
            (b"", _RANKS), (b"d", _RANKS), (b"aab", {b"a": 0, b"b": 1, b"ab": 2, b"aa": 3, b"aab": 4}),
            (b"abab", {b"a": 0, b"b": 1, b"ab": 2, b"ba": 3}), (b"abcabc", {b"a": 0, b"b": 1, b"c": 2, b"ab": 3, b"abc": 4, b"ca": 5}),
        ],
        inputs=st.tuples(_word(), _ranks()),
        reference=encode_word,
        wrong=[
            Wrong(longest_match, "You take the longest token from the left: that is WordPiece. BPE joins pairs in the order in which they were learned."),
            Wrong(highest_rank, "You join the pair with the highest rank. The lowest was learned first, and so it goes first."),
            Wrong(leftmost_pair, "You join the first pair that can be joined. Look at all of them and take the one with the lowest rank."),
            Wrong(one_merge, "You stop after one merge. Go on until no pair of neighbours is in `ranks`."),
            Wrong(rightmost_of_equal, "Of two pairs with the same rank you take the right one. In b'aaa' the left one has to be joined."),
            Wrong(bytes_only, "Nothing is joined. Which neighbours are together in `ranks`?"),
        ],
        hints=["Make a list of `(rank, i)` of all pairs that can be joined; `min` of it is the next merge.", "`tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]` joins two."],
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
        ],
        inputs=st.tuples(st.text("abc", max_size=9), _scores()),
        reference=best_segmentation,
        judge=judge_segmentation,
        wrong=[
            Wrong(longest_first, "You always take the longest piece. A long piece may be so rare that two shorter ones are more probable."),
            Wrong(likeliest_first, "You take the most probable piece at each place. A good first piece may leave a bad rest: compare whole ways."),
            Wrong(backwards, "The pieces come out in the wrong order: you collect them from the end to the start."),
            Wrong(fewest_pieces, "You look for the fewest pieces. It is the sum of the scores that counts."),
            Wrong(last_piece_only, "You choose each last piece by its own score. What stands before it counts as well: add the best score up to its start."),
            Wrong(least_probable, "You look for the smallest sum. Scores are negative: the best sum is the one nearest to zero."),
        ],
        hints=[
            "Let best[end] be the best sum for `text[:end]`. The last piece starts somewhere: best[end] is the maximum of best[start] + score.",
            "Remember for each end the start that was best; then walk back from the end of the text.",
        ],
        explanation="This is Viterbi's algorithm. There are 2^(n-1) ways to cut n characters, but only n prefixes, and the best way of a prefix never depends on what comes behind it.",
        beyond="Limit the inner loop to the longest piece, or walk down a trie; then texts of megabytes take linear time. Sums in place of maxima give the expected counts that EM training needs.",
    ),
    Exercise(
        id="1.2.e", title="Special tokens, safely", difficulty=2, function="split_special",
        task="""
        Cut `text` at the special tokens in `allowed` and return `(piece, is_special)` pairs in order, without empty pieces. Where two of them
        match at the same place, the longer one wins. Whatever is not in `allowed` is ordinary text, even if it looks special.

        `split_special("hi<|end|>!", ["<|end|>"])` is `[("hi", False), ("<|end|>", True), ("!", False)]`.
        """,
        examples=[
            ("hi<|end|>!", ["<|end|>"]), ("<|end|><|end|>", ["<|end|>"]), ("a<|x|>b<|end|>", ["<|end|>"]), ("a<|END|>", ["<|end|>"]),
            ("<s><s>>", ["<s>", "<s>>"]), ("text", []), ("", ["<|end|>"]), ("<|end|>", []), ("a|b", ["<|end|>"]), ("x[END]y", ["[END]"]),
        ],
        inputs=st.tuples(
            st.lists(st.sampled_from(["a", "b ", "<|end|>", "<|x|>", "<s>", "<s>>", "[END]", "N", "|", "<|END|>"]), max_size=6).map("".join),
            st.lists(st.sampled_from(["<|end|>", "<s>", "<s>>", "[END]"]), unique=True, max_size=3),
        ),
        reference=split_special,
        wrong=[
            Wrong(empty_pieces_kept, "There are empty pieces in the answer: `re.split` gives one before a token at the start, and between two tokens."),
            Wrong(in_the_order_given, "Alternatives of a regular expression are tried in order, so '<s>' hides '<s>>'. Put the longest first."),
            Wrong(not_escaped, "`|` and `[` mean something in a regular expression. Use `re.escape`."),
            Wrong(specials_dropped, "The special tokens themselves are lost. `re.split` keeps what a group in parentheses matches."),
            Wrong(everything_that_looks_special, "You cut at everything that looks like a special token. Only those in `allowed` may act as one: that is the point."),
            Wrong(any_case, "'<|END|>' is not '<|end|>': special tokens match exactly."),
        ],
        hints=["`re.split` with one group gives ordinary and special pieces in turn.", "Mind `allowed` being empty: an empty pattern matches everywhere."],
        explanation="A regular expression with its tokens escaped and sorted by length does it in one pass. The caller decides what is special, not the text.",
        beyond="tiktoken goes one step further: it raises an error when a text holds a special token that the caller did not mention, so that an injection cannot pass unnoticed.",
    ),
]  # fmt: skip

QUESTIONS = [
    Question(
        id="1.2.q1", text="Why can byte-level BPE encode any string, even one in a script that it never saw?",
        choices=["Unknown words become <unk>", "All 256 bytes are tokens", "It falls back to characters of Unicode", "It retrains on the fly"], answer=1,
        explanation="Every string has a UTF-8 encoding, and each of its bytes is a token. The price: a rare script costs several tokens a character.",
    ),
    Question(
        id="1.2.q2", text="BPE encoding: two pairs of a word can be joined. Which one first?",
        choices=["The longer one", "The leftmost one", "The one that was learned first", "The one that is more frequent in this text"], answer=2,
        explanation="The merge with the lowest rank, whatever its place or length. Only among equal ranks the leftmost.",
    ),
    Question(
        id="1.2.q3", text="What does GPT-2's split pattern prevent?",
        choices=["Tokens that reach over the end of a word, such as 'dog.' or 'of the'", "Tokens longer than 16 bytes", "Tokens with a space in front", "Tokens for digits"], answer=0,
        explanation="Merges happen only inside the words of the pattern. The space in front belongs to the word, which is why ' dog' and 'dog' are different tokens.",
    ),
    Question(
        id="1.2.q4", text="How does WordPiece take a word apart?",
        choices=["It joins pairs by rank", "It takes the longest piece from the left, again and again", "It maximizes the product of probabilities", "It cuts at syllables"], answer=1,
        explanation="Longest match first. If it gets stuck, the whole word becomes [UNK].",
    ),
    Question(
        id="1.2.q5", text="A unigram model can do something with a word that BPE cannot do by itself. What?",
        choices=["Encode it without losing anything", "Give it more than one segmentation, each with a probability", "Share pieces with other words", "Be trained without labels"], answer=1,
        explanation="It is a probability distribution over segmentations; drawing from it (subword regularization) makes a model robust.",
    ),
    Question(
        id="1.2.q6", text="A user's message contains the text <|endoftext|>. What should the tokenizer do with it by default?",
        choices=["Encode it as the special token", "Delete it", "Refuse it, or encode it as ordinary text", "Encode it as [UNK]"], answer=2,
        explanation="A text from outside must never be able to steer the model's control tokens. tiktoken raises an error unless the caller says what is meant.",
    ),
    Question(
        id="1.2.q7", text="Why does the same text cost more tokens in Hindi than in English with GPT-4's vocabulary?",
        choices=["Hindi has longer words", "The vocabulary was learned from text with little Hindi, whose letters take three bytes each", "Hindi needs special tokens", "The split pattern is English only"], answer=1,
        explanation="Merges follow the training text. What is rare there stays in small pieces, down to single bytes.",
    ),
]  # fmt: skip
