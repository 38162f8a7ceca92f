"""TextBlob on all rated sentences: polarity and subjectivity equal to ours, and the negation that it does not see."""

import json
from importlib.metadata import version

from textblob import TextBlob

from nlpjourney.assets import corpora
from nlpjourney.tasks.sentiment import PatternAnalyzer

ours = PatternAnalyzer()
texts = [s.text for s in corpora.rated_sentences()]
assert [tuple(TextBlob(text).sentiment) for text in texts] == [tuple(ours.score(text)) for text in texts]
assert TextBlob("It is not good.").sentiment.polarity < 0 < TextBlob("It isn't good.").sentiment.polarity
result = f"polarity and subjectivity of {len(texts):,} sentences equal to ours; “isn't good” scores as positive"
print(json.dumps({"version": version("textblob"), "result": result}))
