"""The plots of practice 2.1: each takes numbers and gives a picture with its description in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    classes: tuple[str, str], support: NDArray[Any] | None = None, margin_of: str = "",
) -> Described:  # fmt: skip
    """Texts as points (n, 2) of two counts, and the line w·x + b = 0 of each model (w, b); `margin_of` also has ±1 drawn."""
    figure, ax = _subplots(figsize=(6.4, 4.6))
    jitter = np.random.default_rng(0).uniform(-0.13, 0.13, points.shape)
    for kind, marker, colour in ((False, "o", COLOURS[0]), (True, "^", COLOURS[4])):
        at = (points + jitter)[positive == kind]
        ax.plot(*at.T, marker, color=colour, alpha=0.7, markersize=6, label=classes[kind], zorder=3)
    if support is not None:
        ax.plot(*(points + jitter)[support].T, "o", mfc="none", mec="black", markersize=11, label="support vector")
    low, high = points.min(axis=0) - 0.6, points.max(axis=0) + 0.6
    for (name, (w, b)), style, colour in zip(lines.items(), STYLES, (COLOURS[2], COLOURS[1], COLOURS[3])):
        for offset in (0, 1, -1) if name == margin_of else (0,):
            upright = abs(w[1]) < 1e-6 * abs(w[0])
            x = np.full(2, (offset - b) / w[0]) if upright else np.array([low[0], high[0]])
            y = np.array([low[1], high[1]]) if upright else (offset - b - w[0] * x) / w[1]
            label = name if offset == 0 else "its margin" if offset == 1 else None
            ax.plot(x, y, style if offset == 0 else ":", color=colour, label=label, lw=2)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel=f"times “{names[0]}”", ylabel=f"times “{names[1]}”")
    ax.set_title("Two words, and where each model draws the line")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    said = "; ".join(
        f"{name}: {w[0]:.2f} for each “{names[0]}”, {w[1]:.2f} for each “{names[1]}”, {b:+.2f}"
        for name, (w, b) in lines.items()
    )
    return described(figure, f"Messages as points, by how often two words occur, with the lines of the models. {said}.")


def threshold_trade(
    scores: NDArray[Any], positive: NDArray[Any], chosen: Mapping[str, float], curve: Thresholds
) -> Described:
    """Histograms of the scores of both classes, and recall against precision, with chosen thresholds in both."""
    figure, (left, right) = _subplots(1, 2, figsize=(10.4, 3.8))
    bins, drawn = np.linspace(-60, 60, 41), np.clip(scores, -60, 60)
    left.hist(
        [drawn[~positive], drawn[positive]], bins, color=[COLOURS[0], COLOURS[4]], label=["ham", "spam"], log=True
    )
    right.plot(curve.recall, curve.precision, color=COLOURS[2])
    told = []
    for (name, threshold), style, marker in zip(chosen.items(), STYLES, MARKERS):
        left.axvline(threshold, color="black", ls=style, label=name)
        i = int((curve.thresholds >= threshold).sum()) - 1
        right.plot(curve.recall[i], curve.precision[i], marker, color="black", label=name, markersize=7)
        told.append(f"{name}: precision {curve.precision[i]:.2f}, recall {curve.recall[i]:.2f}")
    left.set(
        xlabel="log-odds of spam (beyond ±60: at the edge)",
        ylabel="messages (logarithmic)",
        title="Scores of both classes",
    )
    right.set(
        xlabel="recall", ylabel="precision", title="Each threshold is a point", xlim=(0.5, 1.01), ylim=(0.5, 1.01)
    )
    left.legend(fontsize=8, loc="upper left", framealpha=1)
    right.legend(frameon=False, loc="lower left")
    return described(figure, f"Left: scores of ham lie left of those of spam, and overlap. Right: {'; '.join(told)}.")


def reliability_diagram(bins: Mapping[str, Sequence[Bin]]) -> Described:
    """Confidence against accuracy, a line for each model; the diagonal is perfect calibration."""
    figure, ax = _subplots(figsize=(5.4, 4.6))
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


def contribution_bars(texts: Sequence[tuple[str, Sequence[Contribution]]], towards: str) -> Described:
    """For each text (its title) a bar for each word: right of 0 it speaks for `towards`, left of it against."""
    figure, axes = _subplots(1, len(texts), figsize=(5.2 * len(texts), 3.4), squeeze=False)
    for ax, (title, parts) in zip(axes[0], texts):
        names, values = [p.feature for p in parts][::-1], [p.adds for p in parts][::-1]
        ax.barh(range(len(names)), values, color=[COLOURS[4] if v > 0 else COLOURS[0] for v in values])
        ax.set_yticks(range(len(names)), names)
        ax.axvline(0, color="black", lw=0.8)
        ax.set_title(title, fontsize=9, loc="left")
        ax.set_xlabel(f"adds to the log-odds of {towards}")
    figure.tight_layout()
    said = "; ".join(f"{title}: " + ", ".join(f"{p.feature} {p.adds:+.2f}" for p in parts) for title, parts in texts)
    return described(figure, said + ".")


def confusions(matrix: NDArray[Any], labels: Sequence[str]) -> Described:
    """A confusion matrix, each row as shares of its true class."""
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure, ax = _subplots(figsize=(8.2, 6.6))
    picture = ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    ax.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
    ax.set_yticks(range(len(labels)), labels, fontsize=8)
    ax.set(xlabel="predicted group", ylabel="true group", title="What is taken for what (shares of each row)")
    figure.colorbar(picture, label="share of the true group's posts")
    off = share - np.diag(np.diag(share))
    worst = np.dstack(np.unravel_index(np.argsort(-off, axis=None)[:3], off.shape))[0]
    said = "; ".join(f"{off[i, j]:.0%} of {labels[i]} taken for {labels[j]}" for i, j in worst)
    return described(figure, f"Most posts lie on the diagonal. The largest confusions: {said}.")
