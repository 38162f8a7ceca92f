"""Names on a map: no two overlap, none covers a dot or leaves the drawing, and the important ones come first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney.drawing import Label, label_dots, place_labels
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


def test_names_on_a_plot_stand_apart_and_say_who_found_no_room() -> None:
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(4, 3))
    dots = [(0.1 * i, 0.5) for i in range(5)] + [(0.2, 0.51)] * 8
    names = [f"name{i}" for i in range(len(dots))]
    ax.scatter(*zip(*dots))
    left_out = label_dots(ax, dots, [*names[:-1], ""])
    fig.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert [text.get_text() for text in ax.texts] == [name for name in names[:-1] if name not in left_out]
    assert left_out and not {"name0", "name1", "name3"} & set(left_out)
    for text, box in zip(ax.texts, boxes):
        dot = ax.transData.transform(dots[names.index(text.get_text())])
        assert all(low - 25 < at < high + 25 for at, low, high in zip(dot, box.min, box.max))  # beside its own dot
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])
    plt.close(fig)
