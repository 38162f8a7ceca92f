"""kill -9 at any moment: the run goes on from its last checkpoint, to the losses of one that was never killed."""

import json
import time

import pytest

from nlpjourney.nets.training import read_logbook
from tests.nets.training.forks import finish, start

ARGUMENTS = ["--stories", "120", "--d-model", "32", "--layers", "1", "--steps", "40", "--batch", "4", "--length", "32"]
ARGUMENTS += ["--vocab-size", "400", "--every", "5"]
pytestmark = pytest.mark.xdist_group("trainings")


def story(folder):
    """What the logbook says, without the clock."""
    entries, _ = read_logbook(folder / "logbook.jsonl")
    return [{k: v for k, v in e.items() if k not in ("seconds", "tokens_per_second")} for e in entries]


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    folder = tmp_path_factory.mktemp("straight")
    finish(start([str(folder), *ARGUMENTS]))
    return folder


def test_a_killed_run_reaches_the_same_losses(straight, tmp_path):
    folder = tmp_path / "killed"
    for moment in (7, 23):  # steps between two checkpoints
        process = start([str(folder), *ARGUMENTS])
        while process.is_alive() and max([e["step"] for e in story(folder)], default=0) < moment:
            time.sleep(0.002)
        process.kill()
        process.join()
        assert process.exitcode == -9
    done = max(e["step"] for e in story(folder))
    finish(start([str(folder), *ARGUMENTS]))
    assert story(folder) == story(straight)
    assert 23 <= done < 40
    assert (folder / "model.safetensors").read_bytes() == (straight / "model.safetensors").read_bytes()
    steps = [e["step"] for e in story(folder) if "loss" in e]
    assert steps == list(range(1, 41))


def test_the_trained_folder_opens_everywhere(straight):
    """Transformers, our engine: the same logits and the same continuation."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from nlpjourney.llm.models import Llama
    from nlpjourney.text.tokenize import BPE

    ours, from_gguf = Llama.from_pretrained(straight), Llama.from_pretrained(straight / "model.gguf")
    theirs = AutoModelForCausalLM.from_pretrained(straight).eval()
    text = "One Monday morning, Nora met Leo at the Blue Heron."
    bpe = BPE.from_pretrained(straight)
    ids = bpe.encode(text)
    assert AutoTokenizer.from_pretrained(straight)(text)["input_ids"] == ids
    with torch.no_grad():
        logits = theirs(torch.tensor([ids])).logits
        for model in (ours, from_gguf):
            assert (model(torch.tensor([ids])) - logits).abs().max() < 1e-4
    assert json.loads((straight / "config.json").read_text())["eos_token_id"] == [
        bpe.special_tokens.ids["<|endoftext|>"]
    ]
