"""Processes that train, forked from one that has imported everything: the imports take longer than what is trained here."""

import multiprocessing
import os
from multiprocessing import forkserver

import pytest

from nlpjourney.llm.training.__main__ import main

FORKS = multiprocessing.get_context("forkserver")


def train(arguments, variables):
    os.environ.update(variables)
    main(arguments)


def start(arguments, **variables):
    """The command with these arguments and environment variables, in a process of its own and on one thread."""
    # The second is what optimizers import when they are first used.
    FORKS.set_forkserver_preload([main.__module__, "torch._dynamo"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OMP_NUM_THREADS", "1")
        forkserver.ensure_running()
    process = FORKS.Process(target=train, args=(arguments, variables), daemon=True)  # ends with us at the latest
    process.start()
    return process


def finish(*processes):
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
