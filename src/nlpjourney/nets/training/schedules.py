"""How the learning rate goes over a run: up at the start, down at the end.

At the start the optimizer's means are made of few gradients, and full steps would throw the weights about: the rate rises
linearly (warm-up). At the end small steps settle what large ones only circled. `cosine` goes down half a wave (Loshchilov &
Hutter, 2017; GPT-3 to 10 %): the length of the run must be known. `wsd`, warm-up, stable, decay (Hu et al., MiniCPM, 2024),
stays up and goes down in the last part only: one can go on from any point of the stable part, for a longer run or for a fit
of scaling laws.
"""

from __future__ import annotations

import math
from typing import Literal

Schedule = Literal["cosine", "wsd", "constant"]


def learning_rate(
    step: int,
    n_steps: int,
    peak: float,
    *,
    schedule: Schedule = "cosine",
    warmup: int = 0,
    final: float = 0.1,
    decay: float = 0.2,
) -> float:
    """The rate of `step` (0 … n_steps − 1): step + 1 parts of `warmup`, then from `peak` to about `final` · peak.

    `decay` is the share of the run in which "wsd" goes down, along 1 − sqrt(progress) (Hägele et al., 2024).
    """
    if not 0 <= warmup <= n_steps or not 0 <= final <= 1 or not 0 < decay <= 1:
        raise ValueError(
            f"warmup must be between 0 and {n_steps}, final from 0 to 1, decay above 0 up to 1; not {warmup}, {final}, {decay}"
        )
    if step < warmup:
        return peak * (step + 1) / warmup
    if schedule == "constant":
        return peak
    if schedule == "cosine":
        progress = min(1.0, (step - warmup) / max(1, n_steps - warmup))
        return peak * (final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2)
    if schedule == "wsd":
        n_decay = max(1, round(decay * n_steps))
        progress = min(1.0, max(0.0, (step - (n_steps - n_decay)) / n_decay))
        return peak * (final + (1 - final) * (1 - math.sqrt(progress)))
    raise ValueError(f"unknown schedule {schedule!r}: known are cosine, wsd and constant")
