"""Processes that train, forked from one that has imported everything: the imports take longer than what is trained here.

torchrun, too, can be such a process; what it starts are children of its own, which it is told to fork.
"""

import multiprocessing
import os
import tempfile
from multiprocessing import forkserver
from pathlib import Path

import pytest

from nlpjourney.llm.training.__main__ import main

FORKS = multiprocessing.get_context("forkserver")


def run(command, arguments, variables, log):
    with open(log, "wb") as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
    os.environ.update(variables)
    command(arguments)


def start(arguments, command=main, **variables):
    """The command with these arguments and environment variables, in a process of its own and on one thread."""
    # The second is what optimizers import when they are first used, the third is torchrun.
    FORKS.set_forkserver_preload([main.__module__, "torch._dynamo", "torch.distributed.run"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OMP_NUM_THREADS", "1")
        forkserver.ensure_running()
    # A daemon ends with us at the latest, but may not start processes, as torchrun does.
    handle, log = tempfile.mkstemp(prefix="nlp-journey-training-")
    os.close(handle)
    process = FORKS.Process(target=run, args=(command, arguments, variables, log), daemon=command is main, name=log)
    process.start()
    return process


def finish(*processes):
    for process in processes:
        process.join(300)
        process.terminate()  # one that hangs shall not hold up the end of the tests
        log = Path(process.name)
        assert process.exitcode == 0, log.read_text(errors="replace")[-5000:]
        log.unlink()
