"""What a function needs of a notebook, and nothing else."""

import pytest

from nlpjourney.study.gather import NotFound, gather


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
