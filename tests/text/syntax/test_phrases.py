"""Dependencies as phrases: shapes by hand, and on spaCy's parses of real news."""

import pytest

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.syntax import Parsed, is_projective_tree, parsed_by_spacy, phrases


def tree(rows):
    """A sentence as lines: word tag head relation (heads from 1, 0: the root)."""
    fields = [row.split() for row in rows.strip().splitlines()]
    words, tags, heads, relations = (list(column) for column in zip(*fields))
    return str(phrases(Parsed(words, tags, [int(head) - 1 for head in heads], relations)))


def test_subject_object_and_what_follows_a_noun():
    found = tree("""
        The DT 2 det
        dog NN 5 nsubj
        has VBZ 5 aux
        not RB 5 neg
        seen VBN 0 ROOT
        Ada NNP 8 poss
        's POS 6 case
        cat NN 5 dobj
        with IN 8 prep
        spots NNS 9 pobj
        . . 5 punct
    """)
    verb = "(VP (VBZ has) (VP (RB not) (VBN seen) (NP (NP (NP (NNP Ada) (POS 's)) (NN cat)) (PP (IN with) (NP (NNS spots))))))"
    assert found == f"(S (NP (DT The) (NN dog)) {verb} (. .))"


def test_a_clause_within_and_two_sentences_joined():
    assert tree("Go VB 0 ROOT\n! . 1 punct") == "(S (VP (VB Go)) (. !))"
    said = tree("I PRP 2 nsubj\nsay VBP 0 ROOT\nthat IN 5 mark\nhe PRP 5 nsubj\nleft VBD 2 ccomp")
    assert said == "(S (NP (PRP I)) (VP (VBP say) (SBAR (IN that) (S (NP (PRP he)) (VP (VBD left))))))"
    both = tree("I PRP 2 nsubj\ncame VBD 0 ROOT\nand CC 2 cc\nyou PRP 5 nsubj\nleft VBD 2 conj")
    assert both == "(S (S (NP (PRP I)) (VP (VBD came))) (CC and) (S (NP (PRP you)) (VP (VBD left))))"
    assert tree("Good JJ 2 amod\nnews NN 0 ROOT") == "(S (NP (JJ Good) (NN news)))"


def test_crossing_arcs_are_refused():
    with pytest.raises(ValueError, match="arcs cross"):
        phrases(Parsed(["a", "b", "c", "d"], ["NN", "NN", "NN", "VB"], [2, 3, 3, -1], ["dep", "dep", "dep", "ROOT"]))


@pytest.fixture(scope="module")
def news():
    try:
        return parsed_by_spacy(corpora.lee_news()[0][:20])
    except assets.AssetError as error:
        pytest.skip(str(error))


def test_real_news_becomes_trees_word_for_word(news):
    sentences = [s for text in news for s in text if is_projective_tree(s.heads)]
    assert len(sentences) > 100
    for sentence in sentences:
        found = phrases(sentence)
        assert found.label == "S"
        assert found.tags() == list(zip(sentence.words, sentence.tags))


def test_spacys_parses_are_trees(news):
    for text in news:
        for words, tags, heads, relations in text:
            assert len(words) == len(tags) == len(heads) == len(relations)
            assert heads.count(-1) == 1 and not any(word.isspace() for word in words)
