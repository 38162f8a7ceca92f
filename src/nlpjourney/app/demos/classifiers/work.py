"""Four linear classifiers of the library, learned on the first question; every score taken apart into what each word adds."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from nlpjourney.app.demos.classifiers import QUESTIONS, SHOWN, Judged, Part, Verdict
from nlpjourney.assets import corpora
from nlpjourney.ml import LinearSVC, LogisticRegression, MultinomialNB
from nlpjourney.tasks.classification import Contribution, FastTextClassifier, TextClassifier
from nlpjourney.tasks.classification.fasttext import END
from nlpjourney.tasks.classification.learning_curves import N_TEST, SAME_FEATURES, distinct_headlines
from nlpjourney.text.vectorize import CountVectorizer, TfidfVectorizer

Model = TextClassifier | FastTextClassifier


class Trained(NamedTuple):
    """The classifiers by their names, their accuracy on held-out texts, all texts with their labels, and the held-out ones."""

    models: dict[str, Model]
    accuracies: dict[str, float]
    labels: dict[str, str]
    held_out: frozenset[str]


def judge(question: str, text: str) -> Judged:
    """What each classifier says of the text, and why."""
    trained = _trained(question)
    positive = QUESTIONS[question].classes[1]
    known = _lowered(text)
    words = known.split()
    vocabulary = trained.models["fastText"].words_
    return Judged(
        tuple(
            _verdict(name, model, trained.accuracies[name], known, positive) for name, model in trained.models.items()
        ),
        trained.labels.get(known, ""),
        known in trained.labels and known not in trained.held_out,
        tuple(dict.fromkeys(word for word in words if word not in vocabulary)),
        len(words),
        len(trained.labels) - len(trained.held_out),
        len(trained.held_out),
    )


def _verdict(name: str, model: Model, accuracy: float, text: str, positive: str) -> Verdict:
    adds = [part for part in model.contributions(text, positive) if part.feature != END]
    if isinstance(model, TextClassifier) and isinstance(model.classifier, LinearSVC):
        score, probability = float(model.decision_function([text])[0]), None
    else:
        logs = _log_proba(model, text)
        score, probability = float(logs[1] - logs[0]), float(np.exp(logs.max()))
    shown, rest = adds[:SHOWN], adds[SHOWN:]
    others = Part(f"{len(rest)} others", sum(part.adds for part in rest)) if rest else None
    start = score - sum(part.adds for part in adds)
    return Verdict(
        name, str(model.predict([text])[0]), probability, score, accuracy, start, tuple(map(_part, shown)), others
    )


def _log_proba(model: Model, text: str) -> Any:
    if isinstance(model, TextClassifier):
        return model.classifier.predict_log_proba(model.vectorizer.transform([text]))[0]
    return np.log(np.maximum(model.predict_proba([text])[0], 1e-300))


def _part(contribution: Contribution) -> Part:
    return Part(contribution.feature.replace(END, "(end)"), contribution.adds)


def _lowered(text: str) -> str:
    """All see small letters, and words with one space between them."""
    return " ".join(text.lower().split())


@cache
def _trained(question: str) -> Trained:
    """Raises AssetError."""
    if question == "headlines":
        texts, labels = distinct_headlines()
    else:
        messages = {_lowered(m.text): m.label for m in corpora.sms_spam()}
        order = np.random.default_rng(0).permutation(len(messages))
        texts, labels = [list(messages)[i] for i in order], [list(messages.values())[i] for i in order]
    n_test = min(N_TEST, len(texts) // 5)
    models: dict[str, Model] = {
        "naive Bayes": TextClassifier(CountVectorizer(**SAME_FEATURES), MultinomialNB()),
        "logistic regression": TextClassifier(TfidfVectorizer(**SAME_FEATURES), LogisticRegression(C=10)),
        "linear SVM": TextClassifier(TfidfVectorizer(**SAME_FEATURES), LinearSVC()),
        "fastText": FastTextClassifier(n_epochs=25, learning_rate=0.5, word_ngrams=2),
    }
    for model in models.values():
        model.fit(texts[:-n_test], labels[:-n_test])
    accuracies = {name: model.score(texts[-n_test:], labels[-n_test:]) for name, model in models.items()}
    return Trained(models, accuracies, dict(zip(texts, labels)), frozenset(texts[-n_test:]))
