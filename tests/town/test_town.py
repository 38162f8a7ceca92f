"""Tinytown: one world, one set of facts, and texts whose every label is right."""

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict

import pytest

from nlpjourney.town import Person, Thing, Town
from nlpjourney.town.life import TIMES
from nlpjourney.town.writing import PRONOUNS

TOWNS = [Town(seed) for seed in range(5)]


def fingerprint(seed: int) -> str:
    town = Town(seed, days=30)
    texts = [asdict(town.story(i)) for i in range(10)] + [asdict(town.news(i)) for i in range(10)]
    return hashlib.sha256(json.dumps([texts, [asdict(e) for e in town.events]]).encode()).hexdigest()


def test_same_seed_same_town_in_another_process_with_another_hash_seed():
    code = "from tests.town.test_town import fingerprint; print(fingerprint(7))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {fingerprint(7)}


def test_other_seed_other_town():
    assert fingerprint(1) != fingerprint(2)


def test_too_small_a_town_is_refused():
    with pytest.raises(ValueError, match="at least 2 families"):
        Town(families=1)


def test_everything_has_exactly_one_owner_on_every_day():
    for town in TOWNS:
        for thing in town.world.things:
            for day in range(90):
                owners = [
                    f.subject for f in town.facts if f.relation == "owns" and f.object == thing.id and f.holds_on(day)
                ]
                assert len(owners) == 1, (thing, day, owners)


def test_events_follow_from_the_state_before_them():
    """Replays the events: who sells owns, what is found was lost, what comes back was lent; nobody is in two at once."""
    for town in TOWNS:
        owner, lost, lent = dict(town.world.owners), {}, {}
        works = dict(town.world.workplaces)
        busy: dict[tuple[int, str], set[str]] = {}
        for e in town.events:
            people = {id for id in e.roles.values() if isinstance(town.entity(id), Person)}
            assert not people & busy.setdefault((e.day, e.time), set())
            busy[e.day, e.time] |= people
            agent, thing, other = (e.roles.get(role) for role in ("agent", "thing", "other"))
            assert agent != other
            if e.kind in ("buy", "give", "lose", "borrow", "repair"):
                assert thing not in lost and thing not in lent
            if e.kind == "buy":
                assert owner[thing] == other and e.price > 0
                owner[thing] = agent
            elif e.kind == "give":
                assert owner[thing] == agent
                owner[thing] = other
            elif e.kind == "lose":
                assert owner[thing] == agent
                lost[thing] = e.roles["place"]
            elif e.kind == "find":
                assert owner[thing] == other and lost.pop(thing) == e.roles["place"]
            elif e.kind == "borrow":
                assert owner[thing] == other
                lent[thing] = agent
            elif e.kind == "return":
                assert owner[thing] == other and lent.pop(thing) == agent
            elif e.kind == "repair":
                assert owner[thing] == other and town.world.job(works[agent]) == "mechanic"
            elif e.kind == "start_work":
                assert works[agent] == e.roles["former"] != e.roles["place"]
                works[agent] = e.roles["place"]
        final = {f.object: f.subject for f in town.facts if f.relation == "owns" and f.until is None}
        assert final == owner


def test_families_make_sense():
    for town in TOWNS:
        born = {p.id: p.born for p in town.world.people}
        for child, parents in town.world.parents.items():
            assert all(born[child] - born[parent] >= 16 for parent in parents)
            assert all(town.world.homes[child] == town.world.homes[parent] for parent in parents)
        assert all(town.world.spouses[town.world.spouses[p]] == p for p in town.world.spouses)
        names = [p.name for p in town.world.people]
        assert len(set(names)) == len(names)


def texts():
    for town in TOWNS:
        yield from ((town, town.story(i)) for i in range(0, town.n_stories, 3))
        yield from ((town, town.news(i)) for i in range(0, len(town.events), 5))


def test_every_mention_says_whom_it_means():
    n = 0
    for town, text in texts():
        for m in text.mentions:
            words, entity = text.text[m.start : m.end], town.entity(m.entity)
            assert m.label == entity.label
            if m.form == "pronoun":
                allowed = PRONOUNS[entity.gender].values() if isinstance(entity, Person) else ["it"]
                assert words.lower() in allowed
            elif isinstance(entity, Person):
                assert words in (entity.name, entity.given)
            elif isinstance(entity, Thing):
                assert words.lower().split(" ", 1)[1] in (entity.name, entity.noun)
            else:
                assert words.lower() == entity.name.lower()
            n += 1
    assert n > 3000


def test_no_name_in_a_text_is_without_its_label():
    for town, text in texts():
        covered = [(m.start, m.end) for m in text.mentions]
        for person in town.world.people:
            at = text.text.find(person.name)
            while at >= 0:
                assert any(s <= at and at + len(person.name) <= e for s, e in covered)
                at = text.text.find(person.name, at + 1)


def test_pronouns_have_one_possible_reading():
    for town, text in texts():
        for i, (start, end) in enumerate(text.sentences):
            since = text.sentences[max(0, i - 1)][0]
            for m in text.mentions:
                if m.form == "pronoun" and start <= m.start < end and isinstance(town.entity(m.entity), Person):
                    before = {k.entity for k in text.mentions if since <= k.start < m.start}
                    gender = town.entity(m.entity).gender
                    alike = [
                        e for e in before if isinstance(town.entity(e), Person) and town.entity(e).gender == gender
                    ]
                    assert alike == [m.entity], text.text


def test_sentences_cover_the_text_and_look_like_sentences():
    for _, text in texts():
        gaps = "".join(text.text[a[1] : b[0]] for a, b in zip(text.sentences, text.sentences[1:]))
        assert set(gaps) <= {" ", "\n"}
        assert text.sentences[0][0] == 0 and text.sentences[-1][1] == len(text.text)
        for sentence in text.sentence_texts():
            assert sentence[0].isupper() or sentence[0] == '"', sentence
            assert sentence[-1] in '."', sentence
            assert "  " not in sentence and "{" not in sentence


def test_labels_for_the_tasks():
    for _, text in texts():
        assert all(text.text[s].isupper() or text.text[s:e].startswith("the ") for s, e, _ in text.entities())
        assert all(len(spans) > 1 for spans in text.chains().values())
        assert text.events
    news = TOWNS[0].news(3)
    assert news.headline and news.text.startswith(news.summary)


def test_a_story_tells_its_events_in_their_order():
    town = TOWNS[0]
    for i in range(town.n_stories):
        events = [town.events[id] for id in town.story(i).events]
        assert len(events) >= 3
        moments = [(e.day, TIMES.index(e.time)) for e in events]
        assert moments == sorted(moments)


def test_retelling_has_the_same_events_in_other_words():
    town = TOWNS[0]
    one, again = town.story(0), town.story(town.n_stories)
    assert one.events == again.events and one.text != again.text
