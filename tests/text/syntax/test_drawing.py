"""Pictures of trees: well-formed, with every word, nothing outside the frame or on top of something else."""

from xml.etree import ElementTree

import pytest

from nlpjourney.text.syntax import Tree
from nlpjourney.text.syntax.drawing import dependency_svg, tree_svg

SVG = "{http://www.w3.org/2000/svg}"
TREE = Tree.parse("(S (NP (NNP Ada) (CC &) (NNP Bob)) (VP (VBD saw) (SBARWITHALONGNAME (X a) (Y <b>))))")


def texts(picture: str) -> list[tuple[str, float, float]]:
    root = ElementTree.fromstring(picture)
    return [(t.text, float(t.get("x")), float(t.get("y"))) for t in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    "picture", [tree_svg(TREE), dependency_svg(["Ada", "saw", "<b>"], [1, -1, 1]), tree_svg(Tree.parse("(A a)"))]
)
def test_labels_lie_in_the_frame_and_apart(picture):
    root = ElementTree.fromstring(picture)
    width, height = map(float, root.get("viewBox").split()[2:])
    assert root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text
    assert "style" not in picture  # pages may forbid it
    shown = texts(picture)
    for text, x, y in shown:
        assert 4 * len(text) <= x <= width - 4 * len(text) and 0 < y < height
    for i, (text, x, y) in enumerate(shown):
        assert all(
            abs(x - other_x) >= 4 * (len(text) + len(other)) or y != other_y for other, other_x, other_y in shown[:i]
        )


def test_every_phrase_and_word_is_drawn():
    words = [text for text, _, y in texts(tree_svg(TREE)) if y == max(y for _, _, y in texts(tree_svg(TREE)))]
    assert words == TREE.leaves()
    assert len(texts(tree_svg(TREE))) == len(TREE.leaves()) + len(list(TREE.rules()))
    assert tree_svg(TREE).count("<line") == len(TREE.leaves()) + len(list(TREE.rules())) - 1


def test_an_arc_for_every_word():
    picture = dependency_svg(["the", "dog", "barks"], [1, 2, -1])
    assert "dog hangs on barks, barks is the root" in picture
    assert picture.count(" C ") == 2 and "root" in picture
    with pytest.raises(ValueError, match="2 words but 1"):
        dependency_svg(["a", "b"], [-1])
    with pytest.raises(ValueError, match="another word"):
        dependency_svg(["a", "b"], [0, -1])
