"""Plots say in words what they show, and refuse what they cannot."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nlpjourney.drawing import curves, dots, plots


@pytest.fixture
def drawn(monkeypatch):
    """The axes of each plot, as they are when it is finished."""
    kept = []
    monkeypatch.setattr(plots, "described", lambda figure, text: (kept.append(figure.axes[0]), text)[1])
    yield kept
    plt.close("all")


def test_curves_are_described_by_their_means_and_leave_out_what_is_not_there():
    plot = curves([1, 2], {"a": [3, 5], "b": [[1, np.nan], [2, np.nan]]}, "Title", x_name="size", y_name="cost")
    assert repr(plot) == "Title. cost, over size. a: 1: 3, 2: 5; b: 1: 1.5."
    assert plot.png.startswith(b"\x89PNG") and not plt.get_fignums()


def test_each_run_is_thin_and_the_mean_is_a_curve_with_marks(drawn):
    curves([1, 10], {"a": [[1, 2], [3, 6]]}, "x", x_name="x", y_name="y", log_x=True, log_y=True, y_ticks=[1, 2, 5])
    (ax,) = drawn
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1, 2], [3, 6], [2, 4]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1", "2", "5"]
    assert not ax.get_legend()


def test_axes_begin_at_zero_only_where_they_can(drawn):
    curves([0, 1], {"a": [5, 6]}, "x", x_name="x", y_name="y")
    curves([0, 1], {"a": [-5, 6]}, "x", x_name="x", y_name="y")
    dots({"r": [5, 6]}, ["p", "q"], "x", x_name="x")
    above, below, rows = drawn
    assert above.get_ylim()[0] == 0 and below.get_ylim()[0] < -5 and rows.get_xlim()[0] == 0


def test_dots_stand_at_their_values_and_the_first_row_is_on_top(drawn):
    said = dots(
        {"German": [2, 1], "Thai": [6, 3]}, ["old", "new"], "Cost", x_name="times", log=True, ticks=[1, 6], level=1
    )
    assert said == "Cost. times. German: old 2, new 1; Thai: old 6, new 3."
    (ax,) = drawn
    old, new = (c for c in ax.collections if c.get_label() in ("old", "new"))
    assert old.get_offsets().tolist() == [[2, 0], [6, 1]] and new.get_offsets().tolist() == [[1, 0], [3, 1]]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "6"]


@pytest.mark.parametrize(
    ("draws", "message"),
    [
        (lambda: curves([1], {}, "x", x_name="x", y_name="y"), "1 to 6 series, not 0"),
        (lambda: curves([1], {str(i): [1] for i in range(7)}, "x", x_name="x", y_name="y"), "not 7"),
        (lambda: curves([1, 2], {"a": [1]}, "x", x_name="x", y_name="y"), "'a' needs 2 values"),
        (lambda: curves([1, 2], {"a": [1, 2]}, "x", x_name="x", y_name="y", x_labels=["1"]), "2 places"),
        (lambda: dots({}, ["p"], "x", x_name="x"), "at least one row"),
        (lambda: dots({"r": [1, 2]}, ["p"], "x", x_name="x"), "'r' needs 1 values"),
        (lambda: dots({"r": []}, [], "x", x_name="x"), "not 0"),
    ],
)
def test_what_cannot_be_drawn(draws, message):
    with pytest.raises(ValueError, match=message):
        draws()
