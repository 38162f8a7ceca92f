"""The plots of practice 2.1: each takes numbers and gives a picture with its description in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.drawing import COLOURS, described
from nlpjourney.drawing.figure import Described
from nlpjourney.ml import Bin, Thresholds
from nlpjourney.tasks.classification.learning_curves import Point
from nlpjourney.tasks.classification.text_classifier import Contribution

STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D")


def _subplots(*args: int, **options: Any) -> tuple[Any, Any]:
    """A figure and its axes. Matplotlib is asked for here alone: the library can be used without it."""
    import matplotlib.pyplot as plt

    return plt.subplots(*args, **options)


def boundaries(
    points: NDArray[Any], positive: NDArray[Any], lines: Mapping[str, tuple[NDArray[Any], float]], names: tuple[str, str],
    classes: tuple[str, str], support: NDArray[Any], margin_of: str,
) -> Described:  # fmt: skip
    """Texts as points (n, 2) of two features, and the line w·x + b = 0 of each model (w, b); `margin_of` also has ±1 drawn."""
    figure, ax = _subplots(figsize=(6.4, 4.6))
    for kind, marker, colour in ((False, "o", COLOURS[0]), (True, "^", COLOURS[4])):
        ax.plot(*points[positive == kind].T, marker, color=colour, alpha=0.7, markersize=6, label=classes[kind])
    ax.plot(*points[support].T, "o", mfc="none", mec="black", markersize=11, label="support vector")
    room = 0.05 * np.ptp(points, axis=0)
    low, high = points.min(axis=0) - room, points.max(axis=0) + room
    for (name, (w, b)), style, colour in zip(lines.items(), STYLES, (COLOURS[2], COLOURS[1], COLOURS[3])):
        for offset in (0, 1, -1) if name == margin_of else (0,):
            x = np.array([low[0], high[0]])
            label = name if offset == 0 else "its margin" if offset == 1 else None
            ax.plot(x, (offset - b - w[0] * x) / w[1], style if offset == 0 else ":", color=colour, label=label, lw=2)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel=names[0], ylabel=names[1])
    ax.set_title("Two features, and where each model draws the line")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    said = "; ".join(f"{name}: {w[0]:.2f}·x {w[1]:+.2f}·y {b:+.2f} = 0" for name, (w, b) in lines.items())
    return described(
        figure,
        f"Messages as points, x: {names[0]}, y: {names[1]}; {support.sum()} of {len(points)} are support vectors: inside "
        f"the margin of {margin_of}, on its edge or on the wrong side. The lines: {said}.",
    )


def threshold_trade(
    scores: NDArray[Any], positive: NDArray[Any], chosen: Mapping[str, float], curve: Thresholds, costs: NDArray[Any]
) -> Described:
    """Histograms of the scores of both classes, the cost of each threshold, and precision against recall."""
    figure, (left, middle, right) = _subplots(1, 3, figsize=(13.2, 3.8))
    bins, drawn = np.linspace(-60, 60, 41), np.clip(scores, -60, 60)
    for kind, name, colour in ((False, "ham", COLOURS[0]), (True, "spam", COLOURS[4])):
        left.hist(drawn[positive == kind], bins, color=colour, label=name, alpha=0.6, log=True)
    order = np.abs(curve.thresholds) <= 60
    middle.step(curve.thresholds[order], costs[order], color=COLOURS[2], where="post")
    right.plot(curve.recall, curve.precision, color=COLOURS[2])
    told = []
    for (name, threshold), style, marker in zip(chosen.items(), STYLES, MARKERS):
        left.axvline(threshold, color="black", ls=style, label=name)
        i = int((curve.thresholds >= threshold).sum()) - 1
        middle.plot(threshold, costs[i], marker, color="black", label=name, markersize=7)
        right.plot(curve.recall[i], curve.precision[i], marker, color="black", label=name, markersize=7)
        told.append(f"{name}: cost {costs[i]:.0f}, precision {curve.precision[i]:.2f}, recall {curve.recall[i]:.2f}")
    left.set(xlabel="log-odds of spam (beyond ±60: at the edge)", ylabel="messages (logarithmic)", ylim=(0.5, None))
    left.set_title("Scores of both classes")
    middle.set(xlabel="threshold (log-odds)", ylabel="total cost (logarithmic)", title="What each threshold costs")
    middle.set_yscale("log")
    right.set(xlabel="recall", ylabel="precision", title="Each threshold is a point", xlim=(0, 1.03), ylim=(0, 1.03))
    left.legend(fontsize=8, loc="upper left", framealpha=1)
    for ax, place in ((middle, "upper right"), (right, "lower left")):
        ax.legend(frameon=False, loc=place)
    figure.tight_layout()
    return described(figure, f"Scores of ham lie left of those of spam, and overlap. Thresholds: {'; '.join(told)}.")


def reliability_diagram(bins: Mapping[str, Sequence[Bin]]) -> Described:
    """Predicted probability against how often it came true, a line for each model; where predictions are too sure is shaded."""
    figure, ax = _subplots(figsize=(5.6, 4.8))
    for x in ([0.0, 0.5], [0.5, 1.0]):
        ax.fill_between(x, x, 0.5, color="0.9", lw=0, label="too sure" if x[0] == 0 else None)
    ax.plot([0, 1], [0, 1], color="grey", lw=1, label="perfect")
    for (name, rows), colour, marker in zip(bins.items(), (COLOURS[4], COLOURS[0], COLOURS[2], COLOURS[3]), MARKERS):
        ax.plot([b.confidence for b in rows], [b.accuracy for b in rows], marker=marker, color=colour, label=name)
    ax.set(xlabel="mean predicted probability of satire", ylabel="share that is satire", title="Reliability diagram")
    ax.legend(frameon=False)
    said = "; ".join(
        f"{name}: of those predicted at {b.confidence:.2f}, {b.accuracy:.2f} are"
        for name, rows in bins.items() for b in (rows[0], rows[-1])
    )  # fmt: skip
    return described(figure, f"Predicted probability against how often it came true. {said}.")


def calibrators(scores: NDArray[Any], curves: Mapping[str, NDArray[Any]]) -> Described:
    """What each way of calibration makes of a score: a line for each, from log-odds (n,) to probabilities (n,)."""
    figure, ax = _subplots(figsize=(5.6, 3.8))
    for (name, p), style, colour in zip(curves.items(), STYLES, (COLOURS[4], COLOURS[2], COLOURS[0], COLOURS[3])):
        ax.plot(scores, p, style, color=colour, label=name, lw=2)
    ax.axhline(0.5, color="grey", lw=0.6)
    ax.set(xlabel="log-odds of naive Bayes", ylabel="probability of satire", title="From a score to a probability")
    ax.legend(frameon=False, loc="upper left")
    at = int(np.abs(scores - 4).argmin())
    said = "; ".join(f"{name}: {p[at]:.3f}" for name, p in curves.items())
    return described(
        figure, f"Rising curves from log-odds to the probability of satire. At log-odds {scores[at]:.0f}, {said}."
    )


def learning_curves(points: Sequence[Point]) -> Described:
    """Accuracy against the number of training texts (logarithmic): the mean over draws, and a band from lowest to highest."""
    figure, ax = _subplots(figsize=(7.2, 4.4))
    said = []
    models = list(dict.fromkeys(p.model for p in points))
    for name, colour, marker, style in zip(models, (COLOURS[1], COLOURS[0], COLOURS[2], COLOURS[4]), MARKERS, STYLES):
        sizes = sorted({p.n for p in points if p.model == name})
        runs = [[p.accuracy for p in points if p.model == name and p.n == n] for n in sizes]
        means = [float(np.mean(run)) for run in runs]
        ax.plot(sizes, means, marker=marker, ls=style, color=colour, label=name)
        ax.fill_between(sizes, [min(run) for run in runs], [max(run) for run in runs], color=colour, alpha=0.2, lw=0)
        said.append(f"{name} from {means[0]:.2f} with {sizes[0]} texts to {means[-1]:.2f} with {sizes[-1]:,}")
    ax.set_xscale("log")
    ticks = sorted({p.n for p in points})
    ax.set_xticks(ticks, [f"{n:,}" for n in ticks], fontsize=8)
    ax.minorticks_off()
    ax.set(
        xlabel="labelled training texts",
        ylabel="accuracy on held-out headlines",
        title="Learning curves, bands over draws",
    )
    ax.legend(frameon=False)
    return described(figure, "; ".join(said) + ".")


def contribution_bars(
    texts: Sequence[tuple[str, str, Sequence[Contribution]]], intercept: float, towards: str, n: int = 7
) -> Described:
    """For each text (itself, its result, all its words) bars that add up to the log-odds of `towards`.

    The `n` largest have their names, the other words share a bar, and the intercept has one.
    """
    figure, axes = _subplots(1, len(texts), figsize=(5.6 * len(texts), 4.0), squeeze=False, sharex=True)
    said = []
    for ax, (text, result, parts) in zip(axes[0], texts):
        bars = [(p.feature, p.adds) for p in parts[:n]]
        if parts[n:]:
            bars.append((f"{len(parts) - n} other words", sum(p.adds for p in parts[n:])))
        bars.append(("intercept", intercept))
        names, values = zip(*bars[::-1])
        ax.barh(names, values, color=[COLOURS[4] if v > 0 else COLOURS[0] for v in values])
        ax.axvline(0, color="black", lw=0.8)
        ax.set_title("\n".join([*wrap(text, 62), f"{result}, sum {sum(values):+.2f}"]), fontsize=9, loc="left")
        ax.set_xlabel(f"adds to the log-odds of {towards}")
        said.append(f"{text} ({result}): " + ", ".join(f"{name} {value:+.2f}" for name, value in bars))
    figure.tight_layout()
    return described(figure, "; ".join(said) + ".")


def confusions(matrix: NDArray[Any], labels: Sequence[str], named: float = 0.05) -> Described:
    """What is taken for what, as shares of each true class; right answers are left out, shares from `named` on are written."""
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    off = share - np.diag(np.diag(share))
    figure, ax = _subplots(figsize=(8.2, 6.6))
    picture = ax.imshow(100 * off, cmap="Blues", vmin=0)
    for i, j in np.argwhere(off >= named):
        colour = "white" if off[i, j] > 0.6 * off.max() else "black"
        ax.text(j, i, f"{100 * off[i, j]:.0f}", ha="center", va="center", fontsize=8, color=colour)
    for i in range(len(labels)):
        ax.text(i, i, "·", ha="center", va="center", color="grey")
    ax.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
    ax.set_yticks(range(len(labels)), labels, fontsize=8)
    ax.set(
        xlabel="predicted group",
        ylabel="true group",
        title="The errors: what is taken for what (right answers left out)",
    )
    figure.colorbar(picture, label="% of the true group's posts")
    worst = np.dstack(np.unravel_index(np.argsort(-off, axis=None)[:3], off.shape))[0]
    said = "; ".join(f"{off[i, j]:.0%} of {labels[i]} taken for {labels[j]}" for i, j in worst)
    return described(figure, f"The largest confusions: {said}.")
