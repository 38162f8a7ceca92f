"""Entity grids: features by hand, and a ranker that tells a story from the same story shuffled."""

import random

import numpy as np
import pytest

from nlpjourney.assets.town import Town
from nlpjourney.text.discourse import CoherenceRanker, entity_grid, grammatical_role, transition_names, transitions
from nlpjourney.text.syntax import treebank


def test_a_grid_by_hand():
    grid = entity_grid([{"Ada": "S", "kite": "O"}, {"Ada": "S"}, {"kite": "X"}])
    assert grid.tolist() == [["S", "O"], ["S", "-"], ["-", "X"]]
    shares = dict(zip(transition_names(), transitions(grid)))
    assert {name: share for name, share in shares.items() if share} == {"SS": 0.25, "S-": 0.25, "O-": 0.25, "-X": 0.25}
    assert transitions(grid, 3).sum() == 1 and len(transition_names(3)) == 64
    assert transitions(entity_grid([{}])).sum() == transitions(entity_grid([])).sum() == 0
    with pytest.raises(ValueError, match="not 'Q'"):
        entity_grid([{"Ada": "Q"}])


def test_roles_from_a_tree():
    words, tags, heads = ["Ada", "lost", "it", "at", "home"], ["NNP", "VBD", "PRP", "IN", "NN"], [1, -1, 1, 1, 3]
    assert [grammatical_role(i, heads, tags) for i in range(len(words))] == ["S", "X", "O", "O", "X"]


def roles(story):
    """For each sentence of a story, its entities with their roles."""
    found = []
    for (start, end), sentence in zip(story.sentences, treebank.sentences(story)):
        at, ends = start, []
        for word in sentence.words:
            at = story.text.index(word, at) + len(word)
            ends.append(at)
        row = {}
        for mention in story.mentions:
            if start <= mention.start < end:
                words = [i for i, stop in enumerate(ends) if mention.start < stop <= mention.end]
                head = next(i for i in words if sentence.heads[i] not in words)
                role = grammatical_role(head, sentence.heads, sentence.tags)
                row[mention.entity] = min(role, row.get(mention.entity, "X"), key="SOX".index)
        found.append(row)
    return found


def pairs(seed, rng):
    better, worse = [], []
    town = Town(seed=seed)
    for i in range(town.n_stories):
        sentences = roles(town.story(i))
        for _ in range(3):
            shuffled = rng.sample(sentences, len(sentences))
            if shuffled != sentences:
                better.append(transitions(entity_grid(sentences)))
                worse.append(transitions(entity_grid(shuffled)))
    return np.array(better), np.array(worse)


def test_real_against_shuffled():
    rng = random.Random(0)
    ranker = CoherenceRanker(l2=1e-4).fit(*pairs(1, rng))
    better, worse = pairs(2, rng)
    margin = ranker.score(better) - ranker.score(worse)
    accuracy = float(np.mean(margin > 0) + np.mean(margin == 0) / 2)
    error = (accuracy * (1 - accuracy) / len(margin)) ** 0.5
    print(f"{accuracy:.3f} of {len(margin)} pairs in the right order")
    assert accuracy - 3 * error > 0.5


def test_wrong_pairs_are_explained():
    with pytest.raises(ValueError, match="as many"):
        CoherenceRanker().fit(np.zeros((2, 4)), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="l2"):
        CoherenceRanker(l2=-1)
