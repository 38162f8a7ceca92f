"""Classifiers against scikit-learn (liblinear, lbfgs) and fastText: real texts, one thread, the same tolerance."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import linear_model, naive_bayes, svm
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from nlpjourney import ml
from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.tasks.classification import FastTextClassifier
from nlpjourney.tasks.classification.learning_curves import distinct_headlines
from nlpjourney.text.vectorize import CountVectorizer, TfidfVectorizer


def comparisons() -> Iterator[Comparison]:
    posts, (headlines, kinds) = corpora.newsgroups("train"), distinct_headlines()
    texts, groups = [p.text for p in posts], np.array([p.label for p in posts])
    sets = {
        "20 Newsgroups": (CountVectorizer().fit_transform(texts), TfidfVectorizer().fit_transform(texts), groups),
        "headlines": (
            CountVectorizer().fit_transform(headlines), TfidfVectorizer().fit_transform(headlines), np.array(kinds),
        ),
    }  # fmt: skip

    def one_thread(model: Any, X: Any, y: Any) -> Any:
        with threadpool_limits(1):
            return model.fit(X, y)

    for name, (counts, weighted, y) in sets.items():
        for kind in ("MultinomialNB", "ComplementNB", "BernoulliNB"):
            yield Comparison(
                work=f"{kind}, {name}: fit and predict",
                peer="scikit-learn",
                topic="2.1",
                ours=lambda kind=kind, X=counts, y=y: one_thread(getattr(ml, kind)(), X, y).predict(X),
                theirs=lambda kind=kind, X=counts, y=y: one_thread(getattr(naive_bayes, kind)(), X, y).predict(X),
                agree=lambda a, b: bool((a == b).all()),
                goal=2.0,
                packages=("scikit-learn",),
            )
        yield Comparison(
            work=f"logistic regression, {name}, tol=1e-4",
            peer="scikit-learn (lbfgs)",
            topic="2.1",
            ours=lambda X=weighted, y=y: one_thread(ml.LogisticRegression(max_iter=500), X, y),
            theirs=lambda X=weighted, y=y: one_thread(linear_model.LogisticRegression(max_iter=500), X, y),
            agree=lambda a, b, X=weighted: bool((a.predict(X) == b.predict(X)).mean() > 0.99),
            goal=1.0,
            packages=("scikit-learn", "scipy"),
            repeat=3,
        )
        yield Comparison(
            work=f"linear SVM, {name}, tol=1e-4",
            peer="scikit-learn (liblinear)",
            topic="2.1",
            ours=lambda X=weighted, y=y: one_thread(ml.LinearSVC(), X, y),
            theirs=lambda X=weighted, y=y: one_thread(svm.LinearSVC(dual=True), X, y),
            agree=lambda a, b: bool(np.abs(a.coef_ - b.coef_).max() < 1e-3),
            goal=1.0,
            packages=("scikit-learn",),
        )
    yield from _fasttext(headlines, kinds)


def _accuracy(model: Any, texts: list[str], labels: list[str]) -> float:
    answers = [found[0].removeprefix("__label__") for found in model.predict(texts)[0]]
    return float(np.mean(np.array(answers) == np.array(labels)))


def _fasttext(texts: list[str], labels: list[str]) -> Iterator[Comparison]:
    import fasttext

    n = 20_000
    folder = tempfile.TemporaryDirectory()
    file = Path(folder.name) / "train.txt"
    file.write_text("".join(f"__label__{label} {text}\n" for text, label in zip(texts[:n], labels[:n])))

    def theirs(word_ngrams: int) -> float:
        settings = {
            "lr": 0.1,
            "dim": 100,
            "epoch": 10,
            "wordNgrams": word_ngrams,
            "minn": 0,
            "maxn": 0,
            "bucket": 200_000,
        }
        for _ in range(10):
            try:
                model = fasttext.train_supervised(str(file), **settings, thread=1, verbose=0)
                break
            except RuntimeError:  # "Encountered NaN": it sometimes asks for its mean loss before the first example
                continue
        return _accuracy(model, texts[n:], labels[n:])

    def ours(word_ngrams: int) -> float:
        model = FastTextClassifier(learning_rate=0.1, n_epochs=10, word_ngrams=word_ngrams)
        return model.fit(texts[:n], labels[:n]).score(texts[n:], labels[n:])

    for word_ngrams in (1, 2):
        yield Comparison(
            work=f"fastText's classifier, 20,000 headlines, runs of up to {word_ngrams} words; training and 8,498 predictions",
            peer="fastText",
            topic="2.1",
            ours=lambda g=word_ngrams, keep=folder: ours(g),
            theirs=lambda g=word_ngrams, keep=folder: theirs(g),
            agree=lambda a, b: abs(a - b) < 0.012,
            goal=1.0,
            packages=("fasttext-numpy2",),
            repeat=3,
            remark="10 epochs, 1 thread; accuracy within the seeds'",
        )
