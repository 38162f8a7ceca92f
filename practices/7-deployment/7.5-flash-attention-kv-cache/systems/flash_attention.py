"""flash-attention has no build without CUDA: PyTorch's processor kernel of the same algorithm stands in, beside ours."""

import json
from importlib.metadata import version

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from nlpjourney.llm.blocks.tiled_attention import flash_attention


def main() -> None:
    rng = np.random.default_rng(0)
    largest = 0.0
    for n_heads, n_kv_heads, length in ((4, 4, 700), (9, 3, 300), (8, 1, 129)):
        q, k, v = (rng.standard_normal((n, length, 64)).astype(np.float32) for n in (n_heads, n_kv_heads, n_kv_heads))
        repeated = [np.repeat(x, n_heads // len(x), axis=0) for x in (q, k, v)]
        with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
            theirs = torch.nn.functional.scaled_dot_product_attention(
                *(torch.from_numpy(x)[None] for x in repeated), is_causal=True
            )
        largest = max(largest, float(np.abs(flash_attention(q, k, v)[0] - theirs[0].numpy()).max()))
    assert largest < 5e-6, largest
    result = (
        "not run: it needs a CUDA graphics card; PyTorch's processor kernel of the same algorithm differs from ours by "
        f"at most {largest:.0e} (all, a third and one of the heads for keys)"
    )
    print(json.dumps({"version": f"torch {version('torch')} in its place", "result": result}))


if __name__ == "__main__":
    main()
