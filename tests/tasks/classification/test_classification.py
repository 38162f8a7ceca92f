"""Classifiers of texts: which words decide, fastText's accuracy, the committed table."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from nlpjourney.errors import InvalidInput
from nlpjourney.ml import LinearSVC, LogisticRegression, MultinomialNB
from nlpjourney.tasks.classification import FastTextClassifier, TextClassifier
from nlpjourney.tasks.classification.learning_curves import MODELS, N_DRAWS, SIZES, STEPS, committed, distinct_headlines
from nlpjourney.text.vectorize import CountVectorizer, TfidfVectorizer

TEXTS = ["win a prize now", "lunch at noon", "claim your prize", "see you at lunch", "prize draw", "noon is fine"] * 2
LABELS = ["spam", "ham", "spam", "ham", "spam", "ham"] * 2


@pytest.mark.parametrize("classifier", [MultinomialNB(), LogisticRegression(), LinearSVC()])
def test_contributions_add_up_to_the_score(classifier):
    model = TextClassifier(CountVectorizer(), classifier).fit(TEXTS, LABELS)
    text = "a prize prize at noon, unseen"
    parts = model.contributions(text, "spam")
    assert parts[0].feature == "prize" and {p.feature for p in parts} == {"prize", "at", "noon"}
    bias = classifier.bias_[0] if hasattr(classifier, "bias_") else classifier.intercept_[0]
    row = model.vectorizer.transform([text])
    score = classifier._scores(row)[0, 0]
    assert sum(p.adds for p in parts) + bias == pytest.approx(score)
    against = model.contributions(text, "ham")
    assert [(p.feature, -p.adds) for p in against] == [(p.feature, pytest.approx(p.adds)) for p in parts]
    assert model.contributions("", "spam") == [] and len(model.contributions(text, "spam", 1)) == 1
    with pytest.raises(ValueError, match="no class 'eggs'"):
        model.weights("eggs")


def test_several_classes_are_compared_with_the_others():
    model = TextClassifier(TfidfVectorizer(), LogisticRegression()).fit(
        ["apple pie", "blue sky", "car wheel"] * 2, list("abc") * 2
    )
    rows = model.classifier.coef_
    np.testing.assert_allclose(model.weights("b"), rows[1] - (rows[0] + rows[2]) / 2)
    assert model.contributions("blue car", "b")[0].feature == "blue"
    assert model.predict_proba(["blue"]).sum() == pytest.approx(1) and model.decision_function(["blue"]).shape == (1, 3)


TRAIN_THEIRS = """
import json, sys, fasttext
file, texts, settings = json.load(sys.stdin)
model = fasttext.train_supervised(file, **settings)
print(json.dumps([model.predict(text)[0][0].removeprefix("__label__") for text in texts]))
"""


def theirs(file, texts, **settings):
    """The labels that fastText gives, from a process of its own: in one with a used heap it may stop, "Encountered NaN"."""
    given = json.dumps([file, texts, settings])
    for _ in range(5):
        run = subprocess.run(
            [sys.executable, "-c", TRAIN_THEIRS], check=False, input=given, capture_output=True, text=True
        )
        if run.returncode == 0:
            return np.array(json.loads(run.stdout))
        assert "Encountered NaN" in run.stderr, run.stderr
    pytest.fail("fastText did not train in five attempts")


@pytest.mark.parametrize("word_ngrams", [1, 2])
def test_fasttext_is_as_right_as_fasttext(word_ngrams):
    texts, labels = distinct_headlines()
    texts, labels = texts[:9000], labels[:9000]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        file.write_text("".join(f"__label__{label} {text}\n" for text, label in zip(texts[:6000], labels[:6000])))
        options = {"lr": 0.5, "epoch": 10, "minn": 0, "maxn": 0, "bucket": 100_000, "verbose": 0, "thread": 1}
        found = [theirs(str(file), texts[6000:], wordNgrams=word_ngrams, seed=s, **options) for s in range(3)]
    right = np.mean([(labels_ == np.array(labels[6000:])).mean() for labels_ in found])
    ours = [
        FastTextClassifier(n_epochs=10, learning_rate=0.5, word_ngrams=word_ngrams, bucket=100_000, seed=seed)
        .fit(texts[:6000], labels[:6000]).score(texts[6000:], labels[6000:])
        for seed in range(3)
    ]  # fmt: skip
    assert abs(np.mean(ours) - right) < 0.012


def test_fasttext_repeats_itself_and_refuses_what_it_cannot_use():
    first, second = (FastTextClassifier(seed=3).fit(TEXTS, LABELS).predict_proba(TEXTS) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert FastTextClassifier(n_epochs=300, n_threads=2).fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1
    assert FastTextClassifier().fit(["", "ä"], ["x", "y"]).predict([""]).tolist()[0] in ("x", "y")
    with pytest.raises(TypeError, match="list of texts"):
        FastTextClassifier().fit("a text", ["x"])
    with pytest.raises(TypeError, match="int"):
        FastTextClassifier().fit(["a", 3], ["x", "y"])
    for options in ({"vector_size": 0}, {"learning_rate": 0}, {"bucket": 0}):
        with pytest.raises(InvalidInput):
            FastTextClassifier(**options).fit(TEXTS, LABELS)
    with pytest.raises(InvalidInput, match="infinite"):
        FastTextClassifier(learning_rate=1e30).fit(TEXTS, LABELS)


@pytest.mark.parametrize("word_ngrams", [1, 2, 3])
def test_fasttext_says_what_each_word_adds(word_ngrams):
    model = FastTextClassifier(word_ngrams=word_ngrams, bucket=50, n_epochs=50).fit(TEXTS, LABELS)
    for text in ("claim your prize prize now", "an unknown prize", "unknown", ""):
        parts = model.contributions(text, "spam")
        logs = np.log(model.predict_proba([text])[0])
        assert sum(p.adds for p in parts) == pytest.approx(logs[1] - logs[0], abs=1e-5)
        assert {p.feature for p in parts if " " not in p.feature} <= {*text.split(), "</s>"}
    names = {p.feature for p in model.contributions("a unknown prize now", "spam")}
    assert ("prize now" in names) == (word_ngrams > 1) and ("prize now </s>" in names) == (word_ngrams > 2)
    assert not any("unknown" in name for name in names)
    assert model.contributions("prize now", "spam", 1)[0].adds == pytest.approx(
        -model.contributions("prize now", "ham")[0].adds
    )
    with pytest.raises(ValueError, match="no class 'eggs'"):
        model.contributions("prize", "eggs")


def test_only_what_is_ours_is_saved(tmp_path):
    from sklearn.naive_bayes import MultinomialNB as Theirs

    model = TextClassifier(CountVectorizer(), Theirs()).fit(TEXTS, LABELS)
    with pytest.raises(InvalidInput, match=r"sklearn.*MultinomialNB cannot be saved"):
        model.save(tmp_path / "file")
    with pytest.raises(TypeError, match="function cannot be saved"):
        TextClassifier(CountVectorizer(tokenizer=lambda text: text.split(), token_pattern=None), MultinomialNB()).fit(
            TEXTS, LABELS
        ).save(tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_the_committed_table_is_whole_and_its_first_rows_come_again():
    points = committed()
    expected = {(name, n, draw) for name in MODELS for n in STEPS if n <= SIZES[name] for draw in range(N_DRAWS)}
    assert {(p.model, p.n, p.draw) for p in points} == expected
    texts, labels = distinct_headlines()
    order = np.random.default_rng(1).permutation(len(texts) - 2000)[:500]
    for name in ("naive Bayes", "logistic regression", "fastText"):
        model = MODELS[name](0).fit([texts[i] for i in order], [labels[i] for i in order])
        found = next(p.accuracy for p in points if (p.model, p.n, p.draw) == (name, 500, 0))
        assert model.score(texts[-2000:], labels[-2000:]) == pytest.approx(found, abs=0.005)


def test_fine_tuning_takes_its_first_steps():
    from nlpjourney.tasks.classification.encoder import EncoderClassifier

    model = EncoderClassifier(n_epochs=4, learning_rate=2e-4, max_length=16)
    losses = [entry["loss"] for entry in model.steps(TEXTS, LABELS) if "loss" in entry]
    assert len(losses) == 4 and losses[-1] < losses[0]
    assert model.predict(TEXTS[:3]).shape == (3,)
    np.testing.assert_allclose(model.predict_proba(TEXTS).sum(axis=1), 1)
    before = model.model_
    with pytest.raises(InvalidInput, match="n_epochs"):
        EncoderClassifier(n_epochs=0).fit(TEXTS, LABELS)
    with pytest.raises(InvalidInput, match="12 samples and 1 labels"):
        model.fit(TEXTS, ["a"])
    with pytest.raises(TypeError, match="list of texts"):
        model.predict("a text")
    assert model.model_ is before
