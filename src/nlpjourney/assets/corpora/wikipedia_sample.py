"""Articles of the English Wikipedia, from a dump."""

from __future__ import annotations

import bz2
import re
from functools import cache
from xml.etree import ElementTree

from nlpjourney.assets.store import path


def wikipedia() -> dict[str, str]:
    """Long articles of the English Wikipedia, by title, with the wiki markup taken out."""
    return dict(_wikipedia())


@cache
def _wikipedia() -> dict[str, str]:
    articles = {}
    with bz2.open(path("wikipedia-sample")) as f:
        for _, element in ElementTree.iterparse(f):
            if element.tag.endswith("}page"):
                title = element.findtext("{*}title") or ""
                text = element.findtext("{*}revision/{*}text") or ""
                if text and not text.lower().startswith("#redirect"):
                    articles[title] = _plain_wiki(text)
                element.clear()
    return articles


def _plain_wiki(text: str) -> str:
    text = re.sub(r"<!--.*?-->|<ref[^>/]*/>|<ref.*?</ref>|<math>.*?</math>", "", text, flags=re.S)
    for _ in range(4):  # templates and tables nest
        text = re.sub(r"\{\{[^{}]*\}\}|\{\|[^{}]*?\|\}", "", text, flags=re.S)
    text = re.sub(r"\[\[(?:Image|File|Category|[a-z-]{2,12}):[^\[\]]*(?:\[\[[^\]]*\]\][^\[\]]*)*\]\]", "", text)
    text = re.sub(r"\[\[(?:[^\]|]*\|)?([^\]]*)\]\]", r"\1", text)
    text = re.sub(r"\[https?://\S+ ?([^\]]*)\]", r"\1", text)
    text = re.sub(r"<[^>]+>|'{2,}|^[*#:;]+ ?", "", text, flags=re.M)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
