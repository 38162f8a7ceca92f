"""The list of demos, by topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpjourney.app.demos.demo import Demo
from nlpjourney.study.roadmap import Topic, topic


@dataclass(frozen=True)
class Section:
    topic: Topic
    demos: tuple[Demo, ...]


def sections(demos: Sequence[Demo]) -> tuple[Section, ...]:
    """The demos under their topics, in the order in which the topics first come."""
    ids = dict.fromkeys(demo.topic for demo in demos)
    return tuple(Section(topic(id), tuple(demo for demo in demos if demo.topic == id)) for id in ids)
