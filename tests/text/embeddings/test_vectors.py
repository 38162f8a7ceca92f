"""Word vectors, their files and their evaluation, against Gensim's KeyedVectors."""

import gzip

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nlpjourney import assets
from nlpjourney.text.embeddings import (
    WordVectors,
    google_analogies,
    load_binary,
    load_text,
    save_binary,
    save_text,
    score_analogies,
    score_pairs,
    simlex999,
    wordsim353,
)

WORD = st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1, max_size=8)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def some_vectors(draw):
    words = draw(st.lists(WORD, min_size=1, max_size=6, unique=True))
    return WordVectors(words, draw(hnp.arrays(np.float32, (len(words), draw(st.integers(2, 5))), elements=FLOATS)))


def gensims(vectors: WordVectors) -> KeyedVectors:
    theirs = KeyedVectors(vectors.vectors.shape[1])
    theirs.add_vectors(vectors.words, vectors.vectors)
    return theirs


def known_words_vectors() -> WordVectors:
    """Vectors for most words of the evaluation sets, a random part of which mean something."""
    words = {w.lower() for a, b, _ in wordsim353()[:300] + simlex999() for w in (a, b)}
    words |= {w for rows in google_analogies().values() for row in rows[:300] for w in row}
    words |= {"Tiger", "HAT"}  # another spelling
    words = sorted(words)
    rng = np.random.default_rng(0)
    letters = np.array([[word.lower().count(chr(c)) for c in range(97, 123)] for word in words])
    return WordVectors(words, (letters + rng.normal(0, 0.2, letters.shape)).astype(np.float32))


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    return known_words_vectors()


def test_neighbours_and_analogies_are_those_of_gensim(vectors):
    theirs = gensims(vectors)
    for word in vectors.words[::50]:
        expected = theirs.most_similar(word, topn=7)
        assert [w for w, _ in vectors.most_similar(word, 7)] == [w for w, _ in expected]
        np.testing.assert_allclose([s for _, s in vectors.most_similar(word, 7)], [s for _, s in expected], atol=1e-5)
    a, b, c = "Athens", "Greece", "Baghdad"
    expected = theirs.most_similar(positive=[b, c], negative=[a], topn=5)
    assert [w for w, _ in vectors.analogy(a, b, c, 5)] == [w for w, _ in expected]
    np.testing.assert_allclose([s for _, s in vectors.analogy(a, b, c, 5)], [s for _, s in expected], atol=1e-5)
    assert vectors.similarity(a, b) == pytest.approx(float(theirs.similarity(a, b)), abs=1e-6)


@pytest.mark.parametrize("restrict", [300_000, 900])
def test_scores_are_those_of_gensim(vectors, restrict, tmp_path):
    theirs = gensims(vectors)
    for pairs, file in ((wordsim353(), "wordsim353"), (simlex999(), "simlex999")):
        pearson, spearman, unknown = theirs.evaluate_word_pairs(assets.path(file), restrict_vocab=restrict)
        score = score_pairs(vectors, pairs, restrict)
        assert score.spearman == pytest.approx(spearman.statistic, abs=1e-4)
        assert score.pearson == pytest.approx(pearson.statistic, abs=1e-5)
        assert score.n_unknown / len(pairs) == pytest.approx(unknown / 100)
    # One kind in full and a part of the others: Gensim takes a millisecond for each.
    analogies = {kind: rows[:60] for kind, rows in google_analogies().items()}
    score = score_analogies(vectors, analogies, restrict)
    text = "".join(f": {kind}\n" + "".join(" ".join(row) + "\n" for row in rows) for kind, rows in analogies.items())
    file = tmp_path / "analogies.txt"
    file.write_text(text, encoding="utf-8")
    accuracy, sections = theirs.evaluate_word_analogies(str(file), restrict_vocab=restrict)
    sections = [section for section in sections if section["section"] != "Total accuracy"]
    assert score.accuracy == pytest.approx(accuracy)
    assert score.right == {s["section"]: len(s["correct"]) for s in sections}
    assert 0 < sum(score.right.values()) < sum(score.used.values())


def test_data_sets():
    assert len(wordsim353()) == 353 and wordsim353()[1] == ("tiger", "cat", 7.35)
    assert len(simlex999()) == 999
    assert len(google_analogies()) == 14 and sum(map(len, google_analogies().values())) == 19_544


@settings(deadline=None)  # it writes files
@given(vectors=some_vectors())
def test_files_are_gensims_byte_for_byte(vectors, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    theirs = gensims(vectors)
    for binary, save, load in ((False, save_text, load_text), (True, save_binary, load_binary)):
        save(vectors, folder / "ours")
        theirs.save_word2vec_format(str(folder / "theirs"), binary=binary)
        assert (folder / "ours").read_bytes() == (folder / "theirs").read_bytes()
        back = load(folder / "theirs")
        assert back.words == vectors.words
        assert back.vectors.tobytes() == vectors.vectors.tobytes()
        opened = KeyedVectors.load_word2vec_format(str(folder / "ours"), binary=binary)
        assert opened.index_to_key == vectors.words
        assert opened.vectors.tobytes() == vectors.vectors.tobytes()
    save_text(vectors, folder / "glove", header=False)
    opened = KeyedVectors.load_word2vec_format(str(folder / "glove"), binary=False, no_header=True)
    assert opened.vectors.tobytes() == load_text(folder / "glove").vectors.tobytes() == vectors.vectors.tobytes()


def test_files_of_other_programs(tmp_path):
    file = tmp_path / "file"
    row = np.array([1.5, -2], dtype="<f4").tobytes()
    file.write_bytes(b"2 2\nab " + row + b"\ncaf\xe9 " + row + b"\n")  # word2vec.c, a word in Latin-1
    vectors = load_binary(file)
    assert vectors.words == ["ab", "caf\udce9"] and vectors.vectors.tolist() == [[1.5, -2], [1.5, -2]]
    save_binary(vectors, file)
    assert b"caf\xe9 " in file.read_bytes()
    save_text(vectors, file)
    assert load_text(file).words == vectors.words
    file.write_text(". . . 0.5 1 -2\nat name@domain.com 0 0 1\n")  # GloVe has words with spaces; the first line tells d
    file.write_text("the 0.5 1 -2\n. . . 0.5 1 -2\n")
    assert load_text(file).words == ["the", ". . ."]
    file.write_text("1 2 \r\na 0.5 1 \r\n")  # ends of lines of Windows, spaces at the end
    assert load_text(file).vectors.tolist() == [[0.5, 1]]


@pytest.mark.parametrize(
    ("content", "load", "message"),
    [
        (b"2 2\na 1 2\n", load_text, "promises 2 words, there are 1"),
        (b"2 2\na 1 2\nb 1\n", load_text, "line 3: expected a word and 2 numbers"),
        (b"a 1 2\nb 1 x\n", load_text, "line 2"),
        (b"2 2\na \0\0\0\0\0\0\0\0b \0\0", load_binary, "cut after 1 of 2"),
        (b"hello", load_binary, "begins with"),
        (b"\xef\xbb\xbf2 3\ncat 1 2 3\ndog 4 5 6\n", load_text, "byte order mark: save it as UTF-8"),
        ("2 3\ncat 1 2 3\n".encode("utf-16"), load_text, "byte order mark"),
        (b"2\t3\ncat\t1\t2\t3\ndog\t4\t5\t6\n", load_text, "a space between them, not by tabs"),
        (b"cat\t1\t2\t3\ndog\t4\t5\t6\n", load_text, "not by tabs"),
        (b"1 3\ncat\t1\t2\t3\n", load_text, "line 2: expected a word and 3 numbers"),
        (b"cat\ndog\n", load_text, "a word and its numbers on each line"),
        (b"", load_text, "begins with ''"),
        (b"\n", load_text, "expected word vectors"),
        (b"2 0\ncat\ndog\n", load_text, "expected word vectors"),
        (b"99999999999999999999 3\ncat 1 2 3\n", load_text, "no file has as many words"),
        (b"3 999999999999\ncat 1 2 3\n", load_text, "line 2"),
        (b"cat 1 2\n\ndog 3 4\n", load_text, "line 2: expected a word and 2 numbers"),
        (b"cat 1 nan\n", load_text, "line 1: expected a word and 2 numbers, all finite"),
        (b"cat 1 1e40\n", load_text, "all finite"),
        (gzip.compress(b"cat 1 2 3\n" * 99, mtime=0)[:-12], load_text, "damaged gzip file"),
        (gzip.compress(b"1 1\na \0\0\0\0", mtime=0)[:-9], load_binary, "damaged gzip file"),
        (b"99999999999 300\na \0\0", load_binary, "cut after 0 of 99999999999 words"),
        (b"99999999999999999999 3\na \0\0", load_binary, "no file has as many words"),
        (b"2 2\ncat 1 2 3\ndog 4 5 6\n", load_text, "'cat 1' would be a word; is the first line wrong"),
        (b"2.0 3\ncat 1 2 3\ndog 4 5 6\n", load_text, "'cat 1 2' would be a word"),
        (b"2 0\na b ", load_binary, "vectors of 0 numbers"),
        (b"1 1\na \0\0\0\0b \0\0\0\0", load_binary, "6 bytes more than the 1 words"),
        (b"1 1\na \0\0\xc0\x7f", load_binary, "'a' holds numbers that are not finite"),
    ],
)
def test_broken_files(tmp_path, content, load, message):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "file")


@pytest.mark.parametrize(
    "change", [gzip.compress, lambda data: data + b"\n", lambda data: data.replace(b"\n", b"\r\n") + b" \r\n\r\n"]
)
def test_text_that_other_programs_read_too(tmp_path, change):
    file = tmp_path / "vectors"
    for header in (b"", b"2 3\n"):
        file.write_bytes(change(header + b"cat 1 2 3\ndog 4 5 6\n"))
        vectors = load_text(file)
        assert vectors.words == ["cat", "dog"] and vectors.vectors.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_the_first_of_equal_words_counts_as_in_gensim(tmp_path):
    text, binary = tmp_path / "text", tmp_path / "binary"
    text.write_bytes(b"4 1\ncat 1\ndog 2\ncat 3\nbee 4\n")
    binary.write_bytes(
        b"4 1\n"
        + b"".join(w + b" " + np.float32(i + 1).tobytes() for i, w in enumerate([b"cat", b"dog", b"cat", b"bee"]))
    )
    for file, load in ((text, load_text), (binary, load_binary)):
        with pytest.warns(UserWarning, match="1 lines give a word again, such as 'cat'; its first vector counts"):
            vectors = load(file)
        theirs = KeyedVectors.load_word2vec_format(str(file), binary=load is load_binary)
        assert vectors.words == theirs.index_to_key[:3] == ["cat", "dog", "bee"]
        assert vectors.vectors.tolist() == theirs.vectors[:3].tolist() == [[1], [2], [4]]
    binary.write_bytes(gzip.compress(b"1 1\ncat " + np.float32(1).tobytes()))
    assert load_binary(binary).words == ["cat"]


def test_words_that_files_cannot_hold(tmp_path):
    for words, save in ((["a b"], save_binary), (["a\nb"], save_text), ([""], save_binary)):
        with pytest.raises(ValueError, match=r"cannot hold|format needs"):
            save(WordVectors(words, np.ones((1, 2))), tmp_path / "file")
        assert not (tmp_path / "file").exists()


def test_looking_up():
    vectors = WordVectors(["a", "b", "zero"], np.array([[3, 4], [4, 3], [0, 0]]))
    assert "a" in vectors and "c" not in vectors and len(vectors) == 3
    assert vectors["a"].tolist() == [3, 4]
    assert vectors.similarity("a", "b") == pytest.approx(24 / 25)
    assert [w for w, _ in vectors.most_similar("a", 10)] == ["b", "zero"]
    assert vectors.nearest(np.zeros(2), 0) == []
    with pytest.raises(KeyError, match="no vector for 'c'"):
        vectors["c"]
    with pytest.raises(ValueError, match="occur twice"):
        WordVectors(["a", "a"], np.ones((2, 2)))
    with pytest.raises(ValueError, match="as many rows"):
        WordVectors(["a"], np.ones((2, 2)))
    with pytest.raises(ValueError, match="only 0 of 353"):
        score_pairs(vectors, wordsim353())


def test_very_long_and_very_short_vectors_have_directions():
    vectors = WordVectors(
        ["long", "short", "other"], np.array([[1e30, 1e30], [1e-30, 1e-30], [1e-30, -1e-30]], dtype=np.float32)
    )
    assert vectors.similarity("long", "short") == pytest.approx(1)
    assert vectors.nearest(np.array([1e-40, 1e-40]), 3)[2] == ("other", pytest.approx(0, abs=1e-6))
