"""Trees, grammars and the Viterbi parser, against NLTK's and against counting all trees."""

import math
import random

import nltk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.text.syntax import PCFG, Label, Rule, Tree, ViterbiParser

ENGLISH = """
    S -> NP VP [1.0]
    NP -> DT NN [0.41] | NP PP [0.23] | 'Ada' [0.2] | 'she' [0.16]
    VP -> VB NP [0.47] | VP PP [0.33] | VB [0.2]
    PP -> IN NP [1.0]
    DT -> 'the' [0.7] | 'a' [0.3]
    NN -> 'dog' [0.37] | 'telescope' [0.33] | 'hill' [0.3]
    VB -> 'saw' [0.8] | 'dog' [0.2]
    IN -> 'with' [0.6] | 'on' [0.4]
"""


def test_brackets_are_read_and_written_back():
    text = "(S (NP (DT the) (NN dog)) (VP barks) .)"
    tree = Tree.parse(f"  {text}\n")
    assert str(tree) == text
    assert tree.leaves() == ["the", "dog", "barks", "."]
    assert tree.tags() == [("the", "DT"), ("dog", "NN"), ("barks", "VP"), (".", "S")]
    assert tree.height() == 3
    assert [str(rule) for rule in tree.rules()][:2] == ["S -> NP VP '.'", "NP -> DT NN"]


def test_trees_as_the_penn_treebank_writes_them():
    assert Tree.parse("( (S (NP x) ) )") == Tree.parse("((S (NP x)))") == Tree.parse("(S (NP x))")
    assert Tree.parse("(PRN (-LRB- -LRB-) (X a-RRB-))").leaves() == ["(", "a)"]
    for word in ("(", ")", ":)", "f(x)", "-", "a-b"):
        tree = Tree("E", (word, Tree("F", (word,))))
        assert Tree.parse(str(tree)) == tree


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no tree"),
        ("(S", "never closed"),
        ("(S a) (S b)", "one tree"),
        ("(S (NP ) a)", "empty"),
        ("(S ((NP a)))", "label"),
        ("( a)", "empty"),
        ("( (S a) (S b))", "more than one tree"),
        ("( (S a) b)", "more than one tree"),
        ("( (S a)", "never closed"),
        ("((", "label"),
        ("a", "outside"),
    ],
)
def test_wrong_brackets_are_explained(text, fault):
    with pytest.raises(ValueError, match=fault):
        Tree.parse(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "at least one rule"), ("S -> 'a' [0.5]", "sum to 0.5"), ("S -> 'a'", "missing"), ("S 'a' [1.0]", "reads"),
        ("S -> 'a [1.0]", "no meaning"), ("S -> 'a' [x]", "no probability"),
        ("S -> [1.0]", "nothing on its right"), ("S -> 'a' [1.5]", "at most 1"),
    ],
)  # fmt: skip
def test_wrong_grammars_are_explained(text, fault):
    with pytest.raises(ValueError, match=fault):
        PCFG.from_string(text)


def test_a_grammar_is_what_the_treebank_did():
    trees = [Tree.parse("(S (NP she) (VP (V runs)))"), Tree.parse("(S (NP she) (VP (V saw) (NP Ada)))")]
    ours = PCFG.from_trees(trees)
    theirs = nltk.induce_pcfg(
        nltk.Nonterminal("S"), [p for t in trees for p in nltk.Tree.fromstring(str(t)).productions()]
    )
    assert {(str(r), round(p, 12)) for r, p in ours.rules.items()} == {
        (f"{p.lhs()} -> {' '.join(repr(s) if isinstance(s, str) else str(s) for s in p.rhs())}", round(p.prob(), 12))
        for p in theirs.productions()
    }
    assert ours.rules[Rule(Label("NP"), ("she",))] == 2 / 3


def nltk_best(grammar: str, words: list[str]):
    return next(iter(nltk.ViterbiParser(nltk.PCFG.fromstring(grammar)).parse(words)), None)


def assert_same_as_nltk(grammar: str, words: list[str], *, also_tree: bool = True) -> bool:
    """Returns whether there was a tree."""
    pcfg = PCFG.from_string(grammar)
    ours, theirs = ViterbiParser(pcfg).parse(words), nltk_best(grammar, words)
    if theirs is None:
        assert ours is None
        return False
    assert math.isclose(ours.probability, theirs.prob(), rel_tol=1e-9)
    assert math.isclose(ours.log_probability, pcfg.log_probability(ours.tree), rel_tol=1e-9, abs_tol=1e-12)
    assert ours.tree.leaves() == words
    same = str(ours.tree) == " ".join(nltk.Tree.convert(theirs).pformat(margin=10**6).split())
    assert same or not also_tree
    return True


@pytest.mark.parametrize(
    "sentence",
    [
        "she saw the dog", "Ada saw the dog with the telescope", "the dog saw", "she dog the dog", "the the", "dog", "she",
        "Ada saw a dog on the hill with a telescope",
    ],
)  # fmt: skip
def test_english_like_nltk(sentence):
    assert_same_as_nltk(ENGLISH, sentence.split(), also_tree=sentence.count(" ") < 8)


def test_where_a_phrase_attaches_follows_the_probabilities():
    words = ["Ada", "saw", "the", "dog", "with", "the", "telescope"]
    to_the_verb = "(VP (VP (VB saw)"
    assert to_the_verb in str(ViterbiParser(PCFG.from_string(ENGLISH)).parse(words).tree)
    other = (
        ENGLISH.replace("NP PP [0.23]", "NP PP [0.40]")
        .replace("DT NN [0.41]", "DT NN [0.24]")
        .replace("VP PP [0.33]", "VP PP [0.1]")
    )
    other = other.replace("VB NP [0.47]", "VB NP [0.7]")
    assert to_the_verb not in str(ViterbiParser(PCFG.from_string(other)).parse(words).tree)


@st.composite
def grammars(draw):
    """Rules of one to four parts, phrases and words mixed, chains and circles included; probabilities without ties."""
    rng = random.Random(draw(st.integers(0, 10**9)))
    labels = ["S", "A", "B", "C"]
    lines = []
    for label in labels:
        options = {(f"'{rng.choice('xyz')}'",)}
        for _ in range(rng.randrange(1, 6)):
            options.add(
                tuple(
                    rng.choice([*labels, *labels, "'x'", "'y'", "'z'"])
                    for _ in range(rng.choice([1, 1, 2, 2, 2, 3, 4]))
                )
            )
        weights = [rng.random() + 0.01 for _ in options]
        lines.append(
            f"{label} -> "
            + " | ".join(f"{' '.join(o)} [{w / sum(weights)!r}]" for o, w in zip(sorted(options), weights))
        )
    words = [rng.choice("xyz") for _ in range(rng.randrange(1, 8))]
    return "\n".join([*lines, "D -> 'x' [0.4] | 'y' [0.3] | 'z' [0.3]"]), words


@given(case=grammars())
@settings(max_examples=60, deadline=None)
def test_any_grammar_like_nltk(case):
    """The probability is the best one and the tree has it. (Trees may differ where different trees use the same rules.)"""
    assert_same_as_nltk(*case, also_tree=False)


def test_trees_are_like_nltks_where_only_one_is_best():
    rng = random.Random(3)
    n_trees = 0
    for _ in range(60):
        words = rng.choice([["she"], ["Ada"], ["the", rng.choice(["dog", "hill"])]]) + rng.choice([["saw"], ["dog"]])
        words += rng.choice([[], ["a", "telescope"], ["she", "with", "Ada"], ["on", "the", "hill"]])
        n_trees += assert_same_as_nltk(ENGLISH, words)
    assert n_trees > 30


def test_a_sentence_whose_probability_is_too_small_for_a_float():
    parse = ViterbiParser(PCFG.from_string("S -> 'a' S [0.001] | 'a' [0.999]")).parse(["a"] * 150)
    assert parse.probability == 0.0
    assert math.isclose(parse.log_probability, 149 * math.log(0.001) + math.log(0.999))


def test_what_cannot_be_parsed():
    parser = ViterbiParser(PCFG.from_string(ENGLISH))
    assert parser.parse(["dog", "the"]) is None
    with pytest.raises(ValueError, match="'cat', 'ghost'"):
        parser.parse(["ghost", "saw", "cat"])
    with pytest.raises(ValueError, match="empty"):
        parser.parse([])
