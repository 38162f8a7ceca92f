"""Plain data to JSON and back, exactly: what may pass between a learner's code and the grader.

Only exact built-in types, those of the standard library that stand for them (a Counter arrives as a dict, a Fraction as a
float), NumPy's scalars and arrays, and PyTorch's tensors (as arrays) pass, judged by `type(x)`, which an object cannot forge.
Whatever else a function returns (an object that claims to equal everything, a generator, a subclass) is refused by name.
Standard library only at import: the sandboxed runner loads this file by itself.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator, MappingView
from typing import Any

MAX_NODES = 2_000_000
MAX_DEPTH = 60
MAX_INT_BITS = 14_000  # what Python shows without complaint: 4,300 digits

SCALARS = (bool, int, float, str, bytes)
PLAIN = "return lists, tuples, dicts, sets, strings, numbers or arrays"


class NotPlain(TypeError):
    """The value, or something inside it, is not plain data; the message says what came back, and how to mend it."""


def encode(value: Any) -> Any:
    """`value` as JSON-ready data: scalars as they are, everything else as {"t": kind, "v": content}."""
    budget = [MAX_NODES]
    return _encode(value, 0, budget)


def _encode(value: Any, depth: int, budget: list[int]) -> Any:
    budget[0] -= 1
    if budget[0] < 0:
        raise NotPlain(f"more than {MAX_NODES:,} values came back: return fewer")
    if depth > MAX_DEPTH:
        raise NotPlain(f"data nested more than {MAX_DEPTH} deep came back: does a list or dict contain itself?")
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str:
        # Lone surrogates are legal in str but not in JSON text that must be UTF-8.
        return value if value.isascii() or _is_utf8(value) else {"t": "surrogates", "v": [ord(c) for c in value]}
    if kind is int:
        if value.bit_length() > MAX_INT_BITS:
            raise NotPlain(f"an int of {value.bit_length():,} bits came back: it may have at most {MAX_INT_BITS:,}")
        return value if abs(value) < 2**53 else {"t": "int", "v": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"t": "float", "v": repr(value)}
    if kind is bytes or kind is bytearray:
        return {"t": "bytes", "v": value.hex()}
    if kind is list or kind is deque or kind is tuple:
        return {"t": "tuple" if kind is tuple else "list", "v": [_encode(v, depth + 1, budget) for v in value]}
    if kind is set or kind is frozenset:
        return {"t": "set", "v": [_encode(v, depth + 1, budget) for v in value]}
    if kind is dict or kind is Counter or kind is defaultdict or kind is OrderedDict:
        pairs = [[_encode(k, depth + 1, budget), _encode(v, depth + 1, budget)] for k, v in value.items()]
        return {"t": "dict", "v": pairs}
    if kind.__module__ == "numpy":
        return _encode_numpy(value, depth, budget)
    if kind.__module__ in ("torch", "torch.nn.parameter") and kind.__name__ in ("Tensor", "Parameter"):
        return _encode_numpy(_array_of(value), depth, budget)
    if kind.__module__ in ("fractions", "decimal") and kind.__name__ in ("Fraction", "Decimal"):
        return _encode(_float_of(value), depth, budget)
    mend = "wrap it in list(...)" if kind is range or issubclass(kind, Iterator | MappingView) else PLAIN
    raise _unexpected(f"an object of type {kind.__module__}.{kind.__qualname__}", mend)


def _unexpected(what: str, mend: str) -> NotPlain:
    return NotPlain(f"{what} came back, where plain data was expected: {mend}")


def _encode_numpy(value: Any, depth: int, budget: list[int]) -> Any:
    import numpy as np

    if isinstance(value, np.generic) and type(item := value.item()) in SCALARS:
        return _encode(item, depth, budget)
    if type(value) is np.ndarray and value.dtype.kind in "biufU":
        budget[0] -= value.size
        if budget[0] < 0:
            raise NotPlain(f"an array of {value.size:,} values came back: return at most {MAX_NODES:,}")
        flat = [_encode(v, depth + 1, budget) for v in value.ravel().tolist()]
        return {"t": "ndarray", "v": flat, "shape": list(value.shape), "dtype": value.dtype.str}
    what = f"a NumPy {type(value).__name__} of dtype {getattr(value, 'dtype', '?')}"
    raise _unexpected(
        what, "use .tolist()" if issubclass(type(value), np.ndarray) and value.dtype.kind in "biufUSO" else PLAIN
    )


def _array_of(tensor: Any) -> Any:
    tensor = tensor.detach().cpu()
    return (tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor).numpy()


def _float_of(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise NotPlain(f"a {type(value).__name__} came back that is larger than any float") from None


def _is_utf8(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def decode(data: Any) -> Any:
    """The value that `encode` made `data` from. Raises ValueError on data that `encode` cannot have made."""
    if data is None or isinstance(data, bool | int | float | str):
        return data
    try:
        kind, content = data["t"], data["v"]
        if kind == "surrogates":
            return "".join(map(chr, content))
        if kind == "int" and len(content) <= MAX_INT_BITS // 4 + 4:  # sign and "0x"
            return int(content, 16)
        if kind == "float":
            return float(content)
        if kind == "bytes":
            return bytes.fromhex(content)
        if kind in ("list", "tuple", "set"):
            return {"list": list, "tuple": tuple, "set": set}[kind](decode(v) for v in content)
        if kind == "dict":
            return {decode(k): decode(v) for k, v in content}
        if kind == "ndarray":
            import numpy as np

            values = [decode(v) for v in content]
            return np.array(values, dtype=np.dtype(data["dtype"])).reshape(data["shape"])
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as e:
        raise ValueError(f"not encoded plain data: {e}") from None
    raise ValueError(f"not encoded plain data: kind {kind!r}")
