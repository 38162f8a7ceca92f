"""Names on a map: no two overlap, none covers a dot or leaves the drawing, and the important ones come first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney.drawing import Label, place_labels
from nlpjourney.drawing.labels import overlap, text_box

SIZE = (720.0, 500.0)
PLACES = st.tuples(st.floats(-10, 730), st.floats(-10, 510))
NAMES = st.text("abcdefgh", max_size=14) | st.sampled_from(["", "a" * 200, "naïve 🤷", "日本語"])


@given(st.lists(st.tuples(PLACES, NAMES), max_size=40))
def test_nothing_covers_anything(dots: list[tuple[tuple[float, float], str]]) -> None:
    points, texts = [point for point, _ in dots], [text for _, text in dots]
    labels = place_labels(points, texts, SIZE)
    boxes = [text_box(label, text) for label, text in zip(labels, texts) if label is not None]
    assert all(text for label, text in zip(labels, texts) if label is not None)
    for i, box in enumerate(boxes):
        assert box[0] >= 0 and box[2] <= SIZE[0] and box[1] >= 0 and box[3] <= SIZE[1]
        assert not any(overlap(box, other) for other in boxes[:i])
        assert not any(overlap(box, (x - 6, y - 6, x + 6, y + 6)) for x, y in points)


def test_a_free_name_stands_to_the_right_and_others_make_way() -> None:
    assert place_labels([(100, 100)], ["word"], SIZE) == [Label(110, 105, "start")]
    assert place_labels([(700, 100)], ["word"], SIZE) == [Label(690, 105, "end")]
    assert place_labels([(20, 100)], ["a long name"], (60, 500)) == [None]
    right, crowded = place_labels([(100, 100), (120, 100)], ["word", "other"], SIZE)
    assert right == Label(90, 105, "end") and crowded == Label(130, 105, "start")


def test_important_dots_choose_first() -> None:
    points, texts = [(100.0, 100.0), (100.0, 112.0)], ["first", "second"]
    assert place_labels(points, texts, SIZE)[0] == Label(110, 105, "start")
    assert place_labels(points, texts, SIZE, order=[1, 0])[1] == Label(110, 117, "start")
    assert place_labels(points, texts, SIZE, order=[1]) == [None, Label(110, 117, "start")]


def test_every_dot_has_its_text() -> None:
    with pytest.raises(ValueError, match="2 dots and 1 texts"):
        place_labels([(0, 0), (1, 1)], ["a"], SIZE)
