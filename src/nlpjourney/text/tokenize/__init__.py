"""Tokenizers: from rules for words to learned subwords, each built from scratch and able to read the files of others."""

from nlpjourney.text.tokenize.bpe import BPE, MergeStep
from nlpjourney.text.tokenize.character_bpe import CharacterBPE
from nlpjourney.text.tokenize.special_tokens import SpecialTokens
from nlpjourney.text.tokenize.splitting import split
from nlpjourney.text.tokenize.tokenizer import Tokenizer, load_tokenizer
from nlpjourney.text.tokenize.unigram import Unigram
from nlpjourney.text.tokenize.wordpiece import WordPiece
from nlpjourney.text.tokenize.words import tokenize, treebank

__all__ = [
    "BPE", "CharacterBPE", "MergeStep", "SpecialTokens", "Tokenizer", "Unigram", "WordPiece", "load_tokenizer", "split",
    "tokenize", "treebank",
]  # fmt: skip


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words."""
    import base64
    import tempfile
    import warnings
    from pathlib import Path

    import numpy as np

    from nlpjourney.text.tokenize import splitting

    text = "to be or not to be, that is the question é " * 3
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # the text is too short for so many tokens
        splitting.split(text)
        bpe = BPE.train(text, 300)
        bpe.encode_with_offsets(text + "abc" * 30)
        ranks = Path(folder) / "ranks.tiktoken"
        ranks.write_text("".join(f"{base64.b64encode(token).decode()} {id_}\n" for id_, token in bpe.tokens.items()))
        BPE.from_tiktoken(ranks, pattern="cl100k")
    WordPiece.train(text, 60).encode_with_offsets("to bé")
    Unigram.train(" ".join(f"word{i} part{i}" for i in range(60)), 30)  # more seeds than pieces, so some are pruned
    for unigram in (model := Unigram.train(text, 24)), Unigram(model.model, dtype=np.float64):
        unigram.encode_batch([text])
        unigram.encode_with_offsets(text)
        unigram.sample(text, seed=0)
