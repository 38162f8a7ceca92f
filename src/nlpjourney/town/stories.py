"""Stories: a chain of events that hang together, because the same thing or the same person runs through them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from nlpjourney.town.life import Event, Life, date_of
from nlpjourney.town.world import FIRST_YEAR, Person, Thing, World
from nlpjourney.town.writing import Annotated, Writer, article

MOST = 6  # events in one story
LONGEST_PAUSE = 21  # days between two events of one story


@dataclass(frozen=True)
class Thread:
    """Events, in order, that share an entity."""

    entity: str
    events: tuple[Event, ...]


# kind of event: ways to tell it, and sentences that may follow and are always true of it
TELLINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "buy": (
        ("{when}, {agent} bought {thing:object} from {other:object} at {place:object} for {price} crowns.",
         "{when}, {other} sold {thing:object} to {agent:object} at {place:object}; the price was {price} crowns."),
        ("{agent} counted the coins twice.", "They shook hands on it."),
    ),
    "give": (
        ("{when}, {agent} gave {thing:object} to {other:object} at {place:object}.",
         "{when}, at {place:object}, {other} got {thing:object} from {agent:object} as a present."),
        ("{other} did not know what to say.", "It was not even a birthday."),
    ),
    "lose": (
        ("{when}, {agent} lost {thing:object} at {place:object}.",
         "{when}, {agent} left {place:object} without {thing:object}."),
        ("{agent} looked everywhere, but in vain.", "{agent} noticed it too late."),
    ),
    "find": (
        ("{when}, {agent} found {thing:object} at {place:object} and brought it to {other:object}.",
         "{when}, {thing} turned up at {place:object}: {agent} had seen it there and took it to {other:object}."),
        ("{other} was overjoyed.", "{other} had almost given up hope."),
    ),
    "borrow": (
        ("{when}, {agent} borrowed {thing:object} from {other:object} at {place:object}.",
         "{when}, at {place:object}, {other} lent {thing:object} to {agent:object}."),
        ("{agent} promised to be careful.",),
    ),
    "return": (
        ("{when}, {agent} gave {thing:object} back to {other:object} at {place:object}.",
         "{when}, {other} got {thing:object} back from {agent:object} at {place:object}."),
        ("Nothing was missing.", "{agent} said thank you."),
    ),
    "meet": (
        ("{when}, {agent} met {other:object} at {place:object}.",
         "{when}, {agent} and {other:name} ran into each other at {place:object}."),
        ("They talked for an hour.", "They had much to tell."),
    ),
    "repair": (
        ("{when}, {agent} repaired {thing:object} for {other:object} at {place:object}.",
         "{when}, {other} had {thing:object} repaired by {agent:object} at {place:object}."),
        ("It was as good as new.",),
    ),
    "win": (
        ("{when}, {agent} beat {other:object} at chess in {place:object}.",
         "{when}, {agent} won a game of chess against {other:object} at {place:object}."),
        ("{other} asked for another game.",),
    ),
    "start_work": (
        ("{when}, {agent} began to work at {place:object}; before, {agent} had worked at {former:object}.",
         "{when}, {agent} left {former:object} for a new job at {place:object}."),
        ("{agent} was nervous on the first day.",),
    ),
}  # fmt: skip

# fmt: off
NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "twenty-one",
)
# fmt: on
ENDINGS = ("That is how it was.", "People in Tinytown still talk about it.", "And that was that.")


def threads(life: Life) -> list[Thread]:
    """All chains of 3 to 6 events around one entity without long pauses, in the order of their first event."""
    found: list[Thread] = []
    entities = dict.fromkeys(id for e in life.events for role, id in e.roles.items() if role not in ("place", "former"))
    for entity in entities:
        chain: list[Event] = []
        for event in life.about(entity):
            if chain and (len(chain) == MOST or event.day - chain[-1].day > LONGEST_PAUSE):
                if len(chain) >= 3:
                    found.append(Thread(entity, tuple(chain)))
                chain = []
            chain.append(event)
        if len(chain) >= 3:
            found.append(Thread(entity, tuple(chain)))
    return sorted(found, key=lambda thread: (thread.events[0].id, thread.entity))


def tell(world: World, life: Life, thread: Thread, rng: random.Random) -> Annotated:
    """Write a thread down."""
    writer = Writer(world, rng)
    _introduce(writer, world, life, thread, rng)
    previous: Event | None = None
    for event in thread.events:
        ways, remarks = TELLINGS[event.kind]
        roles = event.roles | {"price": str(event.price), "when": _when(event, previous, rng)}
        long_after = previous is not None and event.day - previous.day > 5
        writer.say(rng.choice(ways), roles, event.id, new_paragraph=long_after)
        if rng.random() < 0.5:
            writer.say(rng.choice(remarks), roles, event.id)
        previous = event
    if rng.random() < 0.4:
        writer.say(rng.choice(ENDINGS), {})
    return writer.finish()


def _introduce(writer: Writer, world: World, life: Life, thread: Thread, rng: random.Random) -> None:
    """Whom or what the story is about, from the facts of its first day."""
    day = thread.events[0].day
    entity = world.entities[thread.entity]
    if isinstance(entity, Thing):
        writer.say("This is the story of {thing:object} in Tinytown.", {"thing": entity.id})
        return
    assert isinstance(entity, Person)
    workplaces = life.known(entity.id, "works_at", day)
    home = life.known(entity.id, "lives_at", day)[0].rsplit(" ", 1)[0]
    roles = {"who": entity.id, "street": home, "age": str(FIRST_YEAR - entity.born)}
    if workplaces:
        job = world.job(workplaces[0])
        roles |= {"place": workplaces[0], "job": f"{article(job)} {job}"}
        writer.say("{who} lived in {street} and worked at {place:object} as {job}.", roles)
    else:
        writer.say("{who}, who was {age}, lived in {street}.", roles)


def _when(event: Event, previous: Event | None, rng: random.Random) -> str:
    """A time expression that is true; relative to the event told before, where that reads better."""
    weekday = f"{date_of(event.day):%A}"
    if previous is None:
        return rng.choice((f"one {weekday} {event.time}", f"on a {weekday} {event.time} in {date_of(event.day):%B}"))
    days = event.day - previous.day
    if days == 0:
        return f"later that day, in the {event.time}" if event.time != previous.time else f"that same {event.time}"
    if days == 1:
        return f"the next {event.time}" if event.time == previous.time else f"the next day, in the {event.time}"
    if days < 7:
        return f"on {weekday}"
    return (
        f"{('a week', 'two weeks', 'three weeks')[days // 7 - 1]} later"
        if days % 7 == 0
        else f"{NUMBERS[days]} days later"
    )
