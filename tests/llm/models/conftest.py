"""The one test that every decoder has to pass: random weights go from Transformers to us and back, the logits stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import pytest
import torch
from torch import Tensor

from nlpjourney.llm.blocks.cache import KVCache

VOCAB = 97


def randomise(model: torch.nn.Module, seed: int = 0, scale: float = 1.0) -> None:
    """Weights that matter: fresh models have norms of ones and biases of zeros, which hide mistakes."""
    generator = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        if name.endswith("A_log"):
            continue
        noise = torch.randn(p.shape, generator=generator) * (0.3 / p.shape[-1] ** 0.5 if p.dim() > 1 else 0.3)
        p.data.copy_(noise * 3 * scale if p.dim() > 1 else p.data + noise)


def text(batch: int = 2, length: int = 24, seed: int = 1) -> Tensor:
    return torch.randint(0, VOCAB, (batch, length), generator=torch.Generator().manual_seed(seed))


def left_padding(batch: int, length: int, n: int = 5) -> Tensor:
    mask = torch.ones(batch, length, dtype=torch.long)
    mask[0, :n] = 0
    return mask


def worst(a: Tensor, b: Tensor) -> float:
    assert a.shape == b.shape
    assert torch.isfinite(a).all()
    return float((a - b).abs().max())


@pytest.fixture
def check_decoder(tmp_path: Path) -> Callable[..., Any]:
    @torch.inference_mode()
    def check(
        theirs: Any, ours_class: Any, tolerance: float = 1e-5, positions: bool = True, their_padding: bool = True
    ) -> Any:
        randomise(theirs)
        theirs.eval()
        theirs.save_pretrained(tmp_path / "theirs")
        ours = ours_class.from_pretrained(tmp_path / "theirs")
        assert ours.n_parameters == sum(p.numel() for p in theirs.parameters())
        ids = text()
        length = ids.shape[1]

        expected = theirs(ids, use_cache=False).logits
        spread = float(expected.std())
        assert spread > 0.05, "a model that says the same of everything tests nothing"
        assert worst(ours(ids), expected) < tolerance
        assert worst(ours(ids, last_only=True), expected[:, -1:]) < tolerance

        # A cache changes nothing, in whatever pieces the text comes.
        cache, seen = KVCache(), []
        for piece in (ids[:, :7], ids[:, 7:8], ids[:, 8:9], ids[:, 9:13], *ids[:, 13:].split(1, dim=1)):
            seen.append(ours(piece, cache=cache))
        assert cache.length == length
        assert worst(torch.cat(seen, dim=1), expected) < tolerance

        # With padding on the left, and a cache
        mask = left_padding(*ids.shape)
        extra = {"position_ids": (mask.cumsum(1) - 1).clamp(min=0)} if positions else {}
        padded = theirs(ids, attention_mask=mask, use_cache=False, **extra).logits
        real = mask.bool()
        if not their_padding:  # theirs leaks into the text
            padded[:1, 5:] = theirs(ids[:1, 5:], use_cache=False).logits
        assert worst(ours(ids, mask=real)[real], padded[real]) < tolerance
        assert worst(ours(ids[:1, 5:]), padded[:1, 5:]) < tolerance  # padding is as good as none
        cache = KVCache()
        seen = [ours(ids[:, :11], mask=real[:, :11], cache=cache)]
        seen += [ours(piece, cache=cache) for piece in (ids[:, 11:12], ids[:, 12:15], ids[:, 15:])]
        assert worst(torch.cat(seen, dim=1)[real], padded[real]) < tolerance

        # What we write, Transformers opens.
        ours.save_pretrained(tmp_path / "ours", max_shard_bytes=20_000)
        again = type(theirs).from_pretrained(tmp_path / "ours").eval()
        assert worst(again(ids, use_cache=False).logits, expected) < 1e-6
        return ours

    return check
