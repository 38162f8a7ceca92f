"""Encoding with OpenAI's cl100k vocabulary: ours against tiktoken, each on one thread; the ids must be the same."""

from __future__ import annotations

import json
import random
import sysconfig
from collections.abc import Iterator
from operator import eq
from pathlib import Path

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


def texts_that_repeat_little() -> dict[str, str]:
    """Where remembering words helps less than in prose, or not at all."""
    r = random.Random(0)
    library = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    letters = "abcdefghijklmnopqrstuvwxyz"
    return {
        "Python code": "".join(file.read_text(encoding="utf-8") for file in library)[:2_000_000],
        "numbers as JSON": json.dumps([r.random() * 10 ** r.randint(-3, 6) for _ in range(60_000)]),
        "random Chinese characters": "".join(chr(r.randint(0x4E00, 0x9FFF)) for _ in range(300_000)),
        "random words": " ".join("".join(r.choices(letters, k=r.randint(3, 12))) for _ in range(200_000)),
    }


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
    for name, text in texts_that_repeat_little().items():
        yield Comparison(
            work=f"BPE encoding, cl100k, {len(text.encode()) / 1e6:.1f} MB of {name}, to a list",
            peer="tiktoken, 1 thread",
            ours=lambda text=text: bpe.encode_ordinary(text),
            theirs=lambda text=text: peer.encode_ordinary(text),
            agree=eq,
            goal=1.5,
            topic="1.2",
            amount=len(text.encode()) / 1e6,
            unit="MB",
            packages=("tiktoken",),
        )
