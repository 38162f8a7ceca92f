"""The way from raw text to a model that tells something."""

import numpy as np
import pytest
import torch

from nlpjourney.llm.engine import Engine
from nlpjourney.llm.models import Llama
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.llm.training.__main__ import main
from nlpjourney.llm.training.stories import END, export, prepare, small_llama, tales, tell, teller, town_stories
from nlpjourney.nets.training import read_logbook
from nlpjourney.text.tokenize import BPE


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    texts = town_stories(150)
    return prepare([*texts, *texts[:3], "too short"], tmp_path_factory.mktemp("data"), 512)


def test_rubbish_and_copies_are_out_and_the_rest_is_in(prepared):
    texts = town_stories(150)
    assert any(r.rule == "words" and r.index == 153 for r in prepared.removed)
    broken = {r.index for r in prepared.removed}
    for i in range(3):
        assert (i in broken) == (150 + i in broken)
        assert i in broken or prepared.duplicates[150 + i] in (i, prepared.duplicates.get(i))
    n = 154 - len(prepared.removed) - len(prepared.duplicates)
    ids = [*prepared.training[:].tolist(), *prepared.validation[:].tolist()]
    assert ids.count(prepared.end) == n
    assert prepared.bpe.decode(ids[: ids.index(prepared.end)]) in texts


def test_it_learns_tells_and_runs_in_the_engine(prepared, tmp_path):
    model = small_llama(prepared.bpe.vocab_size, 64, 2, prepared.end)
    before = tell(model, prepared.bpe, "One Monday", max_new_tokens=30)
    config = PretrainingConfig(n_steps=60, batch_size=8, length=32, eval_every=60)
    entries = list(Pretrainer(model, prepared.training, config, validation=prepared.validation).run())
    first, last = (e["val_loss"] for e in entries if "val_loss" in e)
    assert last < first - 2.5
    after = tell(model, prepared.bpe, "One Monday", max_new_tokens=30)
    assert after != before and after.startswith("One Monday")
    assert tell(model, prepared.bpe, "One Monday", max_new_tokens=30) == after  # the same seed
    ids = prepared.bpe.encode("One Monday morning,")
    logits = Engine(export(model, prepared.bpe, tmp_path), threads=1).sequence().prefill(ids)
    expected = model(torch.tensor([ids]))[0, -1].detach().numpy()
    assert np.abs(logits - expected).max() < 1e-2
    assert logits.argmax() == expected.argmax()


def test_the_command_as_it_is_starts_to_learn(tmp_path):
    main([str(tmp_path), "--stories", "160", "--steps", "8", "--every", "8"])
    entries, _ = read_logbook(tmp_path / "logbook.jsonl")
    first, last = (e["val_loss"] for e in entries if "val_loss" in e)
    assert last < first - 1
    model = Llama.from_pretrained(tmp_path)
    assert entries[-1]["sample"] == teller(BPE.from_pretrained(tmp_path), "One Monday morning,")(model)


def test_tales_are_pieces_of_running_text():
    pieces = tales()
    assert len(pieces) > 300
    assert sum(1500 <= len(piece) < 3000 for piece in pieces) > 0.7 * len(pieces)
    assert END not in "".join(pieces)


def test_wrong_sizes_are_refused(tmp_path):
    with pytest.raises(ValueError, match="multiple of 32"):
        small_llama(100, 40, 1)
    with pytest.raises(ValueError, match="too few"):
        prepare(["no"], tmp_path)
