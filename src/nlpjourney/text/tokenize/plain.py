"""Tokenization in plain Python: what the fast modules of this package compute, each algorithm as its paper states it.

Read this first; then the module that does the same for whole corpora. The tests hold each to the other. `plain_train_bpe` is
`bpe_training` (with `word_counts` and `pair_heap`), `plain_encode_bpe` is `bpe_encoding` (with `bpe_tables`), `plain_wordpiece`
is `wordpiece_encoding`, `plain_unigram` and `plain_expected_counts` are `unigram_lattice` (with `trie`), `plain_split` is
`splitting`, `plain_normalize` is `sp_normalizer`, `plain_char_offsets` is in `utf8`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from nlpjourney.text.tokenize.byte_alphabet import BYTE_ORDER


def plain_join(tokens: Sequence[bytes], pair: tuple[bytes, bytes]) -> list[bytes]:
    """The tokens with every occurrence of the pair joined, from left to right: a a a with (a, a) is aa a."""
    joined: list[bytes] = []
    for token in tokens:
        if joined and (joined[-1], token) == pair:
            joined[-1] += token
        else:
            joined.append(token)
    return joined


def plain_train_bpe(words: Mapping[bytes, int], n_merges: int) -> list[tuple[bytes, bytes]]:
    """Up to `n_merges` merges learned from words with their counts, the first learned first (Sennrich et al., 2016)."""
    number = {bytes([byte]): i for i, byte in enumerate(BYTE_ORDER)}  # decides between equally frequent pairs
    cut = {word: [bytes([byte]) for byte in word] for word in words}
    merges: list[tuple[bytes, bytes]] = []
    while len(merges) < n_merges:
        # Count every pair of neighbours in all words ...
        counts: Counter[tuple[bytes, bytes]] = Counter()
        for word, tokens in cut.items():
            for pair in pairwise(tokens):
                counts[pair] += words[word]
        if not counts:
            break
        # ... and join the most frequent one everywhere.
        best = min(counts, key=lambda pair: (-counts[pair], number[pair[0]], number[pair[1]]))
        merges.append(best)
        number.setdefault(best[0] + best[1], len(number))
        cut = {word: plain_join(tokens, best) for word, tokens in cut.items()}
    return merges


def plain_encode_bpe(word: bytes, merges: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """The tokens of one word: of the pairs in it the one that was learned first is joined, until none is left."""
    rank = {pair: i for i, pair in enumerate(merges)}
    tokens = [bytes([byte]) for byte in word]
    while known := [pair for pair in pairwise(tokens) if pair in rank]:
        tokens = plain_join(tokens, min(known, key=rank.__getitem__))
    return tokens


def plain_wordpiece(word: str, vocab: Mapping[str, int], max_word_chars: int = 100) -> list[str]:
    """The longest piece that starts the word, then the longest ##piece that continues it, and so on; or [UNK]."""
    pieces: list[str] = []
    start = 0
    while start < len(word) <= max_word_chars:
        for end in range(len(word), start, -1):  # the longest first
            piece = ("##" if start else "") + word[start:end]
            if piece in vocab:
                break
        else:
            return ["[UNK]"]  # nothing fits here: the whole word is unknown
        pieces.append(piece)
        start = end
    return pieces or ["[UNK]"]


def plain_segmentations(text: str, scores: Mapping[str, float], unk_score: float) -> Iterator[tuple[list[str], float]]:
    """Every way to cut `text` into pieces, with its score, the sum of log probabilities; other characters are unknown."""
    if not text:
        yield [], 0.0
    for end in range(1, len(text) + 1):
        piece = text[:end]
        score = scores.get(piece, unk_score if end == 1 else None)
        if score is not None:
            for rest, more in plain_segmentations(text[end:], scores, unk_score):
                yield [piece, *rest], score + more


def plain_unigram(text: str, scores: Mapping[str, float], unk_score: float) -> list[str]:
    """The most probable segmentation (Kudo, 2018), by Viterbi's recursion: the best way to each place goes on from the best to
    an earlier one."""
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(text) + 1):
        ways = []
        for start in range(end):
            piece = text[start:end]
            score = scores.get(piece, unk_score if end - start == 1 else -math.inf)
            ways.append((best[start][0] + score, [*best[start][1], piece]))
        best.append(max(ways, key=lambda way: way[0]))
    return best[-1][1]


def plain_expected_counts(text: str, scores: Mapping[str, float], unk_score: float) -> tuple[dict[str, float], float]:
    """How often each piece is expected in `text` over all segmentations, each weighed by its probability; and log P(text)."""
    ways = list(plain_segmentations(text, scores, unk_score))
    best = max(score for _, score in ways)  # all are measured by it: exp(-800) would be 0
    total = math.fsum(math.exp(score - best) for _, score in ways)
    expected: dict[str, float] = {}
    for pieces, score in ways:
        for piece in pieces:
            expected[piece] = expected.get(piece, 0.0) + math.exp(score - best) / total
    return expected, best + math.log(total)


def plain_split(text: str) -> list[str]:
    """The words of `text` by GPT-2's pattern: contractions; an optional space and letters, digits or other signs; white space."""

    def kind(c: str) -> str:
        if c.isspace() and not "\x1c" <= c <= "\x1f":  # those four are space for Python, but not for Unicode
            return "space"
        return {"L": "letter", "N": "digit"}.get(unicodedata.category(c)[0], "other")

    words: list[str] = []
    at = 0
    while at < len(text):
        contraction = re.match("'s|'t|'re|'ve|'m|'ll|'d", text[at:])
        # A space belongs to the word behind it.
        first = at + 1 if text[at] == " " and at + 1 < len(text) and kind(text[at + 1]) != "space" else at
        end = first
        while end < len(text) and kind(text[end]) == kind(text[first]):
            end += 1
        if contraction:
            end = at + contraction.end()
        elif kind(text[first]) == "space" and end < len(text) and end - at > 1:
            end -= 1  # the last one of several belongs to what follows
        words.append(text[at:end])
        at = end
    return words


def plain_normalize(
    text: str, mapping: Mapping[str, str], *, dummy_prefix: bool = True, remove_extra_spaces: bool = True
) -> str:
    """Text as a SentencePiece model reads it: the longest entry of `mapping` at each place is replaced, spaces at the ends and
    repeated ones go, a space is put before the text, and every space becomes ▁."""
    longest = max(map(len, mapping), default=0)
    out, at = "", 0
    while at < len(text):
        for n in range(longest, 0, -1):
            if text[at : at + n] in mapping:
                out += mapping[text[at : at + n]]
                at += n
                break
        else:
            out += text[at]
            at += 1
    if remove_extra_spaces:
        out = re.sub(" +", " ", out).strip(" ")
    return (" " * (dummy_prefix and out != "") + out).replace(" ", "▁")


def plain_char_offsets(text: str, start: int, end: int) -> tuple[int, int]:
    """The characters of `text` that its bytes start … end - 1 belong to, as (first, last + 1); a cut one counts whole."""
    char_of = [i for i, c in enumerate(text) for _ in c.encode()] + [len(text)]
    return char_of[start], char_of[end - 1] + 1 if end > start else char_of[start]
