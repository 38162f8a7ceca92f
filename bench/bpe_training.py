"""Learning 32,000 tokens from 50 MB of English: ours on one thread, Hugging Face tokenizers on two.

Both get the same texts, the lines of the corpus, and split them by the cl100k pattern. The merges must be the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from operator import eq

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.tokenize import BPE
from nlpjourney.text.tokenize.bpe_json import oniguruma
from nlpjourney.text.tokenize.byte_alphabet import from_chars

VOCAB_SIZE = 32_000


def ours(texts: list[str]) -> BPE:
    return BPE.train(texts, VOCAB_SIZE)


def theirs(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(oniguruma("cl100k")), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB_SIZE, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def same_merges(bpe: BPE, tokenizer: Tokenizer) -> bool:
    mine = [[bpe.tokens[left], bpe.tokens[right]] for left, right, _ in bpe.merges.tolist()]
    return eq(mine, [list(map(from_chars, pair)) for pair in json.loads(tokenizer.to_str())["model"]["merges"]])


def comparisons() -> Iterator[Comparison]:
    os.environ["RAYON_NUM_THREADS"] = "2"  # read when the peer's first thread starts
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    texts = corpora.english_text().splitlines(keepends=True)
    yield Comparison(
        work="BPE training, 50 MB of English to 32,000 tokens",
        peer="tokenizers, 2 threads",
        ours=lambda: ours(texts),
        theirs=lambda: theirs(texts),
        agree=same_merges,
        goal=4.0,
        topic="1.2",
        amount=50.0,
        unit="MB",
        packages=("tokenizers",),
        repeat=3,
        remark="ours on 1 thread; the same merges",
    )
