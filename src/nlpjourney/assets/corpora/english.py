"""All the English text there is here, as one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from nlpjourney.assets.corpora.django_documentation import django_docs
from nlpjourney.assets.corpora.fairy_tales import tales
from nlpjourney.assets.corpora.lee import lee_news
from nlpjourney.assets.corpora.reuters_r52 import reuters
from nlpjourney.assets.corpora.shakespeare_works import shakespeare
from nlpjourney.assets.corpora.twenty_newsgroups import newsgroups
from nlpjourney.assets.corpora.wikipedia_sample import wikipedia


@cache
def english_text(n_bytes: int = 50_000_000) -> str:
    """The first `n_bytes` (UTF-8) of all English here as one text: documentation, encyclopedia, plays, news, posts.

    Raises ValueError when more is asked for than there is.
    """
    parts: list[str] = []
    size = 0
    for text in _all_english():
        parts.append(text)
        size += len(text.encode()) + 1
        if size >= n_bytes:
            return "\n".join(parts).encode()[:n_bytes].decode("utf-8", errors="ignore")
    raise ValueError(f"there are {size:,} bytes of English text, {n_bytes:,} were asked for")


def _all_english() -> Iterator[str]:
    yield from django_docs().values()
    yield from wikipedia().values()
    yield from shakespeare().values()
    yield from tales().values()
    yield from lee_news()[0]
    yield from (d.text for d in newsgroups())
    yield from (d.text for d in reuters())
    yield from shakespeare("folio").values()
