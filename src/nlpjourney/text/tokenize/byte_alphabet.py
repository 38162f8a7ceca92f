"""GPT-2's way of writing bytes as printable characters (Radford et al., 2019), used by `vocab.json` and `tokenizer.json`.

JSON holds text, not bytes, so each byte gets a visible character: itself if it is printable Latin-1, else one
from U+0100 upwards (a space becomes Ġ, a line feed Ċ). The order of these characters is also the order of the first
256 ids in GPT-2 and in tokenizers' trainer, and so decides ties in training.
"""

_PRINTABLE = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
_REST = [byte for byte in range(256) if byte not in _PRINTABLE]

BYTE_ORDER = [*_PRINTABLE, *_REST]  # the bytes in the order of their characters
_CHAR_OF_BYTE = dict(zip(BYTE_ORDER, [chr(b) for b in _PRINTABLE] + [chr(0x100 + i) for i in range(len(_REST))]))
_BYTE_OF_CHAR = {char: byte for byte, char in _CHAR_OF_BYTE.items()}


def to_chars(token: bytes) -> str:
    """The token as printable characters.

    >>> to_chars(b" caf\\xc3\\xa9")
    'ĠcafÃ©'
    """
    return "".join([_CHAR_OF_BYTE[byte] for byte in token])


def from_chars(token: str) -> bytes:
    """The bytes behind printable characters. Raises ValueError for characters outside of the alphabet."""
    try:
        return bytes([_BYTE_OF_CHAR[char] for char in token])
    except KeyError as error:
        raise ValueError(f"{token!r} is not in GPT-2's byte alphabet: {error.args[0]!r} stands for no byte") from None
