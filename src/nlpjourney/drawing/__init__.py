"""Schematics in one style, for notebooks, the app and a site.

`flow` (boxes with shapes), `window` (over a sequence), `graph`, `tiles` and `grid` (tokens and attention), `ladder` (pieces that
are joined), `lattice` (all ways to cut), `tree` and `arcs` (sentences), `stacked_bars`. Each returns a `Drawing`: an SVG with a
title and a description in words, which a notebook shows. `curves` and `dots` are plots of Matplotlib with a description,
`described` gives one to any other plot, and `place_labels` finds room for the names on a map, `label_dots` on one of
Matplotlib's.
"""

from nlpjourney.drawing.bars import stacked_bars
from nlpjourney.drawing.canvas import COLOURS, Canvas, Drawing
from nlpjourney.drawing.figure import described
from nlpjourney.drawing.flow import Block, flow
from nlpjourney.drawing.graph import graph
from nlpjourney.drawing.labels import Label, label_dots, place_labels
from nlpjourney.drawing.ladder import ladder
from nlpjourney.drawing.lattice import lattice
from nlpjourney.drawing.plots import curves, dots
from nlpjourney.drawing.tiles import grid, shown, tiles
from nlpjourney.drawing.trees import arcs, tree
from nlpjourney.drawing.window import window

__all__ = [
    "COLOURS",
    "Block",
    "Canvas",
    "Drawing",
    "Label",
    "arcs",
    "curves",
    "described",
    "dots",
    "flow",
    "graph",
    "grid",
    "label_dots",
    "ladder",
    "lattice",
    "place_labels",
    "shown",
    "stacked_bars",
    "tiles",
    "tree",
    "window",
]
