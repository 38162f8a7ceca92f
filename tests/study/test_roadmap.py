"""The one list: complete, consistent, and what the README shows."""

import re

import pytest

from nlpjourney.study import bench
from nlpjourney.study.build import readme_with_table
from nlpjourney.study.paths import ROOT
from nlpjourney.study.practice import practice
from nlpjourney.study.roadmap import UnknownTopic, stages, topic, topics


def test_seven_stages_and_58_topics_in_order():
    assert [len(stage.topics) for stage in stages()] == [6, 7, 5, 10, 4, 10, 16]
    for stage in stages():
        assert [t.id for t in stage.topics] == [f"{stage.number}.{i + 1}" for i in range(len(stage.topics))]


def test_every_topic_says_what_it_is():
    for t in topics():
        assert t.title and t.summary.endswith(".") and 20 <= t.minutes <= 60, t
        assert re.fullmatch(r"[a-z0-9-]+", t.slug), t
        assert all(link.url.startswith("https://") or link.url.startswith("http://") for link in t.links), t
        assert len({s.slug for s in t.systems}) == len(t.systems), t


def test_all_168_links_of_the_roadmap_are_there():
    assert sum(len(t.links) for t in topics()) == 168


def test_what_a_topic_requires_comes_to_an_end():
    for t in topics():
        reached, queue = set(), list(t.requires)
        while queue:
            id = queue.pop()
            assert id != t.id, f"{t} requires itself"
            if id not in reached:
                reached.add(id)
                queue += topic(id).requires


def test_a_tool_that_could_not_be_had_says_what_stands_in():
    for t in topics():
        for s in t.systems:
            assert s.how in ("core", "script", "protocol", "none")
            assert s.note or s.how != "none", (t, s)


def test_an_exercise_id_finds_its_topic_and_a_wrong_one_is_refused():
    assert topic("1.2.a") is topic("1.2")
    with pytest.raises(UnknownTopic, match=r"from 1\.1 to 7\.16"):
        topic("8.1")


@pytest.mark.parametrize("t", [t for t in topics() if t.is_built], ids=str)
def test_a_topic_with_a_practice_has_all_its_parts(t):
    assert 3 <= len(practice(t.id).exercises) <= 6
    assert len(practice(t.id).questions) >= 4
    missing = [s.name for s in t.systems if not t.system_script(s).exists()]
    assert missing == [], f"tools of {t} without a script"
    assert any(row.topic == t.id for row in bench.rows()), f"no benchmark of {t} was measured"


def test_readme_shows_the_roadmap_as_it_is():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme_with_table(text) == text, "run `journey build`"
    for t in topics():
        assert f"| {t.id} {t.title} |" in text
        assert not t.is_built or t.notebook.relative_to(ROOT).as_posix() in text
