"""Gensim's word2vec with the same seed and one thread: the same vectors; and its files, read by us and back."""

import json
import tempfile
from pathlib import Path

import gensim
import numpy as np
from gensim.models import KeyedVectors, Word2Vec

from nlpjourney.assets import corpora
from nlpjourney.text.embeddings import Corpus, load_binary, load_text, save_binary
from nlpjourney.text.embeddings import Word2Vec as OurWord2Vec

corpus = Corpus.from_texts(corpora.lee_news()[0], min_count=3)
sentences = corpus.sentences()
differences = []
for options in ({"sg": 1}, {"sg": 0}, {"sg": 1, "hs": 1, "negative": 0}):
    theirs = Word2Vec(vector_size=50, seed=5, workers=1, min_count=3, sorted_vocab=0, **options)
    theirs.build_vocab_from_freq(dict(zip(corpus.words, corpus.counts.tolist())), corpus_count=len(sentences))
    theirs.train(sentences, total_examples=len(sentences), epochs=5)
    ours = OurWord2Vec(vector_size=50, seed=5, **options).fit(Corpus.from_sentences(sentences)).vectors
    assert ours.words == theirs.wv.index_to_key
    differences.append(float(np.abs(ours.vectors - theirs.wv.vectors).max() / np.abs(theirs.wv.vectors).max()))
assert max(differences) < 2e-3, differences

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "vectors"
    for binary, load in ((True, load_binary), (False, load_text)):
        theirs.wv.save_word2vec_format(str(file), binary=binary)
        assert load(file).vectors.tobytes() == theirs.wv.vectors.tobytes()
    save_binary(ours, file)
    assert KeyedVectors.load_word2vec_format(str(file), binary=True).vectors.tobytes() == ours.vectors.tobytes()
result = (
    f"skip-gram, CBOW and hierarchical softmax on {len(corpus.tokens):,} words: vectors equal ours to "
    f"{max(differences):.0e} of the largest; files equal bit for bit"
)
print(json.dumps({"version": gensim.__version__, "result": result}))
