"""What all tests share: a workspace that is nobody's, and a small practice to try the learner's side on."""

import signal
import textwrap

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

from nlpjourney.study import roadmap
from nlpjourney.study.practice import practice

pytest_plugins = ["tests.remembering", "tests.timing"]

# Nothing is wrong when an example takes long: a kernel is compiled in it, or the machine is busy.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    """The learner's folder of this test."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("NLP_JOURNEY_WORKSPACE", str(folder))
    return folder


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """One for BLAS and OpenMP, so for NumPy, PyTorch, FAISS and scikit-learn: the matrices of tests are small, and on a busy
    machine two threads that wait for each other take several times as long. Threads that a test starts itself are its own."""
    with threadpool_limits(1):
        yield


TRACED = 0.25  # seconds of a test


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    """What a test passes first counts for the cover; after that it runs untraced, which takes half the time.

    The rest of a long test mostly passes the same lines, for one more word, document or example.
    """
    cover, stopped = Coverage.current(), []
    if cover is None or not hasattr(signal, "setitimer"):  # as on Windows, where all of a test is traced
        return (yield)

    def stop(*_):
        cover.stop()
        stopped.append(True)

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, TRACED)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if stopped:
            cover.start()


PRACTICE = '''
# %% [markdown]
# # Counting
# A short story.

# %%
import math

def double(x):
    return 2 * x

# %% exercise="1.2.a"
def add(a, b):
    """The sum."""
    # BEGIN SOLUTION
    return a + b
    # END SOLUTION

# %%
print("between")

# %% exercise="1.2.b"
def add_twice(a, b):
    # BEGIN SOLUTION
    return double(add(a, b))
    # END SOLUTION

# %% tags=["timing"]
math.sqrt(2)
'''

EXERCISES = """
from hypothesis import strategies as st
from nlpjourney.study.exercise import Exercise, Question, Wrong

def add(a, b):
    return a + b

def subtract(a, b):
    return a - b

def add_twice(a, b):
    return 2 * (a + b)

NUMBERS = st.tuples(st.integers(-9, 9), st.integers(-9, 9))

EXERCISES = [
    Exercise(
        id="1.2.a", title="Add", difficulty=1, task="Add *a* and *b*.", function="add", examples=[(1, 2), (0, 0)],
        inputs=NUMBERS, reference=add, wrong=[Wrong(subtract, "That is minus.")], hints=["Plus.", "a + b"],
        explanation="Sums.", beyond="math.fsum.",
    ),
    Exercise(
        id="1.2.b", title="Add twice", difficulty=2, task="Twice the sum.", function="add_twice", examples=[(1, 2)],
        inputs=NUMBERS, reference=add_twice, wrong=[Wrong(add, "Only once.")], hints=[], explanation="Twice.",
        beyond="-",
    ),
]
QUESTIONS = [
    Question(id="1.2.q1", text="1 + 1?", choices=["1", "2", "3"], answer=1, explanation="Two."),
    Question(id="1.2.q2", text="1 - 1?", choices=["0", "2"], answer=0, explanation="None."),
]
"""


@pytest.fixture
def small_practice(tmp_path, monkeypatch):
    """A roadmap on which only topic 1.2 has a practice, a tiny one with two exercises; its topic."""
    monkeypatch.setattr(roadmap, "PRACTICES", tmp_path / "practices")
    monkeypatch.setenv("NLP_JOURNEY_PRACTICES", str(tmp_path / "practices"))  # for the processes that are started
    practice.cache_clear()
    topic = roadmap.topic("1.2")
    topic.folder.mkdir(parents=True)
    topic.source.write_text(textwrap.dedent(PRACTICE).lstrip(), encoding="utf-8")
    (topic.folder / "exercises.py").write_text(textwrap.dedent(EXERCISES).lstrip(), encoding="utf-8")
    topic.notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', encoding="utf-8")
    yield topic
    practice.cache_clear()
