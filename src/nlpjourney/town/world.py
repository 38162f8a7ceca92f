"""Who and what is there on the first day: people in families, places with streets, things that can be owned."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

FIRST_YEAR = 2024  # the calendar starts on Monday, 4 March 2024, see `life.date_of`

# fmt: off
WOMEN = (
    "Ada", "Bela", "Carla", "Dora", "Edda", "Fenja", "Greta", "Hanna", "Ines", "Jule", "Karin", "Lotte", "Mira", "Nora",
    "Olga", "Petra", "Rosa", "Sina", "Tilda", "Vera",
)
MEN = (
    "Anton", "Bruno", "Clemens", "David", "Emil", "Felix", "Georg", "Hugo", "Ivan", "Jakob", "Karl", "Leo", "Max", "Nils",
    "Otto", "Paul", "Rolf", "Simon", "Tom", "Viktor",
)
FAMILIES = (
    "Adler", "Brandt", "Cole", "Dorn", "Ebner", "Falk", "Gruber", "Holt", "Iversen", "Jansen", "Keller", "Lund", "Mohr",
    "Nagel", "Ott", "Pohl", "Quist", "Reuter", "Sommer", "Thorne", "Ulm", "Vogel", "Winter", "Zander",
)
STREETS = (
    "Mill Lane", "Castle Street", "Harbour Road", "Orchard Way", "Bridge Street", "Linden Alley", "Church Hill",
    "Meadow Row",
)
# fmt: on

# kind of place: (names, who works there)
PLACES: dict[str, tuple[tuple[str, ...], str]] = {
    "bakery": (("the Golden Crust", "Crumb & Sons"), "baker"),
    "café": (("the Blue Heron", "Café Miller"), "waiter"),
    "workshop": (("Spoke & Wheel", "the Iron Yard"), "mechanic"),
    "library": (("Tinytown Library",), "librarian"),
    "school": (("Linden School",), "teacher"),
    "hospital": (("Saint Anne Hospital",), "nurse"),
    "market": (("Castle Market",), "trader"),
    "station": (("North Station",), "conductor"),
    "theatre": (("the Lantern Theatre",), "actor"),
    "garden": (("Rose Garden",), "gardener"),
}

THINGS: dict[str, tuple[tuple[str, ...], int]] = {  # noun: (adjectives, price in crowns)
    "bicycle": (("red", "green", "old"), 120),
    "guitar": (("black", "small", "antique"), 200),
    "umbrella": (("yellow", "striped", "blue"), 15),
    "kite": (("purple", "huge", "white"), 20),
    "clock": (("silver", "broken", "tall"), 60),
    "camera": (("tiny", "grey", "expensive"), 180),
    "lamp": (("orange", "heavy", "paper"), 30),
    "violin": (("brown", "cheap", "polished"), 250),
    "scarf": (("woollen", "golden", "long"), 25),
    "map": (("torn", "rare", "painted"), 40),
}


@dataclass(frozen=True)
class Person:
    id: str
    given: str
    family: str
    gender: Literal["f", "m"]
    born: int  # year

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    label = "PERSON"


@dataclass(frozen=True)
class Place:
    id: str
    name: str  # with its article, as in a sentence: "the Blue Heron", "North Station"
    kind: str
    street: str

    label = "PLACE"


@dataclass(frozen=True)
class Thing:
    id: str
    noun: str
    adjective: str
    price: int

    @property
    def name(self) -> str:
        return f"{self.adjective} {self.noun}"

    label = "THING"


Entity = Person | Place | Thing


@dataclass
class World:
    """All entities, and how they stand to each other on day 0."""

    people: list[Person] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    homes: dict[str, str] = field(default_factory=dict)  # person: street and number
    workplaces: dict[str, str] = field(default_factory=dict)  # grown-up: place
    owners: dict[str, str] = field(default_factory=dict)  # thing: person
    spouses: dict[str, str] = field(default_factory=dict)  # both ways
    parents: dict[str, list[str]] = field(default_factory=dict)  # child: parents

    @property
    def entities(self) -> dict[str, Entity]:
        return {e.id: e for group in (self.people, self.places, self.things) for e in group}

    def job(self, place: str) -> str:
        """What somebody who works at this place is."""
        kind = next(p.kind for p in self.places if p.id == place)
        return PLACES[kind][1]

    def is_grown_up(self, person: Person) -> bool:
        return FIRST_YEAR - person.born >= 18


def make_world(rng: random.Random, families: int) -> World:
    """A town of `families` households: one or two grown-ups and up to three children each, names never twice."""
    world = World()
    for kind, (names, _) in PLACES.items():
        for name in names:
            world.places.append(Place(f"place-{len(world.places)}", name, kind, rng.choice(STREETS)))
    given = _GivenNames(rng)
    for number in range(families):
        _move_in(world, rng, given, FAMILIES[number % len(FAMILIES)], f"{rng.choice(STREETS)} {number + 1}")
    stock = [(noun, adjective, price) for noun, (adjectives, price) in THINGS.items() for adjective in adjectives]
    rng.shuffle(stock)
    for noun, adjective, price in stock:
        thing = Thing(
            f"thing-{len(world.things)}", noun, adjective, price + rng.randrange(-price // 10, price // 10 + 1)
        )
        world.things.append(thing)
        world.owners[thing.id] = rng.choice(world.people).id
    return world


class _GivenNames:
    """Given names, each as seldom as possible: nobody shares a full name, and few share a given name."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._left: dict[str, list[str]] = {"f": [], "m": []}

    def draw(self, gender: str, family: str, taken: set[str]) -> str:
        for _ in range(100):
            if not self._left[gender]:
                self._left[gender] = list(WOMEN if gender == "f" else MEN)
                self._rng.shuffle(self._left[gender])
            given = self._left[gender].pop()
            if f"{given} {family}" not in taken:
                return given
        raise ValueError(f"no given name is left for the family {family}: a town of this size needs more names")


def _move_in(world: World, rng: random.Random, names: _GivenNames, family: str, home: str) -> None:
    """Add one household."""

    def add(gender: Literal["f", "m"], born: int) -> Person:
        given = names.draw(gender, family, {p.name for p in world.people})
        person = Person(f"person-{len(world.people)}", given, family, gender, born)
        world.people.append(person)
        world.homes[person.id] = home
        return person

    first: list[Literal["f", "m"]] = ["f", "m"]
    rng.shuffle(first)
    born = rng.randrange(1955, 1996)
    grown_ups = [add(first[0], born)]
    if rng.random() < 0.7:
        grown_ups.append(add(first[1], born + rng.randrange(-4, 5)))
        a, b = grown_ups
        world.spouses[a.id], world.spouses[b.id] = b.id, a.id
    for person in grown_ups:
        world.workplaces[person.id] = rng.choice(world.places).id
    youngest = max(p.born for p in grown_ups) + 20
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        if youngest < FIRST_YEAR - 6:
            child = add(rng.choice(("f", "m")), rng.randrange(youngest, FIRST_YEAR - 5))
            world.parents[child.id] = [p.id for p in grown_ups]
            if world.is_grown_up(child):
                world.workplaces[child.id] = rng.choice(world.places).id
