"""The model's weights, taken out of the file and laid out for the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.engine.decode import Parameters
from nlpjourney.llm.engine.matrices import Matrix
from nlpjourney.llm.gguf import GGUFError, GGUFFile
from nlpjourney.llm.gguf.architectures import pairs_apart
from nlpjourney.llm.gguf.dequantize import dequantize
from nlpjourney.llm.gguf.settings import ModelSettings

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LayerWeights:
    """One block. What a family does not have is `None`."""

    attn_norm: Floats
    q: Matrix
    k: Matrix
    v: Matrix
    qkv_bias: Floats | None
    q_norm: Floats | None
    k_norm: Floats | None
    attn_output: Matrix
    post_attn_norm: Floats | None
    ffn_norm: Floats
    gate: Matrix
    up: Matrix
    down: Matrix
    post_ffn_norm: Floats | None

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        return self.q, self.k, self.v, self.attn_output, self.gate, self.up, self.down


@dataclass(frozen=True)
class Weights:
    file: GGUFFile  # the embedding's rows are read out of it, one for each token
    layers: list[LayerWeights]
    output_norm: Floats
    output: Matrix
    rope_factors: Floats | None  # what each frequency is divided by, (d_head/2,)

    @property
    def nbytes(self) -> int:
        """Bytes that are read to write one token."""
        return self.output.nbytes + sum(matrix.nbytes for layer in self.layers for matrix in layer.matrices)

    def parameters(self, config: ModelSettings) -> Parameters:
        """The same for compiled code; it stands on these arrays, which have to outlive it."""
        norms = [(w.attn_norm, w.post_attn_norm, w.ffn_norm, w.post_ffn_norm) for w in self.layers]
        has_post_norms = all(norm is not None for four in norms for norm in four)
        biases = [w.qkv_bias for w in self.layers if w.qkv_bias is not None]
        head_norms = [(w.q_norm, w.k_norm) for w in self.layers if w.q_norm is not None and w.k_norm is not None]
        return Parameters(
            matrices=np.stack([np.concatenate([m.record for m in w.matrices]) for w in self.layers]),
            output=self.output.record,
            norms=np.stack([[w.attn_norm if n is None else n for n in four] for w, four in zip(self.layers, norms)]),
            output_norm=self.output_norm,
            biases=np.stack(biases).reshape(config.n_layers, -1, config.d_head)
            if biases
            else np.zeros((0, 0, 0), np.float32),
            head_norms=np.stack(head_norms) if head_norms else np.zeros((0, 0, 0), np.float32),
            windows=np.array([config.window * config.is_local(i) for i in range(config.n_layers)]),
            n_heads=config.n_heads,
            eps=config.norm_eps,
            has_post_norms=has_post_norms,
            has_gelu=config.architecture.has_gelu,
        )


def load(file: GGUFFile, config: ModelSettings) -> Weights:
    """All weights of the model. Raises GGUFError when a tensor is missing or has another shape than the metadata says."""
    c = config
    q_width, kv_width = c.n_heads * c.d_head, c.n_kv_heads * c.d_head

    def expect(name: str, *shape: int) -> str:
        if name not in file.tensors:
            raise GGUFError(f"{file.path}: the tensor {name!r} is missing")
        if file.tensors[name].shape != shape:
            raise GGUFError(
                f"{file.path}: {name!r} has the shape {file.tensors[name].shape}, the metadata asks for {shape}"
            )
        return name

    def vector(name: str, length: int) -> Floats:
        return file.tensor(expect(name, length))

    def if_there(name: str, length: int) -> Floats | None:
        return vector(name, length) if name in file.tensors else None

    def layer(i: int) -> LayerWeights:
        blk = f"blk.{i}."
        names = [
            expect(blk + "attn_q.weight", q_width, c.d_model),
            expect(blk + "attn_k.weight", kv_width, c.d_model),
            expect(blk + "attn_v.weight", kv_width, c.d_model),
        ]
        order, biases = (
            {},
            [if_there(blk + f"attn_{x}.bias", width) for x, width in zip("qkv", (q_width, kv_width, kv_width))],
        )
        if c.architecture.pairs_side_by_side:
            # The engine turns i with i + d_head/2, as the others do.
            for name, n in zip(names, (c.n_heads, c.n_kv_heads)):
                order[name] = pairs_apart(n, n * c.d_head)
            biases = [b if b is None or name not in order else b[order[name]] for b, name in zip(biases, names)]
        return LayerWeights(
            attn_norm=vector(blk + "attn_norm.weight", c.d_model),
            q=Matrix.load(file, names[0], order.get(names[0])),
            k=Matrix.load(file, names[1], order.get(names[1])),
            v=Matrix.load(file, names[2]),
            qkv_bias=np.concatenate([b for b in biases if b is not None])
            if all(b is not None for b in biases)
            else None,
            q_norm=if_there(blk + "attn_q_norm.weight", c.d_head),
            k_norm=if_there(blk + "attn_k_norm.weight", c.d_head),
            attn_output=Matrix.load(file, expect(blk + "attn_output.weight", c.d_model, q_width)),
            post_attn_norm=if_there(blk + "post_attention_norm.weight", c.d_model),
            ffn_norm=vector(blk + "ffn_norm.weight", c.d_model),
            gate=Matrix.load(file, expect(blk + "ffn_gate.weight", c.d_ff, c.d_model)),
            up=Matrix.load(file, expect(blk + "ffn_up.weight", c.d_ff, c.d_model)),
            down=Matrix.load(file, expect(blk + "ffn_down.weight", c.d_model, c.d_ff)),
            post_ffn_norm=if_there(blk + "post_ffw_norm.weight", c.d_model),
        )

    if "token_embd.weight" not in file.tensors:
        raise GGUFError(f"{file.path}: the tensor 'token_embd.weight' is missing")
    n_vocab = file.tensors["token_embd.weight"].shape[0]
    expect("token_embd.weight", n_vocab, c.d_model)
    output = "output.weight" if "output.weight" in file.tensors else "token_embd.weight"  # tied
    layers = [layer(i) for i in range(c.n_layers)]
    for part in ("qkv_bias", "q_norm", "k_norm", "post_attn_norm", "post_ffn_norm"):
        if len({getattr(w, part) is None for w in layers}) > 1:
            raise GGUFError(f"{file.path}: some layers have a {part} and some have none")
    return Weights(
        file=file,
        layers=layers,
        output_norm=vector("output_norm.weight", c.d_model),
        output=Matrix.load(file, expect(output, n_vocab, c.d_model)),
        rope_factors=if_there("rope_freqs.weight", c.d_head // 2),
    )


def embedding(file: GGUFFile, ids: NDArray[np.int64]) -> Floats:
    """The embeddings of tokens, (n, d_model), read and dequantized row by row."""
    info = file.tensors["token_embd.weight"]
    rows = file.raw("token_embd.weight").reshape(info.shape[0], -1)
    out: Floats = dequantize(np.ascontiguousarray(rows[ids]).reshape(-1), info.type).reshape(len(ids), -1)
    return out
