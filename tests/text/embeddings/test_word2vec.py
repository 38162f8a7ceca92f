"""word2vec against Gensim: with one worker and the same seed the same vectors, up to the rounding of float32 sums."""

import itertools
import signal
import threading
import time

import numpy as np
import pytest
from gensim.models import Word2Vec as GensimWord2Vec
from gensim.models.word2vec import _assign_binary_codes
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.assets import corpora
from nlpjourney.text.embeddings import Corpus, Word2Vec
from nlpjourney.text.embeddings.huffman import huffman_codes
from nlpjourney.text.embeddings.jobs import cut_jobs, run_jobs
from nlpjourney.text.embeddings.sampling import DOMAIN, noise_table, noise_word

OPTIONS = {"vector_size": 20, "window": 4, "min_count": 3, "seed": 7, "workers": 1}


@pytest.fixture(scope="module")
def sentences() -> list[list[str]]:
    return [text.lower().split() for text in corpora.lee_news()[0]]


@pytest.fixture(scope="module")
def corpus(sentences) -> Corpus:
    return Corpus.from_sentences(sentences, min_count=3)


def gensim_model(sentences, corpus, **options) -> GensimWord2Vec:
    """Gensim's model with our order of words (it breaks ties between equal counts differently)."""
    model = GensimWord2Vec(**OPTIONS | options, sorted_vocab=0)
    frequencies = dict(zip(corpus.words, corpus.counts.tolist()))
    model.build_vocab_from_freq(frequencies, corpus_count=len(sentences))
    model.train(sentences, total_examples=len(sentences), epochs=model.epochs)
    assert model.wv.index_to_key == corpus.words
    return model


@pytest.mark.parametrize(
    "options",
    [
        {"sg": 1},
        {"sg": 1, "negative": 12, "ns_exponent": 0.5, "sample": 0, "epochs": 2},
        {"sg": 1, "hs": 1, "negative": 0},
        {"sg": 1, "hs": 1, "negative": 0, "sample": 0, "shrink_windows": False, "epochs": 2},
        {"sg": 0},
        {"sg": 0, "cbow_mean": 0, "alpha": 0.005},
        {"sg": 0, "hs": 1, "negative": 0, "sample": 1e-2, "epochs": 2},
        {"sg": 0, "hs": 1, "negative": 0, "cbow_mean": 0, "alpha": 0.005},
    ],
    ids=str,
)
def test_vectors_are_those_of_gensim(sentences, corpus, options):
    theirs = gensim_model(sentences, corpus, **options)
    ours = Word2Vec(**OPTIONS | options).fit(corpus)
    moved = np.abs(theirs.wv.vectors).max()
    assert moved > 1.5 / OPTIONS["vector_size"]  # it learned: the first vectors are at most 1 / vector_size
    np.testing.assert_allclose(ours.vectors.vectors, theirs.wv.vectors, atol=2e-3 * moved)
    output = theirs.syn1 if options.get("hs") else theirs.syn1neg
    np.testing.assert_allclose(ours.output, output, atol=2e-3 * np.abs(output).max())


def test_codes_are_those_of_gensim(sentences, corpus):
    model = gensim_model(sentences[:1], corpus, hs=1, negative=0, epochs=1)
    _assign_binary_codes(model.wv)
    codes = huffman_codes(corpus.counts)
    for word, (a, b) in enumerate(itertools.pairwise(codes.offsets)):
        assert codes.bits[a:b].tolist() == list(model.wv.get_vecattr(word, "code"))
        assert codes.points[a:b].tolist() == list(model.wv.get_vecattr(word, "point"))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
def test_codes_are_prefix_free_and_optimal(counts):
    codes = huffman_codes(np.array(counts))
    texts = ["".join(map(str, codes.bits[a:b])) for a, b in itertools.pairwise(codes.offsets)]
    assert not any(b.startswith(a) for a, b in itertools.permutations(texts, 2))
    assert all((codes.points >= 0) & (codes.points < len(counts) - 1)) if len(counts) > 1 else texts == [""]
    # The cost of a Huffman code is the sum of all counts that are joined.
    joined, heap = 0, sorted(counts)
    while len(heap) > 1:
        joined += heap[0] + heap[1]
        heap = sorted([*heap[2:], heap[0] + heap[1]])
    assert sum(len(text) * count for text, count in zip(texts, counts)) == joined


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=300), st.integers(0, 2**48 - 1))
def test_noise_words_are_found_as_by_bisection(counts, state):
    table = noise_table(np.array(counts))
    number = (state >> 16) % DOMAIN
    assert noise_word(np.uint64(state), table.cumulated, table.guide, table.shift) == np.searchsorted(
        table.cumulated, number
    )


def test_corpus():
    corpus = Corpus.from_sentences([["b", "a", "rare", "b"], [], ["c", "a"], ["rarer"]], min_count=2)
    assert corpus.words == ["b", "a"]
    assert corpus.counts.tolist() == [2, 2]
    assert corpus.sentences() == [["b", "a", "b"], [], ["a"], []]
    assert corpus.lengths.tolist() == [4, 0, 2, 1]
    texts = Corpus.from_texts(["To be, or not to be"], min_count=2)
    assert texts.sentences() == [["to", "be", "to", "be"]]
    with pytest.raises(ValueError, match="no word occurs 3 times"):
        Corpus.from_sentences([["a", "a"]], min_count=3)
    with pytest.raises(TypeError, match="from_texts"):
        Corpus.from_sentences(["a text"])


def test_jobs_hold_whole_sentences():
    assert cut_jobs(np.array([4, 4, 4, 20, 1, 1]), 10).tolist() == [0, 2, 3, 4, 6]
    assert cut_jobs(np.array([30]), 10).tolist() == [0, 1]
    assert cut_jobs(np.array([0, 0, 10]), 10).tolist() == [0, 3]


def test_every_job_runs_once_and_errors_come_back():
    done, lock = [], threading.Lock()

    def work(job):
        with lock:
            done.append(job)

    run_jobs(100, 3, work, "test")
    assert sorted(done) == list(range(100))

    def fail(job):
        raise RuntimeError(f"job {job}")

    with pytest.raises(RuntimeError, match="job"):
        run_jobs(10, 2, fail, "test")


def test_ctrl_c_stops_the_threads_after_their_job():
    done = []

    def work(job):
        if job == 2:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.02)
        done.append(job)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # started in the background, Python ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            run_jobs(1000, 2, work, "test")
    finally:
        signal.signal(signal.SIGINT, before)
    finished = len(done)
    assert 2 <= finished < 1000
    time.sleep(0.05)
    assert len(done) == finished  # nothing runs on


def test_two_workers_learn_as_well_as_one(sentences, corpus):
    # Words of the same company: with timing in play only the outcome can be compared.
    options = OPTIONS | {"sg": True, "epochs": 10, "vector_size": 50}
    one, two, other = (Word2Vec(**options | more).fit(corpus).vectors for more in ({}, {"workers": 2}, {"seed": 8}))

    def overlap(a, b):
        frequent = corpus.words[:200]
        pairs = [({w for w, _ in a.most_similar(word)}, {w for w, _ in b.most_similar(word)}) for word in frequent]
        return np.mean([len(x & y) for x, y in pairs]) / 10

    assert overlap(one, two) > overlap(one, other) - 0.05


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hs": True}, "choose one"),
        ({"negative": 0}, "choose one"),
        ({"window": 0}, "window must be at least 1"),
        ({"sample": -1.0}, "sample"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        Word2Vec(**options)


def test_tiny_corpora():
    model = Word2Vec(min_count=1, vector_size=4).fit([["only"]])
    assert model.vectors["only"].shape == (4,)
    assert Word2Vec(min_count=1, vector_size=4, hs=True, negative=0).fit([["only"]]).vectors.words == ["only"]
    model = Word2Vec(min_count=1, vector_size=4, sample=0).fit([[], ["a", "b"]])
    assert np.isfinite(model.vectors.vectors).all()
