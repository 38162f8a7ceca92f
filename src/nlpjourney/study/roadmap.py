"""The roadmap, read from `roadmap.toml`: stages, topics, links, systems."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from nlpjourney.errors import UnknownName
from nlpjourney.study.paths import PRACTICES, ROOT

How = Literal["core", "script", "protocol", "none"]


@dataclass(frozen=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True)
class System:
    """A named tool: how it is used, and the script of its topic that really runs it."""

    name: str
    slug: str
    how: How
    note: str = ""


@dataclass(frozen=True)
class Topic:
    id: str
    slug: str
    title: str
    summary: str
    minutes: int
    stage: int
    stage_slug: str
    requires: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    systems: tuple[System, ...] = ()

    @property
    def folder(self) -> Path:
        return PRACTICES / f"{self.stage}-{self.stage_slug}" / f"{self.id}-{self.slug}"

    @property
    def source(self) -> Path:
        return self.folder / "practice.py"

    @property
    def notebook(self) -> Path:
        return self.folder / "practice.ipynb"

    @property
    def is_built(self) -> bool:
        """Whether there is a practice to open; the other topics have a reading list and the names of their tools."""
        return self.notebook.exists()

    def system_script(self, system: System) -> Path:
        return self.folder / "systems" / f"{system.slug}.py"

    def __str__(self) -> str:
        return f"{self.id} {self.title}"


@dataclass(frozen=True)
class Stage:
    number: int
    slug: str
    title: str
    topics: tuple[Topic, ...] = field(default=())


class UnknownTopic(UnknownName):
    """No topic has this id."""


@cache
def stages() -> tuple[Stage, ...]:
    """The seven stages with their topics, in order."""
    with (Path(__file__).parent / "roadmap.toml").open("rb") as f:
        rows = tomllib.load(f)["stage"]
    return tuple(
        Stage(
            number=row["number"],
            slug=row["slug"],
            title=row["title"],
            topics=tuple(_topic(t, row["number"], row["slug"]) for t in row["topic"]),
        )
        for row in rows
    )


def _topic(row: dict[str, object], stage: int, stage_slug: str) -> Topic:
    nested = {
        "links": tuple(Link(**link) for link in row.pop("links", [])),  # type: ignore[attr-defined]
        "systems": tuple(System(**system) for system in row.pop("system", [])),  # type: ignore[attr-defined]
    }
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Topic(stage=stage, stage_slug=stage_slug, **nested, **plain)  # type: ignore[arg-type]


def topics() -> list[Topic]:
    return [topic for stage in stages() for topic in stage.topics]


def topic(id: str) -> Topic:
    """The topic with this id ("1.2"; an exercise's id "1.2.a" gives its topic). Raises UnknownTopic."""
    wanted = ".".join(id.split(".")[:2])
    for candidate in topics():
        if candidate.id == wanted:
            return candidate
    raise UnknownTopic(f"there is no topic {id!r}; they go from {topics()[0].id} to {topics()[-1].id}")


def readme_table() -> str:
    """The README's table: one row a topic, its resources, its practice when there is one."""
    lines = []
    for stage in stages():
        lines += ["", f"### {stage.number}. {stage.title}", "", "| Topic | Resources | Practices |", "|---|---|---|"]
        for t in stage.topics:
            resources = ", ".join(f"[{link.title}]({link.url})" for link in t.links)
            practice = ""
            if t.is_built:
                practice = f"[notebook]({t.notebook.relative_to(ROOT).as_posix()})"
            lines.append(f"| {t.id} {t.title} | {resources} | {practice} |")
    return "\n".join(lines).strip() + "\n"
