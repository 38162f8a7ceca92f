"""Mixture of experts: many feed-forward networks, and a router that sends each token to a few of them.

Shazeer et al., 2017; Mixtral (Jiang et al., 2024) takes the best 2 of 8. The model knows as much as all experts together and
computes as little as a few. DeepSeekMoE (Dai et al., 2024) cuts the experts smaller, takes more of them, and adds shared ones
that every token passes; DeepSeek-V2 first picks the best groups of experts (machines), then experts inside them. Left alone,
a router sends everything to a few favourites: a loss is added that is smallest when all are used alike. Notable choice: the
tokens of one expert are gathered, computed together and added back, so that nothing is computed that is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nlpjourney.llm.blocks.feed_forward import GatedFeedForward

# N tokens (of all texts), E experts, K experts for a token


class Router(nn.Module):
    """Which K experts each token goes to, and how much each of them counts.

    The scores are a softmax over all experts. `normalise` makes the K weights sum to 1 (Mixtral), `scale` multiplies them
    (DeepSeek). With `n_groups`, only experts of the `top_groups` groups with the best single expert can be chosen.
    """

    def __init__(
        self,
        d_model: int,
        n_experts: int,
        top_k: int,
        normalise: bool,
        scale: float = 1.0,
        n_groups: int | None = None,
        top_groups: int | None = None,
    ) -> None:
        super().__init__()
        if not 1 <= top_k <= n_experts:
            raise ValueError(f"top_k must be between 1 and {n_experts} (the experts), not {top_k}")
        if n_groups is not None and (n_experts % n_groups or not 1 <= (top_groups or 0) <= n_groups):
            raise ValueError(f"{n_experts} experts cannot be chosen from {top_groups} of {n_groups} groups")
        self.top_k, self.normalise, self.scale = top_k, normalise, scale
        self.n_groups, self.top_groups = n_groups, top_groups
        self.weight = nn.Parameter(torch.zeros(n_experts, d_model))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`x` (N, D) → logits (N, E), weights (N, K), experts (N, K)."""
        logits = x.float() @ self.weight.float().T
        scores = logits.softmax(-1)  # (N, E)
        chosen_from = scores
        if self.n_groups is not None and self.top_groups is not None:
            grouped = scores.view(len(x), self.n_groups, -1)  # (N, groups, E / groups)
            best = grouped.amax(-1).topk(self.top_groups, dim=-1).indices  # (N, top_groups)
            open_groups = torch.zeros_like(grouped[..., 0]).scatter_(1, best, 1.0)
            chosen_from = (grouped * open_groups[..., None]).flatten(1)
        weights, experts = chosen_from.topk(self.top_k, dim=-1)
        if self.normalise:
            weights = weights / weights.sum(-1, keepdim=True)
        return logits, (weights * self.scale).to(x.dtype), experts


class MixtureOfExperts(nn.Module):
    """Routed experts, and `n_shared` more that every token passes (as one network of that width)."""

    def __init__(
        self, d_model: int, d_ff: int, n_experts: int, router: Router, act: str = "silu", n_shared: int = 0
    ) -> None:
        super().__init__()
        self.gate = router
        self.experts = nn.ModuleList(GatedFeedForward(d_model, d_ff, act) for _ in range(n_experts))
        self.shared_experts = GatedFeedForward(d_model, d_ff * n_shared, act) if n_shared else None

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) → (B, T, D)."""
        flat = x.reshape(-1, x.shape[-1])  # (N, D)
        _, weights, experts = self.gate(flat)
        # The N·K visits, sorted by expert: each expert's tokens then stand side by side.
        order = experts.flatten().argsort(stable=True)
        counts = torch.bincount(experts.flatten(), minlength=len(self.experts)).tolist()
        tokens = order // experts.shape[1]  # whose visit it is
        # index_select, because the gradient of flat[tokens] takes three times as long.
        gathered = torch.split(flat.index_select(0, tokens), counts)
        answers = torch.cat([expert(part) for expert, part in zip(self.experts, gathered) if len(part)])  # (N·K, D)
        answers = answers * weights.flatten()[order][:, None]
        out = torch.zeros_like(flat).index_add_(0, tokens, answers.to(flat.dtype))
        if self.shared_experts is not None:
            out = out + self.shared_experts(flat)
        return out.view_as(x)


@contextmanager
def router_logits(model: nn.Module) -> Iterator[list[Tensor]]:
    """Within it, each router of `model` appends its logits (N, E) to the list, layer by layer: for the loss below."""
    logits: list[Tensor] = []
    routers = [module for module in model.modules() if isinstance(module, Router)]
    hooks = [router.register_forward_hook(lambda _m, _x, out: logits.append(out[0])) for router in routers]
    try:
        yield logits
    finally:
        for hook in hooks:
            hook.remove()


def load_balancing_loss(logits: Sequence[Tensor], top_k: int, mask: Tensor | None = None) -> Tensor:
    """Switch Transformer's loss (Fedus et al., 2021) as Mixtral uses it: E · Σ over experts of (share of visits · mean score).

    `logits` holds one tensor (N, E) a layer; `mask` (N,) is False at padding. With all experts used alike it is `top_k`.
    Several layers are counted together, as Transformers does it: an expert that one layer neglects can then be made up for
    by the expert of the same number in another. To balance each layer, call it with one layer at a time.
    """
    if not logits:
        raise ValueError("no router logits: run the model within router_logits(model)")
    scores = torch.cat([layer.float().softmax(-1) for layer in logits])  # (layers · N, E)
    real = scores.new_ones(len(scores)) if mask is None else mask.flatten().repeat(len(logits)).to(scores)
    visits = torch.zeros_like(scores).scatter_(1, scores.topk(top_k, dim=-1).indices, 1.0)
    share = (visits * real[:, None]).sum(0) / real.sum()  # f: visits per token, no gradient
    mean_score = (scores * real[:, None]).sum(0) / real.sum()  # P: this is what learns
    return scores.shape[1] * (share * mean_score).sum()


def sequence_balance_loss(logits: Tensor, top_k: int) -> Tensor:
    """DeepSeek-V2's expert-level loss (equations 23 to 25): the same, for each text apart, divided by `top_k`.

    `logits` (B, T, E) of one layer; the mean over the texts. With all experts used alike it is 1.
    """
    scores = logits.float().softmax(-1)  # (B, T, E)
    visits = torch.zeros_like(scores).scatter_(2, scores.topk(top_k, dim=-1).indices, 1.0)
    f = visits.mean(1) * scores.shape[-1] / top_k  # (B, E)
    P = scores.mean(1)  # (B, E)
    return (f * P).sum(-1).mean()
