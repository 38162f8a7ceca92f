"""What is read off a practice without importing it."""

from __future__ import annotations

import pytest

from nlpjourney.study.practice import exercise_ids, practice
from nlpjourney.study.roadmap import Topic, topics


@pytest.mark.parametrize("t", [t for t in topics() if t.is_built], ids=str)
def test_the_cells_name_all_exercises(t: Topic) -> None:
    assert sorted(exercise_ids(t)) == sorted(exercise.id for exercise in practice(t.id).exercises)


def test_a_topic_without_a_practice_has_none(small_practice: Topic) -> None:
    assert exercise_ids(small_practice) == ["1.2.a", "1.2.b"]
    assert exercise_ids(next(t for t in topics() if not t.is_built)) == []
