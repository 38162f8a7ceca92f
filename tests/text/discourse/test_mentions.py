"""Mentions by parts of speech: by hand, and on Tinytown's exact mentions after our own parser's tags."""

import pytest

from nlpjourney.text.discourse import GENDERS, conll_score, find_mentions, resolve
from nlpjourney.text.syntax import OpenGrammarParser, treebank
from nlpjourney.text.tokenize.words import treebank_with_offsets
from nlpjourney.town import Town
from nlpjourney.town.world import MEN, WOMEN


def mentions(tagged):
    pairs = [part.rsplit("/", 1) for part in tagged.split()]
    words, tags = zip(*pairs)
    starts = [sum(len(word) + 1 for word in words[:i]) for i in range(len(words))]
    text = " ".join(words)
    return [text[a:b] for a, b in find_mentions(words, tags, [(s, s + len(w)) for s, w in zip(starts, words)])]


@pytest.mark.parametrize(
    ("tagged", "expected"),
    [
        ("The/DT old/JJ dog/NN saw/VBD her/PRP$ new/JJ kite/NN ./.", ["The old dog", "her", "new kite"]),
        ("Ada/NNP 's/POS brother/NN left/VBD", ["Ada", "brother"]),
        ("Holt/NNP &/CC Sons/NNPS sold/VBD it/PRP on/IN Monday/NNP for/IN 67/CD crowns/NNS", ["Holt & Sons", "it"]),
        ("two/CD days/NNS later/RB they/PRP slept/VBD", []),
        ("the/DT very/RB", []),
        ("on/IN a/DT Monday/NNP afternoon/NN the/DT mayor/NN spoke/VBD", ["the mayor"]),
    ],
)
def test_by_hand(tagged, expected):
    assert mentions(tagged) == expected


def test_wrong_lengths():
    with pytest.raises(ValueError, match="as many"):
        find_mentions(["a"], [], [])


def test_people_by_their_nouns_and_titles():
    text = "The woman met Mr. Grey. She liked him. A boy came. He sat."
    spans = [(text.index(m), text.index(m) + len(m)) for m in ("The woman", "Mr. Grey", "She", "him", "A boy", "He ")]
    spans[-1] = (spans[-1][0], spans[-1][1] - 1)
    ends = [text.index(x) + len(x) for x in ("Grey.", "him.", "came.", "sat.")]
    chains = resolve(text, spans, list(zip([0, *ends], ends)), GENDERS, other_names="")
    assert [[text[a:b] for a, b in chain] for chain in chains] == [
        ["The woman", "She"], ["Mr. Grey", "him"], ["A boy", "He"],
    ]  # fmt: skip


def test_a_pronoun_tells_the_gender_of_a_name():
    text = "Kim sang. She smiled. He left."
    spans = [(0, 3), (10, 13), (22, 24)]
    chains = resolve(text, spans, [(0, 9), (10, 21), (22, 30)], GENDERS, other_names="")
    assert chains == [[(0, 3), (10, 13)], [(22, 24)]]


def test_from_raw_text_to_chains():
    """Mentions found by ourselves cost something, but far less than everything."""
    known, new = Town(seed=1), Town(seed=2)
    parser = OpenGrammarParser().fit(s.tree for i in range(30) for s in treebank.sentences(known.story(i)))
    genders = GENDERS | dict.fromkeys(WOMEN, "f") | dict.fromkeys(MEN, "m")
    given_scores, raw_scores, n_gold, n_hit = [], [], 0, 0
    for i in range(20):
        story = new.story(i)
        gold = {}
        for m in story.mentions:
            gold.setdefault(m.entity, []).append((m.start, m.end))
        spans = [(m.start, m.end) for m in story.mentions]
        found = []
        for start, end in story.sentences:
            words, places = treebank_with_offsets(story.text[start:end])
            if parse := parser.parse(words):
                tags = [tag for _, tag in parse.tree.tags()]
                found += find_mentions(words, tags, [(start + a, start + b) for a, b in places])
        n_gold, n_hit = n_gold + len(spans), n_hit + len({*spans} & {*found})
        given_scores.append(conll_score(list(gold.values()), resolve(story.text, spans, story.sentences, genders)))
        raw_scores.append(conll_score(list(gold.values()), resolve(story.text, found, story.sentences, genders)))
    given, raw = sum(given_scores) / 20, sum(raw_scores) / 20
    print(f"recall of mentions {n_hit / n_gold:.3f}; CoNLL given {given:.3f}, raw {raw:.3f}")
    assert n_hit / n_gold > 0.95
    assert 0.7 < raw < given
