"""OpenAI's file of a vocabulary: on each line a token in base 64, and its rank, which is also its id.

The merges are not in it. They follow from the ranks (`bpe_tables.merges_of_ranks`): a token was made of the two tokens that
BPE is left with where only the tokens before it are known.
"""

import binascii
from pathlib import Path

from nlpjourney.errors import FileFormatError


def read_tiktoken(path: str | Path) -> dict[bytes, int]:
    """The rank of each token. Raises FileFormatError for a line that is not a token and a rank, or where a byte is missing."""
    ranks: dict[bytes, int] = {}
    lines: dict[int, int] = {}  # of the ids
    for number, line in enumerate(Path(path).read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            token, rank = line.split()
            id_ = int(rank)
            if not 0 <= id_ < 2**31 or lines.setdefault(id_, number) != number:
                raise ValueError(f"the rank {id_} is taken, or none from 0 to {2**31 - 1}")
            ranks[binascii.a2b_base64(token, strict_mode=True)] = id_
        except (ValueError, binascii.Error) as error:
            raise FileFormatError(f"{path}, line {number}: not a token in base 64 and a rank ({error})") from None
    if missing := [byte for i in range(256) if (byte := bytes([i])) not in ranks]:
        raise FileFormatError(f"{path}: {len(missing)} of the 256 bytes have no rank, such as {missing[0]!r}")
    return ranks
