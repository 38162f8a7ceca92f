"""Coreference on Tinytown's exact chains, and the scores by hand."""

import pytest

from nlpjourney.text.discourse import b_cubed, ceaf, conll_score, muc, resolve
from nlpjourney.town import Town
from nlpjourney.town.world import MEN, WOMEN

GENDERS = dict.fromkeys(WOMEN, "f") | dict.fromkeys(MEN, "m")


def spans_of(text, mentions):
    found, at = [], 0
    for mention in mentions:
        start = text.index(mention, at)
        found.append((start, start + len(mention)))
        at = start + len(mention)
    return found


def chains(text, mentions):
    ends = [i + 1 for i, c in enumerate(text) if c == "."]
    sentences = list(zip([0, *ends], ends))
    return [[text[a:b] for a, b in chain] for chain in resolve(text, spans_of(text, mentions), sentences, GENDERS)]


def test_sieves():
    text = "Ada Holt bought a huge kite from Tom Ott at North Station. He smiled. Ada gave the kite to Vera Lund. "
    text += "She lost it at North Station."
    mentions = [
        "Ada Holt",
        "a huge kite",
        "Tom Ott",
        "North Station",
        "He",
        "Ada",
        "the kite",
        "Vera Lund",
        "She",
        "it",
        "North Station",
    ]
    assert chains(text, mentions) == [
        ["Ada Holt", "Ada", "She"], ["a huge kite", "the kite", "it"], ["Tom Ott", "He"],
        ["North Station", "North Station"], ["Vera Lund"],
    ]  # fmt: skip


def test_what_must_stay_apart():
    assert chains("A kite fell. A kite flew.", ["A kite", "A kite"]) == [["A kite"], ["A kite"]]
    assert chains("A red kite fell. The blue kite flew.", ["A red kite", "The blue kite"]) == [
        ["A red kite"],
        ["The blue kite"],
    ]
    both = "Ada Holt met Ada Ott. Ada left."
    assert chains(both, ["Ada Holt", "Ada Ott", "Ada"]) == [["Ada Holt"], ["Ada Ott"], ["Ada"]]
    assert chains("Tom Ott came. She left.", ["Tom Ott", "She"]) == [["Tom Ott"], ["She"]]
    with pytest.raises(ValueError, match="no sentence"):
        resolve("Ada", [(0, 3)], [])


def test_tinytown_against_the_obvious_ways():
    """Better than joining what is spelt alike, on texts that the rules were not made from."""
    scores, alike = [], []
    for seed in (11, 12):
        town = Town(seed=seed)
        for i in range(40):
            story = town.story(i % town.n_stories)
            spans = [(m.start, m.end) for m in story.mentions]
            gold, spelt = {}, {}
            for mention, span in zip(story.mentions, spans):
                gold.setdefault(mention.entity, []).append(span)
                spelt.setdefault(story.text[span[0] : span[1]], []).append(span)
            scores.append(conll_score(list(gold.values()), resolve(story.text, spans, story.sentences, GENDERS)))
            alike.append(conll_score(list(gold.values()), list(spelt.values())))
    mean, baseline = sum(scores) / len(scores), sum(alike) / len(alike)
    print(f"CoNLL score {mean:.3f}; by spelling {baseline:.3f}")
    assert mean > 0.9 > baseline


def test_scores_by_hand():
    """Bagga & Baldwin's example: of three true chains the first two are joined, or the two long ones."""
    gold = [[1, 2, 3, 4, 5], [6, 7], [8, 9, "A", "B", "C"]]
    first = [[1, 2, 3, 4, 5], [6, 7, 8, 9, "A", "B", "C"]]
    second = [[1, 2, 3, 4, 5, 8, 9, "A", "B", "C"], [6, 7]]
    assert muc(gold, first).precision == muc(gold, second).precision == 9 / 10
    assert muc(gold, first).recall == b_cubed(gold, first).recall == 1
    assert b_cubed(gold, first).precision == pytest.approx((5 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert b_cubed(gold, second).precision == pytest.approx((10 * 5 / 10 + 2) / 12)
    assert ceaf(gold, first).precision == pytest.approx((1 + 10 / 12) / 2)
    assert ceaf(gold, first).recall == pytest.approx((1 + 10 / 12) / 3)
    assert conll_score(gold, gold) == 1
    assert conll_score(gold, []) == ceaf([], gold).f1 == 0
    assert muc([[1], [2]], [[1], [2]]).f1 == 0
