"""The engine against Transformers (the same numbers), with quantized weights, at the edges, and with bad files."""

from functools import partial

import numpy as np
import pytest
import torch

from nlpjourney.deploy.engine import ContextFull, Engine
from nlpjourney.deploy.engine.matrices import Activation, QuantizedMatrix
from nlpjourney.llm.gguf import GGMLType, GGUFError, GGUFFile, TensorToWrite, read_published, write_gguf
from nlpjourney.llm.gguf.dequantize import dequantize
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.unpack import integers
from tests.deploy.engine.conftest import make, write

IDS = np.random.default_rng(5).integers(0, 160, 40).tolist()  # longer than Gemma's window of 8


def logits_of(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].numpy()


def test_a_prompt_at_once_as_transformers(family):
    _, model, path = family
    found = Engine(path).read(IDS, all_logits=True)
    assert np.abs(found - logits_of(model, IDS)).max() < 1e-4


def test_token_by_token_as_transformers(family):
    _, model, path = family
    engine = Engine(path, threads=1)
    found = np.stack([engine.read([token]) for token in IDS])
    assert np.abs(found - logits_of(model, IDS)).max() < 1e-4


def test_in_pieces_and_again_after_forgetting(family):
    _, model, path = family
    engine = Engine(path)
    engine.read(IDS[:7])
    engine.read(IDS[7:8])
    engine.read(IDS[8:11])
    engine.read([1, 2, 3])  # a turn that is taken back
    engine.forget(keep=11)
    expected = logits_of(model, IDS)[-1]
    assert np.abs(engine.read(IDS[11:]) - expected).max() < 1e-4 and engine.n_read == len(IDS)
    engine.forget()
    assert np.abs(engine.read(IDS) - expected).max() < 1e-4


def test_back_to_the_hugging_face_form(family):
    """config.json's dictionary and tensors out of the file make the same model again."""
    _, model, path = family
    config, tensors = read_published(path)
    assert config["vocab_size"] == 160 and config["num_hidden_layers"] == model.config.num_hidden_layers
    state = model.state_dict()
    assert tensors.keys() == state.keys() - ({"lm_head.weight"} if config["tie_word_embeddings"] else set())
    for name, tensor in tensors.items():
        assert torch.allclose(tensor, state[name], atol=1e-6), name


QUANTIZED = [t for t in GGMLType if t.is_quantized]


@pytest.mark.parametrize("type_", QUANTIZED, ids=lambda t: t.name)
@pytest.mark.parametrize("n_rows", [1, 63, 64, 200])
def test_products_with_quantized_matrices(type_, n_rows):
    rng = np.random.default_rng(n_rows)
    weights = rng.standard_normal((n_rows, 512)).astype(np.float32)
    data = quantize(weights, type_)
    exact = dequantize(data, type_).reshape(weights.shape)
    bits = 4 if type_ in (GGMLType.Q4_0, GGMLType.Q4_1, GGMLType.Q4_K) else 8
    matrix = QuantizedMatrix.pack(*integers(data, type_, weights.shape), bits)
    many = rng.standard_normal((9, 512)).astype(np.float32)
    for threads in (1, 2):
        assert np.allclose(matrix.matmul(torch.from_numpy(many), threads).numpy(), many @ exact.T, atol=2e-4)
        x = Activation(512)
        x.set(many[0])
        rounded = (x.q * x.scales[:, None]).reshape(-1)
        assert np.abs(rounded - many[0]).max() <= np.abs(many[0]).max() / 127
        out = np.empty(n_rows, np.float32)
        matrix.matvec(x, out, threads)
        assert np.allclose(out, exact @ rounded, atol=2e-4)


@pytest.mark.parametrize("extreme", [0.0, 1e-30, 1e30, -127.0])
def test_activations_of_any_size(extreme):
    x = Activation(32)
    x.set(np.full(32, extreme, np.float32) if extreme != 1e30 else np.full(32, 60_000, np.float32))
    assert np.isfinite(x.scales).all() and np.abs(x.q).max() <= 127


@pytest.mark.parametrize("type_", [GGMLType.F16, GGMLType.BF16, *QUANTIZED], ids=lambda t: t.name)
def test_quantized_models_compute_with_the_file_s_numbers(type_, tmp_path):
    """A prompt as Transformers with the dequantized weights; token by token but for the rounding of activations to 8 bits."""
    model = make("llama", hidden_size=256, intermediate_size=512)
    path = write(model, tmp_path / "q.gguf", type_)
    engine = Engine(path, threads=1)
    model.load_state_dict(read_published(path)[1])
    expected = logits_of(model, IDS)
    assert np.abs(engine.read(IDS, all_logits=True) - expected).max() < 2e-3 * np.abs(expected).max()
    engine.forget()
    one_by_one = np.stack([engine.read([token]) for token in IDS])
    assert np.corrcoef(one_by_one.ravel(), expected.ravel())[0, 1] > 0.995


@pytest.fixture
def small(tmp_path):
    return write(make("llama"), tmp_path / "small.gguf")


def test_generation_stops_and_is_what_the_logits_say(small):
    engine = Engine(small)
    ids = []
    for token in engine.generate(IDS[:5], lambda logits: int(logits.argmax())):
        ids.append(token)
        if len(ids) == 10:
            break
    engine.forget()
    expected = IDS[:5]
    for _ in range(10):
        engine.forget()
        expected = [*expected, int(engine.read(expected).argmax())]
    assert ids == expected[5:]
    engine.forget()
    assert (
        list(engine.generate(IDS[:5], lambda logits: int(logits.argmax()), stop=[ids[3]])) == ids[: ids.index(ids[3])]
    )


def test_the_context_has_an_end(small):
    engine = Engine(small)
    written = list(engine.generate([1], lambda logits: 3))
    assert len(written) == 128 and engine.n_read == 128
    with pytest.raises(ContextFull, match="128 \\+ 1 tokens are more than the 128"):
        engine.read([1])
    assert engine.n_read == 128


@pytest.mark.parametrize("ids", [[], [160], [-1]])
def test_tokens_that_do_not_exist_are_refused(small, ids):
    engine = Engine(small)
    with pytest.raises(ValueError, match=r"at least one token|not in the vocabulary of 160"):
        engine.read(ids)
    assert engine.n_read == 0


def test_models_that_are_broken_or_unknown_are_refused(small, tmp_path):
    file = GGUFFile(small)
    path = tmp_path / "bad.gguf"

    def rewritten(drop=(), **metadata):
        kept = [t for t in file.tensors.values() if t.name not in drop]
        tensors = [TensorToWrite(t.name, t.shape, t.type, partial(file.raw, t.name)) for t in kept]
        write_gguf(path, file.metadata | metadata, tensors)
        return path

    with pytest.raises(GGUFError, match=r"kind 'falcon' are not run here"):
        Engine(rewritten(**{"general.architecture": "falcon"}))
    with pytest.raises(GGUFError, match=r"'blk.1.ffn_up.weight' is missing"):
        Engine(rewritten(drop=["blk.1.ffn_up.weight"]))
    with pytest.raises(GGUFError, match=r"'blk.0.attn_q.weight' has the shape"):
        Engine(rewritten(**{"llama.attention.head_count": 8}))
    with pytest.raises(GGUFError, match=r"cannot share 3 key-value heads"):
        Engine(rewritten(**{"llama.attention.head_count_kv": 3}))
    with pytest.raises(GGUFError, match=r"rope scaling 'yarn' is not supported"):
        Engine(rewritten(**{"llama.rope.scaling.type": "yarn"}))
    with pytest.raises(GGUFError, match=r"llama.block_count is True"):
        Engine(rewritten(**{"llama.block_count": True}))
