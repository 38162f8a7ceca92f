"""The treebank of Tinytown, heads by rule, and the transition parser."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.text.syntax import DependencyParser, Tree, attachment_score, heads, is_projective_tree, treebank
from nlpjourney.town import Town


def town_sentences(seeds, n_stories=60):
    towns = [Town(seed=seed) for seed in seeds]
    return [s for town in towns for i in range(n_stories) for s in treebank.sentences(town.story(i % town.n_stories))]


@pytest.fixture(scope="module")
def train():
    return town_sentences([1])


@pytest.fixture(scope="module")
def test():
    return town_sentences([2])


def fitted(sentences, **settings):
    return DependencyParser(**settings).fit(
        [s.words for s in sentences], [s.tags for s in sentences], [s.heads for s in sentences]
    )


def uas(parser, sentences):
    return attachment_score([s.heads for s in sentences], [parser.predict(s.words, s.tags) for s in sentences])


def test_every_sentence_of_a_story_has_a_tree_of_its_own_words(train, test):
    for sentence in [*train, *test]:
        assert sentence.tree.leaves() == sentence.words
        assert is_projective_tree(sentence.heads)
    town = Town(seed=7)
    for i in range(town.n_stories):
        story = town.story(i)
        told = ["".join(s.words) for s in treebank.sentences(story)]
        assert told == [text.replace(" ", "") for text in story.sentence_texts()]
    assert len({s.pattern for s in [*train, *test]}) > 35


def test_a_sentence_of_the_news_has_no_pattern():
    with pytest.raises(ValueError, match="no pattern"):
        list(treebank.sentences(Town(seed=1).news(0)))


def test_heads_by_rule():
    tree = Tree.parse(
        "(S (NP (DT the) (JJ old) (NN clock)) (VP (VBD was) (PP (IN at) (NP (NNP North) (NNP Station)))) (. .))"
    )
    assert heads(tree) == [2, 2, 3, -1, 3, 6, 4, 3]
    coordination = Tree.parse("(S (NP (NP (NN time)) (CC and) (NP (NN tide))) (VP (VBP wait)))")
    assert heads(coordination) == [3, 0, 0, -1]
    with pytest.raises(ValueError, match="QP has none"):
        heads(Tree.parse("(S (QP (A a) (B b)) (VP (VB c)))"))


@pytest.mark.parametrize(
    ("tree", "good"),
    [([-1], True), ([1, -1], True), ([1, 0], False), ([-1, -1], False), ([2, 3, -1, 2], False),
     ([-1, 0, 1, 0], True), ([5, -1], False), ([], False)],
)  # fmt: skip
def test_what_a_projective_tree_is(tree, good):
    assert is_projective_tree(tree) is good


def random_tree(n, rng):
    """Heads of a random projective tree."""
    heads_ = [-1] * n

    def grow(lo, hi, head):
        if lo < hi:
            root = rng.randrange(lo, hi)
            heads_[root] = head
            grow(lo, root, root)
            grow(root + 1, hi, root)

    grow(0, n, -1)
    return heads_


@given(n=st.integers(1, 14), seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_any_projective_tree_can_be_learned_and_any_answer_is_one(n, seed):
    tree = random_tree(n, random.Random(seed))
    words = [f"w{i}" for i in range(n)]
    parser = DependencyParser(n_epochs=100, bits=16).fit([words], [words], [tree])
    assert parser.predict(words, words) == tree
    shuffled = random.Random(seed).sample(words, n)
    assert is_projective_tree(parser.predict(shuffled, shuffled))


def test_new_sentences_of_known_patterns(train, test):
    parser = fitted(train)
    assert uas(parser, test) > 0.98
    assert uas(fitted(train, seed=0), test) == uas(parser, test)


def test_patterns_that_were_never_seen(train, test):
    """Every fourth pattern is kept back: the parser must do better there than hanging each word on the one before."""
    parser = fitted([s for s in train if s.pattern % 4])
    unseen = [s for s in test if s.pattern % 4 == 0]
    chain = attachment_score([s.heads for s in unseen], [list(range(-1, len(s.heads) - 1)) for s in unseen])
    score = uas(parser, unseen)
    print(f"UAS on unseen patterns {score:.3f}, of the chain {chain:.3f}")
    assert score > 0.7 > chain


def test_wrong_input_is_explained():
    with pytest.raises(ValueError, match="call fit"):
        DependencyParser().predict(["a"], ["A"])
    with pytest.raises(ValueError, match="crossing"):
        DependencyParser().fit([["a", "b", "c", "d"]], [["A"] * 4], [[2, 3, -1, 2]])
    with pytest.raises(ValueError, match="2 words and 1 heads"):
        DependencyParser().fit([["a", "b"]], [["A", "B"]], [[-1]])
    with pytest.raises(ValueError, match="2 words but 1 tags"):
        DependencyParser().fit([["a", "b"]], [["A"]], [[-1, 0]])
    with pytest.raises(ValueError, match="one at least"):
        DependencyParser().fit([], [], [])
    with pytest.raises(ValueError, match="bits"):
        DependencyParser(bits=40)
    with pytest.raises(ValueError, match="no words"):
        attachment_score([], [])
