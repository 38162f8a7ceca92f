"""NLTK's tools for sentiment: its copy of VADER, its marks of negation, and its naive Bayes, on film sentences."""

import json
import shutil
import tempfile
from pathlib import Path

import nltk
import numpy as np
from nltk.classify import NaiveBayesClassifier
from nltk.sentiment.util import mark_negation as nltk_marks
from nltk.sentiment.vader import SentimentIntensityAnalyzer

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.tasks.sentiment import Vader, mark_negation, words
from nlpjourney.tasks.sentiment.judged import clear, split

parts = split(corpora.rated_sentences(["movies"]))
test = clear(parts.test)
with tempfile.TemporaryDirectory() as folder:  # NLTK opens files in its data folders only
    shutil.copy(assets.path("vader-lexicon"), Path(folder) / "vader_lexicon.txt")
    nltk.data.path.insert(0, folder)
    analyzer = SentimentIntensityAnalyzer(lexicon_file="vader_lexicon.txt")
theirs = np.array([analyzer.polarity_scores(s.text)["compound"] for s in test])
ours = Vader().score_many([s.text for s in test])[:, 3]
same = float(np.mean(theirs == ours))
assert same > 0.8  # NLTK's rules are those of an earlier version

tokens = [words(s.text) for s in test]
marked = [[f"NOT_{t[:-4]}" if t.endswith("_NEG") else t for t in nltk_marks(list(row))] for row in tokens]
assert marked == [mark_negation(row) for row in tokens]

lessons = clear(parts.train)
bayes = NaiveBayesClassifier.train([(dict.fromkeys(mark_negation(words(s.text)), True), s.mean > 0) for s in lessons])
right = float(np.mean([bayes.classify(dict.fromkeys(row, True)) == (s.mean > 0) for row, s in zip(marked, test)]))
assert right > 0.7
result = (
    f"negation of {len(test):,} sentences marked as we mark it; naive Bayes with NOT_ right on {right:.1%} of film sentences; "
    f"its VADER (an earlier version) gives our compound for {same:.1%}"
)
print(json.dumps({"version": nltk.__version__, "result": result}))
