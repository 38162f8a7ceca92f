"""Short dialogues, from ChatterBot's corpus."""

from __future__ import annotations

from nlpjourney.assets.store import path


def dialogues() -> dict[str, list[list[str]]]:
    """Short English dialogues by subject; each is a list of turns, the first usually a question."""
    import yaml

    found = {}
    for file in sorted(path("chatterbot-english").rglob("*.yml")):
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))["conversations"]
        found[file.stem] = [[str(turn) for turn in row] for row in rows]
    return found
