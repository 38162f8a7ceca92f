"""The words that a unigram model is trained on: the lines of a text as SentencePiece normalises them, cut before each ▁."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from nlpjourney.text.tokenize.arguments import texts_of
from nlpjourney.text.tokenize.sp_normalizer import SPACE_SIGN, SentencePieceNormalizer
from nlpjourney.text.tokenize.unigram_training import Corpus


def count_words(texts: str | Iterable[str], normalizer: SentencePieceNormalizer) -> Corpus:
    """The distinct words of the lines of `texts`, each with the ▁ before it. Raises ValueError when there are none."""
    sign = SPACE_SIGN.encode()
    words: Counter[bytes] = Counter()
    heads: Counter[bytes] = Counter()  # what stands before the first ▁, when there is no dummy prefix
    for text in texts_of(texts):
        for line in text.split("\n"):
            head, *rest = normalizer.normalize(line).data.tobytes().split(sign)
            heads[head] += 1
            words.update(rest)
    del heads[b""]
    counts = {sign + word: n for word, n in words.items()} | heads
    if not counts:
        raise ValueError("there is nothing to learn from: `texts` held no characters")
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum([len(word) for word in counts], out=offsets[1:])
    return Corpus(np.frombuffer(b"".join(counts), dtype=np.uint8), offsets, np.array(list(counts.values())))
