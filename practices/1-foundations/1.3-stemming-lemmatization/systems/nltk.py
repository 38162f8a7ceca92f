"""NLTK's stemmers on the words of real text: the same stems as ours, three dialects of Porter and Lancaster."""

import json
import re

import nltk
from nltk.stem import LancasterStemmer as NltkLancaster
from nltk.stem import PorterStemmer as NltkPorter

from nlpjourney.assets import corpora
from nlpjourney.text.stem import LancasterStemmer, PorterStemmer

words = sorted(set(re.findall(r"[a-z]+", corpora.english_text(9_000_000).lower())))[::3]
assert len(words) > 10_000, len(words)
pairs = [
    (PorterStemmer("nltk"), NltkPorter("NLTK_EXTENSIONS")),
    (PorterStemmer("martin"), NltkPorter("MARTIN_EXTENSIONS")),
    (PorterStemmer("original"), NltkPorter("ORIGINAL_ALGORITHM")),
    (LancasterStemmer(), NltkLancaster()),
]
for ours, theirs in pairs:
    assert ours.stem_words(words) == [theirs.stem(word) for word in words], type(theirs)
print(
    json.dumps({"version": nltk.__version__, "result": f"{len(words):,} words: all stems of its 4 stemmers equal ours"})
)
