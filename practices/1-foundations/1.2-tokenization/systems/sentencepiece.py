"""SentencePiece: trains a unigram model that we open; opens one that we trained; the same pieces in both directions."""

import io
import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import sentencepiece

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import Unigram

VOCAB_SIZE = 4000
lines = [line for article in corpora.wikipedia().values() for line in article.split("\n") if 0 < len(line) < 4000][::3]
held_out = lines[::10]

with tempfile.TemporaryDirectory() as folder:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=VOCAB_SIZE, model_type="unigram", minloglevel=2
    )
    (Path(folder) / "theirs.model").write_bytes(model.getvalue())
    theirs = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/theirs.model")
    read = Unigram.from_sentencepiece(f"{folder}/theirs.model")
    ids = theirs.encode(held_out)
    assert read.encode_batch(held_out) == ids
    assert [read.decode(i) for i in ids] == theirs.decode(ids)

    trained = Unigram.train(lines, VOCAB_SIZE)
    trained.save_sentencepiece(f"{folder}/ours.model")
    opened = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/ours.model")
    assert opened.encode(held_out) == trained.encode_batch(held_out)

n_theirs, n_ours = sum(map(len, ids)), sum(map(len, trained.encode_batch(held_out)))
print(
    json.dumps(
        {
            "version": version("sentencepiece"),
            "result": f"its model and ours, {VOCAB_SIZE:,} pieces each, give the same ids in both libraries; "
            f"the text takes {n_theirs:,} tokens with its, {n_ours:,} with ours",
        }
    )
)
