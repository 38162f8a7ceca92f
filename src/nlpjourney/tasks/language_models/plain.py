"""N-gram language models in plain Python: what the fast modules of this package compute.

Read this first. `plain_count` is `counts`; `plain_kneser_ney` is the interpolated Kneser–Ney of `smoothing`, from which the
modified one differs by three discounts for one; `plain_score` is `query`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

NGram = tuple[str, ...]


def plain_count(sentences: Sequence[Sequence[str]], order: int) -> Counter[NGram]:
    """How often each n-gram of 1 … `order` words occurs, with one <s> before and one </s> after each sentence."""
    counts: Counter[NGram] = Counter()
    for sentence in sentences:
        words = ("<s>", *sentence, "</s>")
        for n in range(1, order + 1):
            counts.update(words[i : i + n] for i in range(len(words) - n + 1))
    return counts


def plain_kneser_ney(
    counts: Mapping[NGram, int], order: int, discount: Mapping[int, float], vocabulary: set[str]
) -> Callable[[str, NGram], float]:
    """P(word | history) by interpolated Kneser–Ney with one discount for each order.

    Where a longer n-gram ends in this one, what counts is not how often it occurs but after how many different words.
    """
    children: dict[NGram, dict[str, int]] = defaultdict(dict)
    before = Counter(ngram[1:] for ngram in counts if len(ngram) > 1)  # after how many different words
    for ngram, count in counts.items():
        if ngram != ("<s>",):
            whole = len(ngram) == order or ngram[0] == "<s>"
            children[ngram[:-1]][ngram[-1]] = count if whole else before[ngram]

    def probability(word: str, history: NGram) -> float:
        history = history[-(order - 1) :] if order > 1 else ()
        lower = probability(word, history[1:]) if history else 1 / len(vocabulary)
        seen = children.get(history)
        if not seen:
            return lower
        d, total = discount[len(history) + 1], sum(seen.values())
        return max(seen.get(word, 0) - d, 0) / total + d * len(seen) / total * lower

    return probability


def plain_score(word: str, history: NGram, log_prob: Mapping[NGram, float], backoff: Mapping[NGram, float]) -> float:
    """log10 P(word | history) from an ARPA file's two tables: the longest n-gram it has, and a backoff weight for each word of
    the history that had to be dropped (Katz, 1987)."""
    penalty = 0.0
    while (*history, word) not in log_prob and history:
        penalty += backoff.get(history, 0.0)
        history = history[1:]
    return penalty + log_prob.get((*history, word), log_prob.get(("<unk>",), -100.0))
