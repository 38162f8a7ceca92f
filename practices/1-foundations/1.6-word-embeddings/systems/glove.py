"""Stanford's GloVe cannot be installed here: our trainer's vectors in its text format, as Gensim reads GloVe's files."""

import json
import tempfile
from pathlib import Path

from gensim.models import KeyedVectors

from nlpjourney.assets import corpora
from nlpjourney.text.embeddings import Corpus, GloVe, save_text

corpus = Corpus.from_texts(corpora.lee_news()[0], min_count=5)
model = GloVe(vector_size=30, epochs=15, workers=2).fit(corpus)
assert model.losses[-1] < model.losses[0] / 2, model.losses
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "glove.txt"
    save_text(model.vectors, file, header=False)
    first = file.read_text(encoding="utf-8").split("\n")[0].split(" ")
    assert first[0] == corpus.words[0] and len(first) == 31  # a word and its numbers, no line before
    opened = KeyedVectors.load_word2vec_format(str(file), no_header=True)
assert opened.vectors.tobytes() == model.vectors.vectors.tobytes()
result = (
    f"not run itself; our GloVe, {len(corpus.words):,} words, loss {model.losses[0]:.3f} to {model.losses[-1]:.3f}, "
    "in Stanford's text format, read by Gensim bit for bit"
)
print(json.dumps({"version": "text format", "result": result}))
