"""Several programs in one sandbox process: each is judged by what it did itself."""

import pytest

from nlpjourney.sandbox import run, run_trusted

PROGRAMS = {
    "right": "def f(x):\n    return x + 1",
    "loops": "def f(x):\n    while x > 1:\n        pass\n    return 7",
    "dies": "import os\ndef f(x):\n    os._exit(3)",
    "broken": "def f(x:\n",
    "nameless": "def g(x):\n    return x",
    "prints": "def f(x):\n    print('hello', x)\n    return x",
}
CALLS = [(1,), (2,), (3,)]


def test_each_has_its_own_outcomes_whatever_became_of_the_others():
    together = run_trusted([(source, "f") for source in PROGRAMS.values()], CALLS, seconds=2)
    for name, outcomes in zip(PROGRAMS, together, strict=True):
        assert outcomes == run(PROGRAMS[name], "f", CALLS, seconds=2), name
    found = dict(zip(PROGRAMS, together))
    assert [o.value for o in found["right"]] == [2, 3, 4]
    assert [o.error for o in found["loops"]] == [None, "Timeout", "Timeout"]
    assert [o.error for o in found["dies"]] == ["Died"] * 3
    assert [o.error for o in found["broken"]] == ["SyntaxError"] * 3
    assert [o.error for o in found["nameless"]] == ["KeyError"] * 3
    assert [o.printed for o in found["prints"]] == ["hello 1\n", "hello 2\n", "hello 3\n"]


def test_each_has_the_time_to_itself():
    slow = "import time\ndef f(x):\n    time.sleep(0.4)\n    return x"
    assert [[o.value for o in outcomes] for outcomes in run_trusted([(slow, "f")] * 3, CALLS, seconds=3)] == [
        [1, 2, 3]
    ] * 3


@pytest.mark.parametrize("n", [0, 1])
def test_few_programs(n):
    assert len(run_trusted([(PROGRAMS["right"], "f")] * n, CALLS)) == n
    assert run_trusted([(PROGRAMS["right"], "f")], []) == [[]]
