"""NLTK: its Penn Treebank tokenizer on real sentences, token by token equal to ours, offsets included."""

import json
from importlib.metadata import version

from nltk.tokenize import TreebankWordDetokenizer, TreebankWordTokenizer, regexp_tokenize

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import words

peer = TreebankWordTokenizer()
lines = [line for article in corpora.wikipedia().values() for line in article.split("\n") if line.strip()][::4]

n_tokens = 0
for line in lines:
    tokens = peer.tokenize(line)
    assert tokens == words.treebank(line), line
    n_tokens += len(tokens)
for line in lines[:1000]:
    assert list(peer.span_tokenize(line)) == words.treebank_with_offsets(line)[1], line

assert peer.tokenize("They can't.") == ["They", "ca", "n't", "."]
assert TreebankWordDetokenizer().detokenize(["They", "ca", "n't", "."]) == "They can't."
assert regexp_tokenize("a b-c", r"\w+") == ["a", "b", "c"]

print(
    json.dumps(
        {
            "version": version("nltk"),
            "result": f"its Treebank tokenizer and ours agree on all {n_tokens:,} tokens of {len(lines):,} Wikipedia paragraphs",
        }
    )
)
