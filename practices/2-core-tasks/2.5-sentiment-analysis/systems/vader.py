"""vaderSentiment on all rated sentences: the same four numbers as ours, and how well they follow the raters."""

import json
from importlib.metadata import version

import numpy as np
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from nlpjourney.assets import corpora
from nlpjourney.tasks.sentiment import Vader

rated = corpora.rated_sentences()
analyzer = SentimentIntensityAnalyzer()
theirs = np.array([list(analyzer.polarity_scores(s.text).values()) for s in rated])
assert np.array_equal(Vader().score_many([s.text for s in rated]), theirs)
tweets = np.array([s.genre == "tweets" for s in rated])
r = float(np.corrcoef(theirs[tweets, 3], [s.mean for s in rated if s.genre == "tweets"])[0, 1])
assert r > 0.8
result = f"the four numbers of {len(rated):,} sentences equal to ours; compound correlates with the raters of tweets at {r:.2f}"
print(json.dumps({"version": version("vaderSentiment"), "result": result}))
