"""MiniLM's vectors of the passages: computed the first time, which takes about a minute, and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney import assets

BATCH = 16


@cache
def encoder() -> Any:
    """The sentence encoder. Raises AssetError."""
    from nlpjourney.llm.sentence_encoder import SentenceEncoder

    return SentenceEncoder.minilm()


def vectors_of(name: str, texts: Sequence[str], tell: Callable[[int], None]) -> NDArray[np.float32]:
    """A vector for each of the texts of collection `name`: (n_texts, d). `tell` hears how many are done."""

    def make(file: Path) -> None:
        parts = []
        for start in range(0, len(texts), BATCH):
            parts.append(encoder().encode(texts[start : start + BATCH]))
            tell(min(start + BATCH, len(texts)))
        with file.open("wb") as f:
            np.save(f, np.concatenate(parts))

    inputs = [assets.find(asset) for asset in ("minilm-config", "minilm-weights", "minilm-tokenizer")]
    found: NDArray[np.float32] = np.load(assets.derived(f"minilm-{name}", [*inputs, *texts], make))
    return found
