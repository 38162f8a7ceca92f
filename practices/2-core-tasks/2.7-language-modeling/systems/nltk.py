"""NLTK: its Kneser-Ney and its Lidstone model give the probabilities of ours on lines of Shakespeare."""

import json
from importlib.metadata import version

from nltk.lm import KneserNeyInterpolated, Lidstone
from nltk.util import everygrams

from nlpjourney.tasks.language_models import NGramModel
from nlpjourney.tasks.language_models.split import shakespeare_split

text = shakespeare_split()
lines = [line.split() for line in text.training[:60_000].split("\n") if line]
padded = [["<s>", *line, "</s>"] for line in lines]
vocabulary = sorted({word for line in padded for word in line})
asked = sorted({pair for line in padded for pair in zip(line, line[1:])})[::150]
asked += [(history, word) for history, word in zip(vocabulary[3::400], vocabulary[7::400])]

largest = 0.0
theirs = KneserNeyInterpolated(2, discount=0.7)
theirs.fit([list(everygrams(line, max_len=2)) for line in padded], vocabulary)
ours = NGramModel(2, "kneser_ney", discount=0.7).fit(lines)
add = Lidstone(0.1, 2)
add.fit([list(everygrams(line, max_len=2)) for line in padded], [word for word in vocabulary if word != "<s>"])
our_add = NGramModel(2, "add_k", k=0.1).fit(lines)
for history, word in asked:
    if word == "<s>" or history == "</s>":
        continue
    for a, b in ((theirs, ours), (add, our_add)):
        p, q = a.score(word, [history]), b.probability(word, [history])
        largest = max(largest, abs(p - q) / p if p else q)
assert largest < 2e-6, largest

print(
    json.dumps(
        {
            "version": version("nltk"),
            "result": f"Kneser-Ney and Lidstone, {len(asked)} bigrams: probabilities equal to {largest:.0e} of their value",
        }
    )
)
