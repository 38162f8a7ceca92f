"""minbpe's `.model` file (Karpathy, 2024), both ways: a version, the pattern, special tokens, and the merges, one a line.

Ids 0 to 255 are the bytes themselves and merge number i makes the id 256 + i, so that a merge needs only two numbers.
minbpe's BasicTokenizer has an empty pattern (text is not split), its RegexTokenizer GPT-4's. A vocabulary whose bytes are
numbered otherwise, as GPT-2's, cannot be written in this format, and is refused.
"""

from pathlib import Path

from nlpjourney import files
from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize.bpe import BPE

HEADER = "minbpe v1"
# How minbpe writes its patterns. Its GPT-4 pattern is the first published one, which Llama 3 took over.
_REGEXES = {
    "whole": "",
    "llama3": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
}


def write(bpe: BPE, file: str | Path) -> None:
    """Write `bpe` as a `.model` file of minbpe. Raises ValueError when the format cannot hold it."""
    if bpe.pattern not in _REGEXES:
        raise ValueError(f"minbpe knows the patterns {', '.join(_REGEXES)}, not {bpe.pattern!r}")
    if any(bpe.tokens[byte] != bytes([byte]) for byte in range(256)):
        raise ValueError("minbpe's format needs ids 0 to 255 to be the bytes themselves")
    if bpe.merges[:, 2].tolist() != list(range(256, 256 + len(bpe.merges))):
        raise ValueError("minbpe's format needs merge number i to make the id 256 + i")
    if odd := [name for name in bpe.special_tokens.ids if name != "".join(name.split())]:
        raise ValueError(f"minbpe's format cannot hold white space in a special token: {odd[0]!r}")
    lines = [HEADER, _REGEXES[bpe.pattern], str(len(bpe.special_tokens.ids))]
    lines += [f"{name} {id_}" for name, id_ in bpe.special_tokens.ids.items()]
    lines += [f"{left} {right}" for left, right, _ in bpe.merges.tolist()]
    files.write_text(Path(file), "\n".join(lines) + "\n")


def _id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 2**31:
        raise ValueError(f"{text} is no id from 0 to {2**31 - 1}")
    return int(text)


def read(file: str | Path) -> BPE:
    """The tokenizer in a `.model` file of minbpe. Raises ValueError when it is none, or splits in an unknown way."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{file} is not a minbpe model: {error}") from None
    if len(lines) < 3 or lines[0] != HEADER:
        raise FileFormatError(f"{file} is not a minbpe model: its first line is not {HEADER!r}")
    patterns = {regex: name for name, regex in _REGEXES.items()}
    if lines[1] not in patterns:
        raise FileFormatError(f"{file}: this way of splitting is not one of {', '.join(_REGEXES)}: {lines[1]}")
    tokens = {byte: bytes([byte]) for byte in range(256)}
    merges: list[tuple[int, int, int]] = []
    specials: dict[str, int] = {}
    number, line = 3, lines[2]
    try:
        n_special = int(line)
        for number, line in enumerate(lines[3:], 4):  # noqa: B007 (the message below names the line)
            if len(specials) < n_special:
                name, id_ = line.split()
                specials[name] = _id(id_)
            else:
                left, right = map(int, line.split())
                tokens[256 + len(merges)] = tokens[left] + tokens[right]
                merges.append((left, right, 256 + len(merges)))
    except (ValueError, KeyError) as error:
        raise FileFormatError(f"{file}, line {number}: {line!r} does not fit there ({error})") from None
    try:
        return BPE(tokens, merges, pattern=patterns[lines[1]], special_tokens=specials)
    except ValueError as error:
        raise FileFormatError(f"{file}: {error}") from None
