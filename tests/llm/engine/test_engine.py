"""The engine against Transformers (the same numbers), with quantized weights, at the edges, and with bad files."""

import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import torch

from nlpjourney.llm.cache import PagePool
from nlpjourney.llm.engine import ContextFull, Engine, matmat, matvec
from nlpjourney.llm.engine import model as model_module
from nlpjourney.llm.engine.matmat import quantize_rows
from nlpjourney.llm.engine.matrices import Matrix, multiply_all, multiply_many, unpack
from nlpjourney.llm.engine.matvec import ROWS, quantize_vector
from nlpjourney.llm.engine.threads import Team, barrier
from nlpjourney.llm.gguf import GGMLType, GGUFError, GGUFFile, TensorToWrite, read_published, write_gguf
from nlpjourney.llm.gguf.dequantize import dequantize
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.unpack import integers
from tests.llm.engine.conftest import make, write

IDS = np.random.default_rng(5).integers(0, 160, 40).tolist()  # longer than Gemma's window of 8


def logits_of(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].numpy()


def test_a_prompt_at_once_as_transformers(family):
    _, model, path = family
    found = Engine(path).sequence().prefill(IDS, all_logits=True)
    assert np.abs(found - logits_of(model, IDS)).max() < 1e-4


def test_token_by_token_as_transformers(family):
    _, model, path = family
    sequence = Engine(path, threads=1).sequence()
    found = np.stack([sequence.decode(token) for token in IDS])
    assert np.abs(found - logits_of(model, IDS)).max() < 1e-4


def test_in_pieces_and_again_after_truncating(family):
    _, model, path = family
    sequence = Engine(path).sequence()
    sequence.prefill(IDS[:7])
    sequence.decode(IDS[7])
    sequence.prefill(IDS[8:11])
    sequence.prefill([1, 2, 3])  # a turn that is taken back
    sequence.truncate(11)
    expected = logits_of(model, IDS)[-1]
    assert np.abs(sequence.prefill(IDS[11:]) - expected).max() < 1e-4 and sequence.ids == IDS
    sequence.truncate(0)
    assert np.abs(sequence.prefill(IDS) - expected).max() < 1e-4
    with pytest.raises(ValueError, match="has 40 tokens, it cannot be cut to 41"):
        sequence.truncate(41)


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


def rounded(x):
    q, scales, sums = np.empty((len(x) // 32, 32), np.int16), *np.empty((2, len(x) // 32), np.float32)
    quantize_vector(x, q, scales, sums)
    return q, scales, sums


def round_rows(x):
    n_tokens, width = x.shape
    n = -(-n_tokens // matmat.TOKENS) * matmat.TOKENS
    q, scales, sums, halves = (
        np.zeros((n, width), np.int8),
        *(np.zeros((n, width // w), np.float32) for w in (32, 32, 16)),
    )
    quantize_rows(x, q, scales, sums, halves, 0, n_tokens)
    return q, scales, sums, halves


def matrix_of(type_, n_rows, width, seed=0):
    """A matrix as the engine keeps it, and its numbers."""
    weights = np.random.default_rng(seed).standard_normal((n_rows, width)).astype(np.float32)
    if not type_.is_quantized:
        weights = weights.astype(np.float16).astype(np.float32) if type_ is GGMLType.F16 else weights
        return Matrix.plain(weights), weights
    data = quantize(weights, type_)
    bits = 4 if type_ in (GGMLType.Q4_0, GGMLType.Q4_1, GGMLType.Q4_K) else 8
    return Matrix.pack(*integers(data, type_, weights.shape), bits), dequantize(data, type_).reshape(weights.shape)


@pytest.mark.parametrize("type_", [GGMLType.F32, GGMLType.F16, *QUANTIZED], ids=lambda t: t.name)
@pytest.mark.parametrize("n_rows", [1, 63, 64, 200])
def test_products(type_, n_rows):
    matrix, exact = matrix_of(type_, n_rows, 512)
    assert matrix.bits == 0 or matrix.nbytes < exact.nbytes / 2 * max(1, ROWS / n_rows)
    numbers = np.empty((512, len(matrix.packed) * ROWS), np.float32)
    unpack(matrix.record, numbers, 0, len(matrix.packed))
    assert np.allclose(numbers[:, :n_rows], exact.T, atol=1e-6)
    for size in (1.0, 1e-3, 25_000.0):  # some models have channels as large as that
        x = (np.random.default_rng(1).standard_normal(512) * size).astype(np.float32)
        q, scales, sums = rounded(x)
        used = x if matrix.bits == 0 else (q * scales[:, None]).reshape(-1)
        assert np.abs(used - x).max() <= np.abs(x).max() / 127
        for n in (1, 2, 3):
            out = np.full(n_rows, np.nan, np.float32)
            Team(n).run(multiply_all, matrix.record, x, (q, scales, sums), out)
            assert np.allclose(out, exact @ used, atol=2e-4 * size)


@pytest.mark.skipif(not matvec.VECTOR_BYTES, reason="this processor does not multiply bytes four to a lane")
@pytest.mark.parametrize("type_", QUANTIZED, ids=lambda t: t.name)
@pytest.mark.parametrize("n_rows, n_tokens", [(1, 1), (63, 4), (64, 5), (200, 13)])
def test_products_with_many_tokens(type_, n_rows, n_tokens):
    """Each token's products are those that it gets alone; columns beside them are left as they are."""
    matrix, _ = matrix_of(type_, n_rows, 768)
    x = np.random.default_rng(2).standard_normal((n_tokens, 768)).astype(np.float32)
    x[0] *= 25_000
    x[-1, 32:64] = 0
    alone = np.empty((n_tokens, n_rows), np.float32)
    for row, out in zip(x, alone):
        multiply_all(matrix.record, row, rounded(row), out, 1, 0)
    found = np.full((n_tokens, n_rows + 3), np.nan, np.float32)
    multiply_many(matrix.record, round_rows(x), found, 2, 0, len(matrix.packed))
    np.testing.assert_allclose(found[:, 2:-1], alone, rtol=1e-5, atol=1e-5 * np.abs(alone).max())
    assert np.isnan(found[:, :2]).all() and np.isnan(found[:, -1]).all()


def test_matrices_of_all_types_in_one_table():
    pairs = [matrix_of(type_, 10 + 60 * i, 256, seed=i) for i, type_ in enumerate([GGMLType.F16, *QUANTIZED])]
    table = np.concatenate([matrix.record for matrix, _ in pairs])
    x = np.random.default_rng(1).standard_normal(256).astype(np.float32)
    q, scales, sums = rounded(x)
    for n in (1, 2, 5):
        out = np.empty(sum(len(exact) for _, exact in pairs), np.float32)
        Team(n).run(multiply_all, table, x, (q, scales, sums), out)
        assert np.abs(out - np.concatenate([exact @ x for _, exact in pairs])).max() < 0.5
        np.testing.assert_allclose(out[: len(pairs[0][1])], pairs[0][1] @ x, atol=2e-4)


def test_nobody_leaves_the_barrier_before_all_are_there():
    arrivals, log = np.zeros(1, np.int64), []

    def work(n_threads, me):
        for step in range(50):
            if step % 3 == me:
                time.sleep(0.001)
            log.append(step)
            barrier(arrivals, n_threads)

    Team(3).run(work)
    assert log == [step for step in range(50) for _ in range(3)]
    assert arrivals[0] == 150


def test_a_team_works_for_one_caller_at_a_time():
    """Two would wait for each other at the barrier for ever, each with some of the threads."""
    team, inside, seen = Team(3), [], set()

    def work(caller, n_threads, me):
        inside.append(caller)
        time.sleep(0.001)
        seen.add(frozenset(inside))
        inside.remove(caller)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda caller: team.run(work, caller), [0, 1, 2, 3] * 5))
    assert seen == {frozenset([caller]) for caller in range(4)}


@pytest.mark.parametrize("extreme", [0.0, 1e-30, 1e30, -127.0])
def test_activations_of_any_size(extreme):
    q, scales, _ = rounded(np.full(32, extreme if extreme != 1e30 else 60_000, np.float32))
    assert np.isfinite(scales).all() and np.abs(q).max() <= 127


def test_any_number_of_threads_gives_the_same_numbers(family):
    _, _, path = family
    alone = Engine(path, threads=1)
    for n in (2, 3, 7):  # more than there are heads, too
        expected, found = alone.sequence(), Engine(path, threads=n).sequence()
        assert np.array_equal(found.decode(IDS[0]), expected.decode(IDS[0]))
        assert np.allclose(found.prefill(IDS[1:20]), expected.prefill(IDS[1:20]), atol=1e-4)
        for token in IDS[20:]:
            assert np.allclose(found.decode(token), expected.decode(token), atol=1e-4)


@pytest.mark.parametrize("type_", [GGMLType.F16, GGMLType.BF16, *QUANTIZED], ids=lambda t: t.name)
def test_quantized_models_compute_with_the_file_s_numbers(type_, tmp_path):
    """As Transformers with the dequantized weights, but for activations rounded to 8 bits, one by one or all at once."""
    model = make("llama", hidden_size=256, intermediate_size=512)
    path = write(model, tmp_path / "q.gguf", type_)
    engine = Engine(path, threads=1)
    model.load_state_dict(read_published(path)[1])
    expected = logits_of(model, IDS)
    at_once = engine.sequence().prefill(IDS, all_logits=True)
    sequence = engine.sequence()
    one_by_one = np.stack([sequence.decode(token) for token in IDS])
    assert np.corrcoef(one_by_one.ravel(), expected.ravel())[0, 1] > 0.995
    if type_.is_quantized and matvec.VECTOR_BYTES:
        assert np.corrcoef(at_once.ravel(), expected.ravel())[0, 1] > 0.995
        # The same products in another order: now and then a number on the border is rounded the other way.
        assert np.corrcoef(at_once.ravel(), one_by_one.ravel())[0, 1] > 0.999
    else:  # a prompt is multiplied in floats
        assert np.abs(at_once - expected).max() < 2e-3 * np.abs(expected).max()


@pytest.fixture
def small(tmp_path):
    return write(make("llama"), tmp_path / "small.gguf")


def write_greedily(sequence, prompt, n):
    """`n` tokens after `prompt`, each the likeliest."""
    written = [int(sequence.prefill(prompt).argmax())]
    while len(written) < n:
        written.append(int(sequence.decode(written[-1]).argmax()))
    return written


@pytest.mark.parametrize("n_threads", [1, 3])
def test_two_threads_write_what_each_writes_alone(tmp_path, n_threads):
    """Each with a sequence of its own over the same weights, several times, so that they come between each other."""
    path = write(make("llama", hidden_size=256, intermediate_size=512), tmp_path / "m.gguf", GGMLType.Q8_0)
    engine = Engine(path, threads=n_threads)
    prompts = [IDS[i : i + 9] for i in range(0, 24, 3)]
    alone = [write_greedily(engine.sequence(), prompt, 40) for prompt in prompts]
    assert len({tuple(text) for text in alone}) == len(prompts)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda prompt: write_greedily(engine.sequence(), prompt, 40), prompts))
    assert together == alone


def test_a_fork_goes_its_own_way(small):
    first = Engine(small, threads=1).sequence()
    first.prefill(IDS[:10])
    second = first.fork()
    one, other = write_greedily(first, [1], 8), write_greedily(second, [2], 8)
    assert one != other
    for start, text in ((1, one), (2, other)):
        assert write_greedily(first.model.sequence(), [*IDS[:10], start], 8) == text


@pytest.fixture
def small_pages(monkeypatch):
    """Pages of 3 tokens: 40 of them fill 14, and windows, prompts and forks begin and end inside of some."""
    monkeypatch.setattr(model_module, "PagePool", partial(PagePool, page_size=3))


def test_many_pages_as_transformers(family, small_pages):
    """At once, in pieces, and token by token: attention reads through the table of pages."""
    _, model, path = family
    engine, expected = Engine(path, threads=2), logits_of(model, IDS)
    whole = engine.sequence()
    assert np.abs(whole.prefill(IDS, all_logits=True) - expected).max() < 1e-4 and len(whole.cache.pages) == 14
    pieces = engine.sequence()
    pieces.prefill(IDS[:7])
    assert np.abs(pieces.prefill(IDS[7:20], all_logits=True) - expected[7:20]).max() < 1e-4
    found = [pieces.fork().decode(IDS[20]), *(pieces.decode(token) for token in IDS[20:])]
    assert np.abs(np.stack(found) - expected[[20, *range(20, 40)]]).max() < 1e-4


def test_a_beginning_that_is_cached_is_not_read_again(family, small_pages):
    """Its pages are shared with a text that lives, or that is gone and kept; what follows is what follows the whole."""
    _, model, path = family
    engine = Engine(path, threads=1, n_kept=640)
    expected = logits_of(model, [*IDS[:20], 7, 8])[-1]
    first = engine.sequence()
    first.prefill(IDS[:20])
    prompt = [*IDS[:20], 7, 8]
    for known in (18, 21):  # what the first text holds in whole pages, then what the second does
        second, rest = engine.start(prompt)
        assert second.ids == prompt[:known] and rest == prompt[known:]
        assert first is None or second.cache.pages == first.cache.pages[:6]
        assert np.abs(second.prefill(rest) - expected).max() < 1e-4
        first = second = None
    assert len(engine.start(IDS[:18])[0]) == 15  # one token at least is read
    assert len(Engine(path, threads=1).start(IDS[:20])[0]) == 0


def test_a_second_conversation_costs_its_cache_only(small):
    """No weight is copied for it: it allocates its keys and values, and room for one token's work."""
    engine = Engine(write(make("llama", hidden_size=256, intermediate_size=1024), small), threads=1)
    engine.sequence().prefill(IDS)  # what is made once is there
    c = engine.config
    cache = 2 * c.n_layers * c.n_kv_heads * c.d_head * 64 * 4  # one page
    assert engine.weights.nbytes > 10 * cache
    tracemalloc.start()
    try:
        sequence = engine.sequence()
        for token in IDS:
            sequence.decode(token)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert cache <= held < cache + 100_000 < engine.weights.nbytes / 5


def test_the_context_has_an_end(small):
    sequence = Engine(small).sequence()
    sequence.prefill([3] * 128)
    with pytest.raises(ContextFull, match="128 \\+ 1 tokens are more than the 128"):
        sequence.decode(1)
    assert len(sequence) == 128


@pytest.mark.parametrize("ids", [[], [160], [-1]])
def test_tokens_that_do_not_exist_are_refused(small, ids):
    sequence = Engine(small).sequence()
    with pytest.raises(ValueError, match=r"at least one token|not in the vocabulary of 160"):
        sequence.prefill(ids)
    assert len(sequence) == 0


def test_models_that_are_broken_or_unknown_are_refused(small, tmp_path):
    file = GGUFFile(small)
    path = tmp_path / "bad.gguf"

    def rewritten(drop=(), **metadata):
        kept = [t for t in file.tensors.values() if t.name not in drop]
        tensors = [TensorToWrite(t.name, t.shape, t.type, partial(file.raw, t.name)) for t in kept]
        write_gguf(path, file.metadata | metadata, tensors)
        return path

    for wrong, said in [
        ({"general.architecture": "falcon"}, r"kind 'falcon' are not known here"),
        ({"llama.attention.head_count_kv": 3}, r"cannot share 3 key-value heads"),
        ({"llama.rope.scaling.type": "yarn"}, r"rope scaling 'yarn' is not supported"),
        ({"llama.block_count": True}, r"llama.block_count is True, expected a whole number"),
        ({"llama.block_count": 2.5}, r"llama.block_count is 2.5, expected a whole number"),
        ({"llama.context_length": "long"}, r"llama.context_length is 'long', expected"),
    ]:
        for read in (Engine, read_published):  # whoever reads the file says the same
            with pytest.raises(GGUFError, match=said):
                read(rewritten(**wrong))
    with pytest.raises(GGUFError, match=r"'blk.1.ffn_up.weight' is missing"):
        Engine(rewritten(drop=["blk.1.ffn_up.weight"]))
    with pytest.raises(GGUFError, match=r"'blk.0.attn_q.weight' has the shape"):
        Engine(rewritten(**{"llama.attention.head_count": 8}))


def test_a_part_that_only_some_layers_have(tmp_path):
    path = write(make("qwen2"), tmp_path / "qwen2.gguf")
    file = GGUFFile(path)
    kept = [t for t in file.tensors.values() if t.name != "blk.1.attn_k.bias"]
    some = tmp_path / "some.gguf"
    write_gguf(some, file.metadata, [TensorToWrite(t.name, t.shape, t.type, partial(file.raw, t.name)) for t in kept])
    with pytest.raises(GGUFError, match=r"the tensor .blk.1.attn_k.bias. is missing"):
        Engine(some)
