"""Which tensors a model's file must hold, which it may hold, and in what shapes: everything else is refused by name.

A tensor that nobody reads would be a part of the model that is left out, and what runs another model than the file holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from nlpjourney.llm.gguf.reader import GGUFError, GGUFFile
from nlpjourney.llm.gguf.settings import ModelSettings

Shape = tuple[int, ...]


def shapes(settings: ModelSettings, n_vocab: int) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """The tensors that such a model needs, and those that it may have beside them, each with its shape."""
    c, architecture = settings, settings.architecture
    q_width, kv_width = c.n_heads * c.d_head, c.n_kv_heads * c.d_head
    matrices: dict[str, Shape] = {
        "attn_q": (q_width, c.d_model),
        "attn_k": (kv_width, c.d_model),
        "attn_v": (kv_width, c.d_model),
        "attn_output": (c.d_model, q_width),
        "ffn_gate": (c.d_ff, c.d_model),
        "ffn_up": (c.d_ff, c.d_model),
        "ffn_down": (c.d_model, c.d_ff),
    }
    norms = [name for name in architecture.tensors if name.endswith("norm") and name != "output_norm"]
    needed: dict[str, Shape] = {"token_embd.weight": (n_vocab, c.d_model), "output_norm.weight": (c.d_model,)}
    optional: dict[str, Shape] = {"output.weight": (n_vocab, c.d_model), "rope_freqs.weight": (c.d_head // 2,)}
    for i in range(c.n_layers):
        blk = f"blk.{i}."
        needed |= {f"{blk}{name}.weight": shape for name, shape in matrices.items()}
        for name in norms:
            is_of_heads = name in ("attn_q_norm", "attn_k_norm")
            if not is_of_heads or architecture.has_head_norms:
                needed[f"{blk}{name}.weight"] = (c.d_head if is_of_heads else c.d_model,)
        if architecture.has_qkv_bias:
            needed |= {f"{blk}{name}.bias": matrices[name][:1] for name in ("attn_q", "attn_k", "attn_v")}
        optional |= {f"{blk}{name}.bias": matrices[name][:1] for name in architecture.may_have_bias}
    return needed, optional


def wrong_with(given: Mapping[str, Shape], settings: ModelSettings, n_vocab: int) -> str | None:
    """What is wrong with tensors of these names and shapes as such a model, in words; None: nothing."""
    needed, optional = shapes(settings, n_vocab)
    for name in needed:
        if name not in given:
            return f"the tensor {name!r} is missing"
    for name, shape in given.items():
        wanted = needed.get(name) or optional.get(name)
        if wanted is None:
            return f"the tensor {name!r} has no place in a model of the kind {settings.architecture.name!r}"
        if shape != wanted:
            return f"{name!r} has the shape {shape}, the metadata asks for {wanted}"
    return None


def check(file: GGUFFile, settings: ModelSettings) -> None:
    """Raises GGUFError when a tensor is missing, is not known, or has another shape than the metadata says."""
    if "token_embd.weight" not in file.tensors:
        raise GGUFError(f"{file.path}: the tensor 'token_embd.weight' is missing")
    n_vocab = file.tensors["token_embd.weight"].shape[0]
    wrong = wrong_with({name: info.shape for name, info in file.tensors.items()}, settings, n_vocab)
    if wrong is not None:
        raise GGUFError(f"{file.path}: {wrong}")
    for key in (f"{settings.architecture.name}.vocab_size", "tokenizer.ggml.tokens"):
        said = file.metadata.get(key)
        n_said = len(said) if isinstance(said, list) else said
        if n_said is not None and n_said != n_vocab:
            raise GGUFError(f"{file.path}: {key} speaks of {n_said} tokens, but 'token_embd.weight' has {n_vocab} rows")
