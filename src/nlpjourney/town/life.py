"""What happens: events that follow from the state of the town and change it, and the facts that hold from day to day.

Every kind of event has a condition (only an owner can sell, only what is lost can be found), so whatever a text tells of
an event is true, and so is everything that it implies. Nobody takes part in two events at the same time of the same day.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from nlpjourney.town.world import Person, Thing, World

TIMES = ("morning", "afternoon", "evening")


@dataclass(frozen=True)
class Event:
    """Something that happened. `roles` maps a role ("agent", "thing", "place", …) to an entity's id."""

    id: int
    day: int
    time: str  # one of TIMES
    kind: str
    roles: dict[str, str]
    price: int = 0


@dataclass
class Fact:
    """subject, relation, object held from day `since` on, up to (not including) day `until`, if that is not None."""

    subject: str
    relation: str  # lives_at, works_at, married_to, parent_of, owns
    object: str
    since: int = 0
    until: int | None = None

    def holds_on(self, day: int) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass
class Life:
    """The history of a town: its events in order, and its facts."""

    events: list[Event] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def known(self, subject: str, relation: str, day: int) -> list[str]:
        """The objects to which `subject` stands in `relation` at the end of that day."""
        return [f.object for f in self.facts if (f.subject, f.relation) == (subject, relation) and f.holds_on(day)]

    def about(self, entity: str) -> list[Event]:
        """The events in which an entity has a role."""
        return [event for event in self.events if entity in event.roles.values()]


def date_of(day: int) -> date:
    """The calendar date of day 0, 1, 2, …"""
    return date(2024, 3, 4) + timedelta(days=day)


def live(world: World, rng: random.Random, days: int) -> Life:
    """Let `days` days pass: a few events in each of three times of day."""
    town = _State(world, rng)
    for day in range(days):
        for time in TIMES:
            town.begin(day, time)
            for _ in range(rng.choice((0, 1, 1, 2))):
                town.something_happens()
    return town.life


class _State:
    """The town as it stands at one moment."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.rng, self.life = world, rng, Life()
        self.by_id = world.entities
        self.lost: dict[str, str] = {}  # thing: place
        self.borrowed: dict[str, str] = {}  # thing: who has it
        self.mended: dict[str, int] = {}  # thing: day
        self.day, self.time, self.busy = 0, TIMES[0], set[str]()
        for person, home in world.homes.items():
            self._learn(person, "lives_at", home)
        for person, place in world.workplaces.items():
            self._learn(person, "works_at", place)
        for one, other in world.spouses.items():
            self._learn(one, "married_to", other)
        for child, parents in world.parents.items():
            for parent in parents:
                self._learn(parent, "parent_of", child)
        self.owns = {thing: self._learn(person, "owns", thing) for thing, person in world.owners.items()}

    def begin(self, day: int, time: str) -> None:
        self.day, self.time, self.busy = day, time, set()

    def something_happens(self) -> None:
        """One event of a kind that is possible now, if there is any."""
        kinds: list[Callable[[], bool]] = [
            self._sell, self._give, self._lose, self._find, self._lend, self._bring_back, self._meet, self._repair,
            self._win, self._change_jobs,
        ]  # fmt: skip
        weights = [3, 2, 2, 4, 2, 4, 3, 2, 1, 1]
        while kinds:
            i = self.rng.choices(range(len(kinds)), weights)[0]
            if kinds[i]():
                return
            del kinds[i], weights[i]

    def _learn(self, subject: str, relation: str, object: str) -> Fact:
        fact = Fact(subject, relation, object, self.day)
        self.life.facts.append(fact)
        return fact

    def _happens(self, kind: str, price: int = 0, **roles: str) -> bool:
        people = [id for id in roles.values() if isinstance(self.by_id[id], Person)]
        self.busy.update(people)
        self.life.events.append(Event(len(self.life.events), self.day, self.time, kind, roles, price))
        return True

    def _hand_over(self, thing: str, to: str) -> None:
        self.owns[thing].until = self.day
        self.owns[thing] = self._learn(to, "owns", thing)

    def _free(self, *but: str, grown_up: bool = False) -> str:
        """Somebody who has time, or ""."""
        found = [
            p.id
            for p in self.world.people
            if p.id not in self.busy and p.id not in but and (not grown_up or self.world.is_grown_up(p))
        ]
        return self.rng.choice(found) if found else ""

    def _place(self, *kinds: str) -> str:
        return self.rng.choice([p.id for p in self.world.places if not kinds or p.kind in kinds])

    def _at_hand(self) -> Iterator[tuple[Thing, str]]:
        """Things that their owners have with them, in random order; the owner has time."""
        for thing in self.rng.sample(self.world.things, len(self.world.things)):
            owner = self.owns[thing.id].subject
            if thing.id not in self.lost and thing.id not in self.borrowed and owner not in self.busy:
                yield thing, owner

    def _sell(self) -> bool:
        for thing, owner in self._at_hand():
            buyer = self._free(owner, grown_up=True)
            if buyer:
                self._hand_over(thing.id, buyer)
                price = max(1, thing.price + self.rng.randrange(-5, 6))
                place = self._place("market", "café")
                return self._happens("buy", price, agent=buyer, thing=thing.id, other=owner, place=place)
        return False

    def _give(self) -> bool:
        for thing, owner in self._at_hand():
            other = self._free(owner)
            if other:
                self._hand_over(thing.id, other)
                return self._happens("give", agent=owner, thing=thing.id, other=other, place=self._place())
        return False

    def _lose(self) -> bool:
        for thing, owner in self._at_hand():
            place = self._place()
            self.lost[thing.id] = place
            return self._happens("lose", agent=owner, thing=thing.id, place=place)
        return False

    def _find(self) -> bool:
        """Somebody finds a lost thing and brings it to its owner at once."""
        for thing in [t for t in self.lost if self.owns[t].subject not in self.busy]:
            owner = self.owns[thing].subject
            finder = self._free(owner)
            if finder:
                return self._happens("find", agent=finder, thing=thing, other=owner, place=self.lost.pop(thing))
        return False

    def _lend(self) -> bool:
        for thing, owner in self._at_hand():
            other = self._free(owner)
            if other:
                self.borrowed[thing.id] = other
                return self._happens("borrow", agent=other, thing=thing.id, other=owner, place=self._place())
        return False

    def _bring_back(self) -> bool:
        for thing, borrower in self.borrowed.items():
            owner = self.owns[thing].subject
            if not {borrower, owner} & self.busy:
                del self.borrowed[thing]
                return self._happens("return", agent=borrower, thing=thing, other=owner, place=self._place())
        return False

    def _meet(self) -> bool:
        one = self._free()
        other = self._free(one)
        return bool(one and other) and self._happens(
            "meet", agent=one, other=other, place=self._place("café", "garden", "library")
        )

    def _repair(self) -> bool:
        mechanics = [p for p, w in self._workplaces().items() if self.world.job(w) == "mechanic" and p not in self.busy]
        for thing, owner in self._at_hand():
            able = [m for m in mechanics if m != owner]
            sound = self.day - self.mended.get(thing.id, -100) < 30
            if able and not sound and thing.noun in ("bicycle", "clock", "camera", "lamp"):
                self.mended[thing.id] = self.day
                agent = self.rng.choice(able)
                return self._happens(
                    "repair", agent=agent, thing=thing.id, other=owner, place=self._workplaces()[agent]
                )
        return False

    def _win(self) -> bool:
        one = self._free()
        other = self._free(one)
        return bool(one and other) and self._happens(
            "win", agent=one, other=other, place=self._place("school", "garden", "market")
        )

    def _change_jobs(self) -> bool:
        person = self._free(grown_up=True)
        if not person:
            return False
        old = next(f for f in self.life.facts if (f.subject, f.relation, f.until) == (person, "works_at", None))
        kind = next(p.kind for p in self.world.places if p.id == old.object)
        new = self._place(*[p.kind for p in self.world.places if p.kind != kind])
        old.until = self.day
        self._learn(person, "works_at", new)
        return self._happens("start_work", agent=person, place=new, former=old.object)

    def _workplaces(self) -> dict[str, str]:
        return {f.subject: f.object for f in self.life.facts if f.relation == "works_at" and f.until is None}
