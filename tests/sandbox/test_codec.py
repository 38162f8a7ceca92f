"""What passes between a learner's code and the grader arrives as it was; what only pretends to be plain data does not pass."""

from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney.sandbox.codec import NotPlain, decode, encode

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
KEYS = st.integers() | st.text() | st.binary() | st.tuples(st.integers(), st.text())
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner), max_leaves=20
)


@given(PLAIN)
def test_arrives_as_it_was(value):
    arrived = decode(encode(value))
    assert arrived == value and type(arrived) is type(value)


@pytest.mark.parametrize(
    ("returned", "plain"),
    [
        (Counter("hello"), {"h": 1, "e": 1, "l": 2, "o": 1}),
        (defaultdict(list, {"a": [1]}), {"a": [1]}),
        (OrderedDict(b=2, a=1), {"b": 2, "a": 1}),
        (bytearray(b"abc"), b"abc"),
        (np.float64(0.5), 0.5),
        (frozenset({1, 2}), {1, 2}),
        (deque([1, 2], maxlen=2), [1, 2]),
    ],
    ids=repr,
)
def test_arrives_as_what_it_is_equal_to(returned, plain):
    arrived = decode(encode(returned))
    assert arrived == plain and type(arrived) is type(plain)


class Mine(Counter):
    pass


class Forged(dict):
    __module__, __qualname__ = "collections", "Counter"


@pytest.mark.parametrize("value", [Mine("ab"), Forged(a=1), [Mine()], {"a": Forged()}, (i for i in "ab"), object()])
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(NotPlain):
        encode(value)


LIST, TOLIST, PLAIN_TYPES = "wrap it in list(", "use .tolist()", "return lists, tuples, dicts"


@pytest.mark.parametrize(
    ("value", "kind", "mend"),
    [
        ((i for i in "ab"), "builtins.generator", LIST),
        (map(str, [1]), "builtins.map", LIST),
        (zip([1], [2]), "builtins.zip", LIST),
        ([iter([1])], "builtins.list_iterator", LIST),
        (range(3), "builtins.range", LIST),
        ({1: 2}.keys(), "builtins.dict_keys", LIST),
        (np.array([b"a", b"bc"]), "ndarray of dtype |S2", TOLIST),
        (np.array([b"a", "b"], dtype=object), "ndarray of dtype object", TOLIST),
        (np.array([1j]), "ndarray of dtype complex128", PLAIN_TYPES),
        (1j, "builtins.complex", PLAIN_TYPES),
        (Mine("ab"), "Mine", PLAIN_TYPES),
    ],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
def test_refusal_says_what_came_and_how_to_mend_it(value, kind, mend):
    with pytest.raises(NotPlain, match="came back, where plain data was expected: ") as refused:
        encode(value)
    assert kind in str(refused.value) and mend in str(refused.value)


def test_what_is_too_much_is_refused_with_the_limit():
    inside = []
    inside.append(inside)
    for value, sentence in [
        (2**200_000, "at most 14,000"), (inside, "contain itself"), ([0] * 2_000_001, "2,000,000 values came back"),
    ]:  # fmt: skip
        with pytest.raises(NotPlain, match=sentence):
            encode(value)


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (Fraction(8, 9), 8 / 9),
        (Decimal("0.5"), 0.5),
        (torch.tensor([[1.0, 2.0]]), np.array([[1.0, 2.0]], np.float32)),
        (torch.tensor([1, 2]), np.array([1, 2])),
        (torch.nn.Parameter(torch.tensor([0.5])), np.array([0.5], np.float32)),
        (torch.tensor([0.5], dtype=torch.bfloat16), np.array([0.5], np.float32)),
        (torch.tensor(2.5), np.array(2.5, np.float32)),
    ],
)
def test_what_stands_for_numbers_arrives_as_numbers(value, arrives):
    came = decode(encode(value))
    assert type(came) is type(arrives)
    if isinstance(came, np.ndarray):
        assert came.dtype == arrives.dtype and came.shape == arrives.shape
    assert np.array_equal(came, arrives)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (np.longdouble(1), "NumPy longdouble"),
        (np.clongdouble(1), "NumPy clongdouble"),
        (np.datetime64("2020-01-01"), "NumPy datetime64"),
        (np.timedelta64(1, "D"), "NumPy timedelta64"),
        (np.complex128(1), "NumPy complex128"),
        (np.array([1], np.longdouble), "NumPy longdouble"),
        (Fraction(10**400), "Fraction came back"),
    ],
)
def test_numbers_of_other_kinds_are_refused_by_name(value, name):
    with pytest.raises(NotPlain, match=name):
        encode(value)


def test_forged_whole_numbers_of_any_size_are_not_read():
    with pytest.raises(ValueError, match="not encoded"):
        decode({"t": "int", "v": "0x" + "f" * 1_000_000})
    for value in (2**13_999, -(2**13_999)):
        assert decode(encode(value)) == value
