"""Plots of measurements: curves over a common axis, and rows of dots. Each says in words what it shows.

Notable choices: colours that colour-blind readers tell apart, and a mark of its own for each series; plain numbers at the
ticks; an axis that begins at 0 unless it is logarithmic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nlpjourney.drawing.canvas import COLOURS, FAINT
from nlpjourney.drawing.figure import Described, described

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

# Colour and mark of each series: neighbours differ in brightness, too, for who sees no colours.
STYLES = [
    (COLOURS[0], "s"),
    (COLOURS[4], "o"),
    (COLOURS[2], "^"),
    ("#000000", "D"),
    (COLOURS[3], "v"),
    (COLOURS[5], "P"),
]


def curves(
    xs: Sequence[float],
    series: Mapping[str, ArrayLike],
    title: str,
    *,
    x_name: str,
    y_name: str,
    x_labels: Sequence[str] = (),
    y_ticks: Sequence[float] = (),
    log_x: bool = False,
    log_y: bool = False,
    level: float | None = None,
    size: tuple[float, float] = (7.0, 3.4),
) -> Described:
    """A curve over `xs` for each series, a row of as many values, or several rows: their mean, and thin each of them.

    A value that is not there is NaN. x_labels: what stands at each of `xs`. level: a dotted line to compare with. Raises
    ValueError for no series, more than there are styles, and values that do not fit `xs`.
    """
    rows = {name: np.atleast_2d(np.asarray(values, dtype=float)) for name, values in series.items()}
    _check_series(list(rows))
    for name, values in rows.items():
        if values.ndim != 2 or values.shape[1] != len(xs):
            raise ValueError(f"series {name!r} needs {len(xs)} values in each row, not the shape {values.shape}")
    if x_labels and len(x_labels) != len(xs):
        raise ValueError(f"{len(xs)} places on the axis need as many labels, not {len(x_labels)}")
    figure, ax = _plot(size, title)
    for (name, values), (colour, mark) in zip(rows.items(), STYLES):
        for row in values if len(values) > 1 else ():
            ax.plot(xs, row, color=colour, alpha=0.3, lw=1)
        ax.plot(xs, values.mean(axis=0), f"{mark}-", color=colour, label=name)
    if level is not None:
        ax.axhline(level, color=FAINT, lw=1, ls=":")
    ax.set(xlabel=x_name, ylabel=y_name, xscale="log" if log_x else "linear", yscale="log" if log_y else "linear")
    labels = list(x_labels) or [f"{x:,g}" for x in xs]
    ax.set_xticks(xs, labels)
    if max(map(len, labels)) > 4:
        ax.tick_params(axis="x", labelrotation=35)
    ax.xaxis.minorticks_off()
    _scale(ax.yaxis, y_ticks)
    if not log_y and all(np.nanmin(values) >= 0 for values in rows.values()):
        ax.set_ylim(bottom=0)
    if len(rows) > 1:
        ax.legend(frameon=False)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{label}: {y:.3g}" for label, y in zip(labels, values.mean(axis=0)) if not np.isnan(y))
        for name, values in rows.items()
    )
    return described(figure, f"{title}. {y_name}, over {x_name}. {said}.")


def dots(
    rows: Mapping[str, Sequence[float]],
    parts: Sequence[str],
    title: str,
    *,
    x_name: str,
    ticks: Sequence[float] = (),
    log: bool = False,
    level: float | None = None,
) -> Described:
    """A row for each name, with a dot at its value for each of `parts`; a thin line joins the dots of a row.

    level: a dotted line to compare with. Raises ValueError for no rows, and values that do not fit the parts.
    """
    _check_series(parts)
    if not rows:
        raise ValueError("there is nothing to draw: give at least one row")
    for name, values in rows.items():
        if len(values) != len(parts):
            raise ValueError(f"row {name!r} needs {len(parts)} values, not {len(values)}")
    table = np.array(list(rows.values()), dtype=float)
    places = np.arange(len(rows))
    figure, ax = _plot((8.5, 1.3 + 0.3 * len(rows)), title)
    ax.hlines(places, table.min(axis=1), table.max(axis=1), color="#d0d0d0", lw=2, zorder=1)
    for part, column, (colour, mark) in zip(parts, table.T, STYLES):
        ax.scatter(column, places, s=46, color=colour, marker=mark, label=part, zorder=2)
    if level is not None:
        ax.axvline(level, color=FAINT, lw=1, ls=":", zorder=0)
    ax.set(xlabel=x_name, xscale="log" if log else "linear", ylim=(len(rows) - 0.5, -0.5))
    ax.set_yticks(places, list(rows))
    _scale(ax.xaxis, ticks)
    if not log and table.min() >= 0:
        ax.set_xlim(left=0)
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    said = "; ".join(
        f"{name}: " + ", ".join(f"{part} {value:.3g}" for part, value in zip(parts, values))
        for name, values in rows.items()
    )
    return described(figure, f"{title}. {x_name}. {said}.")


def _check_series(names: Sequence[str]) -> None:
    if not 1 <= len(names) <= len(STYLES):
        raise ValueError(f"a plot shows 1 to {len(STYLES)} series, not {len(names)}")


def _plot(size: tuple[float, float], title: str) -> tuple[Any, Axes]:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=size, layout="constrained", dpi=90)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_title(title, loc="left")
    return figure, ax


def _scale(axis: Axis, ticks: Sequence[float]) -> None:
    """Plain numbers, at `ticks` if there are any."""
    if ticks:
        axis.set_ticks(ticks)
    axis.set_major_formatter("{x:,g}")
    axis.minorticks_off()
