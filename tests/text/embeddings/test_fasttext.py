"""fastText against fastText: n-grams, buckets, vectors of unknown words, files in both directions, and what is learned."""

import struct

import numpy as np
import pytest
from gensim.models.fasttext import ft_ngram_hashes, load_facebook_model, save_facebook_model
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.embeddings import FastText
from nlpjourney.text.embeddings.subwords import character_ngrams, subword_buckets

fasttext = pytest.importorskip("fasttext", reason="fasttext needs a C++ compiler to install")

OPTIONS = {"vector_size": 16, "window": 3, "min_count": 3, "bucket": 500, "min_n": 2, "max_n": 4}


@pytest.fixture(scope="module")
def sentences() -> list[list[str]]:
    return [text.lower().split() for text in corpora.lee_news()[0]]


@pytest.fixture(scope="module")
def model(sentences) -> FastText:
    return FastText(**OPTIONS, epochs=2, sample=1e-3).fit(sentences)


@pytest.fixture(scope="module")
def our_file(model, tmp_path_factory):
    file = tmp_path_factory.mktemp("fasttext") / "ours.bin"
    model.save(file)
    return str(file)


@pytest.fixture(scope="module")
def their_model():
    """A model that fastText itself has trained, and its file."""
    file = str(assets.path("fasttext-sample"))
    return fasttext.load_model(file), file


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.text(max_size=8), max_size=4), st.integers(1, 4), st.integers(0, 4))
def test_buckets_are_those_of_gensim(words, min_n, more):
    words = [word for word in words if word != "</s>"]
    offsets, buckets = subword_buckets(words, min_n, min_n + more, 1000)
    for word, a, b in zip(words, offsets, offsets[1:]):
        # Gensim counts a lone < or > as an n-gram; fastText does not.
        expected = ft_ngram_hashes(word, min_n, min_n + more, 1000)
        if min_n > 1:
            assert buckets[a:b].tolist() == expected
        assert b - a == len(character_ngrams(word, min_n, min_n + more))


def test_ngrams_are_those_of_fasttext(their_model):
    theirs, _ = their_model
    n_words = len(theirs.words)
    for word in ["where", "été", "日本語", "a", "naïveté", "😀x", "", "the", "на"]:
        names, rows = theirs.get_subwords(word)
        known = word in theirs.words
        assert names[known:] == character_ngrams(word, 3, 6)
        _, buckets = subword_buckets([word], 3, 6, 100)
        assert [row - n_words for row in rows[known:].tolist()] == buckets.tolist()
    assert {"the", "на"} < set(theirs.words)
    assert character_ngrams("her", 1, 3) == ["<h", "<he", "h", "he", "her", "e", "er", "er>", "r", "r>"]


def test_their_file_opens_here_and_is_written_again(their_model, tmp_path):
    theirs, file = their_model
    ours = FastText.load(file)
    assert ours.vectors.words == theirs.words
    for word in [*theirs.words, "unheard-of", "été"]:
        np.testing.assert_allclose(ours.vectors[word], theirs.get_word_vector(word), atol=1e-6)
    assert ours.output.tobytes() == theirs.get_output_matrix().tobytes()
    ours.save(tmp_path / "again.bin")
    with open(file, "rb") as f:
        assert (tmp_path / "again.bin").read_bytes() == f.read()


def test_our_file_opens_in_fasttext(model, our_file):
    theirs = fasttext.load_model(our_file)
    assert theirs.words == model.vectors.words
    assert theirs.get_input_matrix().tobytes() == model.vectors.rows.tobytes()
    for word in [*theirs.words[:200], "unheard-of", "été"]:
        np.testing.assert_allclose(theirs.get_word_vector(word), model.vectors[word], atol=1e-6)


def test_our_file_opens_in_gensim_and_back(model, our_file, tmp_path):
    theirs = load_facebook_model(our_file)
    assert theirs.wv.index_to_key == model.vectors.words
    assert theirs.wv.vectors_ngrams.tobytes() == model.vectors.rows[len(model.vectors) :].tobytes()
    np.testing.assert_allclose(theirs.wv.vectors, model.vectors.vectors, atol=1e-6)
    np.testing.assert_allclose(theirs.wv["unheard-of"], model.vectors["unheard-of"], atol=1e-6)
    assert theirs.syn1neg.tobytes() == model.output.tobytes()
    save_facebook_model(theirs, str(tmp_path / "gensim.bin"))
    back = FastText.load(tmp_path / "gensim.bin")
    assert back.vectors.rows.tobytes() == model.vectors.rows.tobytes()
    assert back.options == model.options


@pytest.mark.parametrize("sg", [True, False])
@pytest.mark.parametrize("workers", [1, 2])
def test_relatives_of_a_word_are_near(sg, workers):
    random = np.random.default_rng(0)
    kinds = (["walking", "walked", "runner", "running"], ["paint", "painted", "painter", "brushes"])
    sentences = [random.choice(kinds[k % 2], 8).tolist() for k in range(500)]
    vectors = (
        FastText(vector_size=12, min_count=1, sample=0, epochs=10, bucket=2000, sg=sg, workers=workers)
        .fit(sentences)
        .vectors
    )

    def near(vector):
        return vectors.nearest(vector, 1)[0][0]

    assert near(vectors["walks"]) in kinds[0] and near(vectors["paintings"]) in kinds[1]
    assert vectors.similarity("walked", "running") > vectors.similarity("walked", "painted") + 0.2


def test_the_hidden_vector_is_the_mean_of_the_parts(model):
    v = model.vectors
    word = v.words[5]
    _, buckets = subword_buckets([word], 2, 4, 500)
    rows = np.concatenate([v.rows[[5]], v.rows[len(v) + buckets]])
    np.testing.assert_allclose(v[word], rows.mean(axis=0), atol=1e-6)


def test_without_subwords():
    vectors = FastText(vector_size=4, min_count=1, bucket=0).fit([["a", "b"] * 5]).vectors
    assert vectors["a"].tobytes() == vectors.rows[0].tobytes()
    with pytest.raises(KeyError, match="unknown"):
        vectors["c"]


def test_broken_files(our_file, tmp_path):
    with open(our_file, "rb") as f:
        data = f.read()
    labels = 8 + 12 * 4 + 8 + 8  # after magic, options, n_entries and n_words
    cases = {
        "not a fastText model": b"hello world",
        "cut": data[:-1],
        "the file is cut": data[:60],
        "bytes too many": data + b"x",
        "version 11, and only 12 can be read; Gensim reads older ones": data[:4] + struct.pack("<i", 11) + data[8:],
        "-3 words": data[: labels - 8] + struct.pack("<2i", -3, -3) + data[labels:],
        "classifier": data[:labels] + struct.pack("<i", 1) + data[labels + 4 :],
    }
    for message, content in cases.items():
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(ValueError, match=message):
            FastText.load(tmp_path / "file")


def test_bad_options():
    with pytest.raises(ValueError, match="negative must be"):
        FastText(negative=0)
