"""minbpe is not on PyPI: this reproduces the example results it publishes, and its file format, with our own code.

Nothing of minbpe runs here. Its README trains three merges on "aaabdaaabac" and gets [258, 100, 258, 97, 99].
"""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import BPE, minbpe_file

bpe = BPE.train("aaabdaaabac", 256 + 3, pattern="whole")
ids = bpe.encode("aaabdaaabac")
assert ids == [258, 100, 258, 97, 99]
assert bpe.decode(ids) == "aaabdaaabac"

text = corpora.english_text(500_000)
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "toy.model"
    minbpe_file.write(bpe, file)
    assert file.read_text().splitlines()[:3] == ["minbpe v1", "", "0"]
    assert minbpe_file.read(file).encode("aaabdaaabac") == ids
    trained = BPE.train(text, 2000, pattern="llama3", special_tokens=["<|endoftext|>"])
    minbpe_file.write(trained, file)
    again = minbpe_file.read(file)
    assert again.encode(text) == trained.encode(text)
    assert again.decode(again.encode(text)) == text

print(
    json.dumps(
        {
            "version": f"none (NLP Journey {version('nlp-journey')})",
            "result": f"its published example comes out as {ids}; its .model file is written and read, with "
            f"{len(trained.merges):,} merges",
        }
    )
)
