"""The KV cache: what attention has computed for the text so far, so that the next token costs one step and not all of them.

A key and a value are computed once for each token and layer and never change, since no token looks ahead. Per token that is 2
· n_layers · n_kv_heads · d_head numbers; for Llama-2-7B half a megabyte. Notable choices: the store grows by half of its size
at a time, so that appending copies each number a few times at most, and what is handed out are views into it. Layers that
keep something else (Mamba's state, DeepSeek's latent) put their own tensors into `states`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nlpjourney.errors import JourneyError


class ContextFull(ValueError, JourneyError):
    """More tokens than the model has positions for."""


class KVCache:
    """Keys and values of every layer, for one batch. `length` is the number of tokens seen, padding included.

    A model's forward calls `append` once for each layer, and `advance` once at the end.
    """

    def __init__(self) -> None:
        self.length = 0
        self.keys: dict[int, Tensor] = {}  # layer → (B, H_kv, capacity, d_k)
        self.values: dict[int, Tensor] = {}
        self.states: dict[tuple[int, str], Tensor] = {}  # what recurrent layers carry on
        self.fixed: dict[int, tuple[Tensor, Tensor]] = {}  # cross-attention: computed once from the encoder
        self.padding: Tensor | None = None  # (B, length): True where there is a token

    def append(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add `k` (B, H_kv, T, d_k) and `v` (B, H_kv, T, d_v) after `length`; returns all of them (B, H_kv, length + T, ·)."""
        end = self.length + k.shape[2]
        if layer not in self.keys or self.keys[layer].shape[2] < end:
            self.keys[layer] = self._grown(self.keys.get(layer), k, end)
            self.values[layer] = self._grown(self.values.get(layer), v, end)
        keys, values = self.keys[layer], self.values[layer]
        if keys.shape[0] != k.shape[0]:
            raise ValueError(
                f"the cache holds a batch of {keys.shape[0]}, this one is of {k.shape[0]}: make a new KVCache"
            )
        keys[:, :, self.length : end] = k
        values[:, :, self.length : end] = v
        return keys[:, :, :end], values[:, :, :end]

    def _grown(self, old: Tensor | None, new: Tensor, end: int) -> Tensor:
        B, H, _, d = new.shape
        capacity = end if old is None else max(end, old.shape[2] * 3 // 2, 64)
        store = torch.empty(B, H, capacity, d, dtype=new.dtype, device=new.device)
        if old is not None:
            store[:, :, : self.length] = old[:, :, : self.length]
        return store

    def advance(self, n_tokens: int) -> None:
        """All layers have appended `n_tokens`."""
        self.length += n_tokens

    def extend_padding(self, mask: Tensor | None, batch: int, n_tokens: int) -> Tensor | None:
        """Remember which of the new tokens are real; returns the mask (B, length + T) of all, None when nothing is padding."""
        if mask is None and self.padding is None:
            return None
        device = mask.device if mask is not None else self.padding.device  # type: ignore[union-attr]
        new = mask if mask is not None else torch.ones(batch, n_tokens, dtype=torch.bool, device=device)
        old = self.padding[:, : self.length] if self.padding is not None else new.new_ones(batch, self.length)
        self.padding = torch.cat([old, new.bool()], dim=1)
        return self.padding

    def truncate(self, length: int) -> None:
        """Forget the tokens after `length`: to try another continuation. Recurrent layers cannot go back."""
        if not 0 <= length <= self.length:
            raise ValueError(f"the cache holds {self.length} tokens, it cannot be cut to {length}")
        if self.states and length < self.length:
            raise ValueError("a recurrent state cannot be taken back: start again with a new KVCache")
        self.length = length
        if self.padding is not None:
            self.padding = self.padding[:, :length]

    @property
    def batch_size(self) -> int | None:
        """How many texts it holds; None before the first tokens."""
        stores = (*self.keys.values(), *self.states.values())
        return stores[0].shape[0] if stores else None

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[KVCache, int]]) -> KVCache:
        """A cache for a batch of texts, each a row of another cache: copied, and shorter ones padded on the left.

        What was computed from an encoder (`fixed`) is not taken along: the next forward computes it again.
        """
        new = cls()
        places = [
            torch.arange(cache.length) if cache.padding is None else cache.padding[row].nonzero()[:, 0]
            for cache, row in rows
        ]
        new.length = max(len(place) for place in places)
        for what in ("keys", "values"):
            for layer, like in getattr(rows[0][0], what).items():
                store = like.new_zeros(len(rows), like.shape[1], new.length, like.shape[3])
                for i, ((cache, row), place) in enumerate(zip(rows, places)):
                    store[i, :, new.length - len(place) :] = getattr(cache, what)[layer][row][:, place]
                getattr(new, what)[layer] = store
        for key in rows[0][0].states:
            new.states[key] = torch.stack([cache.states[key][row] for cache, row in rows])
        if any(len(place) < new.length for place in places):
            lengths = torch.tensor([len(place) for place in places])[:, None]
            device = places[0].device
            new.padding = (torch.arange(new.length) >= new.length - lengths).to(device)
        return new

    @property
    def n_bytes(self) -> int:
        """Bytes in use (not the capacity kept ready)."""
        used = 0
        for store in (*self.keys.values(), *self.values.values()):
            used += store[:, :, : self.length].numel() * store.element_size()
        for state in self.states.values():
            used += state.numel() * state.element_size()
        for k, v in self.fixed.values():
            used += (k.numel() + v.numel()) * k.element_size()
        return used
