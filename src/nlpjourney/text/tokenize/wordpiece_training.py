"""Learning a WordPiece vocabulary: byte-pair encoding's training, on characters, where a word's start differs from its rest.

Google's trainer for BERT was never published; Schuster and Nakajima (2012) describe one that maximizes likelihood. In
practice (Hugging Face's `WordPieceTrainer`) the pieces are learned by BPE, and only the reading of them is WordPiece's
longest match. So it is here: "t" that starts a word and "##t" inside of one are different symbols. Notable choice: of
equally frequent pairs the one that comes first in the order of the vocabulary wins, so that the result is always the
same; Hugging Face's depends on the order of a hash map and differs a little from run to run.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from nlpjourney.text.tokenize.arguments import whole_number
from nlpjourney.text.tokenize.bpe_training import Symbols, learn_merges


def train_vocab(
    words: Counter[str], vocab_size: int, special: Sequence[str], min_frequency: int, limit_alphabet: int
) -> dict[str, int]:
    """Pieces and their ids: `special`, characters, `##` characters, then merges in the order they were learned.

    The `limit_alphabet` most frequent characters count; words with others are left out. Raises ValueError when there are no
    words, and when `vocab_size` cannot hold the characters.
    """
    if not words:
        raise ValueError("there is nothing to learn from: `texts` held no words")
    char_counts: Counter[str] = Counter()
    for word, n in words.items():
        for char in word:
            char_counts[char] += n
    alphabet = sorted(sorted(char_counts, key=lambda c: (-char_counts[c], c))[:limit_alphabet])
    known = set(alphabet)
    used = [word for word in sorted(words) if known.issuperset(word)]
    inside = sorted({char for word in used for char in word[1:]})
    symbol_of = {(char, 0): i for i, char in enumerate(alphabet)} | {
        (char, 1): len(alphabet) + i for i, char in enumerate(inside)
    }
    n_wanted = whole_number(vocab_size, "vocab_size") - len(special)
    if n_wanted < len(symbol_of):
        raise ValueError(
            f"vocab_size must hold {len(special)} special pieces and {len(symbol_of)} characters, not {vocab_size}:"
            " ask for more, or lower limit_alphabet"
        )
    symbols = [symbol_of[char, int(i > 0)] for word in used for i, char in enumerate(word)]
    strings = [char.encode() for char, _ in symbol_of]
    merges, _ = learn_merges(
        Symbols(
            np.array(symbols, dtype=np.int32),
            np.concatenate(([0], np.cumsum([len(word) for word in used], dtype=np.int64))),
            np.array([words[word] for word in used], dtype=np.int64),
        ),
        np.frombuffer(b"".join(strings), dtype=np.uint8).copy(),
        np.concatenate(([0], np.cumsum([len(string) for string in strings], dtype=np.int64))),
        np.array([group for _, group in symbol_of], dtype=np.int8),
        min(n_wanted, len(symbol_of) + len(symbols)),  # a merge takes one symbol at least out of the words
        min_frequency,
    )
    pieces = [char if group == 0 else f"##{char}" for char, group in symbol_of]
    for left, right, joined in merges.tolist():
        if joined == len(pieces):  # else the piece is known from another merge
            pieces.append(pieces[left] + pieces[right].removeprefix("##"))
    return {piece: id_ for id_, piece in enumerate([*special, *pieces])}
