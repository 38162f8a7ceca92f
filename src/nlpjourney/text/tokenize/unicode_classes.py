"""The class of every Unicode character, as the production tokenizers see it.

The published split patterns speak of `\\p{L}`, `\\p{N}` and `\\s`. What those contain depends on the Unicode version, and
tiktoken and Hugging Face tokenizers carry a newer one (16.0) than Python 3.11's `unicodedata` (14.0): with the older
table a letter of a young script would be split as punctuation and get other token ids. So the classes are
generated from those libraries (`python -m nlpjourney.text.tokenize.generate_unicode_tables`) and committed as runs;
here they become one byte per code point, which a compiled scanner can index.

BERT's rules predate them: its normaliser and its punctuation follow Unicode 8 in Hugging Face's library, hence the
second table.
"""

import base64
import functools
import zlib

import numpy as np
from numpy.typing import NDArray

from nlpjourney.text.tokenize import unicode_tables

N_CODE_POINTS = 0x110000

# Values of `split_classes()`. Letters are 1 to 3, so that one comparison tells a letter.
OTHER, UPPER, LOWER, UNCASED, MARK, NUMBER, SPACE, NEWLINE = range(8)

# Bits of `bert_classes()`.
BERT_CONTROL, BERT_SPACE, BERT_PUNCTUATION, BERT_ACCENT, BERT_CJK = 1, 2, 4, 8, 16


@functools.cache
def split_classes() -> NDArray[np.uint8]:
    """For each code point: OTHER, UPPER (Lu, Lt), LOWER (Ll), UNCASED (Lm, Lo), MARK, NUMBER, SPACE or NEWLINE."""
    return _expand(unicode_tables.SPLIT_RUNS)


@functools.cache
def bert_classes() -> NDArray[np.uint8]:
    """For each code point: the sum of the BERT_… bits that hold for it."""
    return _expand(unicode_tables.BERT_RUNS)


def _expand(packed: str) -> NDArray[np.uint8]:
    """Undo `pack_runs`: text of `length:value` runs, deflated, in base 85."""
    runs = [run.split(":") for run in zlib.decompress(base64.b85decode(packed)).decode("ascii").split()]
    table = np.repeat(np.array([int(value) for _, value in runs], dtype=np.uint8), [int(length) for length, _ in runs])
    assert table.shape == (N_CODE_POINTS,)
    table.flags.writeable = False
    return table


def pack_runs(table: NDArray[np.uint8]) -> str:
    """A table of one byte per code point as short printable text."""
    starts = np.flatnonzero(np.diff(table, prepend=table[0] ^ 1))
    lengths = np.diff(np.append(starts, len(table)))
    text = " ".join(f"{length}:{value}" for length, value in zip(lengths, table[starts]))
    return base64.b85encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")
