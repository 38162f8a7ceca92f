"""NLTK's collocation finder on news and an encyclopedia: the same pairs and the same scores as ours, in eight measures."""

import json
import math
import re

import nltk
from nltk.collocations import BigramAssocMeasures, BigramCollocationFinder

from nlpjourney.assets import corpora
from nlpjourney.text.vectorize import collocations

texts = [*corpora.lee_news()[0], *list(corpora.wikipedia().values())[:20]]
words = [word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower())]
finder = BigramCollocationFinder.from_words(words)
finder.apply_freq_filter(3)
names = {
    "pmi": "pmi", "likelihood_ratio": "likelihood_ratio", "chi_square": "chi_sq", "student_t": "student_t",
    "raw_frequency": "raw_freq", "dice": "dice", "jaccard": "jaccard", "phi_square": "phi_sq",
}  # fmt: skip
for ours, theirs in names.items():
    expected = dict(finder.score_ngrams(getattr(BigramAssocMeasures, theirs)))
    found = {c.words: c.score for c in collocations([words], ours, min_count=3)}
    assert found.keys() == expected.keys()
    assert all(math.isclose(found[pair], expected[pair], rel_tol=1e-9, abs_tol=1e-9) for pair in found), ours
result = f"{len(expected):,} pairs of {len(words):,} words: the scores of its {len(names)} measures equal ours"
print(json.dumps({"version": nltk.__version__, "result": result}))
