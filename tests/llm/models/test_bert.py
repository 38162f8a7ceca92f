"""BERT with its head for hidden tokens, against Transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig as TheirConfig
from transformers import BertForMaskedLM, BertForPreTraining

from nlpjourney.llm.models.bert import Bert, BertConfig

SIZES: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 30,
}


@pytest.fixture
def randomised() -> Any:
    def make(theirs: torch.nn.Module) -> Any:
        generator = torch.Generator().manual_seed(0)
        for p in theirs.parameters():
            p.data.add_(torch.randn(p.shape, generator=generator) * 0.2)
        return theirs.eval()

    return make


@pytest.mark.parametrize("act", ["gelu", "gelu_new", "relu"])
@torch.inference_mode()
def test_bert(randomised: Any, tmp_path: Path, act: str) -> None:
    theirs = randomised(BertForMaskedLM(TheirConfig(**SIZES, hidden_act=act)))
    theirs.save_pretrained(tmp_path / "theirs")
    ours = Bert.from_pretrained(tmp_path / "theirs")
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, 97, (3, 20), generator=generator)
    types = torch.randint(0, 2, (3, 20), generator=generator)
    mask = torch.ones(3, 20, dtype=torch.bool)
    mask[1, 13:] = False
    expected = theirs(ids, attention_mask=mask.long(), token_type_ids=types).logits
    assert float(expected.std()) > 0.1
    assert float((ours(ids, mask, types) - expected)[mask].abs().max()) < 1e-5
    assert float((ours(ids) - theirs(ids).logits).abs().max()) < 1e-5
    hidden = theirs.bert(ids).last_hidden_state
    assert float((ours.encode(ids) - hidden).abs().max()) < 1e-5

    ours.save_pretrained(tmp_path / "ours")
    again = BertForMaskedLM.from_pretrained(tmp_path / "ours").eval()
    assert torch.equal(again(ids).logits, theirs(ids).logits)


@torch.inference_mode()
def test_the_published_file_holds_more(randomised: Any, tmp_path: Path) -> None:
    """google-bert/bert-base-uncased has a pooler, a second head, the tied matrix once more, position numbers, older names."""
    theirs = randomised(BertForPreTraining(TheirConfig(**SIZES)))
    theirs.save_pretrained(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["bert.embeddings.position_ids"] = torch.arange(30)[None]
    greek = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    for name in [name for name in tensors if "LayerNorm" in name]:
        latin = name[name.index("LayerNorm") :]
        tensors[name.replace(latin, greek[latin])] = tensors.pop(name)
    tensors["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"].clone()
    save_file(tensors, tmp_path / "model.safetensors")
    ids = torch.arange(12)[None]
    assert float((Bert.from_pretrained(tmp_path)(ids) - theirs(ids).prediction_logits).abs().max()) < 1e-5

    tensors["cls.predictions.decoder.weight"] += 1
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"decoder.weight differs from .*word_embeddings"):
        Bert.from_pretrained(tmp_path)


def test_what_cannot_be_is_said() -> None:
    published = {**SIZES, "model_type": "bert"}
    with pytest.raises(ValueError, match="'position_embedding_type' = 'relative_key' is not supported"):
        BertConfig.from_published({**published, "position_embedding_type": "relative_key"})
    with pytest.raises(ValueError, match="30 positions, the text has 31"):
        Bert(BertConfig.from_published(published))(torch.zeros(1, 31, dtype=torch.long))
    with pytest.raises(ValueError, match="multiple of n_heads"):
        Bert(BertConfig.from_published({**published, "num_attention_heads": 5}))
