"""torchrun with two processes gives the losses of one: DDP and FSDP, with accumulation, and from a checkpoint of the other."""

import os
import subprocess
import sys

import pytest

from nlpjourney.llm.training import read_logbook

ARGUMENTS = ["--stories", "80", "--d-model", "32", "--layers", "2", "--batch", "8", "--length", "32", "--steps", "8"]
ARGUMENTS += ["--vocab-size", "320", "--every", "4"]


def train(folder, n_processes, *more):
    command = [sys.executable, "-m"]
    if n_processes > 1:
        command += ["torch.distributed.run", "--standalone", "--nproc-per-node", str(n_processes), "-m"]
    command += ["nlpjourney.llm.training", str(folder), *ARGUMENTS, *more]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=180, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    entries, _ = read_logbook(folder / "logbook.jsonl")
    return [e for e in entries if "loss" in e], [e["val_loss"] for e in entries if "val_loss" in e]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    return train(folder, 1)


@pytest.mark.parametrize("more", [("--parallel", "ddp"), ("--parallel", "fsdp", "--accumulate", "2")])
def test_two_processes_give_the_losses_of_one(alone, tmp_path, more):
    steps, validation = train(tmp_path / "two", 2, *more)
    assert [e["step"] for e in steps] == list(range(1, 9))
    for name in ("loss", "grad_norm"):
        assert [e[name] for e in steps] == pytest.approx([e[name] for e in alone[0]], abs=2e-3), name
    assert validation == pytest.approx(alone[1], abs=2e-3)
    assert (tmp_path / "two" / "model.gguf").exists()


def test_a_checkpoint_goes_from_two_processes_to_one(alone, tmp_path):
    import torch

    folder = tmp_path / "two"
    train(folder, 2, "--parallel", "fsdp")
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    assert state["step"] == 8
    _, validation = train(folder, 1)  # nothing is left to do but to load it and to write the model
    assert validation == pytest.approx(alone[1], abs=2e-3)
