"""The vectorizers beside scikit-learn's: the same columns, the same numbers, over a grid of options and on odd documents."""

import io
import pickle
import re

import numpy as np
import pytest
import sklearn.feature_extraction.text as theirs
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import nlpjourney.text.vectorize as ours
from nlpjourney.assets import corpora
from tests.growth import growth

ODD = [
    "", " ", "a", "a b c", "É é ÉÉ café naïve Straße ẞ", "日本語 テキスト です", "İstanbul İİ", "two\nlines\ttabs  spaces   ",
    "don't stop, can't!", "👩‍💻 emoji 😀😀 text", "x_y_z 123 4 56 7.8", "same same same same", "new york new york",
    "\0nul\0 byte", "a" * 3000, "ﬁne ﬂow ½ Ⅷ",
]  # fmt: skip
UNSEEN = ["entirely zzunseen words here zzz", "new zzz york", "the new york of the west", "é È ê"]

COUNT_OPTIONS = [
    {}, {"ngram_range": (1, 2)}, {"ngram_range": (2, 2)}, {"ngram_range": (1, 4)}, {"ngram_range": (3, 5)},
    {"stop_words": "english"}, {"stop_words": ["the", "of", "new"], "ngram_range": (1, 3)}, {"lowercase": False},
    {"lowercase": False, "stop_words": ["The", "the"]}, {"max_df": 0.5}, {"max_df": 20}, {"min_df": 2}, {"min_df": 0.02},
    {"min_df": 2, "max_df": 0.3, "ngram_range": (1, 2)}, {"max_features": 1}, {"max_features": 300},
    {"max_features": 500, "ngram_range": (1, 3), "stop_words": "english"}, {"max_features": 10**9},
    {"binary": True}, {"binary": True, "max_features": 100}, {"dtype": np.float32}, {"dtype": np.uint8},
    {"strip_accents": "unicode"}, {"strip_accents": "ascii", "ngram_range": (1, 2)}, {"strip_accents": str.title},
    {"strip_accents": "unicode", "lowercase": False}, {"token_pattern": r"\w+"}, {"token_pattern": r"(\w)\w+"},
    {"tokenizer": str.split, "token_pattern": None}, {"preprocessor": str.upper}, {"analyzer": "char"},
    {"analyzer": "char", "ngram_range": (2, 4), "max_features": 500}, {"analyzer": "char_wb", "ngram_range": (1, 5), "min_df": 3},
    {"analyzer": "char_wb", "ngram_range": (4, 4), "strip_accents": "unicode"}, {"analyzer": str.split},
    {"vocabulary": ["the", "of", "new york", "zzz", "not here", "a  b", ""], "ngram_range": (1, 2)},
    {"vocabulary": {"york": 1, "new": 0, "the": 2}}, {"vocabulary": {"b", "a", "the"}, "token_pattern": r"\w+"},
]  # fmt: skip


@pytest.fixture(scope="module")
def documents():
    """Posts, tales and odd texts: cut short, because scikit-learn's n-grams of characters are slow."""
    tales = [tale[:6000] for tale in list(corpora.tales().values())[:3]]
    return [d.text[:1500] for d in corpora.newsgroups()[:60]] + tales + ODD


def assert_same(a, b):
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    assert abs(a - b).max() < (1e-6 if a.dtype.kind == "f" else 1)
    assert (a != 0).nnz == (b != 0).nnz


def names(options):
    def shown(value):
        return sorted(value) if isinstance(value, set) else getattr(value, "__name__", value)

    return ", ".join(f"{key}={shown(value)}" for key, value in options.items()) or "default"


@pytest.mark.parametrize("options", COUNT_OPTIONS, ids=names)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_count_vectorizer(options, documents):
    mine, peer = ours.CountVectorizer(**options), theirs.CountVectorizer(**options)
    assert_same(mine.fit_transform(documents), peer.fit_transform(documents))
    assert mine.get_feature_names_out().tolist() == peer.get_feature_names_out().tolist()
    assert mine.vocabulary_ == {name: int(column) for name, column in peer.vocabulary_.items()}
    assert_same(mine.transform(documents[::7] + UNSEEN), peer.transform(documents[::7] + UNSEEN))
    assert_same(ours.CountVectorizer(**options).fit(documents).transform(UNSEEN), peer.transform(UNSEEN))


@pytest.mark.parametrize("options", [
    {}, {"norm": "l1"}, {"norm": None}, {"use_idf": False}, {"smooth_idf": False}, {"sublinear_tf": True}, {"binary": True},
    {"sublinear_tf": True, "norm": None, "ngram_range": (1, 2), "min_df": 2}, {"dtype": np.float32}, {"stop_words": "english"},
    {"analyzer": "char_wb", "ngram_range": (2, 3)}, {"max_features": 200, "norm": "l1", "smooth_idf": False},
], ids=names)  # fmt: skip
def test_tfidf_vectorizer(options, documents):
    mine, peer = ours.TfidfVectorizer(**options), theirs.TfidfVectorizer(**options)
    assert_same(mine.fit_transform(documents), peer.fit_transform(documents))
    assert_same(mine.transform(UNSEEN + documents[:9]), peer.transform(UNSEEN + documents[:9]))
    if options.get("use_idf", True):
        assert np.allclose(mine.idf_, peer.idf_)


@pytest.mark.parametrize("options", [
    {}, {"norm": "l1"}, {"norm": None}, {"alternate_sign": False}, {"n_features": 7, "norm": None}, {"n_features": 2**10},
    {"ngram_range": (1, 3)}, {"binary": True, "norm": None, "n_features": 50}, {"stop_words": "english"}, {"dtype": np.float32},
    {"analyzer": "char", "ngram_range": (2, 3)}, {"analyzer": "char_wb", "ngram_range": (3, 3), "norm": None},
    {"strip_accents": "ascii"}, {"lowercase": False}, {"tokenizer": str.split, "token_pattern": None},
], ids=names)  # fmt: skip
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_hashing_vectorizer(options, documents):
    assert_same(
        ours.HashingVectorizer(**options).transform(documents), theirs.HashingVectorizer(**options).transform(documents)
    )


@given(st.lists(st.text(alphabet=st.sampled_from("ab cdé_1 -\n日😀İ"), max_size=20), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)  # a busy machine may take a second for one
def test_any_text_is_counted_the_same(texts):
    for ngram_range in ((1, 1), (1, 3), (2, 2)):
        try:
            peer = theirs.CountVectorizer(ngram_range=ngram_range).fit(texts)
        except ValueError:
            with pytest.raises(ValueError, match="empty vocabulary"):
                ours.CountVectorizer(ngram_range=ngram_range).fit(texts)
            continue
        mine = ours.CountVectorizer(ngram_range=ngram_range).fit(texts)
        assert mine.get_feature_names_out().tolist() == peer.get_feature_names_out().tolist()
        assert_same(mine.transform(texts), peer.transform(texts))


@given(st.lists(st.text(max_size=12), min_size=1, max_size=20))
@settings(deadline=None)
def test_hashes_are_scikit_learns(words):
    from sklearn.utils.murmurhash import murmurhash3_bytes_s32

    well_formed = [w for w in words if not re.search("[\ud800-\udfff]", w)]
    expected = [murmurhash3_bytes_s32(w.encode(), 0) for w in well_formed]
    assert ours.hashing.murmurhash3(well_formed).tolist() == expected


@pytest.mark.parametrize("name", ["CountVectorizer", "TfidfVectorizer", "HashingVectorizer", "TfidfTransformer"])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_own_checks(name):
    """Whatever scikit-learn's own class passes; of those that take texts it tests little itself."""

    def passed(estimator):
        results = check_estimator(estimator, on_fail=None, on_skip=None)
        return {r["check_name"] for r in results if r["status"] == "passed"}

    expected = passed(getattr(theirs, name)())
    assert passed(getattr(ours, name)()) >= expected
    assert len(expected) >= (40 if name == "TfidfTransformer" else 1)


def test_works_in_pipelines_clones_and_pickles(documents):
    from sklearn.naive_bayes import MultinomialNB

    posts = corpora.newsgroups()[:400:2]
    texts, labels = [p.text for p in posts], [p.label for p in posts]
    pipeline = make_pipeline(clone(ours.TfidfVectorizer(min_df=2)), MultinomialNB()).fit(texts, labels)
    peer = make_pipeline(theirs.TfidfVectorizer(min_df=2), MultinomialNB()).fit(texts, labels)
    assert pipeline.predict(documents[:50]).tolist() == peer.predict(documents[:50]).tolist()
    again = pickle.loads(pickle.dumps(pipeline))
    assert again.predict(documents[:50]).tolist() == pipeline.predict(documents[:50]).tolist()
    assert repr(ours.CountVectorizer(min_df=3)) == "CountVectorizer(min_df=3)"


def test_files_names_and_bytes(tmp_path):
    (tmp_path / "a.txt").write_bytes("Grüße an alle".encode("latin-1"))
    by_name = ours.CountVectorizer(input="filename", encoding="latin-1").fit([tmp_path / "a.txt"])
    by_file = ours.CountVectorizer(input="file").fit([io.StringIO("Grüße an alle")])
    by_bytes = ours.CountVectorizer().fit(["Grüße an alle".encode()])
    assert (
        list(by_name.vocabulary_) == list(by_file.vocabulary_) == list(by_bytes.vocabulary_) == ["alle", "an", "grüße"]
    )
    with pytest.raises(UnicodeDecodeError):
        ours.CountVectorizer().fit([b"\xff\xfe"])
    assert ours.CountVectorizer(decode_error="ignore").fit([b"ab \xff cd"]).vocabulary_ == {"ab": 0, "cd": 1}


def test_inverse_transform(documents):
    mine, peer = ours.CountVectorizer().fit(documents), theirs.CountVectorizer().fit(documents)
    for a, b in zip(
        mine.inverse_transform(mine.transform(documents[:20])), peer.inverse_transform(peer.transform(documents[:20]))
    ):
        assert sorted(a) == sorted(b)


@pytest.mark.parametrize(
    ("options", "texts", "words"),
    [
        ({}, "one string", "list of texts"),
        ({}, [], "empty vocabulary"),
        ({}, ["a", "!"], "empty vocabulary"),
        ({}, ["fine", None], "is a value missing"),
        ({}, [float("nan")], "is a value missing"),
        ({"ngram_range": (2, 1)}, ["some text"], "least <= most"),
        ({"ngram_range": (0, 1)}, ["some text"], "1 <= least"),
        ({"min_df": 3}, ["some text"], "max_df corresponds to < documents than min_df"),
        ({"max_df": 1}, ["some text", "some text"], "no feature is left"),
        ({"max_df": 1.5}, ["some text"], "share from 0 to 1"),
        ({"max_features": 0}, ["some text"], "at least 1"),
        ({"analyzer": "sentence"}, ["some text"], "'char_wb' or a function"),
        ({"strip_accents": "all"}, ["some text"], "'ascii', 'unicode'"),
        ({"stop_words": "german"}, ["some text"], '"english", a list'),
        ({"vocabulary": ["a", "a"]}, ["some text"], "comes twice"),
        ({"vocabulary": {"a": 0, "b": 2}}, ["some text"], "without a gap"),
        ({"vocabulary": []}, ["some text"], "empty"),
        ({"token_pattern": r"(\w)(\w)"}, ["some text"], "one group"),
    ],
)
def test_mistakes_are_told(options, texts, words):
    with pytest.raises(ValueError, match=words):
        ours.CountVectorizer(**options).fit(texts)


def test_not_fitted_is_told():
    for vectorizer in (ours.CountVectorizer(), ours.TfidfVectorizer(), ours.TfidfTransformer()):
        with pytest.raises(ValueError, match="call fit first"):
            vectorizer.transform([[1]] if isinstance(vectorizer, ours.TfidfTransformer) else ["text"])
    with pytest.raises(ValueError, match="has no parameter 'mindf'"):
        ours.CountVectorizer().set_params(mindf=3)


def tokens_as_they_are(document):
    return document


@pytest.mark.parametrize("name", ["CountVectorizer", "TfidfVectorizer", "HashingVectorizer"])
@pytest.mark.parametrize(
    "options",
    [
        {"analyzer": tokens_as_they_are},
        {"tokenizer": tokens_as_they_are, "lowercase": False, "token_pattern": None},
        {"tokenizer": tokens_as_they_are, "preprocessor": tokens_as_they_are, "token_pattern": None},
        {
            "tokenizer": tokens_as_they_are,
            "lowercase": False,
            "token_pattern": None,
            "ngram_range": (1, 2),
            "stop_words": ["the"],
        },
        {"preprocessor": " ".join},
    ],
)
def test_documents_that_are_tokens_already(name, options):
    documents = [["the", "cat", "the"], ("A", "dog"), ["dog"], []]
    mine, reference = (getattr(module, name)(**options).fit_transform(documents) for module in (ours, theirs))
    assert (mine != reference).nnz == 0


@pytest.mark.parametrize("missing", [None, float("nan"), np.float64("nan")])
@pytest.mark.parametrize("options", [{}, {"analyzer": tokens_as_they_are}, {"preprocessor": str}])
def test_missing_values_stay_refused(missing, options):
    with pytest.raises(ValueError, match="is a value missing"):
        ours.CountVectorizer(**options).fit([["cat"] if options else "cat", missing])


def test_lists_of_tokens_are_refused_where_a_step_of_ours_needs_a_text():
    for options in ({}, {"tokenizer": list, "token_pattern": None}, {"analyzer": "char"}):
        with pytest.raises(ValueError, match="documents of another kind need an analyzer or preprocessor of your own"):
            ours.CountVectorizer(**options).fit([["cat"]])


def test_features_may_be_tuples():
    vectorizer = ours.CountVectorizer(analyzer=tokens_as_they_are).fit([[("a", "b"), ("c", "d")]])
    assert vectorizer.get_feature_names_out().tolist() == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize(
    "options", [{}, {"analyzer": str.split}, {"analyzer": "char"}, {"ngram_range": (1, 2)}, {"vocabulary": ["cat"]}]
)
@pytest.mark.parametrize("name", ["CountVectorizer", "TfidfVectorizer"])
def test_a_failed_fit_keeps_what_was_learned(name, options):
    def nothing_more():
        yield "zebra yak"
        raise OSError("no more documents")

    vectorizer = getattr(ours, name)(**options).fit(["cat dog", "cat bee"])
    names, weights = vectorizer.get_feature_names_out().tolist(), vectorizer.transform(["cat cat dog"]).toarray()
    for documents in (["zebra yak", None], nothing_more(), ["zebra", 3.5]):
        with pytest.raises((ValueError, OSError, TypeError)):
            vectorizer.fit(documents)
        assert vectorizer.get_feature_names_out().tolist() == names
        np.testing.assert_array_equal(vectorizer.transform(["cat cat dog"]).toarray(), weights)


def test_a_vectorizer_is_brought_back_from_its_vocabulary_and_idf():
    fitted = ours.TfidfVectorizer(ngram_range=(1, 2)).fit(ODD)
    back = ours.TfidfVectorizer(ngram_range=(1, 2))
    back.vocabulary_, back.idf_ = fitted.vocabulary_, fitted.idf_
    assert (back.transform(ODD + UNSEEN) != fitted.transform(ODD + UNSEEN)).nnz == 0
    other = ours.TfidfVectorizer(ngram_range=(1, 2))
    other.idf_ = fitted.idf_  # in the other order
    other.vocabulary_ = fitted.vocabulary_
    assert (other.transform(ODD) != fitted.transform(ODD)).nnz == 0
    assert other.fit(["a new world"]).get_feature_names_out().tolist() == ["new", "new world", "world"]
    counts = ours.CountVectorizer()
    counts.vocabulary_ = {"b b": 0, "cat": 1}
    assert counts.transform(["cat cat"]).toarray().tolist() == [[0, 2]] and counts.vocabulary_ == {"b b": 0, "cat": 1}


def test_what_cannot_be_brought_back():
    vectorizer = ours.TfidfVectorizer().fit(["cat dog"])
    for idf in ([1.0], [1.0, np.nan], [[1.0, 2.0]], 3):
        with pytest.raises(ValueError, match="one finite number for each of the columns"):
            vectorizer.idf_ = idf
    with pytest.raises(ValueError, match="without a gap"):
        vectorizer.vocabulary_ = {"cat": 1}
    assert vectorizer.transform(["cat dog"]).shape == (1, 2)
    with pytest.raises(ValueError, match="use_idf is False"):
        ours.TfidfVectorizer(use_idf=False, vocabulary=["cat"]).idf_ = [1.0]
    transformer = ours.TfidfTransformer()
    transformer.idf_ = np.array([2.0, 3.0])
    np.testing.assert_array_equal(transformer.transform(np.array([[1, 0], [0, 1]])).toarray(), np.eye(2))


@pytest.mark.parametrize(
    "change",
    [
        {"lowercase": False}, {"stop_words": ["cat"]}, {"ngram_range": (1, 2)}, {"token_pattern": r"\w\w"}, {"analyzer": "char"},
        {"strip_accents": "unicode"}, {"tokenizer": str.split, "token_pattern": None}, {"preprocessor": str.title},
        {"binary": True},
    ],
)  # fmt: skip
@pytest.mark.parametrize("options", [{}, {"analyzer": str.split}, {"ngram_range": (2, 2)}])
@pytest.mark.parametrize("name", ["CountVectorizer", "TfidfVectorizer"])
def test_parameters_that_are_set_after_the_fit(name, options, change):
    fitted = [getattr(module, name)(**options).fit(["cat dog", "dog bee cat", "Café cat"]) for module in (ours, theirs)]
    mine, reference = (v.set_params(**change).transform(["Cat dog dog", "cafe cat café", "dog bee"]) for v in fitted)
    np.testing.assert_allclose(mine.toarray(), reference.toarray(), rtol=1e-12)
    assert fitted[0].get_feature_names_out().tolist() == fitted[1].get_feature_names_out().tolist()


def test_a_pipeline_names_its_columns():
    documents = ["pizza beer", "beer beer"]
    for module in (ours, theirs):
        pipeline = make_pipeline(module.CountVectorizer(), module.TfidfTransformer()).fit(documents)
        assert pipeline.get_feature_names_out().tolist() == ["beer", "pizza"]
        transformer = module.TfidfTransformer().fit([[1, 0, 2]])
        assert transformer.get_feature_names_out().tolist() == ["x0", "x1", "x2"]
        with pytest.raises(ValueError, match="input_features"):
            transformer.get_feature_names_out(["a"])
    with pytest.raises(ValueError, match="call fit first"):
        ours.TfidfTransformer().get_feature_names_out()


@pytest.mark.parametrize("name", ["CountVectorizer", "TfidfVectorizer"])
def test_a_given_vocabulary_needs_no_fit(name):
    vectorizer = getattr(ours, name)(vocabulary={"pizza": 0, "beer": 1})
    assert vectorizer.get_feature_names_out().tolist() == ["pizza", "beer"]
    assert vectorizer.vocabulary_ == {"pizza": 0, "beer": 1}
    fresh = getattr(ours, name)(vocabulary=["pizza", "beer"])
    assert [row.tolist() for row in fresh.inverse_transform(np.array([[0, 1], [2, 0]]))] == [["beer"], ["pizza"]]
    with pytest.raises(ValueError, match="call fit first"):
        getattr(ours, name)().inverse_transform(np.eye(2))


@pytest.mark.parametrize("unit", ["a", "ab ", "\n", "İ ", "é.", "\0", "一", "._-"])
@pytest.mark.parametrize(
    "options",
    [{}, {"ngram_range": (1, 3)}, {"analyzer": "char_wb", "ngram_range": (1, 3)}, {"strip_accents": "unicode"}],
)
def test_time_grows_with_the_text_and_not_with_its_square(unit, options):
    vectorizer = ours.HashingVectorizer(**options)
    assert growth(lambda text: vectorizer.transform([text, "zz"]), lambda n: unit * n, 20_000) < 8
