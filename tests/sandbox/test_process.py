"""Several programs in one sandbox process: each is judged by what it did itself."""

import os
import sys
import time

import numpy as np
import pytest

from nlpjourney.sandbox import process, run, run_trusted

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


TORCH = """
import torch
import torch.nn.functional as F
def f(x):
    return {body}
"""


@pytest.mark.parametrize(
    "body",
    [
        "torch.softmax(torch.from_numpy(x), -1).numpy()",
        "F.scaled_dot_product_attention(*[torch.from_numpy(x)[None]] * 3).numpy()",
        "F.rms_norm(torch.from_numpy(x), (2,)).tolist()",
        "float(F.cross_entropy(torch.from_numpy(x), torch.tensor([0, 1])))",
        "torch.topk(torch.from_numpy(x), 1).indices.tolist()",
        "F.one_hot(torch.tensor([1])).numpy()",
        "[p.grad.tolist() for p in [torch.nn.Parameter(torch.from_numpy(x))] if (p * p).sum().backward() is None]",
        "torch.optim.AdamW([torch.nn.Parameter(torch.from_numpy(x))]).step()",
        "torch.linalg.svd(torch.from_numpy(x)).S.tolist()",
    ],
)
def test_pytorch_can_be_used(body):
    outcome = run(TORCH.format(body=body), "f", [(np.eye(2),)], seconds=30)[0]
    assert outcome.error is None, outcome


def test_what_cannot_be_loaded_is_refused_in_plain_words():
    outcome = run("def f():\n    import numba", "f", [()])[0]
    assert "use NumPy, SciPy or PyTorch" in outcome.message, outcome


def test_arguments_come_back_as_they_are_after_the_call():
    source = "def f(x, y):\n    x.append(4)\n    return y"
    assert run(source, "f", [([1], "a")], with_arguments=True)[0].arguments == [[1, 4], "a"]
    assert run(source, "f", [([1], "a")])[0].arguments is None


def test_names_and_texts_are_cut_and_can_be_shown():
    long = "def f():\n    raise type('x' * 3_000_000, (Exception,), {})('y' * 3_000_000)"
    outcome = run(long, "f", [()])[0]
    assert len(outcome.error) <= 100 and len(outcome.message) < 1000
    half = "def f():\n    print('\\ud800')\n    raise ValueError('\\udc80')"
    outcome = run(half, "f", [()])[0]
    assert (outcome.printed, outcome.message) == ("\\ud800\n", "\\udc80 (line 3)")
    outcome.message.encode()
    forged = "import os\ndef f():\n    os.write(3, b'{\"error\": \"' + b'x' * 5_000_000 + b'\"}' + bytes([10]))"
    assert len(run(forged, "f", [()])[0].error or "") <= 100


def test_the_codes_own_timeout_is_not_taken_for_ours():
    outcome = run("class Timeout(Exception): pass\ndef f():\n    raise Timeout('mine')", "f", [()])[0]
    assert outcome.error == "your Timeout"


@pytest.mark.skipif(sys.platform != "linux", reason="holds the pipe by way of /proc")
def test_nobody_waits_for_a_reply_that_somebody_else_holds_open(monkeypatch):
    """A process that got away (where the kernel does not help) keeps the pipe: the clock counts all the same."""
    held = []
    popen = process.subprocess.Popen

    def keeping(*args, **options):
        child = popen(*args, **options)
        held.append(os.open(f"/proc/{child.pid}/fd/1", os.O_WRONLY))
        return child

    monkeypatch.setattr(process.subprocess, "Popen", keeping)
    start = time.monotonic()
    assert run("import os\ndef f():\n    os._exit(0)", "f", [()], seconds=2)[0].error in ("Timeout", "Died")
    assert time.monotonic() - start < 30
    os.close(held[0])
