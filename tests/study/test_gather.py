"""What a function needs of a notebook, and nothing else."""

import pytest

from nlpjourney.study.gather import NotFound, gather, gather_all


def test_helpers_imports_and_constants_come_along_in_order():
    cells = [
        "import math\nLIMIT = 3",
        "def helper(x):\n    return x + LIMIT",
        "def f(x):\n    return math.sqrt(helper(x))",
        "f(1)",
    ]
    source = gather(cells, ["f"])
    assert source.index("import math") < source.index("LIMIT = 3") < source.index("def helper") < source.index("def f")
    assert "f(1)" not in source


def test_the_last_definition_counts():
    assert "return 2" in gather(["def f():\n    return 1", "def f():\n    return 2"], ["f"])


def test_a_functions_own_variables_are_no_uses_of_the_notebooks():
    cells = ["counts = load_everything()", "df = slow()", "import heavy as word"]
    cells.append(
        "def f(words, df=None):\n    counts = {}\n    for word in words:\n        counts[word] = 1\n    return counts"
    )
    assert gather(cells, ["f"]).strip() == cells[-1]


def test_names_in_nested_functions_comprehensions_defaults_and_decorators_are_followed():
    cells = ["A = 1", "B = 2", "C = 3", "def deco(g):\n    return g", "D = 4", "class Base:\n    pass"]
    inner = "    class Inner(Base):\n        y = D\n    def inner():\n        return [C for _ in range(B)]\n    return inner"
    cells.append(f"@deco\ndef f(x=A):\n{inner}")
    source = gather(cells, ["f"])
    assert all(f"{name} = " in source for name in "ABCD") and "def deco" in source and "class Base" in source


def test_a_global_that_is_changed_is_followed():
    source = gather(["n = 0", "def f():\n    global n\n    n += 1\n    return n"], ["f"])
    assert "n = 0" in source


def test_recursion_shell_lines_and_half_typed_cells():
    cells = ["%matplotlib inline\n!ls\ndef f(n):\n    return n and f(n - 1)", "def broken(", "?f"]
    assert gather(cells, ["f"]).strip() == "def f(n):\n    return n and f(n - 1)"


def test_future_imports_stand_first():
    assert gather(["def f(): pass", "from __future__ import annotations"], ["f"]).startswith("from __future__")


def test_missing_function_is_named():
    with pytest.raises(NotFound, match="no cell defines 'f'"):
        gather(["x = 1"], ["f"])


def value(cells, name="f", *args):
    """What the function gives when only what was gathered is run, as a check does."""
    space = {}
    exec(gather(cells, [name]), space)
    return space[name](*args)


LONG_EXPRESSION = """
def f(i, step, n):
    return (
        (i + step)
        % n
    )
"""
NOT_EQUAL = """
def f(word, stop_words):
    return bool(
        (word.lower() in stop_words)
        != True
    )
"""


def test_lines_that_begin_with_an_operator_are_no_magics():
    assert value([LONG_EXPRESSION], "f", 5, 4, 7) == 2
    assert value([NOT_EQUAL], "f", "The", {"the"}) is False
    assert value(["def f():\n    return '''\n% a\n? b\n!c\n'''"]) == "\n% a\n? b\n!c\n"
    assert value(["%matplotlib inline\n" + LONG_EXPRESSION], "f", 5, 4, 7) == 2


def test_lines_are_counted_as_python_counts_them():
    assert value(["A = 'x\x0cy\u2028z'\ndef f():\n    return A"]) == "x\x0cy\u2028z"
    assert value(["A = 1\r\ndef f():\r\n    return A\r\n"]) == 1


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("from math import *\ndef f():\n    return sqrt(4)", 2),
        ("try:\n    import numpy as np\nexcept ImportError:\n    np = None\ndef f():\n    return int(np.array([3])[0])", 3),
        ("S = set()\nS.add('the')\ndef f():\n    return S", {"the"}),
        ("T = {}\nfor k in range(3):\n    T[k] = k * k\ndef f():\n    return T", {0: 0, 1: 1, 2: 4}),
        ("T = []\nwhile len(T) < 2:\n    T.append(1)\ndef f():\n    return T", [1, 1]),
        ("if True:\n    def g():\n        return 1\nelse:\n    def g():\n        return 2\ndef f():\n    return g()", 1),
        ("import io\nwith io.StringIO('ab') as s:\n    D = s.read()\ndef f():\n    return D", "ab"),
        ("N = 1\nN += 1\ndef f():\n    return N", 2),
        ("N = 1; N += 1\ndef f():\n    return N", 2),
        ("(K := 5)\ndef f():\n    return K", 5),
        ("class A: pass\nA.k = 2\ndef f():\n    return A.k", 2),
        ("K = !ls\nM = 3\ndef f():\n    return M", 3),
        ("x = 1\ny = x\nx = 2\ndef f():\n    return [x, y]", [2, 1]),
        ("n = 2\ndef g():\n    return n\na = g()\nn = 3\ndef f():\n    return [a, g()]", [2, 3]),
        ("a, *b = 1, 2, 3\nb[0] = 7\ndel b[1]\ndef f():\n    return b", [7]),
        ("match 3:\n    case int(n):\n        pass\ndef f():\n    return n", 3),
        ("import sys\nsys.setrecursionlimit(2345)\ndef f():\n    return sys.getrecursionlimit()", 2345),
        ("%%time\nN = 4\ndef f():\n    return N", 4),
        ("%time N = 4\ndef f():\n    return N", 4),
        ("get_ipython().run_cell_magic('time', '', 'N = 4\\n')\ndef f():\n    return N", 4),
    ],
)  # fmt: skip
def test_whatever_binds_or_changes_a_name_comes_along(cell, expected):
    import sys

    before = sys.getrecursionlimit()
    try:
        assert value([cell]) == expected
    finally:
        sys.setrecursionlimit(before)


def test_what_is_bound_anew_leaves_the_slow_way_behind():
    cells = ["words = load_everything()", "words.sort()", "words = ['a']", "import numpy as np", "np.show_config()"]
    assert gather([*cells, "def f():\n    return np.array(words)"], ["f"]).split("\n\n")[:2] == [
        "words = ['a']",
        "import numpy as np",
    ]


def test_calls_that_may_change_what_is_used_are_named():
    fill = "def fill(t):\n    t['a'] = 1"
    cells = ["T, U = {}, {}", f"{fill}\nfill(T)", "fill(U)\nprint(T)", "def f():\n    return T\nf()"]
    assert gather_all(cells, ["f"]).left_out == ("fill(T) (cell 2, line 3)",)
    hidden = ["T = {}", "def fill():\n    T['a'] = 1", "fill()", "def f():\n    return T"]
    assert gather_all(hidden, ["f"]).left_out == ("fill() (cell 3, line 1)",)
    assert gather_all(["def g(): pass", "check('1.2.a', g)", "def f():\n    return g()"], ["f"]).left_out == ()
