"""What a GGUF file calls the parts of a tokenizer, and a byte-level BPE as its metadata: a model takes its tokenizer along."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlpjourney.text.tokenize import BPE, byte_alphabet

NORMAL, CONTROL, USER_DEFINED, BYTE = 1, 3, 4, 6  # kinds of token, in the file's numbers
PRE = {
    "gpt2": "gpt-2",
    "smollm": "smollm",
    "llama3": "llama-bpe",
    "qwen2": "qwen2",
    "o200k": "gpt-4o",
}  # how text is split


def bpe_metadata(
    bpe: BPE, *, bos: str | None = None, eos: str | None = None, chat_template: str | None = None
) -> dict[str, Any]:
    """The entries `tokenizer.…` of a GGUF file for `bpe`; `bos` and `eos` are names of special tokens.

    Raises ValueError for a split pattern that llama.cpp has no name for, a gap in the ids, or an unknown special token.
    """
    if bpe.pattern not in PRE:
        raise ValueError(f"the split pattern {bpe.pattern!r} has no name in GGUF; these have: {', '.join(PRE)}")
    names = {id_: byte_alphabet.to_chars(token) for id_, token in bpe.tokens.items()}
    names |= {id_: name for name, id_ in bpe.special_tokens.ids.items()}
    if sorted(names) != list(range(len(names))):
        raise ValueError("the ids of the vocabulary have gaps, which a GGUF file cannot have")
    kinds = [CONTROL if i in bpe.special_tokens.ids.values() else NORMAL for i in range(len(names))]
    metadata: dict[str, Any] = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": PRE[bpe.pattern],
        "tokenizer.ggml.tokens": [names[i] for i in range(len(names))],
        "tokenizer.ggml.token_type": np.array(kinds, dtype=np.int32),
        "tokenizer.ggml.merges": [f"{names[left]} {names[right]}" for left, right, _ in bpe.merges.tolist()],
        "tokenizer.ggml.add_bos_token": False,
    }
    for key, name in (("bos", bos), ("eos", eos)):
        if name is not None:
            if name not in bpe.special_tokens.ids:
                raise ValueError(f"{name!r} is no special token of this vocabulary")
            metadata[f"tokenizer.ggml.{key}_token_id"] = bpe.special_tokens.ids[name]
    if chat_template is not None:
        metadata["tokenizer.chat_template"] = chat_template
    return metadata
