"""Sentences with labels: a writer that knows whom every word means.

Templates have slots, `{agent} lost {thing} in {place}.`; the writer fills them with a name, a description or a pronoun
and notes where each stands and whom it means. A pronoun is used only where it has one possible reading: its person was
mentioned in this sentence or the last, and nobody else of that gender since the sentence before began.
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nlpjourney.town.world import Entity, Person, Place, Thing, World

Form = Literal["name", "description", "pronoun"]
Case = Literal["subject", "object", "possessive"]

PRONOUNS: dict[str, dict[str, str]] = {
    "f": {"subject": "she", "object": "her", "possessive": "her"},
    "m": {"subject": "he", "object": "him", "possessive": "his"},
}


@dataclass(frozen=True)
class Mention:
    """text[start:end] means the entity; label is PERSON, PLACE or THING."""

    start: int
    end: int
    entity: str
    label: str
    form: Form


@dataclass(frozen=True)
class Annotated:
    """A text with its exact labels. Offsets are in characters of `text`.

    sentences: (start, end) of each; mentions: in order; events: the ids of the events that it tells, in its order.
    `headline` and `summary` are set where the kind of text has them; they stand outside `text`.
    """

    text: str
    sentences: list[tuple[int, int]]
    mentions: list[Mention]
    events: list[int]
    headline: str = ""
    summary: str = ""

    def entities(self) -> list[tuple[int, int, str]]:
        """Named entities as (start, end, label): names of people and places, without pronouns and descriptions."""
        return [(m.start, m.end, m.label) for m in self.mentions if m.form == "name"]

    def chains(self) -> dict[str, list[tuple[int, int]]]:
        """Coreference: for each entity mentioned twice or more, where."""
        found: dict[str, list[tuple[int, int]]] = {}
        for m in self.mentions:
            found.setdefault(m.entity, []).append((m.start, m.end))
        return {entity: spans for entity, spans in found.items() if len(spans) > 1}

    def sentence_texts(self) -> list[str]:
        return [self.text[start:end] for start, end in self.sentences]


@dataclass
class Writer:
    """Writes one text, sentence by sentence."""

    world: World
    rng: random.Random
    text: str = ""
    sentences: list[tuple[int, int]] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    def say(
        self, template: str, roles: Mapping[str, str], event: int | None = None, *, new_paragraph: bool = False
    ) -> None:
        """Write one sentence: words of the template as they are; `roles` maps slots to entity ids, or to plain text.

        A slot is `{role}` for a subject, `{role:object}`, or `{role:possessive}` ("her", "Ada's"); `{role:name}` never
        becomes a pronoun.
        """
        start = len(self.text)
        if start:
            self.text += "\n\n" if new_paragraph else " "
            start = len(self.text)
        for literal, role, case, _ in string.Formatter().parse(template):
            self.text += literal
            if role is None:
                continue
            entity = self.world.entities.get(roles[role])
            if entity is None:
                self.text += roles[role]
            else:
                self._mention(entity, case or "subject", start)
        # A sentence starts with a capital, also where it starts with "she" or "the".
        self.text = self.text[:start] + self.text[start].upper() + self.text[start + 1 :]
        self.sentences.append((start, len(self.text)))
        if event is not None and event not in self.events:
            self.events.append(event)

    def finish(self, headline: str = "", summary: str = "") -> Annotated:
        return Annotated(self.text, self.sentences, self.mentions, self.events, headline, summary)

    def _mention(self, entity: Entity, case: str, sentence: int) -> None:
        words, form = self._refer(entity, case, sentence)
        start = len(self.text)
        self.text += words
        # The possessive's ending is no part of the name.
        end = len(self.text) - (2 if form != "pronoun" and case == "possessive" else 0)
        self.mentions.append(Mention(start, end, entity.id, entity.label, form))

    def _refer(self, entity: Entity, case: str, sentence: int) -> tuple[str, Form]:
        known = any(m.entity == entity.id for m in self.mentions)
        ending = "'s" if case == "possessive" else ""
        if isinstance(entity, Place):
            return entity.name + ending, "name"
        if isinstance(entity, Thing):
            if not known:
                return f"{article(entity.name)} {entity.name}{ending}", "description"
            if self._only_one(entity, sentence) and case == "object" and self.rng.random() < 0.4:
                return "it", "pronoun"
            return f"the {entity.noun if self._noun_is_clear(entity) else entity.name}{ending}", "description"
        if case != "name" and self._only_one(entity, sentence):
            return PRONOUNS[entity.gender][case], "pronoun"
        short = known and self._given_name_is_clear(entity)
        return (entity.given if short else entity.name) + ending, "name"

    def _only_one(self, entity: Person | Thing, sentence: int) -> bool:
        """Whether a pronoun here can mean nobody else: see the top of this file."""
        since = self.sentences[-1][0] if self.sentences else 0
        recent = [m for m in self.mentions if m.start >= since]
        alike = {m.entity for m in recent if self._same_pronoun(entity, self.world.entities[m.entity])}
        return alike == {entity.id}

    @staticmethod
    def _same_pronoun(one: Entity, other: Entity) -> bool:
        if isinstance(one, Person) and isinstance(other, Person):
            return one.gender == other.gender
        # A place, too, is an "it".
        return not isinstance(one, Person) and not isinstance(other, Person)

    def _noun_is_clear(self, thing: Thing) -> bool:
        mentioned = (self.world.entities[m.entity] for m in self.mentions)
        return not any(isinstance(e, Thing) and e.noun == thing.noun and e.id != thing.id for e in mentioned)

    def _given_name_is_clear(self, person: Person) -> bool:
        mentioned = (self.world.entities[m.entity] for m in self.mentions)
        return not any(isinstance(e, Person) and e.given == person.given and e.id != person.id for e in mentioned)


def article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
