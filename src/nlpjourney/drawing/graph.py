"""Nodes in layers, with directed edges: what depends on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlpjourney.drawing.canvas import COLOURS, FAINT, Canvas, Drawing, text_width

HEIGHT, GAP, LAYER, SMALL = 32.0, 30.0, 84.0, 12.0

Point = tuple[float, float]


def graph(
    edges: Sequence[tuple[str, str]] | Mapping[tuple[str, str], str],
    title: str,
    *,
    colours: Mapping[str, int] | None = None,
    description: str = "",
) -> Drawing:
    """Edges (from, to), drawn downwards: a node stands below all from which an edge leads to it.

    edges: a list, or a mapping from edge to its label. colours: of some nodes, numbers of the palette. Raises ValueError for no
    edges, and for edges that lead in a circle.
    """
    labels = dict(edges) if isinstance(edges, Mapping) else dict.fromkeys(edges, "")
    if not labels:
        raise ValueError("a graph needs at least one edge")
    nodes = list(dict.fromkeys(node for edge in labels for node in edge))
    layer = _layers(nodes, list(labels))
    rows = [[node for node in nodes if layer[node] == depth] for depth in range(max(layer.values()) + 1)]
    canvas, widths = Canvas(), {node: max(text_width(node) * 1.06 + 22, 40.0) for node in nodes}
    place: dict[str, tuple[float, float]] = {}
    across = [sum(widths[node] + GAP for node in row) - GAP for row in rows]
    for depth, row in enumerate(rows):
        x = (max(across) - across[depth]) / 2
        for node in row:
            canvas.box(x, depth * LAYER, widths[node], HEIGHT, COLOURS[(colours or {}).get(node, 0) % len(COLOURS)])
            canvas.text(x + widths[node] / 2, depth * LAYER + HEIGHT / 2, node, bold=True)
            place[node] = (x + widths[node] / 2, depth * LAYER)
            x += widths[node] + GAP
    bends: dict[tuple[str, str], Point] = {}  # where long edges are drawn to, around the rows between
    for edge in labels:
        (x, y), (to_x, to_y) = place[edge[0]], place[edge[1]]
        start, end = (x, y + HEIGHT), (to_x, to_y - 1)
        if layer[edge[1]] - layer[edge[0]] > 1:
            bends[edge] = (max(across) + 40 + 30 * len(bends), (y + HEIGHT + to_y) / 2)
            canvas.curve(start, bends[edge], end, arrow=True)
        else:
            canvas.line(start, end, arrow=True)
    for edge, text in labels.items():
        if text:
            (x, y), end = place[edge[0]], place[edge[1]]
            _write(canvas, text, (x, y + HEIGHT), bends.get(edge), end, max(across))
    said = "; ".join(f"{a} leads to {b}" + (f" ({text})" if text else "") for (a, b), text in labels.items())
    return canvas.finish(title, description or f"{said}.")


def _write(canvas: Canvas, text: str, start: Point, bend: Point | None, end: Point, right: float) -> None:
    """Write an edge's label on it, as near to its middle as is free; else to the right of all nodes."""
    pull = bend or ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    for share in (0.5, 0.4, 0.6, 0.3, 0.7):
        x, y = ((1 - share) ** 2 * a + 2 * share * (1 - share) * p + share**2 * b for a, p, b in zip(start, pull, end))
        if start[1] + 8 < y < end[1] - 8 and canvas.is_free(x, y, text, SMALL):
            canvas.text(x, y, text, size=SMALL, colour=FAINT, plate=True)
            return
    x, y = right + text_width(text, SMALL) / 2, (start[1] + end[1]) / 2
    while not canvas.is_free(x, y, text, SMALL):
        y += SMALL * 1.2
    canvas.text(x, y, text, size=SMALL, colour=FAINT, plate=True)


def _layers(nodes: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """How far down each node stands: one below the lowest that leads to it."""
    layer = dict.fromkeys(nodes, 0)
    for _ in range(len(nodes) + 1):
        moved = False
        for start, end in edges:
            if layer[end] <= layer[start]:
                layer[end], moved = layer[start] + 1, True
        if not moved:
            return layer
    raise ValueError("the edges lead in a circle: such a graph has no top")
