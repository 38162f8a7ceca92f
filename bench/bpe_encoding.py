"""Encoding with OpenAI's cl100k vocabulary: ours against tiktoken, each on one thread; the ids must be the same."""

from __future__ import annotations

from collections.abc import Iterator
from operator import eq

import tiktoken

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.tokenize import BPE

# As tiktoken publishes it. Its package would fetch the ranks from the network; here it gets those of the asset.
PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)


def multilingual() -> str:
    """Django's messages in all its languages."""
    return "\n".join(b for code in corpora.django_languages() for _, b in corpora.django_messages(code))


def comparisons() -> Iterator[Comparison]:
    bpe = BPE.cl100k()
    ranks = {token: id_ for id_, token in bpe.tokens.items()}
    peer = tiktoken.Encoding("cl100k", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=bpe.special_tokens.ids)
    texts = {"English": corpora.english_text(20_000_000), "100 languages": multilingual()}
    for name, text in texts.items():
        n = len(text.encode()) / 1e6
        for form, ours, agree in (
            ("a list", bpe.encode_ordinary, eq),
            ("an array", bpe.encode_to_numpy, lambda a, b: a.tolist() == b.tolist()),
        ):
            theirs = peer.encode_ordinary if form == "a list" else peer.encode_to_numpy
            yield Comparison(
                work=f"BPE encoding, cl100k, {n:.0f} MB of {name}, to {form}",
                peer="tiktoken, 1 thread",
                ours=lambda ours=ours, text=text: ours(text),
                theirs=lambda theirs=theirs, text=text: theirs(text),
                agree=agree,
                goal=2.0,
                topic="1.2",
                amount=n,
                unit="MB",
                packages=("tiktoken",),
            )
