"""Entity grids: features by hand, and a ranker that tells a story from the same story shuffled."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney.text.discourse import (
    CoherenceRanker,
    entity_grid,
    grammatical_role,
    grid_features,
    noun_roles,
    transition_names,
    transitions,
)
from nlpjourney.text.syntax import treebank
from nlpjourney.town import Town


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


def test_nouns_and_their_best_roles():
    words = ["Dogs", "chased", "the", "dog", "in", "gardens"]
    tags, heads = ["NNS", "VBD", "DT", "NN", "IN", "NNS"], [1, -1, 3, 1, 1, 4]
    assert noun_roles(words, tags, heads) == {"dog": "S", "garden": "X"}
    assert noun_roles([], [], []) == {}


def test_salient_entities_apart():
    grid = entity_grid([{"Ada": "S", "kite": "O"}, {"Ada": "S"}])
    features = grid_features(grid)
    names = [f"often {name}" for name in transition_names()] + [f"seldom {name}" for name in transition_names()]
    assert {name: share for name, share in zip(names, features) if share} == {"often SS": 1, "seldom O-": 1}


@given(
    rows=st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from("SOX")), max_size=6),
    length=st.integers(1, 4),
)
def test_transitions_are_those_counted_one_by_one(rows, length):
    grid, names = entity_grid(rows), transition_names(length)
    columns = ["".join(column) for column in grid.T]
    seen = [column[i : i + length] for column in columns for i in range(len(column) - length + 1)]
    assert transitions(grid, length).tolist() == [seen.count(name) / max(len(seen), 1) for name in names]


def test_real_news_against_the_same_shuffled(parsed_news):
    """Well above chance on texts that the ranker has not seen."""
    rng = random.Random(0)
    rows = [[noun_roles(s.words, s.tags, s.heads) for s in text] for text in parsed_news if len(text) > 3]

    def shuffled_pairs(part):
        pairs = [(text, rng.sample(text, len(text))) for text in part for _ in range(10)]
        kept = [(grid_features(entity_grid(a)), grid_features(entity_grid(b))) for a, b in pairs if a != b]
        return [np.array(side) for side in zip(*kept)]

    half = len(rows) // 2
    ranker = CoherenceRanker(l2=1e-4).fit(*shuffled_pairs(rows[:half]))
    better, worse = shuffled_pairs(rows[half:])
    accuracy = float(np.mean(ranker.score(better) > ranker.score(worse)))
    print(f"{accuracy:.3f} of {len(better)} pairs of news in the right order")
    assert accuracy > 0.6
