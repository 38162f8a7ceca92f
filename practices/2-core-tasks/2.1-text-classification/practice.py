# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Text classification: which of these is it?
#
# Your phone decides whether a message is spam before you see it. A help desk sends each mail to the right team; a newspaper files
# its articles under politics or sport. All of these are **classification**: given a text, choose one of a few **classes**. Nobody
# writes down the rules. Somebody **labels** examples (this one is spam, this one is not), and a program learns from them.
#
# In this lesson you build naive Bayes by hand on six messages, find out why accuracy can lie, let the weights be learned
# instead of counted, see why some models are far too sure of themselves, and compare classifiers from 1961 to 2020 honestly:
# with intervals, on texts they have not seen. You need practice 1.5 (bag of words, TF-IDF), probabilities, and
# the logarithm: log(a·b) = log a + log b.
#
# Here are six real text messages. ("Ham" is what spam filters call everything that is not spam.)

# %%
import inspect
import math
import time
from collections import Counter

import numpy as np
from threadpoolctl import threadpool_limits

from nlpjourney import ml
from nlpjourney.assets import corpora
from nlpjourney.drawing import Block, flow
from nlpjourney.ml.logistic import plain_loss_and_gradient
from nlpjourney.ml.linear_svm import plain_dual_descent
from nlpjourney.ml.naive_bayes import plain_multinomial_nb
from nlpjourney.tasks.classification import FastTextClassifier, TextClassifier, pictures
from nlpjourney.tasks.classification.fasttext import plain_fasttext_step
from nlpjourney.tasks.classification.learning_curves import committed, distinct_headlines
from nlpjourney.text.vectorize import CountVectorizer, TfidfVectorizer

every_message = corpora.sms_spam()
short = [m for m in every_message if 35 < len(m.text) < 85 and (m.label == "ham" or "call" in m.text.lower())]
for label in ("spam", "ham"):
    for message in [m for m in short if m.label == label][:3]:
        print(f"{message.label:5} {message.text}")

# %% [markdown]
# ## The idea, drawn
#
# Nearly every classifier of texts is this chain. What comes in front of the weights differs (counts, TF-IDF, a neural
# network), and so does the way the weights are found. The rest is always the same.

# %%
flow(
    [
        Block("Text", "“WINNER!! claim your prize”", 5),
        Block("Features", "numbers that describe it, here: how often each word occurs", 5),
        Block("Weights", "one number for each feature and class: learned from labelled examples", 1),
        Block("Scores", "one number for each class: the sum of feature × weight", 2),
        Block("Decision", "the largest score, or a threshold on it", 4),
    ],
    title="How a text gets its label",
    between=["winner 1, claim 1, prize 1 …", "winner +2.1, claim +2.4 …", "spam 4.5, ham 0", "spam"],
)

# %% [markdown]
# The numbers in the drawing are made up. A **feature** is one number that describes an example. A **label** is the class that
# an example belongs to. Learning from labelled examples is called **supervised** learning.
#
# ## Three heaps of texts, and the baseline
#
# A model that has learned its examples by heart knows nothing about the next message: it **overfits**. So the examples are
# divided before anything else happens:
#
# - the **training set**, from which the model learns;
# - the **validation set**, on which *we* choose settings (a **hyperparameter** is a setting that is not learned but chosen);
# - the **test set**, which is looked at once, at the end, to report how good the result is.
#
# There is a trap in our data, as in most. The same message often occurs twice. If one copy is in the training set and one in the
# test set, the model is asked what it has been told. This is a **data leak**. We keep each message once.

# %%
texts, labels = zip(*{m.text: m.label for m in every_message}.items())
labels = np.array(labels)
order = np.random.default_rng(0).permutation(len(texts))
train, validation, test = np.split(order, [len(order) * 6 // 10, len(order) * 8 // 10])


def pick(indices):
    return [texts[i] for i in indices]


print(f"{len(every_message):,} messages, {len(every_message) - len(texts)} of them copies of another one")
for name, part in (("training", train), ("validation", validation), ("test", test)):
    print(f"{name:10} {len(part):5,} messages, {np.mean(labels[part] == 'spam'):.1%} spam")

# %% [markdown]
# What is the simplest classifier? One that gives every message the most frequent label. It is called the **majority
# baseline**; a **baseline** is a simple method that a better one has to beat. **Predict:** what accuracy (share of right answers) does it
# have on the validation set?

# %%
majority = str(Counter(labels[train]).most_common(1)[0][0])
accuracy_of_majority = np.mean(labels[validation] == majority)
print(f"always {majority!r}: {accuracy_of_majority:.1%} right, and not one spam message found")

# %% [markdown]
# A classifier that has learned nothing is right most of the time, because the classes are not equally frequent (**class
# imbalance**). Keep this number in mind whenever somebody tells you an accuracy.

# %% [markdown]
# ## Naive Bayes with a pencil
#
# Take six messages of two or three words:
#
# | label | message |
# |---|---|
# | spam | win prize now |
# | spam | claim prize |
# | ham | lunch now |
# | ham | see you now |
# | ham | lunch tomorrow |
# | ham | see you tomorrow |
#
# A new message says *prize now*. Bayes' rule tells us how to weigh the evidence:
#
# $$P(\text{spam} \mid \text{prize now}) \;\propto\; P(\text{spam}) \cdot P(\text{prize now} \mid \text{spam})$$
#
# In words: how probable spam is *after* seeing the message (the **posterior**) is in proportion to how probable it was
# *before* (the **prior**: 2 of 6 messages) times how probable these words are in spam (the **likelihood**). The same goes for
# ham, and the two are then scaled so that they sum to 1.
#
# How probable is *prize now* in spam? It never occurred. So we make an assumption: **given the class, words are
# independent**. Then P(prize now | spam) = P(prize | spam) · P(now | spam), and single words we can count. The assumption is
# false (*prize* makes *claim* more likely), which is why the method is called *naive*. Words were first counted this way to file documents by
# Maron (1961).
#
# Spam has 5 words: win, prize, now, claim, prize. So P(prize | spam) = 2/5 and P(now | spam) = 1/5. Ham has 10 words, of which
# 2 are *now* and none is *prize*. **Predict with a pencil:** what are the two products, and what do you conclude?

# %%
mails = [
    ("spam", "win prize now"), ("spam", "claim prize"), ("ham", "lunch now"),
    ("ham", "see you now"), ("ham", "lunch tomorrow"), ("ham", "see you tomorrow"),
]  # fmt: skip
word_counts = {"spam": Counter(), "ham": Counter()}
for label, mail in mails:
    word_counts[label].update(mail.split())
prior = {label: sum(its == label for its, _ in mails) / len(mails) for label in word_counts}


def product(mail: str, label: str) -> float:
    """P(label) · P(words | label), by counting alone."""
    p = prior[label]
    for word in mail.split():
        p *= word_counts[label][word] / word_counts[label].total()
    return p


for mail in ("prize now", "prize tomorrow"):
    print(mail, {label: round(product(mail, label), 4) for label in word_counts})

# %% [markdown]
# *prize now* can only be spam, since ham never said *prize*. But look at *prize tomorrow*: spam never said *tomorrow*, ham
# never said *prize*, and both products are 0. **One word that a class has not shown yet rules the class out**, whatever the other
# words say. This is the zero problem.
#
# The cure is **smoothing**: pretend that each word of the vocabulary was seen α more times in each class than it was. With
# α = 1 this is **Laplace smoothing**:
#
# $$P(w \mid c) = \frac{\text{count}(w, c) + \alpha}{\text{all words of } c + \alpha \cdot |V|}$$
#
# In words: add α to the count of the word, and α for each of the |V| words of the vocabulary to the total, so that the shares
# still sum to 1. Our vocabulary has 8 words, so P(tomorrow | spam) = (0 + 1) / (5 + 8).


# %% exercise="2.1.a"
def smoothed(counts: dict[str, int], vocabulary: list[str], alpha: float) -> dict[str, float]:
    """P(word | class) for every word of the vocabulary, from the class's counts, with `alpha` added to each."""
    # BEGIN SOLUTION
    total = sum(counts.get(word, 0) for word in vocabulary) + alpha * len(vocabulary)
    return {word: (counts.get(word, 0) + alpha) / total for word in vocabulary}
    # END SOLUTION


# %% [markdown]
# There is a second trap. A message of 200 words multiplies 200 probabilities of about 1/5,000. **Predict:** what does Python
# say to that product?

# %%
print((1 / 5000) ** 200, "but the sum of the logarithms is", round(200 * math.log(1 / 5000), 1))

# %% [markdown]
# The product is smaller than any floating-point number; it becomes 0 (**underflow**). So one adds logarithms:
#
# $$\text{score}(c) = \log P(c) + \sum_{w} \log P(w \mid c)$$
#
# In words: start with the log of the prior, and add one number for each word. This is the chain of our drawing. The
# features are counts, and the weights are logarithms of smoothed shares: naive Bayes is a **linear** model. With two classes
# all that matters is the difference of the two scores, the **log-odds**: log of P(spam)/P(ham). Above 0 it is spam.
#
# To turn scores back into probabilities, divide exp(score) by the sum of all exp(scores). That function is called the
# **softmax**. If the scores are −1703 and −1705, both exponentials are 0. Subtract the largest score from all of them first;
# the ratio stays the same.


# %% exercise="2.1.b"
def posterior(
    words: list[str], log_prior: dict[str, float], log_likelihood: dict[str, dict[str, float]]
) -> dict[str, float]:
    """P(class | words) for each class; log_likelihood[class][word] is log P(word | class). Unknown words count for nothing."""
    # BEGIN SOLUTION
    scores = {
        label: log_prior[label] + sum(log_likelihood[label].get(word, 0.0) for word in words) for label in log_prior
    }
    most = max(scores.values())
    exponentials = {label: math.exp(score - most) for label, score in scores.items()}
    total = sum(exponentials.values())
    return {label: value / total for label, value in exponentials.items()}
    # END SOLUTION


# %% [markdown]
# ## The library's version
#
# Every fast module of the library has a *plain twin*, which computes the same in ordinary Python. This is naive Bayes: read it
# line by line, it holds nothing that you have not just done.

# %%
print(inspect.getsource(plain_multinomial_nb))

# %%
log_prior, log_likelihood = plain_multinomial_nb([mail.split() for _, mail in mails], [label for label, _ in mails])
spam_filter = TextClassifier(CountVectorizer(), ml.MultinomialNB())
spam_filter.fit([mail for _, mail in mails], [label for label, _ in mails])
names = spam_filter.vectorizer.get_feature_names_out()
for k, label in enumerate(spam_filter.classes_):
    expected = [log_likelihood[label, word] for word in names]
    assert np.allclose(spam_filter.classifier.feature_log_prob_[k], expected)
print("the same logarithms; probabilities of", *spam_filter.classes_)
for mail in ("prize now", "prize tomorrow"):
    print(f"{mail:15}", spam_filter.predict_proba([mail])[0].round(3))

# %% [markdown]
# What makes the library fast? A text has some 20 of the thousands of words. A **sparse** matrix stores only what is not zero,
# and the compiled loop visits only that: each entry is added to its class's row once.
#
# Three variants of the model are in use, and in libraries they have three names:
#
# - **multinomial**: the one above. A word that occurs twice counts twice.
# - **Bernoulli**: each word of the vocabulary is in the text or not, and *absent* words are evidence, too.
# - **complement** (Rennie and others, 2003): learn for each class from the texts of all *other* classes, and choose the class whose complement
#   fits worst. With very unequal classes there is more to count.
#
# Now the real messages.

# %%
models = {
    "multinomial": ml.MultinomialNB(),
    "Bernoulli": ml.BernoulliNB(),
    "complement": ml.ComplementNB(),
}
for name, classifier in models.items():
    models[name] = TextClassifier(CountVectorizer(), classifier).fit(pick(train), labels[train])
    print(f"{name:12} {models[name].score(pick(validation), labels[validation]):.1%} right on the validation set")
print(f"{'majority':12} {accuracy_of_majority:.1%}")
bayes = models["multinomial"]
weights = bayes.weights("spam")
names = bayes.vectorizer.get_feature_names_out()
for side, columns in (("spam", np.argsort(-weights)[:8]), ("ham", np.argsort(weights)[:8])):
    print(f"words that speak most for {side}:", ", ".join(f"{names[i]} {weights[i]:+.1f}" for i in columns))

# %% [markdown]
# A model that needs one pass of counting is far above the baseline, and its weights can be read. **Generative** is the word for
# such models: they describe how texts of a class come about, and Bayes' rule turns that round.
#
# ## Why accuracy is not enough
#
# A **confusion matrix** counts what was taken for what. Two questions matter more than the share of right answers:
#
# - **Precision:** of the messages that were flagged as spam, what share is spam?
# - **Recall:** of the spam messages, what share was flagged?
#
# Their **F1** is the harmonic mean 2·P·R / (P + R), which is low when either of the two is low.

# %%
predicted = bayes.predict(pick(validation))
matrix = ml.confusion_matrix(labels[validation], predicted, ["ham", "spam"])
print("            predicted ham  predicted spam")
for label, row in zip(("ham", "spam"), matrix):
    print(f"true {label:5} {row[0]:14} {row[1]:15}")
report = ml.class_reports(matrix)[1]
print(f"spam: precision {report.precision:.1%}, recall {report.recall:.1%}, F1 {report.f1:.3f}")

# %% [markdown]
# **Predict:** suppose only 1 % of all mail is spam. A filter finds 90 % of it, and flags 5 % of the good mail by mistake. You
# see a mail in the spam folder. How probable is it that it *is* spam?

# %%
rate, found, false_alarm = 0.01, 0.90, 0.05
precision = rate * found / (rate * found + (1 - rate) * false_alarm)
print(
    f"of 10,000 mails: {10_000 * rate * found:.0f} spam flagged, {10_000 * (1 - rate) * false_alarm:.0f} good ones flagged"
)
print(
    f"precision {precision:.0%}, accuracy {rate * found + (1 - rate) * (1 - false_alarm):.1%}; never flagging has {1 - rate:.0%}"
)

# %% [markdown]
# Most of the folder is good mail, because good mail is so much more frequent. Precision depends on how frequent the class is (its **prevalence**); recall does not.


# %% exercise="2.1.c"
def precision_recall_f1(true: list[str], predicted: list[str], positive: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the class `positive`; 0.0 wherever there is nothing to divide by."""
    # BEGIN SOLUTION
    hits = sum(t == p == positive for t, p in zip(true, predicted))
    flagged = sum(p == positive for p in predicted)
    there = sum(t == positive for t in true)
    precision = hits / flagged if flagged else 0.0
    recall = hits / there if there else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return precision, recall, f1
    # END SOLUTION


# %% [markdown]
# ## The threshold is yours
#
# The model gives log-odds, and nothing says that we must cut at 0 (a probability of 0.5). A message wrongly put into the spam
# folder may cost you a job; a spam message in the inbox costs a second. Each threshold gives one pair of precision and recall. All of them together are the
# **precision–recall curve**. (The **ROC curve** shows recall against the share of *negatives* flagged, the false positive rate. It
# does not change with prevalence, so on rare classes it looks better than life is.)
#
# We say that a false alarm costs 20 times as much as a missed spam, and choose the threshold on the **validation** set, where the
# total cost is lowest.

# %%
log_proba = bayes.classifier.predict_log_proba(bayes.vectorizer.transform(pick(validation)))
log_odds = log_proba[:, 1] - log_proba[:, 0]
is_spam = labels[validation] == "spam"
curve = ml.at_thresholds(is_spam, log_odds)
costs = 20 * curve.false_positives + (curve.n_positive - curve.true_positives)
cheapest_threshold = curve.thresholds[costs.argmin()]
print(f"average precision {curve.average_precision:.3f}, area under the ROC curve {curve.roc_auc:.3f}")
at_zero = 20 * np.sum((log_odds > 0) & ~is_spam) + np.sum((log_odds <= 0) & is_spam)
print(f"cost on the validation set: {at_zero} with the threshold 0, {costs.min()} with {cheapest_threshold:.1f}")
test_logs = bayes.classifier.predict_log_proba(bayes.vectorizer.transform(pick(test)))
test_odds, test_spam = test_logs[:, 1] - test_logs[:, 0], labels[test] == "spam"
for name, threshold in (("0", 0), (f"{cheapest_threshold:.1f}", cheapest_threshold)):
    flagged = test_odds >= threshold
    print(f"on the test set, threshold {name}: cost {20 * np.sum(flagged & ~test_spam) + np.sum(~flagged & test_spam)}")
pictures.threshold_trade(log_odds, is_spam, {"log-odds 0": 0.0, "cheapest": cheapest_threshold}, curve)


# %% [markdown]
# The cost on the validation set is what we *chose* for, so it flatters; the cost to report is the one on the test set, with the threshold
# fixed before. (Scores beyond ±60 are drawn at the edge.) The next exercise computes the lowest cost itself. A threshold t flags every score of at least t, and
# flagging nothing is allowed.


# %% exercise="2.1.d"
def lowest_cost(scores: list[float], positive: list[bool], miss: float, alarm: float) -> float:
    """The lowest total cost that any threshold reaches: `miss` for each positive below it, `alarm` for each negative at or above."""
    # BEGIN SOLUTION
    costs = []
    for threshold in [*scores, math.inf]:
        missed = sum(p and s < threshold for s, p in zip(scores, positive))
        alarms = sum(not p and s >= threshold for s, p in zip(scores, positive))
        costs.append(missed * miss + alarms * alarm)
    return min(costs)
    # END SOLUTION


# %% [markdown]
# ## When 0.999999 is not certainty
#
# **Predict:** a word makes spam 80 % probable when the classes are equally frequent. A message holds ten copies of it. What
# does naive Bayes say?

# %%
p = 0.8**10 / (0.8**10 + 0.2**10)
print(f"{p:.6f}")
shares = bayes.predict_proba(pick(validation)).max(axis=1)
print(f"on real messages: {np.mean(shares > 0.999):.0%} of all predictions claim more than 99.9 %")

# %% [markdown]
# Ten copies of one cue are taken for ten independent witnesses. Real texts are full of words that go together (*claim your
# prize*), so the probabilities of naive Bayes are pushed towards 0 and 1. The *order* of the classes often survives, which is
# why its decisions are good and its probabilities are not.
#
# ## Logistic regression: learn the weights instead
#
# What if we do not count weights but look for those that predict the labels best? Such a model is called **discriminative**: it describes P(class |
# text) directly and says nothing about how texts arise. Put the score z = w·x + b (the **logit**) through the **sigmoid**
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# In words: a function that turns log-odds into a probability; 0 becomes 0.5, and large z come close to 1. With more than two classes the softmax does the same. Good weights make the right labels probable. The **cross-entropy** loss
# of one example is −log of the probability that the model gave to the right class: 0 if it was certain and right, large if it was certain and wrong.
#
# To lower the loss we need its slope. For one example it has a form worth remembering:
#
# $$\frac{\partial \text{loss}}{\partial w} = (p - y)\, x$$
#
# In words: how wrong the probability is (y is 1 for spam, 0 for ham), times the features. A word gets changed in proportion to how often it occurs and to how wrong we were. By hand: all weights are 0, the message is *prize now*, it is spam. Then p = 0.5, the slope is −0.5 for *prize* and
# *now*; a step of size 1 *against* the slope makes both weights +0.5. Now z = 1 and p = 0.73.


# %% exercise="2.1.e"
def gradient(X: list[list[float]], y: list[int], w: list[float]) -> list[float]:
    """The mean slope of the cross-entropy over the rows of X, by each weight in w; y is 1 or 0, there is no b."""
    # BEGIN SOLUTION
    slope = np.zeros(len(w))
    for row, truth in zip(np.array(X, dtype=float), y):
        z = row @ np.array(w, dtype=float)
        p = 1 / (1 + np.exp(-z)) if z >= 0 else np.exp(z) / (1 + np.exp(z))
        slope += (p - truth) * row / len(X)
    return slope.tolist()
    # END SOLUTION


# %% [markdown]
# Walking against the slope after every single example is **stochastic gradient descent** (SGD). **L-BFGS** looks at all examples
# for each step, and learns from how the slope changes how far it may go. Here are both, on our six mails. The function is
# **convex** (a bowl): it has no second valley in which one could get stuck, so both come to the same place.

# %%
counter = CountVectorizer()
six = counter.fit_transform([mail for _, mail in mails])
six_labels = [label for label, _ in mails]
bowl = ml.LogisticRegression(tol=1e-8, max_iter=500).fit(six, six_labels)
walk = ml.LogisticRegression(solver="sgd", max_iter=2000, learning_rate=0.3).fit(six, six_labels)
print("word     ", *(f"{name:>9}" for name in counter.get_feature_names_out()))
print("L-BFGS   ", *(f"{w:9.3f}" for w in bowl.coef_[0]))
print("SGD      ", *(f"{w:9.3f}" for w in walk.coef_[0]))
is_spam_mail = [int(label == "spam") for label in six_labels]
two_columns = [[0.0, w] for w in bowl.coef_[0]]
loss, slopes, _ = plain_loss_and_gradient(six.toarray().tolist(), is_spam_mail, two_columns, [0.0, bowl.intercept_[0]])
# At the lowest point the loss's slope and the penalty's, w / (C n), cancel.
assert np.allclose([s[1] for s in slopes] + bowl.coef_[0] / len(mails), 0, atol=1e-6)
print(f"mean cross-entropy {loss:.3f}; the plain twin's slopes plus the penalty's are 0 here")

# %% [markdown]
# *prize* and *claim* get positive weights, *tomorrow* and *lunch* negative ones, and *now*, which both use, is close to 0.
#
# ### Regularisation
#
# Why does the loss not go to 0? Six messages can be separated perfectly, and then larger weights are always better: the
# loss would pull them to infinity. **Regularisation** puts a price on weights. **L2** adds the sum of their squares and shrinks all of them; **L1** adds the sum of
# their absolute values and makes many exactly 0. In scikit-learn, and here, the hyperparameter is **C**, which is the *inverse* of
# the price: **a small C regularises more**. (Naive Bayes has its α for the same purpose.) We choose C on the validation set.
# **Predict:** which end overfits?

# %%
vectorizer = TfidfVectorizer(sublinear_tf=True)
X_train, X_validation = vectorizer.fit_transform(pick(train)), vectorizer.transform(pick(validation))
rows = []
for C in (0.01, 0.1, 1, 10, 100, 10_000):
    model = ml.LogisticRegression(C=C, max_iter=1000).fit(X_train, labels[train])
    f1 = ml.class_reports(ml.confusion_matrix(labels[validation], model.predict(X_validation), ["ham", "spam"]))[1].f1
    rows.append((C, np.linalg.norm(model.coef_), model.score(X_train, labels[train]), f1))
    print(
        f"C {C:>8}: length of the weights {rows[-1][1]:7.2f}, right on training {rows[-1][2]:.1%}, F1 on validation {f1:.3f}"
    )
n_spam = int(np.sum(labels[validation] == "spam"))
print(f"there are {n_spam} spam messages in the validation set: one of them is about {1 / n_spam:.3f} of recall")

# %% [markdown]
# With a small C the weights are so short that everything is called ham. From C = 10 on the training set is known (nearly) by heart; the
# weights go on growing, and F1 on the validation set moves by no more than a few messages. Of settings that cannot be told apart
# one takes the one that regularises more, here C = 10. That large weights do little harm here is luck: the messages are easy. On
# noisier labels the right-hand column falls again.
#
# That L1 makes weights exactly 0 is easily shown with scikit-learn, which has it (ours has L2 only):

# %%
from sklearn import linear_model

with_l1 = linear_model.LogisticRegression(l1_ratio=1.0, solver="liblinear", C=10).fit(X_train, labels[train])
with_l2 = ml.LogisticRegression(C=10).fit(X_train, labels[train])
for name, model in (("L1", with_l1), ("L2", with_l2)):
    print(f"{name}: {np.mean(model.coef_ == 0):.0%} of {model.coef_.size:,} weights are exactly 0")

# %% [markdown]
# ## The linear SVM: only the hard cases count
#
# Logistic regression is never satisfied: a message at 99.9 % still pulls a little. The **support vector machine** (Cortes and Vapnik,
# 1995) stops there. With y = +1 for spam and −1 for ham, its **hinge loss** is
#
# $$\max(0,\; 1 - y \cdot f(x))$$
#
# In words: an example that is on the right side by at least 1 costs nothing. The strip where |f| < 1 is the **margin**, and keeping the
# weights small makes it wide. Examples that are inside it or on the wrong side are **support vectors**: all the other examples could be
# removed, and the result would be the same. The score is no probability.
#
# To see all three models in one picture we take just two words as features, and an equal number of ham and spam.

# %%
pair = ("call", "you")
few = np.concatenate([train[labels[train] == kind][:40] for kind in ("ham", "spam")])
counts = CountVectorizer(vocabulary=list(pair)).fit_transform(pick(few)).toarray().astype(float)
spam_side = labels[few] == "spam"
svm_of_two = ml.LinearSVC(loss="hinge", C=1.0, max_iter=20_000).fit(counts, labels[few])
logistic_of_two = ml.LogisticRegression().fit(counts, labels[few])
bayes_of_two = ml.MultinomialNB().fit(counts, labels[few])
pictures.boundaries(
    counts,
    spam_side,
    {
        "naive Bayes": (bayes_of_two.weights_[:, 0], bayes_of_two.bias_[0]),
        "logistic regression": (logistic_of_two.coef_[0], logistic_of_two.intercept_[0]),
        "linear SVM": (svm_of_two.coef_[0], svm_of_two.intercept_[0]),
    },
    pair,
    ("ham", "spam"),
    support=svm_of_two.dual_coef_[0] > 1e-9,
    margin_of="linear SVM",
)

# %% [markdown]
# (Points are moved a little at random, so that equal ones do not cover each other.) Three different ideas, three lines: the SVM looks at *call* alone, and messages that lie on the edge of its margin or inside it are its support vectors. How does one find the SVM's weights? They are a sum over
# the examples, w = Σ αᵢyᵢxᵢ, with αᵢ = 0 for all that are no support vectors. **Dual coordinate descent** takes one example at a time and sets its α to the
# best value while the others stay. The twin is short:

# %%
print(inspect.getsource(plain_dual_descent))

# %%
signs = np.where(spam_side, 1, -1)
with_one = np.column_stack([counts, np.ones(len(counts))])  # the intercept is the weight of a feature that is always 1
w, alpha = plain_dual_descent(with_one.tolist(), signs.tolist(), C=1.0, n_rounds=3000, squared=False)
assert np.allclose(w, [*svm_of_two.coef_[0], svm_of_two.intercept_[0]], atol=0.01)
svm = ml.LinearSVC(C=1.0).fit(X_train, labels[train])
print("the twin finds the library's weights, up to 0.01:", np.round(w, 3))
print(
    f"on real messages {np.mean(svm.dual_coef_[0] > 0):.0%} of the {len(train):,} training messages are support vectors"
)

# %% [markdown]
# ## Who is overconfident?
#
# A model is **calibrated** if, of all predictions that it makes with 80 %, 80 % are right. The **reliability diagram** sorts predictions into bins by their probability, and shows
# for each bin how often they came true; the mean distance from the diagonal, weighted by the number of predictions, is the **expected calibration
# error** (ECE). For this we take a harder task with two classes of nearly equal size: is a headline satire (from *The Onion*) or
# news (from *HuffPost*)?
#
# **Predict:** naive Bayes and logistic regression, on headlines that they have not seen: who is too sure, and who is not sure enough?

# %%
headline_texts, headline_labels = distinct_headlines()
headline_labels = np.array(headline_labels)
N = 8_000
learned, held_out = slice(0, N), slice(-2_000, None)
calibration = slice(N, N + 2_000)
print(", ".join(headline_texts[:3]))
nb = TextClassifier(CountVectorizer(), ml.MultinomialNB()).fit(headline_texts[learned], headline_labels[learned])
lr = TextClassifier(TfidfVectorizer(), ml.LogisticRegression(C=10)).fit(
    headline_texts[learned], headline_labels[learned]
)
satire = headline_labels == "satire"
probabilities = {"naive Bayes": nb.predict_proba(headline_texts[held_out])[:, 1]}
probabilities["logistic regression"] = lr.predict_proba(headline_texts[held_out])[:, 1]


def log_odds_of(model, part):
    logs = model.classifier.predict_log_proba(model.vectorizer.transform(headline_texts[part]))
    return logs[:, 1] - logs[:, 0]


platt = ml.PlattScaling().fit(log_odds_of(nb, calibration), satire[calibration])
isotonic = ml.IsotonicCalibration().fit(log_odds_of(nb, calibration), satire[calibration])
temperature = ml.TemperatureScaling().fit(log_odds_of(nb, calibration), satire[calibration].astype(int))
probabilities["naive Bayes, Platt"] = platt.predict(log_odds_of(nb, held_out))
bins = {name: ml.reliability(p, satire[held_out]) for name, p in probabilities.items()}
for name, p in {
    **probabilities,
    "naive Bayes, isotonic": isotonic.predict(log_odds_of(nb, held_out)),
    "naive Bayes, temperature": temperature.predict(log_odds_of(nb, held_out))[:, 1],
}.items():
    ece = ml.expected_calibration_error(p, satire[held_out])
    print(f"{name:25} right {np.mean((p > 0.5) == satire[held_out]):.1%}, calibration error {ece:.3f}")
print(f"the temperature: {temperature.temperature_:.2f}")
pictures.reliability_diagram(bins)

# %% [markdown]
# Read the naive Bayes line at its right end: predictions near 1 come true less often than they claim; at the left end, predictions near 0 come true more
# often. That is overconfidence. The repair needs data that the model was not trained on, and changes no weight:
#
# - **Platt scaling**: a sigmoid of the score with two numbers, a and b, that are fitted;
# - **isotonic regression**: any function that never falls; it needs more data and can follow any shape;
# - **temperature scaling**: divide all scores by one number (above 1 it makes the model more modest). It is what one uses for neural networks with
#   many classes.
#
# ## Words that share what they learn: fastText, and a pretrained network
#
# In all models so far *physician* and *doctor* have nothing to do with each other. **fastText** (Joulin and others, 2017) gives each word a vector, takes
# the mean of a text's vectors, and puts a softmax on top; vectors and softmax are learned together. Runs of two words have vectors, too, which makes word
# order count a little. One step of its training:

# %%
print(inspect.getsource(plain_fasttext_step))

# %% [markdown]
# **Fine-tuning** goes further. MiniLM, a Transformer with 22.7 million parameters (practice 4.1 explains how it works inside), has read a large amount of text before it sees our
# first label. We put one new layer on top and train everything for a few rounds with a small step. That takes minutes, so it was done once: the
# module `nlpjourney.tasks.classification.learning_curves` computes the table that is drawn here. Each line is the mean of three draws of training headlines, tested on the same
# 2,000 others; the band reaches from the worst to the best draw. The settings are those in that module; they were not tuned on these test headlines.
#
# **Predict:** who wins with 100 labelled headlines, and who with 16,000?

# %%
points = committed()
pictures.learning_curves(points)

# %%
for model in dict.fromkeys(p.model for p in points):
    cells = []
    for n in (100, 500, 16_000):
        run = [p for p in points if p.model == model and p.n == n]
        cells.append(
            f"{np.mean([p.accuracy for p in run]):.1%} ({np.mean([p.seconds for p in run]):6.1f} s)"
            if run
            else "      –      "
        )
    print(f"{model:20} 100: {cells[0]}   500: {cells[1]}   16,000: {cells[2]}")

# %% [markdown]
# The seconds are those of fitting, on one thread of a busy machine; take them as orders of magnitude. With 50 or 100 labels the bands overlap: nobody wins.
# With 500 the fine-tuned network is far ahead, about where the others come with thousands of labels, and it costs hundreds of times as much. We did not train it on more than 500 headlines, so the table says nothing about it there.
#
# ## Which is better?
#
# **One point more on 1,000 texts is not progress.** At 90 % accuracy the 95 % interval for a test set of 1,000 is about 1.96·√(0.9·0.1/1000) = ±1.9 points. Two classifiers that are tested on the *same* texts can be compared
# more sharply: look only at the texts on which exactly one of them is right. **McNemar's test** asks whether that splits more unevenly than a coin would; the
# **paired bootstrap** (practice 1.4) draws texts again and again and looks at the difference.

# %%
print(f"±{1.96 * math.sqrt(0.9 * 0.1 / 1000):.1%}")
fast = FastTextClassifier(n_epochs=10, learning_rate=0.5, word_ngrams=2).fit(
    headline_texts[learned], headline_labels[learned]
)
linear_svm = TextClassifier(TfidfVectorizer(), ml.LinearSVC()).fit(headline_texts[learned], headline_labels[learned])
right = {
    name: model.predict(headline_texts[held_out]) == headline_labels[held_out]
    for name, model in (
        ("naive Bayes", nb),
        ("logistic regression", lr),
        ("linear SVM", linear_svm),
        ("fastText", fast),
    )
}
for name, hits in right.items():
    print(f"{name:20} {hits.mean():.1%}")
for one, other in (
    ("naive Bayes", "logistic regression"),
    ("naive Bayes", "linear SVM"),
    ("fastText", "logistic regression"),
):
    difference = right[one].astype(float) - right[other]
    low, high = ml.confidence_interval(difference)
    verdict = "no difference shown" if low <= 0 <= high else f"{one if low > 0 else other} is better here"
    print(
        f"{one} − {other}: {difference.mean():+.1%}, 95 % interval {low:+.1%} to {high:+.1%}, p = {ml.mcnemar(right[one], right[other]):.3f}: {verdict}"
    )

# %% [markdown]
# An honest conclusion names the data, the sizes and the settings. On other texts the order may be another.
#
# ## Cross-validation, and how it leaks
#
# With few labels one does not like to give a part away for validation. **Cross-validation** deals the examples into k folds; each fold is held out once while
# the model learns from the others. "It cannot leak, since nothing is tested on what it was trained on" is a popular mistake. **Everything** that looks at
# labels or texts must happen inside the fold: vocabulary, idf, choice of features.
#
# Watch it go wrong. We give 200 headlines **random** labels, so no classifier can be better than a coin. Then we keep the 50
# words whose frequencies differ most between the two labels, once before the folds are made, once inside each fold.

# %%
some = headline_texts[:200]
coin = np.random.default_rng(3).permutation(np.arange(200) % 2)


def best_columns(X, y):
    """The 50 columns whose sums over the two classes differ most."""
    return np.argsort(-np.abs(X[y == 1].sum(axis=0) - X[y == 0].sum(axis=0)), kind="stable")[:50]


class ChooseInside:
    """Choose the columns from the training part alone, then naive Bayes."""

    def fit(self, X, y):
        self.columns = best_columns(X, y)
        self.model = ml.MultinomialNB().fit(X[:, self.columns], y)

    def predict(self, X):
        return self.model.predict(X[:, self.columns])


some_counts = CountVectorizer().fit_transform(some).toarray()
leaky = ml.cross_validate(ml.MultinomialNB, some_counts[:, best_columns(some_counts, coin)], coin, 10)
clean = ml.cross_validate(ChooseInside, some_counts, coin, 10)
print(f"words chosen before the folds: {np.mean(leaky.accuracies):.0%} right, on labels from a coin")
print(
    f"words chosen inside each fold: {np.mean(clean.accuracies):.0%} (a coin, on 200 texts: 50 % ± {1.96 * math.sqrt(0.25 / 200):.0%})"
)

# %% [markdown]
# The first number is a fiction, and papers have been published with such numbers. Near-duplicates leak in the same way (we removed exact copies at the
# start), and so do fields that name the answer: in newsgroup posts the header lines and quoted lines often name the group.
#
# ## Many classes
#
# The 20 Newsgroups (Lang, 1995) are posts of 1993 in 20 groups. The linear SVM trains one machine for each class against the rest; logistic
# regression has the softmax. With more than two classes there are two ways to average F1: **macro** takes the mean over classes, so each class
# counts the same; **micro** adds up the counts first, so each *text* counts the same, and with one label a text it is simply the
# accuracy. If a text may have several labels at once (**multi-label**), one uses a sigmoid for each label and no softmax.

# %%
train_posts, test_posts = corpora.newsgroups("train"), corpora.newsgroups("test")
news = TextClassifier(TfidfVectorizer(sublinear_tf=True, min_df=2), ml.LinearSVC(C=0.5))
news.fit([p.text for p in train_posts], [p.label for p in train_posts])
truth = np.array([p.label for p in test_posts])
answers = news.predict([p.text for p in test_posts])
groups = news.classes_.tolist()
table = ml.confusion_matrix(truth, answers, groups)
print(
    f"{len(test_posts):,} test posts: accuracy (micro F1) {np.mean(answers == truth):.1%}, macro F1 {ml.macro_f1(table):.1%}"
)
by_f1 = sorted(zip(groups, ml.class_reports(table)), key=lambda pair: pair[1].f1)
for group, r in (by_f1[0], by_f1[-1]):
    print(f"  {group:25} precision {r.precision:.0%}, recall {r.recall:.0%}, F1 {r.f1:.2f}")
pictures.confusions(table, groups)

# %% [markdown]
# The dark squares off the diagonal make sense: groups about the same subject are taken for each other. Some of those "errors" are posts that
# a person would file in either group.
#
# ## Read the errors
#
# The last step, and the one most often left out. Since the model is linear, every decision is a sum that can be taken apart: the value of a word times its weight.
# Here are two of the headlines about which logistic regression was surest and wrong, one of each class.

# %%
p_satire = lr.predict_proba(headline_texts[held_out])[:, 1]
wrong_side = np.where(satire[held_out], 1 - p_satire, p_satire)
surest = np.argsort(-wrong_side)[:20]  # the surest errors
shown = [
    next(i for i in surest if words in headline_texts[held_out][i]) for words in ("violence erupts", "google will")
]
rows = []
for i in shown:
    text = headline_texts[held_out][i]
    rows.append(
        (
            f"{text[:58]}…\nis {headline_labels[held_out][i]}, p(satire) = {p_satire[i]:.2f}",
            lr.contributions(text, "satire", 7),
        )
    )
pictures.contribution_bars(rows, towards="satire")

# %%
weights = lr.weights("satire")
names = lr.vectorizer.get_feature_names_out()
for side, columns in (("satire", np.argsort(-weights)[:11]), ("news", np.argsort(weights)[:11])):
    print(f"most for {side}:", ", ".join(names[i] for i in columns))

# %% [markdown]
# Does the model understand satire? It has learned the house style of two newspapers: *The Onion* writes *area*, *nation* and *report*; HuffPost writes *donald trump*, *your* and *why*. Such
# a **shortcut** works on the test set, because the test set comes from the same two papers. On satire from a third one it would fail, and no accuracy
# on this test set can tell you. Reading the weights did.
#
# ## The tools of the trade
#
# scikit-learn has all the linear models of this page, with the same names and arguments. Ours are held to it by tests: the same log-probabilities of naive Bayes, the same weights of
# logistic regression and SVM up to the tolerance of the search. Our classes can stand in its pipelines, and the other way round. Here they are side by side on the newsgroups
# (one thread each; more careful figures are in `docs/benchmarks.md`).

# %% tags=["timing"]
from sklearn import naive_bayes
from sklearn import svm as sklearn_svm

X_news = CountVectorizer(min_df=2).fit_transform([p.text for p in train_posts])
T_news = news.vectorizer.transform([p.text for p in train_posts])
y_news = np.array([p.label for p in train_posts])
T_small, y_small = lr.vectorizer.transform(headline_texts[learned]), headline_labels[learned]
with threadpool_limits(1):
    for name, ours, theirs, X, y in (
        ("naive Bayes, 20 groups", ml.MultinomialNB(), naive_bayes.MultinomialNB(), X_news, y_news),
        ("linear SVM, 20 groups", ml.LinearSVC(), sklearn_svm.LinearSVC(dual=True), T_news, y_news),
        (
            "logistic regression, headlines",
            ml.LogisticRegression(),
            linear_model.LogisticRegression(),
            T_small,
            y_small,
        ),
    ):
        seconds = []
        for model in (ours, theirs):
            start = time.perf_counter()
            model.fit(X, y)
            seconds.append(time.perf_counter() - start)
        same = np.mean(ours.predict(X) == theirs.predict(X))
        print(f"{name:31} ours {seconds[0]:6.3f} s, scikit-learn {seconds[1]:6.3f} s, equal predictions {same:.2%}")

# %% [markdown]
# Hugging Face's **Transformers** is what one uses to fine-tune a network; `journey system transformers` shows that its logits are ours, and fine-tunes with it.
#
# ## What you should now be able to answer
#
# Answer aloud, then unfold.
#
# <details><summary>What are precision, recall and F1?</summary>
#
# The share of flagged examples that are right; the share of positives that were found; their harmonic mean. What errors cost decides which matters.
# </details>
#
# <details><summary>Why is 99 % accuracy poor when 1 % is spam?</summary>
#
# "Never spam" has 99 %. And even with 90 % recall and 5 % false alarms the precision is only 15 %.
# </details>
#
# <details><summary>What is naive in naive Bayes, and why does it work all the same?</summary>
#
# Words are taken as independent given the class. Dependent words are counted again and again, so probabilities become extreme; the order of the classes often survives.
# </details>
#
# <details><summary>Why Laplace smoothing, why logarithms?</summary>
#
# A word never seen in a class would make the whole product 0. Products of many small probabilities underflow; sums of logarithms do not, and they make the model linear.
# </details>
#
# <details><summary>What are the loss and the gradient of logistic regression?</summary>
#
# −log p(right class), averaged; (p − y)·x for one example. The loss is convex, so there is one lowest value.
# </details>
#
# <details><summary>L1 or L2, and what is C?</summary>
#
# L1 makes many weights exactly 0, L2 shrinks all. scikit-learn's C is the inverse of the strength: a small C regularises more.
# </details>
#
# <details><summary>What does a linear SVM do differently?</summary>
#
# Hinge loss: examples beyond the margin cost nothing and do not influence the weights. Its scores are no probabilities.
# </details>
#
# <details><summary>Macro or micro? Multi-class or multi-label?</summary>
#
# Macro averages over classes, micro over texts (for one label a text it equals the accuracy). Several labels at once need a sigmoid each, not a softmax.
# </details>
#
# <details><summary>What is calibration, and how is it repaired?</summary>
#
# Of the predictions at 80 %, 80 % are right. Reliability diagram and ECE show it; Platt, isotonic or temperature scaling on held-out data repair it.
# </details>
#
# <details><summary>How can cross-validation leak?</summary>
#
# When something that learned from all examples (vocabulary, idf, choice of features) is used inside the folds, or when near-copies land in different folds.
# </details>
#
# <details><summary>Is a classifier with one point more on 1,000 texts better?</summary>
#
# That cannot be said: the interval is about ±1.9 points at 90 %. Use a paired bootstrap or McNemar's test on the same texts.
# </details>
#
# <details><summary>Generative or discriminative?</summary>
#
# Naive Bayes models how texts of a class arise and learns by counting; logistic regression models P(class | text) directly. The first often does well with few labels, the second gains more from many.
# </details>
#
# ## Where to go on
#
# - [Scikit-learn Text Classification](https://scikit-learn.org/stable/tutorial/text_analytics/working_with_text_data.html): the same task in
#   scikit-learn's words.
# - [Hugging Face Text Classification](https://huggingface.co/docs/transformers/tasks/sequence_classification): fine-tuning a Transformer.
# - Papers: McCallum and Nigam (1998), *A comparison of event models for naive Bayes text classification*; Rennie and others (2003), *Tackling the poor assumptions of naive
#   Bayes text classifiers*; Hsieh and others (2008), *A dual coordinate descent method for large-scale linear SVM*; Joulin and others (2017), *Bag of tricks for efficient text
#   classification*; Guo and others (2017), *On calibration of modern neural networks*.
# - Next, **clustering** finds groups that nobody has labelled.
