"""T5 against Transformers: the first version and 1.1, padding on both sides, with and without cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import T5Config as TheirConfig
from transformers import T5ForConditionalGeneration

from nlpjourney.llm.blocks.attention import attention_maps
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.models.t5 import T5
from nlpjourney.llm.models.t5_config import T5Config

SIZES: dict[str, Any] = {
    "vocab_size": 97,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_layers": 3,
    "num_decoder_layers": 2,
    "num_heads": 4,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 20,
    "decoder_start_token_id": 0,
}


def worst(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
        {"feed_forward_proj": "gated-silu"},
        {"feed_forward_proj": "gelu_new", "num_decoder_layers": 4},
    ],
)
@torch.inference_mode()
def test_t5(tmp_path: Path, more: dict[str, Any]) -> None:
    theirs = T5ForConditionalGeneration(TheirConfig(**{**SIZES, **more})).eval()
    own_head = more.get("tie_word_embeddings") is False
    if own_head:
        theirs.lm_head.weight = torch.nn.Parameter(theirs.lm_head.weight.clone())
    generator = torch.Generator().manual_seed(0)
    for p in theirs.parameters():
        p.data.copy_(
            torch.randn(p.shape, generator=generator) * (0.7 / p.shape[-1] ** 0.5 if p.dim() > 1 else 0.2)
            + (p.dim() < 2)
        )
    ours = T5(T5Config.from_published({**theirs.config.to_dict(), **more}))
    assert (ours.lm_head is not None) == own_head
    ours.load_weights({name: p.clone() for name, p in theirs.state_dict().items()})
    ours.eval()

    source = torch.randint(0, 97, (2, 40), generator=generator)
    ids = torch.randint(0, 97, (2, 30), generator=generator)
    mask = torch.ones(2, 40, dtype=torch.bool)
    mask[0, 33:] = False
    expected = theirs(input_ids=source, attention_mask=mask.long(), decoder_input_ids=ids, use_cache=False)
    assert float(expected.logits.std()) > 0.05
    read = ours.encode(source, mask)
    assert worst(read[mask], expected.encoder_last_hidden_state[mask]) < 1e-5
    assert worst(ours(ids, read, mask), expected.logits) < 1e-5

    cache = KVCache()
    seen = [
        ours(piece, read, mask, cache=cache)
        for piece in (ids[:, :5], ids[:, 5:6], ids[:, 6:9], *ids[:, 9:].split(1, 1))
    ]
    assert worst(torch.cat(seen, 1), expected.logits) < 1e-5
    with attention_maps() as maps:
        assert worst(ours(ids, read, mask), expected.logits) < 1e-5
    assert [m.shape[-1] for m in maps] == [30, 40] * len(ours.decoder.block)

    padding = torch.ones(2, 30, dtype=torch.bool)
    padding[1, 20:] = False
    padded = theirs(
        input_ids=source,
        attention_mask=mask.long(),
        decoder_input_ids=ids,
        decoder_attention_mask=padding.long(),
        use_cache=False,
    ).logits
    assert worst(ours(ids, read, mask, padding)[padding], padded[padding]) < 1e-5

    labels = ids.clone()
    labels[1, 25:] = -100
    assert torch.equal(ours.shift_right(labels), theirs._shift_right(labels))

    # What we write, both of us read. (Their writer forgets tie_word_embeddings, so the way back starts with ours.)
    ours.save_pretrained(tmp_path)
    assert torch.equal(T5.from_pretrained(tmp_path)(ids, read, mask), ours(ids, read, mask))
    again = T5ForConditionalGeneration.from_pretrained(tmp_path).eval()
    assert (
        worst(again(input_ids=source, attention_mask=mask.long(), decoder_input_ids=ids).logits, expected.logits) < 1e-6
    )


@torch.inference_mode()
def test_a_folder_written_by_transformers(tmp_path: Path) -> None:
    theirs = T5ForConditionalGeneration(TheirConfig(**SIZES)).eval()
    theirs.save_pretrained(tmp_path)
    ours = T5.from_pretrained(tmp_path)
    ids = torch.arange(10)[None]
    assert worst(ours(ids, ours.encode(ids)), theirs(input_ids=ids, decoder_input_ids=ids).logits) < 1e-5


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="gated-ACTIVATION"):
        T5Config.from_published({**SIZES, "feed_forward_proj": "double-gelu"})
    with pytest.raises(ValueError, match="unknown activation 'tan'"):
        T5Config.from_published({**SIZES, "feed_forward_proj": "gated-tan"})
    with pytest.raises(ValueError, match="cannot say gated exact GELU"):
        T5Config(gated=True, act="gelu").to_published()
