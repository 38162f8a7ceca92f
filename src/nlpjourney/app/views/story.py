"""The beginning of a practice as a page can show it: its prose and its first picture, out of the executed notebook."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from nlpjourney.study.roadmap import Topic

LOOK_AT = 10  # cells: a picture that comes later is not the beginning any more
_TITLE = re.compile(r"""(?:\btitle=|set_title\()f?(["'])(?P<title>[^"'{}]+)\1""")


@dataclass(frozen=True)
class Part:
    """A piece of the story: Markdown, or a picture as a data address with what it is called."""

    kind: Literal["prose", "picture"]
    content: str
    name: str = ""


def story(t: Topic) -> tuple[Part, ...]:
    """The prose before the first code, and when a picture follows soon, everything up to it and the prose behind it."""
    cells: list[dict[str, Any]] = json.loads(t.notebook.read_text(encoding="utf-8"))["cells"][:LOOK_AT]
    parts: list[Part] = []
    opening: list[Part] | None = None  # the prose before the first code
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            prose = source if parts else _without_title(source)
            if prose:
                parts.append(Part("prose", prose))
            if any(part.kind == "picture" for part in parts):
                return tuple(parts)
        elif cell["cell_type"] == "code":
            opening = list(parts) if opening is None else opening
            picture = _picture(cell.get("outputs", []))
            if picture:
                title = _TITLE.search(source)
                name = title["title"] if title else "First picture of the practice"
                parts.append(Part("picture", picture, name))
    if any(part.kind == "picture" for part in parts):
        return tuple(parts)
    return tuple(parts if opening is None else opening)


def _without_title(markdown: str) -> str:
    """Without the heading of the first line, which the page has already."""
    return markdown.partition("\n")[2].strip() if markdown.startswith("# ") else markdown.strip()


def _picture(outputs: list[dict[str, Any]]) -> str:
    """The first image of a cell's outputs as a data address, or ""."""
    import base64

    for output in outputs:
        data = output.get("data", {})
        if "image/png" in data:
            return "data:image/png;base64," + "".join("".join(data["image/png"]).split())
        if "image/svg+xml" in data:
            return "data:image/svg+xml;base64," + base64.b64encode("".join(data["image/svg+xml"]).encode()).decode()
    return ""
