"""scikit-learn's classifiers on 20 Newsgroups and text messages: the same weights and the same answers as ours."""

import json
import warnings

import numpy as np
import sklearn
from sklearn import linear_model, naive_bayes, svm
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from nlpjourney import ml
from nlpjourney.assets import corpora
from nlpjourney.text.vectorize import CountVectorizer, TfidfVectorizer

warnings.filterwarnings("error")  # what has not converged would be compared with nothing
train, test = corpora.newsgroups("train"), corpora.newsgroups("test")
labels, expected = np.array([p.label for p in train]), np.array([p.label for p in test])
counter, weigher = CountVectorizer(), TfidfVectorizer(min_df=3)
C, C_test = (f([p.text for p in part]) for f, part in ((counter.fit_transform, train), (counter.transform, test)))
T, T_test = (f([p.text for p in part]) for f, part in ((weigher.fit_transform, train), (weigher.transform, test)))
for name in ("MultinomialNB", "ComplementNB", "BernoulliNB"):
    ours, theirs = getattr(ml, name)().fit(C, labels), getattr(naive_bayes, name)().fit(C, labels)
    assert np.allclose(ours.feature_log_prob_, theirs.feature_log_prob_, rtol=1e-12), name
    assert (ours.predict(C_test) == theirs.predict(C_test)).all(), name
ours, theirs = ml.LinearSVC(tol=1e-6).fit(T, labels), svm.LinearSVC(dual=True, tol=1e-6).fit(T, labels)
machines = float(np.abs(ours.coef_ - theirs.coef_).max())
assert machines < 1e-5 and (ours.predict(T_test) == theirs.predict(T_test)).all()
right = float((ours.predict(T_test) == expected).mean())

messages = corpora.sms_spam()
texts, kinds = [m.text for m in messages], np.array([m.label for m in messages])
X = weigher.fit_transform(texts)
ours = ml.LogisticRegression(tol=1e-7, max_iter=1000).fit(X, kinds)
theirs = linear_model.LogisticRegression(tol=1e-7, max_iter=1000).fit(X, kinds)
logistic = float(np.abs(ours.coef_ - theirs.coef_).max())
assert logistic < 1e-3
folds = cross_val_score(make_pipeline(TfidfVectorizer(), ml.LogisticRegression(C=10)), texts, kinds, cv=5)
assert folds.mean() > 0.95
result = (
    f"three kinds of naive Bayes give the same answers for {len(test):,} posts; weights differ by at most {machines:.0e} "
    f"(SVM) and {logistic:.0e} (logistic regression); the SVM is right for {right:.1%}; our classifiers work in its pipelines"
)
print(json.dumps({"version": sklearn.__version__, "result": result}))
