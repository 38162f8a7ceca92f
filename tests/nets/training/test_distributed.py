"""Two processes give the losses of one: DDP and FSDP, with accumulation, and from a checkpoint of the other.

DDP is started by torchrun; for FSDP we set the variables that torchrun sets. Either way all processes are forks of one that has
imported everything: torchrun, too, which forks its own.
"""

import shutil
import subprocess
import sys

import pytest
from torch.distributed import TCPStore
from torch.distributed.run import main as torchrun

from nlpjourney.llm.training import __main__
from nlpjourney.llm.training.__main__ import main
from nlpjourney.nets.training import distributed, read_logbook
from tests.nets.training.forks import finish, start

ARGUMENTS = ["--stories", "80", "--d-model", "32", "--layers", "2", "--batch", "8", "--length", "32", "--steps", "6"]
ARGUMENTS += ["--vocab-size", "320", "--every", "6", "--lr", "0.01"]
DATA = ("training.tokens", "validation.tokens", "tokenizer.json")
pytestmark = pytest.mark.xdist_group("trainings")  # one process of pytest's, for one that is forked


def losses(folder):
    entries, _ = read_logbook(folder / "logbook.jsonl")
    return [e for e in entries if "loss" in e], [e["val_loss"] for e in entries if "val_loss" in e]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    main([str(folder), *ARGUMENTS])
    return folder


def same_shards(alone, folder):
    folder.mkdir()
    for name in DATA:
        shutil.copy(alone / name, folder)
    return folder


def under_torchrun(folder, *more):
    command = ["--standalone", "--nproc-per-node", "2", "--start-method", "fork", "--run-path", __main__.__file__]
    finish(start([*command, str(folder), *ARGUMENTS, *more], torchrun))


def in_two_processes(folder, *more):
    # As under torchrun, who starts the processes holds the store where they meet: no port is free until somebody else has it.
    store = TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    common = {"MASTER_ADDR": "localhost", "MASTER_PORT": str(store.port), "TORCHELASTIC_USE_AGENT_STORE": "True"}
    common |= {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    finish(*(start([str(folder), *ARGUMENTS, *more], **common, RANK=rank, LOCAL_RANK=rank) for rank in "01"))


def check_same(folder, alone, n_steps):
    (ours, ours_validation), (theirs, theirs_validation) = losses(folder), losses(alone)
    assert [e["step"] for e in ours] == list(range(1, n_steps + 1))
    for name in ("loss", "grad_norm"):
        assert [e[name] for e in ours] == pytest.approx([e[name] for e in theirs], abs=2e-3), name
    assert ours_validation == pytest.approx(theirs_validation, abs=2e-3)
    assert (folder / "model.gguf").exists()


def test_ddp_gives_the_losses_of_one_process(alone, tmp_path):
    folder = same_shards(alone, tmp_path / "ddp")
    under_torchrun(folder, "--parallel", "ddp")
    check_same(folder, alone, 6)


def test_a_process_ends_without_taking_python_down_and_loses_no_output():
    code = f"import atexit; from {distributed.__name__} import end_process; atexit.register(print, 'down'); print('written'); "
    done = subprocess.run(
        [sys.executable, "-c", code + "end_process(); print('more')"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["written"])


def test_fsdp_does_too_and_one_process_goes_on_from_its_checkpoint(alone, tmp_path):
    two, one = same_shards(alone, tmp_path / "fsdp"), tmp_path / "one"
    in_two_processes(two, "--parallel", "fsdp", "--accumulate", "2")
    check_same(two, alone, 6)
    shutil.copytree(alone, one)
    for folder in (two, one):
        main([str(folder), *ARGUMENTS, "--steps", "9"])
    check_same(two, one, 9)
