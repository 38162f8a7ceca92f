"""The plain parsers and stemmers, and the fast ones, give the same."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.text.stem import EnglishStemmer, LancasterStemmer, PorterStemmer
from nlpjourney.text.stem.lancaster import RULES
from nlpjourney.text.stem.plain import plain_lancaster, plain_measure, plain_regions, plain_step
from nlpjourney.text.stem.porter import measure
from nlpjourney.text.stem.snowball import PREFIXES, _padded, regions
from nlpjourney.text.syntax import PCFG, DependencyParser, ViterbiParser, is_projective_tree
from nlpjourney.text.syntax.plain import plain_arc_standard, plain_cky

GRAMMAR = PCFG.from_string(
    """
    S -> NP VP [0.9] | VP [0.1]
    NP -> 'we' [0.3] | 'fish' [0.3] | NP NP [0.1] | N [0.3]
    N -> 'rods' [0.5] | 'fish' [0.5]
    VP -> 'fish' [0.4] | VP NP [0.5] | 'swim' [0.1]
    """
)


@given(st.lists(st.sampled_from(["we", "fish", "rods", "swim"]), min_size=1, max_size=7))
@settings(max_examples=80)
def test_cky(words):
    found = ViterbiParser(GRAMMAR).parse(words)
    expected = plain_cky(words, GRAMMAR)
    assert (found is None) == (expected == 0)
    if found is not None:
        assert found.log_probability == pytest.approx(math.log(expected))


def test_a_row_of_moves_makes_the_tree_that_the_parser_learned():
    assert plain_arc_standard(3, ["SHIFT", "SHIFT", "LEFT", "SHIFT", "RIGHT", "RIGHT"]) == [1, -1, 1]
    rng = random.Random(0)
    for n in range(1, 8):  # any row of possible moves makes a tree without crossing arcs
        moves, stack, left = [], 0, n
        while left or stack > 1:
            move = rng.choice([m for m, ok in (("SHIFT", left), ("LEFT", stack > 1), ("RIGHT", stack > 1)) if ok])
            moves.append(move)
            stack, left = (stack + 1, left - 1) if move == "SHIFT" else (stack - 1, left)
        heads = plain_arc_standard(n, [*moves, "RIGHT"])
        assert is_projective_tree(heads)
        parser = DependencyParser(n_epochs=20, bits=10).fit([["w"] * n], [[str(i) for i in range(n)]], [heads])
        assert parser.predict(["w"] * n, [str(i) for i in range(n)]) == heads


WORDS = st.text("aeiouytnsrl", min_size=1, max_size=9)


@given(WORDS)
@settings(max_examples=300)
def test_measure_and_regions(word):
    assert measure(_padded((word,))[0], len(word)) == plain_measure(word)
    r1, r2 = regions(_padded((word,))[0], len(word))
    if not word.startswith(PREFIXES) and "y" not in word:  # a y that begins or follows a vowel is none
        assert (word[r1:], word[r2:]) == plain_regions(word)


@given(WORDS)
@settings(max_examples=300)
def test_lancaster(word):
    assert LancasterStemmer().stem(word) == plain_lancaster(word, RULES.split())


def test_steps():
    step_2 = [("ational", "ate"), ("tional", "tion"), ("izer", "ize")]
    assert plain_step("relational", step_2) == "relate" and plain_step("rational", step_2) == "rational"
    assert plain_step("digitizer", step_2) == "digitize" and plain_step("cat", step_2) == "cat"
    assert [plain_measure(w) for w in ("tree", "trouble", "private", "")] == [0, 1, 2, 0]
    assert plain_regions("beautiful") == ("iful", "ul") and plain_regions("eucharist") == ("harist", "ist")
    assert PorterStemmer("martin").stem("relational") == "relat" and EnglishStemmer().stem("beautiful") == "beauti"
