"""Configurations as they are published: all of their settings are known, and one more is refused."""

import json
from pathlib import Path

import pytest

from nlpjourney.llm.config_json import read_settings
from nlpjourney.llm.models import architecture

PUBLISHED = json.loads((Path(__file__).parent / "published_configs.json").read_text())
# What most of them have beside these.
COMMON = dict(
    initializer_range=0.02, use_cache=True, torch_dtype="bfloat16", transformers_version="4.40.0", architectures=["X"]
)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_configurations_are_understood(name):
    values = PUBLISHED[name] | COMMON
    config_class = architecture(values["model_type"]).config_class
    config = read_settings(config_class, values)
    assert config.n_layers in values.values() and config.d_model in values.values()
    again = read_settings(config_class, config.to_published())
    assert again == config  # what we write says nothing that we would not read
    for setting, value in (
        ("logit_scale", 0.5),
        ("use_parallel_residual", True),
        ("scale_by", "depth"),
        ("skipped", [1]),
        ("residual_scale", 0),
    ):
        with pytest.raises(ValueError, match=f"settings that are not known here: '{setting}' = "):
            read_settings(config_class, values | {setting: value})
        read_settings(config_class, values | {setting: None})
