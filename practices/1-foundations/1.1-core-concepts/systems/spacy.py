"""spaCy's dependency parser, trained on the same sentences as ours and tested on patterns that neither has seen."""

import json
import random

import spacy
from spacy.tokens import Doc
from spacy.training import Example

from nlpjourney.assets.town import Town
from nlpjourney.text.syntax import DependencyParser, attachment_score, treebank


def stories(seed: int, n: int) -> list[treebank.Sentence]:
    town = Town(seed=seed)
    return [s for i in range(n) for s in treebank.sentences(town.story(i % town.n_stories))]


train = [s for s in stories(1, 60) if s.pattern % 4]
known = [s for s in stories(2, 40) if s.pattern % 4]
unseen = [s for s in stories(2, 40) if s.pattern % 4 == 0]

nlp = spacy.blank("en")
nlp.add_pipe("parser", config={"min_action_freq": 1})
examples = []
for s in train:
    heads = [i if head < 0 else head for i, head in enumerate(s.heads)]
    labels = ["ROOT" if head < 0 else "dep" for head in s.heads]
    examples.append(Example.from_dict(Doc(nlp.vocab, words=s.words), {"heads": heads, "deps": labels}))
spacy.util.fix_random_seed(0)
optimizer = nlp.initialize(lambda: examples)
rng = random.Random(0)
for _ in range(6):
    rng.shuffle(examples)
    for at in range(0, len(examples), 32):
        nlp.update(examples[at : at + 32], sgd=optimizer, drop=0.1)


def theirs(s: treebank.Sentence) -> list[int]:
    doc = nlp.get_pipe("parser")(Doc(nlp.vocab, words=s.words))
    return [-1 if token.head.i == token.i else token.head.i for token in doc]


ours = DependencyParser().fit([s.words for s in train], [s.tags for s in train], [s.heads for s in train])
scores = {}
for name, tested in (("known", known), ("unseen", unseen)):
    gold = [s.heads for s in tested]
    scores[name] = (
        attachment_score(gold, [theirs(s) for s in tested]),
        attachment_score(gold, [ours.predict(s.words, s.tags) for s in tested]),
    )
assert min(scores["known"]) > 0.9, scores
result = (
    f"trained on {len(train)} sentences of Tinytown: UAS {scores['known'][0]:.1%} on new sentences of known patterns "
    f"(ours, with gold tags, {scores['known'][1]:.1%}) and {scores['unseen'][0]:.1%} on unseen ones "
    f"(ours {scores['unseen'][1]:.1%})"
)
print(json.dumps({"version": spacy.__version__, "result": result}))
