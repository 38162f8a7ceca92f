"""Unigram against SentencePiece, WordPiece against Hugging Face tokenizers: the same vocabulary, the same ids, one thread."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from operator import eq
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.tokenize import Unigram, WordPiece


def sentencepiece_model(lines: list[str]) -> bytes:
    """A vocabulary of 8,000 pieces with SentencePiece's own normalisation."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=8000, model_type="unigram", minloglevel=2
    )
    return model.getvalue()


def comparisons() -> Iterator[Comparison]:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    lines = [line for line in corpora.english_text(5_000_000).split("\n") if line.strip()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "m.model"
        file.write_bytes(sentencepiece_model(lines[:20_000]))
        unigram, peer = Unigram.from_sentencepiece(file), sentencepiece.SentencePieceProcessor(model_file=str(file))
    yield Comparison(
        work="Unigram encoding, 5 MB of English, line by line",
        peer="SentencePiece",
        ours=lambda: unigram.encode_batch(lines),
        theirs=lambda: peer.encode(lines, num_threads=1),
        agree=eq,
        goal=1.0,
        topic="1.2",
        amount=5.0,
        unit="MB",
        packages=("sentencepiece",),
    )
    wordpiece = WordPiece.from_pretrained(assets.path("minilm-tokenizer"))
    bert = Tokenizer.from_file(str(assets.path("minilm-tokenizer")))
    bert.no_truncation()
    bert.no_padding()
    yield Comparison(
        work="WordPiece encoding, BERT, 5 MB of English, line by line",
        peer="tokenizers, 1 thread",
        ours=lambda: wordpiece.encode_batch(lines),
        theirs=lambda: [e.ids for e in bert.encode_batch_fast(lines, add_special_tokens=False)],
        agree=eq,
        goal=2.0,
        topic="1.2",
        amount=5.0,
        unit="MB",
        packages=("tokenizers",),
    )
