"""Learning a unigram vocabulary by expectation maximization and pruning (Kudo, 2018), as SentencePiece does it.

Start with far too many pieces: every frequent substring of the words. Then in turns: estimate the pieces' probabilities
so that the words become likely (EM; the M step uses the digamma function, a sparse prior that starves rare pieces), and drop
the pieces whose loss lowers the likelihood least, a quarter at a time, until the wanted number is left. Single
characters stay. Notable choices: substrings are counted in a hash table instead of a suffix array, and a substring that is
always followed by the same character is no seed (it would be an inner point of an edge in a suffix tree), as there.

In plain Python: `plain_expected_counts` (`text.tokenize.plain`), the E step.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import digamma

from nlpjourney.text.hash_table import same_bytes
from nlpjourney.text.tokenize.trie import Trie, build_trie
from nlpjourney.text.tokenize.unigram_lattice import best_counts, best_path, expected_counts
from nlpjourney.text.tokenize.utf8 import char_length

UNK_PENALTY = 10.0  # an unknown character scores so much less than the least piece
_SUB_ITERATIONS = 2
_SHRINKING = 0.75
_LEAST_EXPECTED = 0.5


class Corpus(NamedTuple):
    """Distinct words, each with its number of occurrences."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]  # (n_words + 1,)
    counts: NDArray[np.int64]  # (n_words,)


class Pieces(NamedTuple):
    """Pieces with their scores, natural logarithms of probabilities."""

    texts: list[bytes]
    scores: NDArray[np.float64]

    def keep(self, which: NDArray[np.integer] | NDArray[np.bool]) -> "Pieces":
        index = np.arange(len(self.texts))[which]
        return Pieces([self.texts[i] for i in index.tolist()], self.scores[index])

    def trie(self) -> Trie:
        return build_trie(self.texts, range(len(self.texts)))

    def unk_score(self) -> float:
        return float(self.scores.min() - UNK_PENALTY)


def train_pieces(
    corpus: Corpus, vocab_size: int, n_reserved: int, *, max_piece_chars: int, n_seeds: int, character_coverage: float
) -> Pieces:
    """Learn `vocab_size` - `n_reserved` pieces, the most probable first.

    Raises ValueError when the corpus does not allow so many or few.
    """
    chars = required_chars(corpus, character_coverage)
    n_pieces = vocab_size - n_reserved
    if n_pieces < len(chars):
        raise ValueError(
            f"vocab_size must hold {n_reserved} reserved pieces and {len(chars)} characters, not {vocab_size}:"
            " ask for more, or lower character_coverage"
        )
    pieces = seed_pieces(corpus, chars, max_piece_chars, n_seeds)
    n_before_final = max(int(1.1 * n_pieces), n_pieces)
    while True:
        for _ in range(_SUB_ITERATIONS):
            pieces = em_step(corpus, pieces)[0]
        if len(pieces.texts) <= n_before_final:
            return _finish(pieces, chars, n_pieces)
        pieces = prune(corpus, pieces, n_before_final)


def log_likelihood(corpus: Corpus, pieces: Pieces) -> float:
    """The natural logarithm of the corpus' probability, summed over all segmentations of each word."""
    _, likelihood = expected_counts(*corpus, pieces.trie(), pieces.scores, pieces.unk_score())
    return float(likelihood)


def em_step(corpus: Corpus, pieces: Pieces) -> tuple[Pieces, float]:
    """One EM iteration: the pieces that are still expected, with new scores; and the log-likelihood before."""
    expected, likelihood = expected_counts(*corpus, pieces.trie(), pieces.scores, pieces.unk_score())
    kept = expected >= _LEAST_EXPECTED
    left = pieces.keep(kept)
    expected = expected[kept]
    return Pieces(left.texts, digamma(expected) - digamma(expected.sum())), float(likelihood)


def prune(corpus: Corpus, pieces: Pieces, n_wanted: int) -> Pieces:
    """Drop up to a quarter of the pieces, those without which the likelihood of the corpus falls least.

    Without a piece its occurrences would be written by its best split into others, whose counts rise:
    loss = share · (log p(piece) - Σ log p'(part)). Pieces that cannot be split stay.
    """
    trie, unk_score = pieces.trie(), pieces.unk_score()
    frequency = best_counts(*corpus, trie, pieces.scores, unk_score)[:-1]
    offsets = np.zeros(len(pieces.texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in pieces.texts], out=offsets[1:])
    data = np.frombuffer(b"".join(pieces.texts), dtype=np.uint8)
    loss = _losses(data, offsets, trie, pieces.scores, unk_score, frequency, int(corpus.counts.sum()))
    n_kept = max(n_wanted, int(_SHRINKING * len(pieces.texts)))
    order = np.argsort(-loss, kind="stable")[:n_kept]
    return pieces.keep(np.sort(order[loss[order] > -np.inf]))


@njit(cache=True)
def _losses(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    trie: Trie,
    scores: NDArray[np.float64],
    unk_score: float,
    frequency: NDArray[np.int64],
    n_words: int,
) -> NDArray[np.float64]:
    """For each piece what its loss costs: infinite when it cannot be split, -infinite when it is never used."""
    loss = np.empty(len(scores))
    total = frequency.sum()
    for piece in range(len(scores)):
        text = data[offsets[piece] : offsets[piece + 1]]
        parts, _ = best_path(text, trie, scores, unk_score, len(scores), False, False)
        if len(text) == char_length(text[0]) or (parts == len(scores)).any():
            loss[piece] = np.inf
        elif frequency[piece] == 0:
            loss[piece] = -np.inf
        else:
            log_p = np.log(frequency[piece]) - np.log(total)
            log_total = np.log(total + frequency[piece] * (len(parts) - 1))
            for part in parts:
                log_p -= np.log(frequency[part] + frequency[piece]) - log_total
            loss[piece] = frequency[piece] / n_words * log_p
    return loss


def _finish(pieces: Pieces, chars: dict[bytes, int], n_pieces: int) -> Pieces:
    """All characters, and of the others the most probable ones."""
    score_of = dict(zip(pieces.texts, pieces.scores.tolist()))
    least = min(score_of.values())
    final = {}
    for i, char in enumerate(chars):
        final[char] = score_of.get(char, least - 0.0001 * (i + 1))
    by_score = sorted(score_of, key=lambda text: (-score_of[text], text))
    for text in by_score:
        if len(final) == n_pieces:
            break
        final.setdefault(text, score_of[text])
    if len(final) < n_pieces:
        raise ValueError(f"the text allows {len(final)} pieces, fewer than the {n_pieces} asked for")
    texts = sorted(final, key=lambda text: (-final[text], text))
    return Pieces(texts, np.array([final[text] for text in texts]))


def required_chars(corpus: Corpus, coverage: float) -> dict[bytes, int]:
    """The most frequent characters which together make up `coverage` of the corpus, with their counts."""
    counts: dict[str, int] = {}
    data = corpus.data.tobytes()
    bounds = corpus.offsets.tolist()
    for start, end, n in zip(bounds, bounds[1:], corpus.counts.tolist()):
        for char in data[start:end].decode():
            counts[char] = counts.get(char, 0) + n
    total, covered = sum(counts.values()), 0
    chars = {}
    for char in sorted(counts, key=lambda c: (-counts[c], c)):
        if covered >= coverage * total and coverage < 1:
            break
        covered += counts[char]
        chars[char.encode()] = counts[char]
    return chars


def seed_pieces(corpus: Corpus, chars: dict[bytes, int], max_chars: int, n_seeds: int) -> Pieces:
    """The characters, and the `n_seeds` substrings of words with the largest count × length."""
    starts, lengths, counts, n_chars, inner = count_substrings(*corpus, max_chars)
    useful = np.flatnonzero((n_chars >= 2) & (n_chars <= max_chars) & (counts >= 2) & ~inner)
    weight = counts[useful] * n_chars[useful]
    order = np.lexsort((starts[useful], -weight))[:n_seeds]
    data = corpus.data.tobytes()
    known = set(chars)
    texts, weights = list(chars), list(chars.values())
    for i, w in zip(useful[order].tolist(), weight[order].tolist()):
        text = data[starts[i] : starts[i] + lengths[i]]
        if all(char.encode() in known for char in text.decode()):
            texts.append(text)
            weights.append(w)
    scores = np.log(np.array(weights, dtype=np.float64))
    return Pieces(texts, scores - np.log(np.sum(weights)))


@njit(cache=True)
def count_substrings(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], counts: NDArray[np.int64], max_chars: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool]]:
    """The distinct substrings of up to `max_chars` + 1 characters: a place where each stands in `data`, its bytes, how often it
    occurs, its characters, and whether the same character always follows it. Shapes (n,)."""
    n, room = 0, 1 << 16
    starts, lengths = np.empty(room, np.int64), np.empty(room, np.int64)
    totals, n_chars = np.zeros(room, np.int64), np.empty(room, np.int64)
    hashes, parents = np.empty(room, np.uint64), np.empty(room, np.int64)
    slots = np.full(2 * room, -1, np.int64)
    for word in range(len(counts)):
        for start in range(offsets[word], offsets[word + 1]):
            if data[start] & 0xC0 == 0x80:
                continue
            hashed = np.uint64(14695981039346656037)  # FNV-1a, continued from one length to the next
            parent, end = np.int64(-1), start
            for chars in range(1, max_chars + 2):  # one more, to know what follows the longest
                if end == offsets[word + 1]:
                    break
                after = end + char_length(data[end])
                for i in range(end, after):
                    hashed = (hashed ^ np.uint64(data[i])) * np.uint64(1099511628211)
                end = after
                slot = _substring_slot(data, starts, lengths, hashes, slots, hashed, start, end)
                if slots[slot] < 0:
                    if n == room:
                        room *= 2
                        starts, lengths = _doubled(starts), _doubled(lengths)
                        totals, n_chars = _doubled(totals), _doubled(n_chars)
                        hashes, parents = _doubled(hashes), _doubled(parents)
                        slots = np.full(2 * room, -1, np.int64)
                        for old in range(n):
                            at, stop = starts[old], starts[old] + lengths[old]
                            slots[_substring_slot(data, starts, lengths, hashes, slots, hashes[old], at, stop)] = old
                        slot = _substring_slot(data, starts, lengths, hashes, slots, hashed, start, end)
                    starts[n], lengths[n], n_chars[n] = start, end - start, chars
                    totals[n], hashes[n], parents[n] = 0, hashed, parent
                    slots[slot] = n
                    n += 1
                parent = slots[slot]
                totals[parent] += counts[word]
    inner = np.zeros(n, dtype=np.bool_)
    for child in range(n):
        if parents[child] >= 0 and totals[parents[child]] == totals[child]:
            inner[parents[child]] = True
    return starts[:n].copy(), lengths[:n].copy(), totals[:n].copy(), n_chars[:n].copy(), inner


@njit(cache=True, inline="always")
def _substring_slot(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    slots: NDArray[np.int64],
    hashed: np.uint64,
    start: int,
    end: int,
) -> int:
    """Where the substring stands in the hash table, or the empty slot where it would."""
    mixed = (hashed ^ (hashed >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    slot = np.int64(mixed >> np.uint64(32)) & (len(slots) - 1)
    while slots[slot] >= 0:
        i = slots[slot]
        if hashes[i] == hashed and lengths[i] == end - start and same_bytes(data, starts[i], data, start, end - start):
            break
        slot = (slot + 1) & (len(slots) - 1)
    return int(slot)


@njit(cache=True)
def _doubled(array: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate((array, np.empty_like(array)))
