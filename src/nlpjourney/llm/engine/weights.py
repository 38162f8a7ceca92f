"""The model's weights, taken out of the file and laid out for the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.engine.decode import Parameters
from nlpjourney.llm.engine.matrices import Matrix
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.gguf.architectures import pairs_apart
from nlpjourney.llm.gguf.dequantize import dequantize
from nlpjourney.llm.gguf.settings import ModelSettings
from nlpjourney.llm.gguf.tensors import check

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
    attn_output_bias: Floats | None
    post_attn_norm: Floats | None
    ffn_norm: Floats
    gate: Matrix
    up: Matrix
    gate_up_bias: Floats | None
    down: Matrix
    down_bias: Floats | None
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
        head_norms = [(w.q_norm, w.k_norm) for w in self.layers if w.q_norm is not None and w.k_norm is not None]
        return Parameters(
            matrices=np.stack([np.concatenate([m.record for m in w.matrices]) for w in self.layers]),
            output=self.output.record,
            norms=np.stack([[w.attn_norm if n is None else n for n in four] for w, four in zip(self.layers, norms)]),
            output_norm=self.output_norm,
            biases=_stacked(
                [[w.qkv_bias] for w in self.layers], (config.n_heads + 2 * config.n_kv_heads, config.d_head)
            ),
            gate_up_biases=_stacked([[w.gate_up_bias] for w in self.layers], (2, config.d_ff)),
            out_biases=_stacked([[w.attn_output_bias, w.down_bias] for w in self.layers], (2, config.d_model)),
            head_norms=np.stack(head_norms) if head_norms else np.zeros((0, 0, 0), np.float32),
            windows=np.array([config.window * config.is_local(i) for i in range(config.n_layers)]),
            n_heads=config.n_heads,
            attention_scale=config.attention_scale,
            eps=config.norm_eps,
            has_post_norms=has_post_norms,
            has_gelu=config.architecture.has_gelu,
        )


def _stacked(parts: list[list[Floats | None]], shape: tuple[int, int]) -> Floats:
    """What the layers have in these places, (n_layers, *shape), zeros where one has nothing; (0, 0, 0) if none has."""
    if all(part is None for layer in parts for part in layer):
        return np.zeros((0, 0, 0), np.float32)
    width = shape[0] * shape[1] // len(parts[0])
    rows = [[np.zeros(width, np.float32) if part is None else part for part in layer] for layer in parts]
    return np.array(rows, np.float32).reshape(len(parts), *shape)


def load(file: GGUFFile, config: ModelSettings) -> Weights:
    """All weights of the model. Raises GGUFError for a tensor that is missing, not known, or of a shape that does not fit."""
    check(file, config)
    c = config
    q_width, kv_width = c.n_heads * c.d_head, c.n_kv_heads * c.d_head
    side_by_side = c.architecture.pairs_side_by_side  # the engine turns i with i + d_head/2, as the others do
    order = {
        name: pairs_apart(n, n * c.d_head) if side_by_side else None
        for name, n in (("q", c.n_heads), ("k", c.n_kv_heads))
    }

    def if_there(name: str) -> Floats | None:
        return file.tensor(name) if name in file.tensors else None

    def biases(blk: str, *parts: tuple[str, int]) -> Floats | None:
        """Of several places, one after the other, zeros where one has none; None if none has."""
        if not any(f"{blk}{name}.bias" in file.tensors for name, _ in parts):
            return None
        found = []
        for name, width in parts:
            bias = if_there(f"{blk}{name}.bias")
            turned = order.get(name.removeprefix("attn_"))
            found.append(np.zeros(width, np.float32) if bias is None else bias if turned is None else bias[turned])
        return np.concatenate(found)

    def layer(i: int) -> LayerWeights:
        blk = f"blk.{i}."
        return LayerWeights(
            attn_norm=file.tensor(blk + "attn_norm.weight"),
            q=Matrix.load(file, blk + "attn_q.weight", order["q"]),
            k=Matrix.load(file, blk + "attn_k.weight", order["k"]),
            v=Matrix.load(file, blk + "attn_v.weight"),
            qkv_bias=biases(blk, ("attn_q", q_width), ("attn_k", kv_width), ("attn_v", kv_width)),
            q_norm=if_there(blk + "attn_q_norm.weight"),
            k_norm=if_there(blk + "attn_k_norm.weight"),
            attn_output=Matrix.load(file, blk + "attn_output.weight"),
            attn_output_bias=if_there(blk + "attn_output.bias"),
            post_attn_norm=if_there(blk + "post_attention_norm.weight"),
            ffn_norm=file.tensor(blk + "ffn_norm.weight"),
            gate=Matrix.load(file, blk + "ffn_gate.weight"),
            up=Matrix.load(file, blk + "ffn_up.weight"),
            gate_up_bias=biases(blk, ("ffn_gate", c.d_ff), ("ffn_up", c.d_ff)),
            down=Matrix.load(file, blk + "ffn_down.weight"),
            down_bias=if_there(blk + "ffn_down.bias"),
            post_ffn_norm=if_there(blk + "post_ffw_norm.weight"),
        )

    output = "output.weight" if "output.weight" in file.tensors else "token_embd.weight"  # tied
    return Weights(
        file=file,
        layers=[layer(i) for i in range(c.n_layers)],
        output_norm=file.tensor("output_norm.weight"),
        output=Matrix.load(file, output),
        rope_factors=if_there("rope_freqs.weight"),
    )


def embedding(file: GGUFFile, ids: NDArray[np.int64]) -> Floats:
    """The embeddings of tokens, (n, d_model), read and dequantized row by row."""
    info = file.tensors["token_embd.weight"]
    rows = file.raw("token_embd.weight").reshape(info.shape[0], -1)
    out: Floats = dequantize(np.ascontiguousarray(rows[ids]).reshape(-1), info.type).reshape(len(ids), -1)
    return out
