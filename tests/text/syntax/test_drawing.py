"""Pictures of parsed sentences: every word and phrase is there, and the words that screen readers read out."""

from xml.etree import ElementTree

import pytest

from nlpjourney.text.syntax import Tree
from nlpjourney.text.syntax.drawing import dependency_svg, tree_svg

SVG = "{http://www.w3.org/2000/svg}"
TREE = Tree.parse("(S (NP (NNP Ada) (CC &) (NNP Bob)) (VP (VBD saw) (SBARWITHALONGNAME (X a) (Y <b>))))")


def texts(picture: str) -> list[tuple[str, float]]:
    """Each text and its height, from left to right."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}text")
    return [(t.text, float(t.get("y"))) for t in sorted(found, key=lambda t: float(t.get("x")))]


def test_every_phrase_and_word_is_drawn():
    shown = texts(tree_svg(TREE))
    lowest = max(y for _, y in shown)
    assert [text for text, y in shown if y == lowest] == TREE.leaves()
    highest = min(y for _, y in shown)
    assert " ".join(text for text, y in shown if y == highest).startswith(
        "Phrases of the sentence: Ada & Bob"
    )  # the title
    assert len([y for _, y in shown if y > highest]) == len(TREE.leaves()) + len(list(TREE.rules()))
    root = ElementTree.fromstring(tree_svg(TREE))
    assert root.find(f"{SVG}desc").text == str(TREE) and "Ada & Bob saw" in root.find(f"{SVG}title").text


def test_an_arc_for_every_word():
    picture = dependency_svg(["the", "dog", "barks"], [1, 2, -1])
    assert "dog depends on barks, barks is the root" in picture
    assert picture.count(" Q ") == 2 and [text for text, _ in texts(picture)].count("root") == 1
    with pytest.raises(ValueError, match="2 words but 1"):
        dependency_svg(["a", "b"], [-1])
    with pytest.raises(ValueError, match="another word"):
        dependency_svg(["a", "b"], [0, -1])
