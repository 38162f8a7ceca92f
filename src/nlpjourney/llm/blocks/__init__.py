"""The building blocks of language models, each a short file: attention, positions, norms, feed-forward networks, state spaces."""


def warmup() -> None:
    """Compile every kernel of this package by running it on a few values."""
    import numpy as np

    from nlpjourney.llm.blocks import selective_scan
    from nlpjourney.llm.blocks.tiled_attention import TILES

    selective_scan.warmup()
    heads, scores = np.ones((1, 2, 4), np.float32), np.ones((1, 2), np.float32)
    for tiles in TILES:
        tiles(heads, heads, heads, True, 0, np.float32(1), heads.copy(), scores)
