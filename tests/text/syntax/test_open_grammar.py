"""Grammars for any sentence: new words, new shapes, probabilities that sum to one, nonsense found improbable."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.text.syntax import OpenGrammarParser, Tree, is_projective_tree, phrases

SMALL = """
(S (NP (DT the) (NN dog)) (VP (VBD barked)))
(S (NP (DT the) (JJ big) (JJ red) (JJ old) (NN cat)) (VP (VBD saw) (NP (DT a) (NN bird))))
(S (NP (NNP Ada)) (VP (VBD slept) (PP (IN in) (NP (DT the) (NN garden)))))
"""
TREES = [Tree.parse(line) for line in SMALL.strip().splitlines()]


def test_a_phrase_longer_than_any_seen():
    words = ["the", "big", "red", "red", "old", "dog", "barked"]
    assert str(OpenGrammarParser(kind_weight=0.01).fit(TREES).parse(words).tree) == (
        "(S (NP (DT the) (JJ big) (JJ red) (JJ red) (JJ old) (NN dog)) (VP (VBD barked)))"
    )


def test_new_words_stand_for_their_kind():
    parser = OpenGrammarParser().fit(TREES)
    words = ["Grace", "zapped", "the", "zyx"]
    assert str(parser.parse(words).tree) == "(S (NP (NNP Grace)) (VP (VBD zapped) (NP (DT the) (NN zyx))))"
    assert parser.unknown(words) == ["Grace", "zapped", "zyx"]
    assert parser.unknown(["The", "dog"]) == []


def test_the_grammar_is_one():
    """Each left side sums to 1, and no rule has more than two parts."""
    for order, parents in ((0, False), (1, True), (3, True)):
        grammar = OpenGrammarParser(order, parents).fit(TREES).grammar_
        totals = {}
        for rule, p in grammar.rules.items():
            totals[rule.lhs] = totals.get(rule.lhs, 0) + p
            assert len(rule.rhs) <= 2
        assert all(math.isclose(total, 1) for total in totals.values())


@given(
    words=st.lists(
        st.sampled_from(["the", "dog", "Ada", "in", "saw", "slept", "old", "x7", "-", "été"]), min_size=1, max_size=8
    )
)
@settings(deadline=None, max_examples=50)
def test_words_come_back_as_they_were(words):
    found = OpenGrammarParser().fit(TREES).parse(words)
    if found is not None:
        assert found.tree.leaves() == words
        assert not any("@" in label or "^" in label for label in labels(found.tree))


def labels(tree):
    return [tree.label, *(label for child in tree.children if isinstance(child, Tree) for label in labels(child))]


def test_real_news(parsed_news):
    sentences = [s for text in parsed_news for s in text if is_projective_tree(s.heads)]
    train, test = sentences[:500], [s for s in sentences[500:] if len(s.words) <= 16][:40]
    parser = OpenGrammarParser().fit(map(phrases, train))
    right = total = 0
    for sentence in test:
        found = parser.parse(sentence.words)
        if found is not None:
            right += sum(a == b for (_, a), b in zip(found.tree.tags(), sentence.tags))
        total += len(sentence.words)
    assert right / total > 0.8
    calm = [parser.surprise(s.words) for s in test]
    upset = [parser.surprise(sorted(s.words)) for s in test]
    assert sum(a < b for a, b in zip(calm, upset)) > 0.8 * len(test)


def test_wrong_use_is_explained():
    with pytest.raises(ValueError, match="nothing to learn"):
        OpenGrammarParser().fit([])
    with pytest.raises(ValueError, match="fit first"):
        OpenGrammarParser().parse(["a"])
    with pytest.raises(ValueError, match="order"):
        OpenGrammarParser(order=-1)
