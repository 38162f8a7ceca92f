"""The peers, built from the same files as ours: tiktoken needs no network when it is given its ranks."""

import base64
from functools import cache

import pytest
import tiktoken

from nlpjourney import assets
from nlpjourney.text.tokenize import BPE

TIKTOKEN_PATTERNS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


def tiktoken_encoding(name, special_tokens):
    lines = assets.path(f"{name}-ranks").read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines)}
    return tiktoken.Encoding(
        name, pat_str=TIKTOKEN_PATTERNS[name], mergeable_ranks=ranks, special_tokens=special_tokens
    )


@cache
def bpe(name):
    return getattr(BPE, name)()


@pytest.fixture(scope="session", params=["gpt2", "cl100k", "o200k"])
def openai(request):
    """Our tokenizer and tiktoken's of the same vocabulary."""
    ours = bpe(request.param)
    return ours, tiktoken_encoding(request.param, ours.special_tokens.ids)


@pytest.fixture(scope="session")
def gpt2():
    return bpe("gpt2")


@pytest.fixture(scope="session")
def cl100k():
    return bpe("cl100k")
