"""Whole training steps: forward, loss, backward, clipping and AdamW, ours against Transformers' model with torch's optimizer.

The same Llama with the same first weights, the same batches of Tinytown's stories, the same learning rates; the losses of all
steps agree before anything is timed. A second row is Muon alone: the step of the optimizer on the matrices of that model.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from transformers import AutoModelForCausalLM

from nlpjourney.llm.data import Batches
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.llm.training.stories import prepare, small_llama, town_stories
from nlpjourney.nets.training import Muon
from nlpjourney.study.bench import Comparison

STEPS, BATCH, LENGTH = 6, 16, 128
CONFIG = PretrainingConfig(
    n_steps=STEPS, batch_size=BATCH, length=LENGTH, optimizer="adamw", lr=1e-3, schedule="constant", warmup=0,
    weight_decay=0.1,
)  # fmt: skip


def comparisons() -> Iterator[Comparison]:
    with tempfile.TemporaryDirectory() as folder:
        data = prepare(town_stories(400), folder, 1024)
        tokens = data.training[:]
    start = small_llama(1024, 192, 4, data.end)
    with tempfile.TemporaryDirectory() as folder:
        start.save_pretrained(folder)
        their_start = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).train()

    def ours(models: tuple[Any, Any]) -> list[float]:
        trainer = Pretrainer(models[0], tokens, CONFIG)
        return [entry["loss"] for entry in trainer.run() if "loss" in entry]

    def theirs(models: tuple[Any, Any]) -> list[float]:
        model = models[1]
        named = list(model.named_parameters())
        inner = [p for name, p in named if p.dim() == 2 and "embed" not in name]
        outer = [p for name, p in named if p.dim() != 2 or "embed" in name]
        groups = [{"params": inner, "weight_decay": 0.1}, {"params": outer, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, 1e-3, betas=(0.9, 0.95))
        losses = []
        for rows in islice(Batches(tokens, BATCH, LENGTH), STEPS):
            ids = torch.as_tensor(rows)
            optimizer.zero_grad()
            logits = model(ids[:, :-1], use_cache=False).logits
            loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(float(loss.detach()))
        return losses

    yield Comparison(
        work=f"training a Llama with {start.n_parameters / 1e6:.1f} M numbers, {STEPS} steps of {BATCH} × {LENGTH} tokens",
        peer="Transformers, torch.optim.AdamW",
        ours=ours,
        theirs=theirs,
        agree=lambda a, b: all(abs(x - y) < 1e-3 for x, y in zip(a, b, strict=True)),
        prepare=lambda: (copy.deepcopy(start), copy.deepcopy(their_start)),
        goal=1.0,
        topic="4.2",
        amount=float(STEPS * BATCH * LENGTH),
        unit="tokens",
        packages=("transformers", "torch"),
        repeat=5,
    )
    yield muon(start)


def muon(model: nn.Module) -> Comparison:
    matrices = [p for name, p in model.named_parameters() if p.dim() == 2 and "embed" not in name]
    generator = torch.Generator().manual_seed(0)
    gradients = [torch.randn(p.shape, generator=generator) for p in matrices]

    def fresh() -> list[nn.Parameter]:
        params = [nn.Parameter(p.detach().clone()) for p in matrices]
        for p, gradient in zip(params, gradients):
            p.grad = gradient
        return params

    def run(optimizer: Any, params: list[nn.Parameter]) -> torch.Tensor:
        optimizer.step()
        return torch.cat([(p - q).flatten() for p, q in zip(params, matrices)])

    return Comparison(
        work=f"a step of Muon on {len(matrices)} matrices",
        peer="torch.optim.Muon",
        ours=lambda params: run(Muon(params, 0.01), params),
        theirs=lambda params: run(torch.optim.Muon(params, 0.01, adjust_lr_fn="match_rms_adamw"), params),
        agree=lambda a, b: bool(F.cosine_similarity(a, b, dim=0) > 0.999),  # theirs rounds to bfloat16
        prepare=fresh,
        goal=1.0,
        topic="4.2",
        packages=("torch",),
        remark="float32 against bfloat16",
    )
