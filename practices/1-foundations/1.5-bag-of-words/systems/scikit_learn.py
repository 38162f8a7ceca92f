"""scikit-learn's vectorizers on 20 Newsgroups: the same columns and numbers as ours; in its pipeline ours works like its own."""

import json

import sklearn
import sklearn.feature_extraction.text as theirs
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline

from nlpjourney.assets import corpora
from nlpjourney.text import vectorize as ours

train, test = corpora.newsgroups("train"), corpora.newsgroups("test")
texts = [post.text for post in train]
some = texts[:1000]
options = [
    ("CountVectorizer", {}), ("CountVectorizer", {"ngram_range": (1, 2), "min_df": 2}),
    ("CountVectorizer", {"analyzer": "char_wb", "ngram_range": (3, 3)}), ("TfidfVectorizer", {"stop_words": "english"}),
    ("TfidfVectorizer", {"sublinear_tf": True, "max_df": 0.2, "min_df": 3}), ("HashingVectorizer", {"ngram_range": (1, 2)}),
]  # fmt: skip
for name, parameters in options:
    mine, peer = getattr(ours, name)(**parameters), getattr(theirs, name)(**parameters)
    a, b = mine.fit_transform(some), peer.fit_transform(some)
    assert a.shape == b.shape and a.nnz == b.nnz and abs(a - b).max() < 1e-9, (name, parameters)
    if name != "HashingVectorizer":
        assert (mine.get_feature_names_out() == peer.get_feature_names_out()).all()

labels, expected = [post.label for post in train], [post.label for post in test]
scores = [
    make_pipeline(module.TfidfVectorizer(min_df=3, sublinear_tf=True), ComplementNB())
    .fit(texts, labels)
    .score([post.text for post in test], expected)
    for module in (ours, theirs)
]
assert abs(scores[0] - scores[1]) < 0.002, scores
result = (
    f"{len(options)} settings on {len(some):,} posts give equal matrices; "
    f"a classifier on ours and on its own is right for {scores[0]:.1%} of the test posts"
)
print(json.dumps({"version": sklearn.__version__, "result": result}))
