"""Snowball's own programs, in Python and in C, on the words of real text: the same English stems as ours."""

import json
import re
from importlib.metadata import version

import Stemmer
from snowballstemmer.english_stemmer import EnglishStemmer as InPython

from nlpjourney.assets import corpora
from nlpjourney.text.stem import EnglishStemmer

words = sorted(set(re.findall(r"[a-z]+", corpora.english_text(9_000_000).lower())))
assert len(words) > 30_000, len(words)
ours = EnglishStemmer().stem_words(words)
assert ours == Stemmer.Stemmer("english", 0).stemWords(words)
in_python = InPython()
assert ours == [in_python.stemWord(word) for word in words]
result = (
    f"{len(words):,} words: all English stems of the Python program and of PyStemmer {version('PyStemmer')} equal ours"
)
print(json.dumps({"version": version("snowballstemmer"), "result": result}))
