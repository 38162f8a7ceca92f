"""fastText: a model that it has trained opens here and is written again byte for byte; ours opens there."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import fasttext
import numpy as np

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.embeddings import FastText

unknown = ["unheard-of", "misunderstandings", "naïve", "наказанием"]


def largest_difference(ours: FastText, theirs: fasttext.FastText._FastText) -> float:
    words = theirs.words + unknown
    return max(float(np.abs(ours.vectors[word] - theirs.get_word_vector(word)).max()) for word in words)


file = assets.path("fasttext-sample")
theirs, ours = fasttext.load_model(str(file)), FastText.load(file)
assert largest_difference(ours, theirs) < 1e-6
with tempfile.TemporaryDirectory() as folder:
    again = Path(folder) / "model.bin"
    ours.save(again)
    assert again.read_bytes() == file.read_bytes()
    mine = FastText(vector_size=50, min_count=3, bucket=20_000, workers=2)
    mine.fit([text.lower().split() for text in corpora.lee_news()[0]])
    mine.save(again)
    theirs = fasttext.load_model(str(again))
    assert largest_difference(mine, theirs) < 1e-6
    # Its own search for neighbours on our vectors: the words that ours finds.
    found = {word for _, word in theirs.get_nearest_neighbors("government", 5)}
    assert found == {word for word, _ in mine.vectors.most_similar("government", 5)}
result = (
    f"its model of {len(ours.vectors.words):,} words and ours of {len(theirs.words):,}: equal vectors on both sides, also of "
    f"{len(unknown)} unknown words; its file written again byte for byte"
)
print(json.dumps({"version": version("fasttext-numpy2"), "result": result}))
