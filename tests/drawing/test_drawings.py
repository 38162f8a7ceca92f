"""What holds for every kind of drawing: well-formed, described in words, all inside the frame, and no text on another."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.drawing import (
    Block,
    Drawing,
    arcs,
    described,
    flow,
    graph,
    grid,
    ladder,
    lattice,
    shown,
    stacked_bars,
    tiles,
    tree,
    window,
)
from nlpjourney.drawing.canvas import COLOURS, Canvas, text_width, tint

SVG = "{http://www.w3.org/2000/svg}"
LONG, ODD = "a very long label that hardly fits", "<b>&“日本語 🙂” é\u0301"
WORDS = ["the", ODD, "sat", LONG, "i", "", "."]

EXAMPLES = {
    "flow": flow(
        [Block("Ids", "(B, T)"), Block(LONG, "50,257 × 768", 1), [Block("Q"), Block("K", "d", 2), Block("V")], Block(ODD)],
        "A model", between=["(B, T)", "(B, T, D), " + ODD, "(B, H, T, d)"], skips=[(0, 2), (1, 3)],
        back=(2, 0, "back, " + ODD),
    ),
    "flow of one": flow([Block("x")], "One box"),
    "window": window(WORDS[:5], 2, 2, 2, "Skip-gram"),
    "window at the end": window(WORDS, 6, 3, 3, "At the end", centre_name="a long name of the centre", seen_name="what it sees"),
    "window of one": window(["x"], 0, 2, 2, "One"),
    "graph": graph(
        {("x", "a·x"): "", ("a", "a·x"): "2", ("a·x", "loss"): LONG, ("x", "loss"): "skip", ("b", "loss"): ODD}, "Graph"
    ),
    "graph of many": graph([(f"node {i}", f"node {j}") for i in range(6) for j in (i + 1, 2 * i + 3)], "Many"),
    "tiles": tiles([("BPE", WORDS), (ODD, [" a", "\n", "longer token"] * 20)], "Tokens", ids=[range(7), [50256] * 60]),
    "tiles without ids": tiles([("words", ["to", "be"])], "Two"),
    "grid": grid(
        WORDS, ["a", LONG, ODD], [[0.1, 0.9, 0], [1, 0, 0], [1 / 3] * 3] * 2 + [[0, 0, 1]], "Attention",
        row_name="query", column_name="key",
    ),
    "ladder": ladder(
        [(["b", "a", "n", "a"], ""), (["b", "an", "a"], LONG), (["b", "ana"], ODD), ([b"bana"], "the end")], "Merges"
    ),
    "lattice": lattice(
        "banana",
        {(0, 1): "b", (1, 2): LONG, (1, 3): ODD, (2, 4): "na", (0, 3): "ban", (3, 6): "ana", (1, 5): "anan"},
        "Ways", path=[(0, 3), (3, 6)], below=["0", LONG, "2", "3", "4", "5", "-123.45"],
    ),
    "lattice of one": lattice([b"\xce"], {(0, 1): "x"}, "One"),
    "tree": tree(
        ("S", [("NP", [("DT", ["the"]), (ODD, [ODD])]), ("VP", [("VERY-LONG-LABEL", ["sat"]), ("PP", ["on"])])]), "Tree"
    ),
    "tree of a word": tree(("A", ["a"]), "One word"),
    "arcs": arcs(["Ada", "saw", ODD, "with", LONG], [1, -1, 1, 1, 3], "Arcs"),
    "bars": stacked_bars(
        {"Adam": [4, 4, 8], ODD: [0.5, 0, 123456], "none": [0, 0, 0]}, ["weights", LONG, ODD], "Memory", unit="GB"
    ),
}  # fmt: skip


def check(drawing: Drawing) -> None:
    root = ElementTree.fromstring(drawing.svg)
    assert root.get("role") == "img" and root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text
    assert "style=" not in drawing.svg and "<style" not in drawing.svg  # pages may forbid it
    assert not re.search(r' height="\d+"', drawing.svg.split("<title>")[0])  # it scales with the width it is given
    left, top, width, height = map(float, root.get("viewBox").split())
    for text in drawing.texts:
        assert left <= text.left and text.right <= left + width and top <= text.top and text.bottom <= top + height, (
            text
        )
    for a, b in combinations([t for t in drawing.texts if t.text], 2):
        assert a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top, (a, b)
    assert len(drawing.texts) == len(list(root.iter(f"{SVG}text")))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_kind(name):
    check(EXAMPLES[name])
    assert EXAMPLES[name]._repr_svg_() == str(EXAMPLES[name]) == EXAMPLES[name].svg


LABELS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(LABELS, min_size=1, max_size=8), st.data())
@settings(max_examples=60, deadline=None)
def test_any_labels(labels, data):
    at = data.draw(st.integers(0, len(labels) - 1))
    check(window(labels, at, data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4)), "window"))
    check(flow([Block(label, label[::-1]) for label in labels], "flow", between=labels[1:]))
    check(tiles([(labels[0], labels), ("b", labels)], "tiles"))
    check(grid(labels, labels, [[0.5] * len(labels)] * len(labels), "grid"))
    pieces = [label for label in labels if label] or ["x"]
    check(ladder([(pieces, labels[0]), ([pieces[0], *["".join(pieces[1:])][: len(pieces) - 1]], "")], "ladder"))
    spans = {(i, j): labels[(i + j) % len(labels)] for i in range(len(labels)) for j in range(i + 1, len(labels) + 1)}
    check(lattice(labels, spans, "lattice", path=[(0, len(labels))], below=[*labels, "end"]))
    check(tree(("S", [(label, [label]) for label in labels]), "tree"))
    check(arcs(labels, [-1, *range(len(labels) - 1)], "arcs"))
    check(stacked_bars({label: [1, 2.5] for label in labels}, [labels[0], labels[-1]], "bars"))


def test_what_is_said():
    assert "then Attention (8 heads), giving (B, T, D); then Add" in flow(
        [Block("Embedding"), Block("Attention", "8 heads"), Block("Add")], "x", between=["", "(B, T, D)"]
    ).description.replace("; then Attention", "then Attention", 1).replace("Embeddingthen", "Embedding then")
    there_and_back = flow([Block("text"), Block("ids"), Block("model")], "x", back=(1, 0, "decoding"))
    assert there_and_back.description.endswith("; then model; a way back from below ids to text: decoding.")
    assert there_and_back.svg.count("stroke-dasharray") == 1
    assert "'sat' (centre) sees 'cat', 'on'" in window(["the", "cat", "sat", "on"], 2, 1, 1, "x").description
    assert graph([("a", "b")], "x").description == "a leads to b."
    assert "b most at c (0.90)" in grid(["b"], ["c", "d"], [[0.9, 0.1]], "x").description
    assert ladder([(["a", "b"], ""), ([b"ab"], "merge 0")], "x").description == "a | b; then ab (merge 0)."
    ways = lattice("ab", {(0, 1): "-1", (1, 2): "-2", (0, 2): "-4"}, "x", path=[(0, 1), (1, 2)])
    assert ways.description == "Pieces: a (-1), b (-2), ab (-4); marked: a | b."
    assert tree(("S", [("NP", ["I"])]), "x").description == "(S (NP I))"
    assert repr(tree(("S", ["I"]), "Tree")) == "Tree. (S I)"  # and no address in memory
    assert arcs(["dogs", "bark"], [1, -1], "x").description == "dogs depends on bark, bark is the root."
    wrong = arcs(["big", "dogs", "bark"], [2, 2, -1], "x", gold=[1, 2, -1])
    assert wrong.description.startswith("big depends on bark (wrong: big depends on dogs), dogs depends on bark,")
    assert wrong.svg.count("stroke-dasharray") == 1
    assert "Adam: a 1, b 2, in all 3 GB" in stacked_bars({"Adam": [1, 2]}, ["a", "b"], "x", unit="GB").description


@pytest.mark.parametrize(
    ("draws", "message"),
    [
        (lambda: flow([], "x"), "needs rows"),
        (lambda: flow([Block("a")], "x", between=["b"]), "0 gaps"),
        (lambda: flow([Block("a"), Block("b")], "x", skips=[(1, 0)]), "a skip goes down"),
        (lambda: flow([Block("a"), Block("b")], "x", back=(0, 1, "c")), "the way back goes up"),
        (lambda: flow([Block("a"), Block("b")], "x", back=(2, 0, "c")), "with 2 rows"),
        (lambda: window(["a"], 1, 0, 0, "x"), "item 1 of 1"),
        (lambda: graph([], "x"), "at least one edge"),
        (lambda: graph([("a", "b"), ("b", "a")], "x"), "in a circle"),
        (lambda: tiles([], "x"), "nothing to draw"),
        (lambda: tiles([("a", ["b"])], "x", ids=[[1, 2]]), "an id for each token"),
        (lambda: grid(["a"], ["b"], [[2.0]], "x"), "between 0 and 1"),
        (lambda: grid(["a"], ["b"], [[0.1], [0.1]], "x"), "as many values"),
        (lambda: ladder([], "x"), "needs rows"),
        (lambda: ladder([(["ab"], ""), (["a", "b"], "")], "x"), "do not come of joining"),
        (lambda: ladder([(["a", "b"], ""), (["a"], "")], "x"), "do not come of joining"),
        (lambda: ladder([(["a", "", "b"], "")], "x"), "do not come of joining"),
        (lambda: lattice("ab", {(1, 1): "x"}, "x"), "to a later one"),
        (lambda: lattice("ab", {}, "x"), "to a later one"),
        (lambda: lattice("ab", {(0, 1): "x"}, "x", path=[(0, 1)]), "does not lead along edges"),
        (lambda: lattice("ab", {(0, 1): "x"}, "x", path=[(0, 2)]), "does not lead along edges"),
        (lambda: lattice("ab", {(0, 2): "x"}, "x", below=["0"]), "3 places, not 1"),
        (lambda: described(None, ""), "a description in words"),
        (lambda: arcs(["a", "b"], [-1], "x"), "2 words but 1"),
        (lambda: arcs(["a", "b"], [0, -1], "x"), "another word"),
        (lambda: arcs(["a", "b"], [1, -1], "x", gold=[1]), "2 words but 1"),
        (lambda: arcs(["a", "b"], [1, -1], "x", gold=[2, -1]), "another word"),
        (lambda: stacked_bars({"a": [1]}, ["p", "q"], "x"), "needs 2 numbers"),
        (lambda: stacked_bars({"a": [-1]}, ["p"], "x"), "needs 1 numbers"),
        (lambda: Canvas().finish("x", "y"), "something in it"),
    ],
)
def test_what_cannot_be_drawn(draws, message):
    with pytest.raises(ValueError, match=message):
        draws()


def test_a_row_of_tiles_goes_on_below():
    drawing = tiles([("row", ["token"] * 40)], "x", width=300)
    assert len({text.top for text in drawing.texts}) > 5
    assert max(text.right for text in drawing.texts) < 400


def test_colours():
    assert len(set(COLOURS)) == len(COLOURS) and tint("#000000", 1) == "#000000" and tint("#000000", 0) == "#ffffff"
    assert text_width("日本") > text_width("ab") and text_width("e\u0301") == text_width("e")


def test_what_is_new_in_a_row_of_a_ladder_stands_out():
    drawing = ladder([(["a", "a", "b"], ""), (["aa", "b"], ""), (["aab"], "")], "x")
    bold = re.findall(r'font-weight="bold">([^<]*)<', drawing.svg)
    assert bold == ["aa", "aab"]


def test_bars_of_a_lattice_do_not_cover_each_other():
    spans = {(i, j): "x" for i in range(7) for j in range(i + 1, 8)}
    boxes = re.findall(
        r'<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="26.0"', lattice("abcdefg", spans, "x").svg
    )
    assert len(boxes) == len(spans)
    placed = [tuple(map(float, box)) for box in boxes]
    for (x, y, w), (x2, y2, w2) in combinations(placed, 2):
        assert y != y2 or x + w <= x2 or x2 + w2 <= x


def test_how_tokens_are_shown():
    assert [shown(t) for t in (" a\n", b" a", b"\xce\xa0", b"\xce", "", "\t")] == ["␣a↵", "␣a", "Π", "<0xCE>", "∅", "⇥"]


def test_a_plot_with_its_description():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    ax.plot([1, 2])
    plot = described(figure, "A line goes up.")
    data, metadata = plot._repr_mimebundle_()
    assert data["text/plain"] == repr(plot) == metadata["image/png"]["alt"] == "A line goes up."
    assert plot.png.startswith(b"\x89PNG") and not plt.fignum_exists(figure.number)
