"""NLTK's Punkt, trained and split beside ours on the same texts; its stop words and its files of parameters."""

import json

import nltk
from nltk.tokenize.punkt import PunktParameters as NltkParameters
from nltk.tokenize.punkt import PunktSentenceTokenizer as NltkTokenizer
from nltk.tokenize.punkt import PunktTrainer as NltkTrainer

from nlpjourney.assets import corpora
from nlpjourney.text.sentences import PunktSentenceTokenizer

texts = [
    "\n".join(corpora.lee_news()[0]),
    "\n\n".join(corpora.wikipedia().values())[:400_000],
    "\n\n".join(corpora.django_docs().values())[:200_000],
]
n_sentences = n_abbreviations = 0
shipped = PunktSentenceTokenizer.from_pretrained("english")
theirs_shipped = NltkParameters()
theirs_shipped.abbrev_types, theirs_shipped.collocations = shipped.params.abbrev_types, shipped.params.collocations
theirs_shipped.sent_starters = shipped.params.sent_starters
theirs_shipped.ortho_context.update(shipped.params.ortho_context)
for text in texts:
    trainer = NltkTrainer()
    trainer.train(text)
    theirs, ours = trainer.get_params(), PunktSentenceTokenizer.train(text)
    assert theirs.abbrev_types == ours.params.abbrev_types
    assert theirs.collocations == ours.params.collocations
    assert theirs.sent_starters == ours.params.sent_starters
    assert {word: flags for word, flags in theirs.ortho_context.items() if flags} == ours.params.ortho_context
    n_abbreviations += len(theirs.abbrev_types)
    for params, tokenizer in ((theirs, ours), (theirs_shipped, shipped)):
        spans = list(NltkTokenizer(params).span_tokenize(text))
        assert spans == tokenizer.span_tokenize(text)
        n_sentences += len(spans)
result = (
    f"Punkt on {len(texts)} texts: the same parameters ({n_abbreviations} abbreviations) and the same borders of {n_sentences:,} "
    "sentences, trained and with its English parameters"
)
print(json.dumps({"version": nltk.__version__, "result": result}))
