"""Tinytown: a small generated world whose every fact is known, for what no real data set labels exactly.

People, places and things are made from a seed (`world`); then they live, day after day, in events that change who owns
what, who lives and works where (`life`); texts tell of those events (`stories`, `news`) and say for every word whom it
means (`writing`). The same seed gives the same town and the same texts on every machine.

>>> town = Town(seed=1)
>>> story = town.story(0)
>>> [mention for mention in story.mentions if mention.form == "pronoun"][0].label
'PERSON'
"""

from __future__ import annotations

import random

from nlpjourney.town import news, stories
from nlpjourney.town.life import Event, Fact, Life, live
from nlpjourney.town.world import Entity, Person, Place, Thing, World, make_world
from nlpjourney.town.writing import Annotated, Mention

__all__ = ["Annotated", "Event", "Fact", "Life", "Mention", "Person", "Place", "Thing", "Town", "World"]


class Town:
    """One town over a number of days, and the texts about it.

    seed: which town; families: how many households; days: how long they live. Raises ValueError for fewer than 2
    families or 1 day.
    """

    def __init__(self, seed: int = 0, *, families: int = 16, days: int = 90) -> None:
        if families < 2 or days < 1:
            raise ValueError(f"a town needs at least 2 families and 1 day, not {families} and {days}")
        self.seed = seed
        self.world: World = make_world(random.Random(f"world {seed}"), families)
        self.life: Life = live(self.world, random.Random(f"life {seed}"), days)
        self._threads = stories.threads(self.life)

    @property
    def events(self) -> list[Event]:
        """All that happened, in order."""
        return self.life.events

    @property
    def facts(self) -> list[Fact]:
        """All that holds or held, with the days from and to."""
        return self.life.facts

    def entity(self, id: str) -> Entity:
        """The person, place or thing with this id. Raises KeyError."""
        return self.world.entities[id]

    @property
    def n_stories(self) -> int:
        """How many different chains of events can be told."""
        return len(self._threads)

    def story(self, number: int) -> Annotated:
        """A story of events that hang together, told twice never alike: `number` beyond `n_stories` retells with other words."""
        if not self._threads:
            raise ValueError("nothing happened here that makes a story: give the town more days")
        thread = self._threads[number % len(self._threads)]
        return stories.tell(self.world, self.life, thread, random.Random(f"story {self.seed} {number}"))

    def news(self, number: int) -> Annotated:
        """A newspaper's report of event `number` (modulo all), with headline, date line and background from the facts."""
        event = self.events[number % len(self.events)]
        return news.report(self.world, self.life, event, random.Random(f"news {self.seed} {number}"))
