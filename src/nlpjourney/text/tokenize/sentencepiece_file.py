"""SentencePiece's `.model` file, both ways: a protocol buffer with pieces, scores, and how text is normalised.

The format (Kudo and Richardson, 2018) needs only three kinds of protobuf field: varint, 32-bit float, and bytes with their
length; so it is read and written here by hand. Fields that are not known are passed over, as protobuf prescribes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nlpjourney import files
from nlpjourney.errors import FileFormatError

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
_UNIGRAM = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types
_UNK_SURFACE, _NAMES = 44, 45  # fields of the trainer's message; behind the first name stand the other three


@dataclass
class SentencePieceModel:
    """What is in a `.model` file, as far as encoding needs it."""

    pieces: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)  # natural logarithms of probabilities
    kinds: list[int] = field(default_factory=list)  # NORMAL … BYTE
    charsmap: bytes = b""
    dummy_prefix: bool = True
    remove_extra_spaces: bool = True
    byte_fallback: bool = False
    unk_surface: str = " ⁇ "  # what the unknown piece becomes in decoded text
    names: tuple[str, ...] = ("<unk>", "<s>", "</s>", "<pad>")  # what the pieces of these four roles are called here


def read(file: str | Path) -> SentencePieceModel:
    """Read a unigram model. Raises ValueError when the file is none, or has options that are not supported here."""
    data = Path(file).read_bytes()
    model = SentencePieceModel()
    try:
        for number, value in message_fields(data):
            if number == 1 and isinstance(value, bytes):
                piece = dict(message_fields(value))
                score, kind = piece.get(2, 0.0), piece.get(3, NORMAL)
                assert isinstance(kind, int) and isinstance(score, float), "a piece has a score of another type"
                model.pieces.append(_text(piece.get(1, b"")))
                model.scores.append(score)
                model.kinds.append(kind)
            elif number == 2 and isinstance(value, bytes):
                trainer = dict(message_fields(value))
                _refuse(file, "model type", trainer.get(3, _UNIGRAM) != _UNIGRAM, "only unigram models are read")
                _refuse(file, "treat_whitespace_as_suffix", bool(trainer.get(24, 0)), "spaces must stand before words")
                model.byte_fallback = bool(trainer.get(35, 0))
                model.unk_surface = _text(trainer.get(_UNK_SURFACE, model.unk_surface.encode()))
                model.names = tuple(_text(trainer.get(_NAMES + i, name.encode())) for i, name in enumerate(model.names))
            elif number == 3 and isinstance(value, bytes):
                rules = dict(message_fields(value))
                charsmap = rules.get(2, b"")
                assert isinstance(charsmap, bytes), "its character map is a number"
                model.charsmap = charsmap
                model.dummy_prefix = bool(rules.get(3, 1))
                model.remove_extra_spaces = bool(rules.get(4, 1))
                _refuse(file, "escape_whitespaces", not rules.get(5, 1), "spaces must be written as ▁")
    except (IndexError, struct.error, UnicodeDecodeError, AssertionError) as error:
        raise FileFormatError(f"{file} is not a SentencePiece model ({error})") from None
    if not model.pieces:
        raise FileFormatError(f"{file} is not a SentencePiece model: it has no pieces")
    return model


def write(model: SentencePieceModel, file: str | Path) -> None:
    """Write a unigram model that SentencePiece opens."""
    out = bytearray()
    for piece, score, kind in zip(model.pieces, model.scores, model.kinds):
        body = _bytes_field(1, piece.encode()) + _tag(2, _FIXED32) + struct.pack("<f", score)
        out += _bytes_field(1, body + (_int_field(3, kind) if kind != NORMAL else b""))
    trainer = _int_field(3, _UNIGRAM) + _int_field(4, len(model.pieces)) + _int_field(35, model.byte_fallback)
    for number, name in enumerate(model.names, 40):
        trainer += _int_field(number, model.pieces.index(name) if name in model.pieces else -1)
    for number, text in enumerate((model.unk_surface, *model.names), _UNK_SURFACE):
        trainer += _bytes_field(number, text.encode())
    out += _bytes_field(2, trainer)
    rules = _bytes_field(1, b"nmt_nfkc" if model.charsmap else b"identity") + _bytes_field(2, model.charsmap)
    rules += _int_field(3, model.dummy_prefix) + _int_field(4, model.remove_extra_spaces) + _int_field(5, 1)
    out += _bytes_field(3, rules)
    files.write_bytes(Path(file), bytes(out))


def _text(value: float | bytes) -> str:
    assert isinstance(value, bytes), "a number stands where a text belongs"
    return value.decode()


def _refuse(file: str | Path, what: str, wrong: bool, why: str) -> None:
    if wrong:
        raise FileFormatError(f"{file}: this {what} is not supported: {why}")


def message_fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """The fields of a message in order: (number, value). Raises IndexError or struct.error when it is cut short."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
        elif wire == _BYTES:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise IndexError("a field is cut short")
            yield tag >> 3, data[at : at + length]
            at += length
        elif wire == _FIXED32:
            yield tag >> 3, float(struct.unpack_from("<f", data, at)[0])
            at += 4
        elif wire == _FIXED64:
            yield tag >> 3, float(struct.unpack_from("<d", data, at)[0])
            at += 8
        else:
            raise IndexError(f"there is no wire type {wire}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _tag(number: int, wire: int) -> bytes:
    return _varint_bytes(number << 3 | wire)


def _varint_bytes(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers in two's complement
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _int_field(number: int, value: int) -> bytes:
    return _tag(number, _VARINT) + _varint_bytes(int(value))


def _bytes_field(number: int, value: bytes) -> bytes:
    return _tag(number, _BYTES) + _varint_bytes(len(value)) + value
