"""spaCy's stop words and its rule for sentences, beside words derived from a collection and Punkt."""

import json
import re

import spacy

from nlpjourney.assets import corpora
from nlpjourney.text.sentences import PunktSentenceTokenizer
from nlpjourney.text.stop_words import derive

news, _, _ = corpora.lee_news()
nlp = spacy.blank("en")
nlp.add_pipe("sentencizer")
punkt = PunktSentenceTokenizer.train("\n".join(news))

# Borders: the index of the first letter or digit of each sentence, so that a quote may stand on either side.
equal = ours = theirs = 0
stops = words = 0
for text, doc in zip(news, nlp.pipe(news)):
    first = re.compile(r"\w")
    a = {match.start() for start, end in punkt.span_tokenize(text) if (match := first.search(text, start, end))}
    b = {match.start() for s in doc.sents if (match := first.search(text, s.start_char, s.end_char))}
    equal, ours, theirs = equal + len(a & b), ours + len(a), theirs + len(b)
    stops += sum(token.is_stop for token in doc)
    words += sum(token.is_alpha for token in doc)
f1 = 2 * equal / (ours + theirs)
assert f1 > 0.9, f1

found = derive(news, 100, "divergence", min_df=5)
shared = sum(nlp.vocab[word].is_stop for word in found)
assert shared > 50, shared
result = (
    f"{shared} of 100 words derived from the news are in its list, which covers {stops / words:.0%} of their words; "
    f"its sentencizer and Punkt agree on the beginnings of sentences with F1 {f1:.3f}"
)
print(json.dumps({"version": spacy.__version__, "result": result}))
