"""Stage 7: models as they run outside the laboratory: files, quantization, an engine for the processor at hand."""


def warmup() -> None:
    """Compile every kernel of this package, and of the file format below it, by running it on something tiny."""
    import numpy as np

    from nlpjourney.deploy import engine, quantization
    from nlpjourney.deploy.attention.tiled import TILES
    from nlpjourney.llm.gguf import GGMLType
    from nlpjourney.llm.gguf.quantize import quantize
    from nlpjourney.llm.gguf.unpack import integers

    quantization.warmup()
    engine.warmup()
    weights = np.ones((64, 256), np.float32)
    for type_ in (GGMLType.Q4_K, GGMLType.Q4_1, GGMLType.Q6_K, GGMLType.Q8_0):
        integers(quantize(weights, type_), type_, weights.shape)
    heads, scores = np.ones((1, 2, 4), np.float32), np.ones((1, 2), np.float32)
    for tiles in TILES:
        tiles(heads, heads, heads, True, 0, np.float32(1), heads.copy(), scores)
