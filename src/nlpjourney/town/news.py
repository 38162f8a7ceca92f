"""News: one event as a local newspaper reports it, most important first, with background from the facts."""

from __future__ import annotations

import random

from nlpjourney.town.life import Event, Life, date_of
from nlpjourney.town.world import FIRST_YEAR, Person, World
from nlpjourney.town.writing import Annotated, Writer, article

# kind of event: headline, lead, a sentence to follow
REPORTS: dict[str, tuple[str, str, str]] = {
    "buy": (
        "{agent} pays {price} crowns for {thing}",
        "{agent:name} bought {thing:object} from {other:name} on {weekday} at {place:object}, for {price} crowns.",
        '"A fair price," said {other}.',
    ),
    "give": (
        "{agent} gives away {thing}",
        "{agent:name} gave {thing:object} to {other:name} on {weekday} at {place:object}.",
        '"I never expected that," said {other}.',
    ),
    "lose": (
        "{thing} lost at {place}",
        "{agent:name} lost {thing:object} on {weekday} {time} at {place:object}.",
        "Whoever finds {thing:object} is asked to bring it to {agent:object}.",
    ),
    "find": (
        "Lost {noun} is back with its owner",
        "{agent:name} found {thing:object} on {weekday} at {place:object} and took it to {other:name}.",
        '"I had almost given up hope," said {other}.',
    ),
    "borrow": (
        "{other} lends {thing} to {agent}",
        "{agent:name} borrowed {thing:object} from {other:name} on {weekday} at {place:object}.",
        '"I shall be careful with it," said {agent}.',
    ),
    "return": (
        "{agent} keeps the promise about {thing}",
        "{agent:name} brought {thing:object} back to {other:name} on {weekday} at {place:object}.",
        '"Not a scratch," said {other}.',
    ),
    "meet": (
        "{agent} and {other} seen at {place}",
        "{agent:name} and {other:name} met on {weekday} {time} at {place:object}.",
        "What they talked about is not known.",
    ),
    "repair": (
        "{agent} repairs {thing}",
        "{agent:name} repaired {thing:object} for {other:name} on {weekday} at {place:object}.",
        '"It works again," said {other}.',
    ),
    "win": (
        "{agent} beats {other} at chess",
        "{agent:name} won a game of chess against {other:name} on {weekday} {time} at {place:object}.",
        '"I want another game," said {other}.',
    ),
    "start_work": (
        "{agent} moves to {place}",
        "{agent:name} has worked at {place:object} since {weekday}.",
        "Before, {agent} worked at {former:object}.",
    ),
}


def report(world: World, life: Life, event: Event, rng: random.Random) -> Annotated:
    """The report of an event; its headline and its lead (as `summary`) come with it."""
    headline, lead, after = REPORTS[event.kind]
    when = date_of(event.day)
    roles = event.roles | {"weekday": f"{when:%A}", "time": event.time, "price": str(event.price)}
    writer = Writer(world, rng)
    writer.say(lead, roles, event.id)
    summary = writer.text
    writer.say(after, roles, event.id)
    people = [id for id in event.roles.values() if isinstance(world.entities[id], Person)]
    for id in people:
        _background(writer, world, life, id, event.day)
    streets = {place.id: place.street for place in world.places}
    writer.say("{place} is in {street}.", {"place": event.roles["place"], "street": streets[event.roles["place"]]})
    return writer.finish(_headline(world, headline, roles), summary)


def _headline(world: World, template: str, roles: dict[str, str]) -> str:
    def words(id: str) -> str:
        entity = world.entities.get(id)
        return id if entity is None else entity.family if isinstance(entity, Person) else entity.name

    filled = {role: words(id) for role, id in roles.items()}
    if "thing" in roles:
        filled["noun"] = filled["thing"].split()[-1]
    text = template.format(**filled)
    return text[0].upper() + text[1:]


def _background(writer: Writer, world: World, life: Life, person: str, day: int) -> None:
    """One or two sentences about somebody, true on that day."""
    entity = world.entities[person]
    assert isinstance(entity, Person)
    jobs = [world.job(place) for place in life.known(person, "works_at", day)]
    roles = {"who": person, "age": str(FIRST_YEAR - entity.born)}
    if jobs:
        writer.say("{who:name}, {age}, is {job}.", roles | {"job": f"{article(jobs[0])} {jobs[0]}"})
    else:
        writer.say("{who:name} is {age}.", roles)
    spouses = life.known(person, "married_to", day)
    if spouses and spouses[0] not in {m.entity for m in writer.mentions}:
        writer.say("{who} is married to {spouse:name}.", {"who": person, "spouse": spouses[0]})
