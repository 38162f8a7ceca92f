"""Aspects on sentences parsed by hand; the labels, the split, the committed table and the pictures."""

import numpy as np
import pytest

from nlpjourney.assets import corpora
from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.sentiment import Lexicon, Vader, find_aspects, fine_tuned, pictures
from nlpjourney.tasks.sentiment.aspect_labels import FILE, aspect_labels, f1_interval, last_words, score
from nlpjourney.tasks.sentiment.aspects import noun_terms, one_sentence, tree_steps
from nlpjourney.tasks.sentiment.judged import clear, split
from nlpjourney.text.syntax import Parsed

LEXICON = Lexicon({"great": 3.0, "terrible": -2.0}, {"very": 0.3}, frozenset(["not"]), {}, {})
# The screen of that terrible phone is great
SENTENCE = Parsed(
    ["The", "screen", "of", "that", "terrible", "phone", "is", "great"], ["DT", "NN", "IN", "DT", "JJ", "NN", "VBZ", "JJ"],
    [1, 6, 1, 5, 5, 2, -1, 6], ["det", "nsubj", "prep", "det", "amod", "pobj", "ROOT", "acomp"],
)  # fmt: skip


def polarities(**options):
    found = find_aspects(SENTENCE, LEXICON, **options)
    return {" ".join(SENTENCE.words[a.start : a.end]): a.valence for a in found}


def test_the_tree_and_the_words_disagree():
    assert polarities() == {"screen": 3.0, "phone": -2.0}
    assert polarities(distance="words") == {"phone": 1.0}
    assert polarities(reach=1) == {"phone": -2.0}
    assert polarities(reach=2) == {"screen": 3.0, "phone": -2.0}
    assert polarities(reach=0) == {}
    assert polarities(reach=4, products={"phone"}) == {"screen": 1.0}
    with pytest.raises(InvalidInput, match="'characters'"):
        polarities(distance="characters")


def test_negation_runs_of_nouns_and_two_trees():
    words = ["Battery", "life", "not", "great", "."]
    sentence = Parsed(words, ["NN", "NN", "RB", "JJ", "."], [1, -1, 3, 1, 1], ["", "", "", "", ""])
    [found] = find_aspects(sentence, LEXICON)
    assert (found.start, found.end, found.opinions) == (0, 2, (3,)) and found.valence == pytest.approx(-2.22)
    both = one_sentence([sentence, SENTENCE])
    assert len(both.words) == 13 and both.heads[5:] == [6, 11, 6, 10, 10, 7, -1, 11]
    assert tree_steps(both.heads, 3)[:5] == [2, 1, 1, 0, 2] and set(tree_steps(both.heads, 3)[5:]) == {-1}
    assert one_sentence([]).words == [] and find_aspects(one_sentence([]), LEXICON) == []
    assert noun_terms(sentence) == [(0, 2)]


def test_equally_near_terms_share_an_opinion():
    sentence = Parsed(["food", "great", "view"], ["NN", "JJ", "NN"], [1, -1, 1], ["", "", ""])
    assert [a.valence for a in find_aspects(sentence, LEXICON, reach=1)] == [3.0, 3.0]


def test_the_labels_are_words_of_their_sentences():
    sentences = aspect_labels("development") + aspect_labels("test")
    assert len(sentences) == 189 and sum(len(s.terms) for s in sentences) == 86
    assert all(term in s.text for s in sentences for term, _ in s.terms)
    assert sum(line.count("\t") == 3 for line in FILE.read_text("utf-8").splitlines()) == 86
    with pytest.raises(ValueError, match="'training'"):
        aspect_labels("training")


def test_scores_of_terms():
    expected = [last_words([("picture Quality", True)]), set()]
    found = [{("quality", False)}, {("thing", True)}]
    assert score(found, expected) == (0, 0) and score(found, expected, lambda term: term[0]) == (0.5, 1)
    assert score([set()], [set()]) == (0, 0)
    assert f1_interval(expected, expected) == (0.0, 1.0) and f1_interval(expected[:1], expected[:1]) == (1.0, 1.0)


def test_no_document_is_in_two_parts():
    rated = corpora.rated_sentences()
    parts = split(rated)
    assert sorted(map(id, rated)) == sorted(id(s) for part in parts for s in part)
    reviews = [{(s.genre, s.document) for s in part if s.genre in ("products", "editorials")} for part in parts]
    assert not reviews[0] & reviews[1] and not reviews[0] & reviews[2] and not reviews[1] & reviews[2]
    films = [{s.document // 50 for s in part if s.genre == "movies"} for part in parts]
    assert not films[0] & films[2]
    assert len(parts.train) / len(rated) == pytest.approx(0.6, abs=0.02) and split(rated) == parts
    assert all(abs(s.mean) >= 0.5 for s in clear(rated)) and 0 < len(clear(rated)) < len(rated)


def test_the_committed_answers_fit_the_split():
    parts = split(corpora.rated_sentences())
    for genre in ("movies", "products", "editorials", "tweets"):
        means = np.array([s.mean for s in parts.test if s.genre == genre])
        answers = fine_tuned.committed(genre)
        assert answers.shape == (len(fine_tuned.SEEDS), len(means))
        assert all(np.corrcoef(row, means)[0, 1] > 0.4 for row in answers)


def test_fine_tuning_begins_as_it_did():
    found, seconds = fine_tuned.fine_tune(0, n_texts=16)
    assert seconds > 0 and {genre: len(p) for genre, p in found.items()} == dict.fromkeys(found, 16)
    assert all(0 <= p <= 1 for row in found.values() for p in row)


@pytest.mark.parametrize("text", ["not great!", "table", "", "great but TERRIBLE ?? 😀"])
def test_pictures_say_what_they_show(text):
    found = Vader(LEXICON).explain(text)
    drawing = pictures.waterfall(found, text or "nothing")
    assert f"{found.scores.compound:+.4f}" in drawing.description
    boxes = drawing.texts
    assert not any(
        a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
        for i, a in enumerate(boxes) for b in boxes[:i]
    )  # fmt: skip
    arcs = pictures.aspect_arcs(SENTENCE.words, find_aspects(SENTENCE, LEXICON), "arcs")
    assert "screen +3.00 because of great" in arcs.description
