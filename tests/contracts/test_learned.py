"""What holds for everything that is fitted: before `fit` a clear error, after it a file, and a failed `fit` changes nothing."""

import copy
import importlib
import pickle
import pkgutil

import numpy as np
import pytest

from nlpjourney import ml, tasks
from nlpjourney.ann import ExactIndex, HNSWIndex, IVFIndex, PQIndex, ProductQuantizer
from nlpjourney.errors import FileFormatError, InvalidInput, MissingFile
from nlpjourney.ml import (
    DBSCAN,
    OPTICS,
    PCA,
    TSNE,
    AgglomerativeClustering,
    BernoulliNB,
    ComplementNB,
    IsotonicCalibration,
    LinearSVC,
    LogisticRegression,
    MultinomialNB,
    NotFittedError,
    PlattScaling,
    Ridge,
    TemperatureScaling,
)
from nlpjourney.ml.saving import read_state, write_state
from nlpjourney.tasks.classification import FastTextClassifier, TextClassifier
from nlpjourney.tasks.classification.encoder import EncoderClassifier
from nlpjourney.tasks.language_models import NGramModel
from nlpjourney.tasks.search import Analyzer, BM25FIndex, BM25Index, PhraseIndex, TfidfIndex
from nlpjourney.text.discourse import CoherenceRanker
from nlpjourney.text.embeddings import FastText, GloVe, Word2Vec
from nlpjourney.text.lemma import EditTreeLemmatizer
from nlpjourney.text.stem import PorterStemmer
from nlpjourney.text.syntax import DependencyParser, OpenGrammarParser, Tree
from nlpjourney.text.vectorize import CountVectorizer, TfidfVectorizer

RNG = np.random.default_rng(0)
POINTS = RNG.standard_normal((40, 6)).astype(np.float32)
TEXTS = ["the cat sat on the mat", "a dog and the cat", "fish", "", "ünder the sea a fish sat"]
SENTENCES = [text.split() for text in TEXTS if text] * 3
FIELDS = [{"title": text[:7], "body": text} for text in TEXTS]
TREES = [Tree.parse("(S (NP (DT the) (NN dog)) (VP (VBD barked)))"), Tree.parse("(S (NP (NNP Ann)) (VP (VBD slept)))")]
HEADS = ([["dogs", "bark"], ["a", "cat", "sat"]], [["NNS", "VBP"], ["DT", "NN", "VBD"]], [[1, -1], [1, 2, -1]])
FORMS = (["walked", "talks", "tried", "Häuser"], ["walk", "talk", "try", "Haus"])


def search(index):
    return [[(hit.doc, hit.score) for hit in index.search(query)] for query in ("cat sat", "fish ünder", "absent", "")]


def neighbours(index):
    return [part.tolist() for part in index.search(POINTS[:5], 3)]


def filled(index):
    index.fit(POINTS)
    index.add(POINTS[:30])
    return index


# name → (a new one, fitting it, using it, a fit that fails, whether it has save and load)
KINDS = {
    "BM25Index": (BM25Index, lambda x: x.fit(TEXTS), search, lambda x: x.fit(["a", 3]), True),
    "BM25Index, other": (
        lambda: BM25Index(Analyzer({"the"}, min_length=2), method="bm25+", k1=1.2, nonoccurrence=True),
        lambda x: x.fit(TEXTS), search, lambda x: x.fit("one string"), True,
    ),
    "PhraseIndex": (
        PhraseIndex, lambda x: x.fit(TEXTS), lambda x: [x.phrase(p).docs.tolist() for p in ("the cat", "cat the")],
        lambda x: x.fit([None]), True,
    ),
    "TfidfIndex": (lambda: TfidfIndex(sublinear_tf=True), lambda x: x.fit(TEXTS), search, lambda x: x.fit([1]), True),
    "BM25FIndex": (
        lambda: BM25FIndex({"title": 2.0, "body": 1.0}, b={"title": 0.3, "body": 0.8}), lambda x: x.fit(FIELDS), search,
        lambda x: x.fit([{"other": "text"}]), True,
    ),
    "ExactIndex": (
        lambda: ExactIndex(6, "cosine"), lambda x: x.add(POINTS), neighbours, lambda x: x.add(np.full((1, 6), np.nan)), True,
    ),
    "IVFIndex": (lambda: IVFIndex(6, 4, "ip"), filled, neighbours, lambda x: x.add(POINTS[:, :2]), True),
    "PQIndex": (lambda: PQIndex(6, 3, 16, "cosine"), filled, neighbours, lambda x: x.add(POINTS[:, :2]), True),
    "HNSWIndex": (lambda: HNSWIndex(6), lambda x: x.add(POINTS), neighbours, lambda x: x.add(POINTS[:, :2]), True),
    "ProductQuantizer": (
        lambda: ProductQuantizer(6, 3, 16), lambda x: x.fit(POINTS), lambda x: x.encode(POINTS).tolist(),
        lambda x: x.fit(POINTS[:3]), True,
    ),
    "PCA": (
        lambda: PCA(3), lambda x: x.fit(POINTS), lambda x: x.transform(POINTS).tolist(),
        lambda x: x.fit(np.full((5, 6), np.nan)), True,
    ),
    "Ridge": (
        Ridge, lambda x: x.fit(np.abs(POINTS), np.arange(40.0)), lambda x: x.predict(np.abs(POINTS)).tolist(),
        lambda x: x.fit(np.abs(POINTS), np.full(40, np.nan)), True,
    ),
    **{
        make.__name__: (
            make, lambda x: x.fit(POINTS), lambda x: x.labels_.tolist(), lambda x: x.fit(np.full((40, 6), np.nan)), True,
        )
        for make in (DBSCAN, OPTICS, AgglomerativeClustering)
    },
    **{
        f"{make.__name__}, {kind}": (
            make, lambda x, labels=labels: x.fit(np.abs(POINTS), labels), lambda x: x.predict(np.abs(POINTS)).tolist(),
            lambda x: x.fit(np.abs(POINTS), [1.5] * 40), True,
        )
        for make in (MultinomialNB, ComplementNB, BernoulliNB, LogisticRegression, LinearSVC)
        for kind, labels in (("two", np.arange(40) % 2), ("words", np.array(["ä", "b", "c", "d"], object)[np.arange(40) % 4]))
    },
    **{
        make.__name__: (
            make, lambda x: x.fit(POINTS[:, 0], POINTS[:, 1] > 0), lambda x: x.predict(POINTS[:, 2]).tolist(),
            lambda x: x.fit(POINTS[:, 0], np.full(40, 7)), True,
        )
        for make in (PlattScaling, IsotonicCalibration, TemperatureScaling)
    },
    "FastTextClassifier": (
        lambda: FastTextClassifier(vector_size=5, word_ngrams=2, bucket=50), lambda x: x.fit(TEXTS, list("abaab")),
        lambda x: x.predict_proba([*TEXTS, "unseen"]).tolist(), lambda x: x.fit([], []), True,
    ),
    "CoherenceRanker": (
        lambda: CoherenceRanker(n_steps=50), lambda x: x.fit(POINTS[:20], POINTS[20:]), lambda x: x.score(POINTS).tolist(),
        lambda x: x.fit(POINTS, POINTS[:3]), True,
    ),
    "DependencyParser": (
        lambda: DependencyParser(bits=10), lambda x: x.fit(*HEADS), lambda x: x.predict(["cats", "bark"], ["NNS", "VBP"]),
        lambda x: x.fit([["a"]], [["DT", "NN"]], [[-1]]), True,
    ),
    "OpenGrammarParser": (
        lambda: OpenGrammarParser(order=2), lambda x: x.fit(TREES), lambda x: x.parse(["the", "cat", "ran"]),
        lambda x: x.fit([]), True,
    ),
    "EditTreeLemmatizer": (
        EditTreeLemmatizer, lambda x: x.fit(*FORMS), lambda x: (x.predict(["jumped", "Mäuser", "cries"]), x.why("cried")),
        lambda x: x.fit(["a", 3], ["a", "b"]), True,
    ),
    "Word2Vec": (
        lambda: Word2Vec(vector_size=5, min_count=1), lambda x: x.fit(SENTENCES), lambda x: x.vectors.vectors.tolist(),
        lambda x: x.fit([[]]), False,
    ),
    "GloVe": (
        lambda: GloVe(vector_size=5, min_count=1), lambda x: x.fit(SENTENCES), lambda x: (x.vectors.words, x.losses),
        lambda x: x.fit([["alone"]]), False,
    ),
    "FastText": (
        lambda: FastText(vector_size=5, min_count=1, bucket=50), lambda x: x.fit(SENTENCES),
        lambda x: x.vectors["unseen"].tolist(), lambda x: x.fit([[]]), True,
    ),
    "CountVectorizer": (
        lambda: CountVectorizer(ngram_range=(1, 2), stop_words=["the"], dtype=np.float32), lambda x: x.fit(TEXTS),
        lambda x: (x.transform(TEXTS).toarray().tolist(), x.transform(TEXTS).dtype), lambda x: x.fit([]), True,
    ),
    "TextClassifier": (
        lambda: TextClassifier(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10)),
        lambda x: x.fit(TEXTS, list("abaab")), lambda x: x.predict_proba([*TEXTS, "unseen"]).tolist(),
        lambda x: x.fit(["other words", "and others"], [1.5, 2.5]), True,
    ),
    "EncoderClassifier": (
        lambda: EncoderClassifier(n_epochs=1, max_length=8, seed=3), lambda x: x.fit(TEXTS[:2], ["ä", "b"]),
        lambda x: x.predict_proba([*TEXTS, "unseen"]).tolist(), lambda x: x.fit(TEXTS, ["a"]), True,
    ),
    "NGramModel": (
        lambda: NGramModel(3, "katz", min_count=2), lambda x: x.fit(TEXTS), lambda x: x.score_batch(TEXTS).tolist(),
        lambda x: x.fit(["a <s> b"]), True,
    ),
    "TfidfVectorizer": (
        TfidfVectorizer, lambda x: x.fit(TEXTS), lambda x: x.transform(TEXTS).toarray().tolist(), lambda x: x.fit([]), True,
    ),
    "TfidfVectorizer, without idf": (
        lambda: TfidfVectorizer(use_idf=False, strip_accents="unicode"), lambda x: x.fit(TEXTS),
        lambda x: x.transform(TEXTS).toarray().tolist(), lambda x: x.fit([]), True,
    ),
}  # fmt: skip
ADDING = {"ExactIndex", "HNSWIndex"}  # they learn nothing: an empty one finds nothing


def learners():
    """Every public class of `ml` and of a task that has `fit` and uses what it learned, found by walking."""
    for module in (
        ml,
        *(importlib.import_module(f"{tasks.__name__}.{m.name}") for m in pkgutil.iter_modules(tasks.__path__)),
    ):
        for name in module.__all__:
            found = getattr(module, name)
            if isinstance(found, type) and callable(getattr(found, "fit", None)):
                yield name


def test_none_is_left_out():
    assert set(learners()) - {name.split(",")[0] for name in KINDS} == set()


@pytest.fixture(params=KINDS)
def kind(request):
    return (request.param, *KINDS[request.param])


def test_before_fit_the_error_says_so(kind, tmp_path):
    name, make, _, use, *_ = kind
    if name in ADDING:
        assert all(id_ == -1 for row in make().search(POINTS[:2], 1).ids for id_ in row)
        return
    with pytest.raises(NotFittedError, match="call fit first"):
        use(make())
    if hasattr(make(), "save"):
        with pytest.raises(NotFittedError):
            make().save(tmp_path / "file")
        assert not list(tmp_path.iterdir())


def test_it_comes_back_from_its_file(kind, tmp_path):
    _, make, fit, use, _, saves = kind
    if not saves:
        assert not hasattr(make(), "save")
        return
    fitted = make()
    fit(fitted)
    fitted.save(tmp_path / "file")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert use(type(fitted).load(tmp_path / "file")) == use(fitted)


def test_a_failed_fit_leaves_what_was_learned(kind):
    _, make, fit, use, fail, _ = kind
    fitted = make()
    fit(fitted)
    before = use(fitted)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        fail(fitted)
    assert use(fitted) == before


def test_it_can_be_copied_and_pickled_before_and_after_fit(kind):
    name, make, fit, use, *_ = kind
    if name == "GloVe" or "Index" in name:
        return  # arrays that share memory with C; they have files of their own
    copy.deepcopy(make())
    fitted = make()
    fit(fitted)
    assert use(copy.deepcopy(fitted)) == use(fitted) == use(pickle.loads(pickle.dumps(fitted)))


def test_a_stemmer_has_to_be_given_again(tmp_path):
    analyzer = Analyzer(stem=PorterStemmer().stem)
    index = BM25Index(analyzer).fit(["cats sat", "a dog"])
    index.save(tmp_path / "file")
    assert [hit.doc for hit in BM25Index.load(tmp_path / "file", analyzer).search("cat")] == [0]
    with pytest.raises(InvalidInput, match="was made with stem"):
        BM25Index.load(tmp_path / "file")
    with pytest.raises(InvalidInput, match="min_length"):
        BM25Index.load(tmp_path / "file", Analyzer(stem=PorterStemmer().stem, min_length=3))


def test_files_that_are_something_else(tmp_path):
    PCA().fit(POINTS).save(tmp_path / "pca")
    with pytest.raises(FileFormatError, match=r"holds a PCA, not a CoherenceRanker: use PCA\.load"):
        CoherenceRanker.load(tmp_path / "pca")
    with pytest.raises(MissingFile):
        PCA.load(tmp_path / "absent")
    whole = (tmp_path / "pca").read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:cut])
        with pytest.raises(FileFormatError, match="damaged"):
            PCA.load(tmp_path / "cut")
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(FileFormatError):
        PCA.load(tmp_path / "text")
    changed = bytearray(whole)
    changed[len(whole) // 3] ^= 0xFF
    (tmp_path / "changed").write_bytes(bytes(changed))
    with pytest.raises(FileFormatError):
        PCA.load(tmp_path / "changed")


def test_what_can_be_saved(tmp_path):
    state = {
        "numbers": (1, -2.5, float("inf"), True, None), "sets": [{1, 2}, frozenset({"ä"})], "empty": {},
        "keys": {("a", 1): [np.int64(3)], 2: "b"}, "arrays": [np.arange(3), np.zeros((0, 2), np.float32)],
    }  # fmt: skip
    write_state(tmp_path / "file", "State", state)
    found = read_state(tmp_path / "file", "State")
    for theirs, ours in zip(found.pop("arrays"), state.pop("arrays")):
        assert theirs.dtype == ours.dtype and theirs.shape == ours.shape and (theirs == ours).all()
    assert found == state
    with pytest.raises(TypeError, match="a function cannot be saved"):
        write_state(tmp_path / "other", "State", {"code": test_what_can_be_saved})
    assert not (tmp_path / "other").exists()


def test_tsne_before_and_after():
    tsne = TSNE(perplexity=3, n_iter=5)
    with pytest.raises(NotFittedError):
        _ = tsne.kl_divergence
    tsne.fit_transform(POINTS)
    assert tsne.kl_divergence > 0
