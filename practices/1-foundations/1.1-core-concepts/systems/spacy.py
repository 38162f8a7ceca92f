"""spaCy's dependency parser: trained on the same sentences as ours, and its own English pipeline's heads of news."""

import json
import random

import spacy
from spacy.tokens import Doc
from spacy.training import Example

from nlpjourney.assets import corpora
from nlpjourney.text.syntax import (
    DependencyParser,
    attachment_score,
    is_projective_tree,
    parsed_by_spacy,
    treebank,
)
from nlpjourney.town import Town


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

# Its pretrained pipeline on news: the heads that ours learns from, and is held against on other texts.
texts = parsed_by_spacy(corpora.lee_news()[0][:150])
silver = [s for text in texts[:100] for s in text if is_projective_tree(s.heads)]
others = [s for text in texts[100:] for s in text]
news = DependencyParser().fit([s.words for s in silver], [s.tags for s in silver], [s.heads for s in silver])
on_news = [
    attachment_score([s.heads for s in others], [parser.predict(s.words, s.tags) for s in others])
    for parser in (ours, news)
]
assert on_news[1] > 0.8 > on_news[0], on_news
result = (
    f"trained on {len(train)} sentences of Tinytown: UAS {scores['known'][0]:.1%} on new sentences of known patterns "
    f"(ours, with gold tags, {scores['known'][1]:.1%}) and {scores['unseen'][0]:.1%} on unseen ones "
    f"(ours {scores['unseen'][1]:.1%}); its own pipeline's heads of {sum(len(s.words) for s in others):,} words of news: "
    f"ours agrees on {on_news[0]:.1%} as trained on Tinytown, on {on_news[1]:.1%} as trained on its heads of other news"
)
print(json.dumps({"version": spacy.__version__, "result": result}))
