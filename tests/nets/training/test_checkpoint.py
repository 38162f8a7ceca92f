"""Checkpoints that are damaged, of another run, or none at all: the error names the file, and nothing has been changed."""

import pytest
import torch
from torch import nn

from nlpjourney.errors import FileFormatError
from nlpjourney.nets.training import load_checkpoint, save_checkpoint


def run(seed=0, width=3):
    torch.manual_seed(seed)
    model = nn.Linear(width, 2)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, width)).sum().backward()
    optimizer.step()
    return model, optimizer


@pytest.fixture
def file(tmp_path):
    model, optimizer = run()
    save_checkpoint(tmp_path / "checkpoint.pt", model, [optimizer], 7, {"at": 3})
    return tmp_path / "checkpoint.pt"


def refused(file, said, model=None, optimizer=None):
    fresh = run(seed=1)
    model, optimizer = model or fresh[0], optimizer or fresh[1]
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(FileFormatError, match=rf"checkpoint\.pt {said}"):
        load_checkpoint(file, model, [optimizer])
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_what_was_saved_comes_back(file):
    model, optimizer = run(seed=1)
    assert load_checkpoint(file, model, [optimizer]) == (7, {"at": 3})
    assert torch.equal(model.weight, run()[0].weight)


def test_damaged_bytes(file):
    data = file.read_bytes()
    for damaged in (b"", b"{}", data[: len(data) // 2], data[:-30], b"x" * 500, data[:40] + bytes(40) + data[80:]):
        file.write_bytes(damaged)
        refused(file, "is no checkpoint, or is damaged: ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (list, "is no checkpoint of a training run: it has no 'step' that is a int"),
        (lambda s: {}, "is no checkpoint of a training run: it has no 'step'"),
        (lambda s: {k: v for k, v in s.items() if k != "model"}, "is no .*: it has no 'model' that is a dict"),
        (lambda s: s | {"step": "7"}, "is no .*: it has no 'step' that is a int"),
        (lambda s: s | {"rng": None}, "is no .*: it has no 'rng' that is a Tensor"),
        (lambda s: s | {"rng": torch.zeros(3)}, "is damaged: its 'rng'"),
        (lambda s: s | {"model": {"weight": 1, "bias": 2}}, "is no .*: its 'model' holds what is no tensor"),
        (
            lambda s: s | {"model": {"weight": torch.ones(2, 4), "bias": torch.ones(2)}},
            "is the checkpoint of another model",
        ),
        (lambda s: s | {"optimizers": []}, "has 0 optimizers, this run 1"),
        (lambda s: s | {"optimizers": [3]}, "is of another run, or is damaged: AdamW has other parameters"),
        (lambda s: s | {"optimizers": [{"state": {}}]}, "is of another run, or is damaged"),
        (lambda s: s | {"optimizers": [s["optimizers"][0] | {"state": {9: {}}}]}, "is of another run, or is damaged"),
        (lambda s: s | {"optimizers": [s["optimizers"][0] | {"param_groups": []}]}, "is of another run, or is damaged"),
    ],
)
def test_files_that_hold_something_else(file, change, said):
    torch.save(change(torch.load(file)), file)
    refused(file, said)


def test_no_file(tmp_path):
    model, optimizer = run()
    with pytest.raises(FileNotFoundError, match=r"nothing\.pt"):
        load_checkpoint(tmp_path / "nothing.pt", model, [optimizer])
