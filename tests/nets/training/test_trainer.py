"""The loop: accumulation, evaluation, checkpoints and the logbook. Two processes and killed ones are in other files."""

import json
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nlpjourney.llm.data import Batches
from nlpjourney.llm.models.gpt2 import GPT2, GPT2Config
from nlpjourney.llm.models.llama import Llama, LlamaConfig
from nlpjourney.llm.models.mamba import Mamba, MambaConfig
from nlpjourney.llm.models.t5 import T5
from nlpjourney.llm.models.t5_config import T5Config
from nlpjourney.llm.training import Pretrainer, PretrainingConfig, evaluate
from nlpjourney.llm.training.stories import small_llama
from nlpjourney.nets.training import Logbook, NotFinite, matrices_within, read_logbook

TOKENS = np.random.default_rng(0).integers(0, 40, size=3000).cumsum() % 61  # something that can be learned a little


def config(**settings):
    return PretrainingConfig(**({"n_steps": 8, "batch_size": 8, "length": 16, "warmup": 2} | settings))


def losses(trainer, until=None):
    return [entry["loss"] for entry in trainer.run(until) if "loss" in entry]


def test_the_loss_falls_and_starts_at_guessing():
    found = losses(Pretrainer(small_llama(61, 32, 2), np.arange(3000) % 61, config(n_steps=40)))
    assert found[0] == pytest.approx(math.log(61), abs=0.2)
    assert found[-1] < 0.5


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
@pytest.mark.parametrize("accumulate", [2, 8])
def test_accumulation_gives_the_losses_of_one_big_batch(optimizer, accumulate):
    whole = losses(Pretrainer(small_llama(61, 32, 2), TOKENS, config(optimizer=optimizer)))
    parts = losses(Pretrainer(small_llama(61, 32, 2), TOKENS, config(optimizer=optimizer, accumulate=accumulate)))
    assert parts == pytest.approx(whole, abs=2e-4)


def test_one_step_is_torchs():
    """The first step of the trainer against the few lines of plain PyTorch."""
    c = config(optimizer="adamw", clip=0.1, lr=0.01, warmup=0, schedule="constant")
    ours, theirs = small_llama(61, 32, 1), small_llama(61, 32, 1).train()
    trainer = Pretrainer(ours, TOKENS, c)
    trainer.train_step(next(trainer.batches), 0.01)
    rows = torch.as_tensor(next(Batches(TOKENS, 8, 16)))
    inner = [p for n, p in theirs.named_parameters() if p.dim() == 2 and "embed" not in n]
    outer = [p for n, p in theirs.named_parameters() if p.dim() != 2 or "embed" in n]
    groups = [{"params": inner, "weight_decay": 0.01}, {"params": outer, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, 0.01, betas=(0.9, 0.95))
    F.cross_entropy(theirs(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten()).backward()
    torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.1)
    optimizer.step()
    for a, b in zip(ours.parameters(), theirs.parameters()):
        assert (a.grad - b.grad).abs().max() < 1e-8
        # A step is 0.01. Where the gradient is smaller than AdamW's eps, its rounding shows in the step; nowhere else.
        assert (a - b).abs().max() < 1e-5
        assert ((a - b).abs() < 1e-6)[b.grad.abs() > 1e-7].all()


@pytest.mark.parametrize("stop", [3, 4, 7])
def test_a_run_that_goes_on_is_the_run_that_never_stopped(tmp_path, stop):
    c = config(checkpoint_every=2, eval_every=3)
    straight = list(Pretrainer(small_llama(61, 32, 2), TOKENS, c, validation=TOKENS[:200]).run())
    list(Pretrainer(small_llama(61, 32, 2), TOKENS, c, validation=TOKENS[:200], folder=tmp_path).run(until=stop))
    again = Pretrainer(small_llama(61, 32, 2, seed=5), TOKENS, c, validation=TOKENS[:200], folder=tmp_path)
    assert again.step == stop // 2 * 2
    list(again.run())
    book, _ = read_logbook(tmp_path / "logbook.jsonl")
    kept = ("step", "loss", "lr", "grad_norm", "val_loss")
    assert [{k: e[k] for k in kept if k in e} for e in book] == [{k: e[k] for k in kept if k in e} for e in straight]


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    c = config(checkpoint_every=2)
    list(Pretrainer(small_llama(61, 32, 1), TOKENS, c, folder=tmp_path).run(until=2))
    with pytest.raises(ValueError, match="another model"):
        Pretrainer(small_llama(61, 32, 2), TOKENS, c, folder=tmp_path)
    with pytest.raises(ValueError, match="optimizers"):
        Pretrainer(small_llama(61, 32, 1), TOKENS, config(optimizer="adamw"), folder=tmp_path)
    with pytest.raises(ValueError, match="cannot go on"):
        Pretrainer(small_llama(61, 32, 1), TOKENS[:-1], c, folder=tmp_path)


def test_evaluation_is_the_mean_over_the_tokens():
    model = small_llama(61, 32, 1).eval()
    rows = torch.as_tensor(TOKENS[: 16 * 7 + 1])
    by_hand = [
        float(F.cross_entropy(model(rows[None, i : i + 16])[0], rows[i + 1 : i + 17]).detach())
        for i in range(0, 112, 16)
    ]
    assert evaluate(model, TOKENS[:120], 16, batch_size=3) == pytest.approx(np.mean(by_hand), abs=1e-5)
    with pytest.raises(ValueError, match="too few"):
        evaluate(model, TOKENS[:16], 16)


def test_bf16_follows_float32():
    c = {"n_steps": 5, "batch_size": 4}
    wide = losses(Pretrainer(small_llama(61, 32, 1), np.arange(3000) % 61, config(**c)))
    short = losses(Pretrainer(small_llama(61, 32, 1), np.arange(3000) % 61, config(**c, bf16=True)))
    assert short == pytest.approx(wide, abs=0.05)
    assert short != wide  # it was used
    assert short[-1] < short[0] - 0.1


def test_samples_and_settings(tmp_path):
    c = config(sample_every=4, eval_every=0)
    entries = list(Pretrainer(small_llama(61, 32, 1), TOKENS, c, sample=lambda m: "text", folder=tmp_path).run())
    assert [e["step"] for e in entries if "sample" in e] == [0, 4, 8]
    assert entries[-2]["tokens"] == 8 * 8 * 16
    assert not (tmp_path / "checkpoint.pt").exists()
    with pytest.raises(ValueError, match="cannot be split"):
        Pretrainer(small_llama(61, 32, 1), TOKENS, config(accumulate=3))


def test_a_logbook_can_be_followed_and_survives_a_broken_line(tmp_path):
    file = tmp_path / "log.jsonl"
    book = Logbook(file)
    book.write(1, loss=2.0)
    entries, offset = read_logbook(file)
    assert entries == [{"step": 1, "loss": 2.0}]
    with file.open("ab") as f:
        f.write(json.dumps({"step": 2, "sample": "é"}, ensure_ascii=False).encode()[:-3])
    assert read_logbook(file, offset) == ([], offset)
    Logbook(file, resume_at=0).write(1, loss=3.0)
    assert read_logbook(file)[0] == [{"step": 1, "loss": 3.0}]
    assert read_logbook(tmp_path / "none") == ([], 0)


def names_within(model):
    """The names of the matrices that Muon gets and that decay."""
    names = {id(p): name for name, p in model.named_parameters()}
    return {names[id(p)] for p in matrices_within(model)}


def test_tables_and_the_output_matrix_are_no_matrices_within_layers():
    gpt = GPT2(GPT2Config(vocab_size=61, n_positions=16, d_model=16, n_layers=1, n_heads=2))
    assert len(names_within(gpt)) == 4 and not any("wte" in name or "wpe" in name for name in names_within(gpt))
    # As many tokens as the model is wide: the sizes tell nothing.
    untied = Llama(LlamaConfig(vocab_size=32, d_model=32, n_layers=1, n_heads=2, d_ff=48))
    assert len(names_within(untied)) == 7 and not any(
        "embed" in name or "lm_head" in name for name in names_within(untied)
    )
    mamba = Mamba(MambaConfig(vocab_size=61, d_model=16, d_inner=32, dt_rank=2, n_layers=1))
    assert names_within(mamba) and not any("A_log" in name or "embed" in name for name in names_within(mamba))
    t5 = T5(
        T5Config(vocab_size=61, d_model=16, d_ff=24, n_layers=1, n_decoder_layers=1, n_heads=2, d_head=8, tied=False)
    )
    assert not any("relative" in name or "shared" in name or "lm_head" in name for name in names_within(t5))
    assert len(names_within(t5)) > 10


def test_a_gradient_that_is_not_finite_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path):
    model = small_llama(61, 32, 2)
    trainer = Pretrainer(model, TOKENS, config(n_steps=30, checkpoint_every=5), folder=tmp_path)
    next(model.parameters()).register_hook(lambda g: g * math.inf if trainer.step == 12 else g)
    found = []
    with pytest.raises(NotFinite, match=r"in step 13 .*checkpoint.pt is the last good state"):
        found += losses(trainer)
    assert all(torch.isfinite(p).all() for p in model.parameters())  # as they were after step 12
    again = Pretrainer(small_llama(61, 32, 2), TOKENS, config(n_steps=30, checkpoint_every=5), folder=tmp_path)
    assert again.step == 10
    for line in (tmp_path / "logbook.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_a_step_beyond_all_numbers_is_not_written_over_a_good_checkpoint(tmp_path):
    settings = {"n_steps": 6, "checkpoint_every": 1}
    list(Pretrainer(small_llama(61, 32, 2), TOKENS, config(**settings), folder=tmp_path).run(until=2))
    wild = Pretrainer(small_llama(61, 32, 2), TOKENS, config(**settings), folder=tmp_path)
    wild.optimizers[0].step = lambda: next(wild.model.parameters()).data.fill_(math.inf)
    with pytest.raises(NotFinite, match="smaller learning rate"):
        list(wild.run())
    assert Pretrainer(small_llama(61, 32, 2), TOKENS, config(**settings), folder=tmp_path).step == 2


def test_a_held_out_loss_that_is_no_number_stops_the_run():
    trainer = Pretrainer(small_llama(61, 32, 2), TOKENS, config(eval_every=2))
    trainer.validate = lambda model: math.nan
    with pytest.raises(NotFinite, match="held-out loss is nan"):
        list(trainer.run())
