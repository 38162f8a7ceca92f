"""spaCy's lemmatizers beside ours: its rules against Morphy, its table against edit trees learned from a part of it."""

import gzip
import json
import random

import spacy
from spacy.lookups import Lookups
from spacy.tokens import Doc

from nlpjourney import assets
from nlpjourney.text.lemma import EditTreeLemmatizer, MorphyLemmatizer

folder = assets.path("english-lemmas")
tables = {
    name: json.loads(gzip.decompress((folder / f"en_{name}.json.gz").read_bytes()))
    for name in ("lemma_lookup", "lemma_rules", "lemma_exc", "lemma_index")
}
lookups = Lookups()
for name, table in tables.items():
    lookups.add_table(name, table)


def pipeline(mode: str) -> spacy.language.Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("lemmatizer", config={"mode": mode}).initialize(lookups=lookups)
    return nlp


by_table, by_rule = pipeline("lookup"), pipeline("rule")
morphy = MorphyLemmatizer.english()

# Rules: every third form of the exceptions, and regular plurals and verbs, with its part of speech.
rng = random.Random(0)
tasks = [(form, pos) for pos in ("noun", "verb", "adj") for form in tables["lemma_exc"][pos] if form.isalpha()][::3]
nouns, verbs = (sorted(w for w in tables["lemma_index"][pos] if w.isalpha() and len(w) > 3) for pos in ("noun", "verb"))
tasks += [(f"{w}s", "noun") for w in rng.sample(nouns, 1000)] + [(f"{w}ing", "verb") for w in rng.sample(verbs, 500)]
equal = 0
for form, pos in tasks:
    (token,) = doc = Doc(by_rule.vocab, words=[form], pos=[pos.upper()])
    by_rule.get_pipe("lemmatizer")(doc)
    equal += token.lemma_ in (morphy.candidates(form, pos) or [form])
agree = equal / len(tasks)
assert agree > 0.97, agree

# Table: learn from 36,000 of its pairs, guess the others.
pairs = sorted((form, lemma) for form, lemma in tables["lemma_lookup"].items() if form.isalpha())
rng.shuffle(pairs)
train, test = pairs[4000:], pairs[:4000]
guessed = EditTreeLemmatizer().fit(*zip(*train)).predict([form for form, _ in test])
theirs = [by_table(form)[0].lemma_ for form, _ in test]
right = sum(a == b for a, b in zip(guessed, theirs)) / len(test)
assert right > 0.9, right
result = (
    f"Morphy has its rule lemmatizer's answer among its own for {agree:.1%} of {len(tasks):,} forms; "
    f"edit trees guess {right:.1%} of 4,000 unseen entries of its table"
)
print(json.dumps({"version": spacy.__version__, "result": result}))
