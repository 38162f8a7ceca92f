"""GloVe: counts against a loop, steps against autograd, the solution against the matrix it approximates."""

from collections import Counter

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.text.embeddings import Corpus, GloVe, save_text
from nlpjourney.text.embeddings.cooccurrence import cooccurrences
from nlpjourney.text.embeddings.glove import learn_pairs

SENTENCES = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=12), min_size=1, max_size=6)


@settings(deadline=None)  # the first call compiles
@given(SENTENCES, st.integers(1, 5), st.booleans())
def test_cooccurrences_are_those_of_a_loop(sentences, window, symmetric):
    if not any(sentences):
        return
    corpus = Corpus.from_sentences(sentences)
    expected = Counter()
    for sentence in sentences:
        for i, word in enumerate(sentence):
            for distance in range(1, window + 1):
                if i + distance < len(sentence):
                    other = sentence[i + distance]
                    expected[other, word] += 1 / distance
                    if symmetric:
                        expected[word, other] += 1 / distance
    matrix = cooccurrences(corpus, window, symmetric=symmetric)
    found = {(corpus.words[i], corpus.words[j]): x for (i, j), x in matrix.todok().items()}
    assert found == pytest.approx(dict(expected))
    assert matrix.has_sorted_indices


def test_one_step_is_adagrad():
    random = np.random.default_rng(3)
    n, size = 4, 5
    w, v = (random.normal(size=(n, size + 1)).astype(np.float32) for _ in range(2))
    sums = [1 + random.random((n, size + 1)).astype(np.float32) for _ in range(2)]
    x, f = np.float32(7.5), np.float32(0.3)
    i, j, rate = 1, 2, 0.05
    tensors = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (w, v)]
    a, b = tensors[0][i], tensors[1][j]
    loss = 0.5 * float(f) * (a[:-1] @ b[:-1] + a[-1] + b[-1] - np.log(x)) ** 2
    loss.backward()
    expected = [t.detach().numpy() - rate * t.grad.numpy() / np.sqrt(s) for t, s in zip(tensors, sums)]
    expected_sums = [s + (rate * t.grad.numpy()) ** 2 for t, s in zip(tensors, sums)]
    got = learn_pairs(
        np.array([0]), np.array([i], np.int32), np.array([j], np.int32), np.log(np.array([x])), np.array([f]),
        w, v, *sums, np.float32(rate),
    )  # fmt: skip
    assert got == pytest.approx(float(loss.detach()), rel=1e-5)
    for ours, theirs in zip((w, v, *sums), (*expected, *expected_sums)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def towns(n=400):
    """Sentences of two kinds of company that never meet, but for one word."""
    random = np.random.default_rng(0)
    kinds = (["cat", "dog", "cow", "pet", "the"], ["red", "blue", "green", "paint", "the"])
    return [random.permutation(kinds[k % 2]).tolist() for k in range(n)]


@pytest.mark.parametrize("workers", [1, 2])
def test_words_of_one_company_are_similar(workers, tmp_path):
    model = GloVe(vector_size=8, epochs=30, min_count=1, workers=workers, x_max=10).fit(towns())
    assert model.losses[-1] < 0.05 * model.losses[0]
    vectors = model.vectors
    pets, paints = ("cat", "dog", "cow"), ("red", "blue", "green")
    within = min(vectors.similarity(a, b) for kind in (pets, paints) for a in kind for b in kind)
    between = max(vectors.similarity(a, b) for a in pets for b in paints)
    assert within > between + 0.2
    save_text(vectors, tmp_path / "glove.txt", header=False)
    opened = KeyedVectors.load_word2vec_format(str(tmp_path / "glove.txt"), no_header=True)
    assert opened.vectors.tobytes() == vectors.vectors.tobytes()


def test_the_same_seed_gives_the_same_vectors():
    one, two, other = (
        GloVe(vector_size=4, epochs=2, min_count=1, seed=seed).fit(towns(20)).vectors.vectors for seed in (1, 1, 2)
    )
    assert one.tobytes() == two.tobytes() != other.tobytes()


def test_what_cannot_be_learned():
    with pytest.raises(ValueError, match="no two words"):
        GloVe(min_count=1).fit([["alone"], ["alone"]])
    with pytest.raises(ValueError, match="epochs must be"):
        GloVe(epochs=0)
    with pytest.raises(ValueError, match="window must be"):
        GloVe(window=0, min_count=1).fit([["a", "b"]])
