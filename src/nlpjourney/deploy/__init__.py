"""Stage 7: models as they run outside the laboratory: files, quantization, an engine for the processor at hand."""


def warmup() -> None:
    """Compile every kernel of this package, and of the file format below it, by running it on a tiny matrix."""
    import numpy as np

    from nlpjourney.deploy import quantization
    from nlpjourney.deploy.attention.tiled import TILES
    from nlpjourney.deploy.engine import vectors
    from nlpjourney.deploy.engine.matrices import Activation, QuantizedMatrix
    from nlpjourney.llm.gguf import GGMLType
    from nlpjourney.llm.gguf.quantize import quantize
    from nlpjourney.llm.gguf.unpack import integers

    quantization.warmup()
    weights = np.ones((64, 256), np.float32)
    x, out = Activation(256), np.empty(64, np.float32)
    x.set(weights[0])
    for type_, bits in ((GGMLType.Q4_K, 4), (GGMLType.Q4_1, 4), (GGMLType.Q6_K, 8), (GGMLType.Q8_0, 8)):
        matrix = QuantizedMatrix.pack(*integers(quantize(weights, type_), type_, weights.shape), bits)
        for threads in (1, 2):
            matrix.unpack(threads)
            for kernel in matrix.kernels:
                kernel(matrix.packed, matrix.scales, matrix.minima, x.q, x.scales, x.sums, out)
    heads, cos = np.ones((2, 4), np.float32), np.ones(2, np.float32)
    vectors.rotate(heads, cos, cos)
    vectors.norm_heads(heads, np.ones(4, np.float32), 1e-5)
    for attend in vectors.ATTEND:
        attend(heads, heads[None], heads[None], 0, 2, np.float32(1), heads.copy())
    for tiles in TILES:
        tiles(
            heads[None],
            heads[None],
            heads[None],
            True,
            0,
            np.float32(1),
            heads[None].copy(),
            np.ones((1, 2), np.float32),
        )
    for gate in (vectors.gate_silu, vectors.gate_gelu):
        gate(np.ones(8, np.float32), np.empty(4, np.float32))
