"""Our VADER against vaderSentiment: the same four numbers on the rated sentences, and on what its rules ask for."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from nlpjourney.assets import corpora
from nlpjourney.errors import FileFormatError, InvalidInput
from nlpjourney.tasks.sentiment import Lexicon, Vader
from nlpjourney.tasks.sentiment.constants import read_constants

PEER = SentimentIntensityAnalyzer()
OURS = Vader()


def theirs(text):
    return list(PEER.polarity_scores(text).values())


def test_the_rated_sentences():
    texts = [s.text for s in corpora.rated_sentences()]
    assert len(texts) == 23_703
    assert np.array_equal(OURS.score_many(texts), [theirs(text) for text in texts])


VOCABULARY = (
    "good bad GOOD great horrible no not never NOT don't ISN'T isn’t without doubt so this SO but BUT at least very VERY least "
    "kind of sort just enough the shit bomb bad ass yeah right kiss death to die for bus stop beating heart badass or nor "
    "slightly SLIGHTLY marginal table Table :) :D :( ;) ... ! !! ?? ??? ???? (good) 'good' \"bad!\" x -- o_O <3 n't 😀 🤮good "
    "é É ÉTÉ ß İ ﬁne naïve\x1cgood good\xa0bad good\u2028bad \x85 ‘not’ can´t ☺️ 👍🏽"
)
TEXT = st.lists(st.sampled_from(VOCABULARY.split(" ")), max_size=14).map(" ".join)


@given(st.one_of(TEXT, TEXT.map(str.upper), st.text(max_size=40)))
@settings(max_examples=500, deadline=None)
@example("")
@example("   \n ")
@example("!!!!!! ????")
@example("good " * 500 + "but " + "bad " * 500)
@example("The plot was good, but the characters are uncompelling and the dialog is not great.")
def test_anything(text):
    expected = theirs(text)
    assert OURS.score_many([text])[0].tolist() == expected
    assert list(OURS.explain(text).scores) == expected


def test_many_texts_are_as_each_alone():
    texts = ["good", "", "not good 😀", "BAD but good", "déjà vu, great"]
    assert np.array_equal(OURS.score_many(texts), [OURS.scores(text) for text in texts])
    assert OURS.score_many([]).shape == (0, 4)


def test_the_explanation_names_the_rules():
    found = OURS.explain("The service was NOT very good, but the food was great!")
    rules = {judged.word: [step.rule for step in judged.steps] for judged in found.words if judged.steps}
    assert rules == {"good": ["lexicon", "booster", "negation", "but"], "great": ["lexicon", "but"]}
    assert found.total == sum(judged.valence for judged in found.words)
    assert found.punctuation == pytest.approx(0.292)


def test_a_lexicon_of_ones_own():
    own = Lexicon({"sick": 3.0}, {"well": 1.0}, frozenset(["nay"]), {}, {"★": "sick"})
    assert Vader(own).scores("sick").compound == round(3 / (9 + 15) ** 0.5, 4)
    assert Vader(own).scores("★") == Vader(own).scores("sick")
    assert Vader(own).scores("nay sick").compound < 0 < Vader(own).scores("well sick").compound
    with pytest.raises(InvalidInput, match="three words at most"):
        Lexicon({}, {}, frozenset(), {"a b c d": 1.0}, {})
    with pytest.raises(InvalidInput, match="no emoji"):
        Lexicon({}, {}, frozenset(), {}, {"x": "kiss"})


@pytest.mark.parametrize("wrong", ["good", [None], [b"good"], ["good", 3]])
def test_what_is_no_list_of_texts(wrong):
    with pytest.raises(InvalidInput, match="list of strings"):
        OURS.score_many(wrong)
    with pytest.raises(InvalidInput):
        OURS.explain(b"good")


def test_constants_are_read_and_not_run(tmp_path):
    file = tmp_path / "lists.py"
    file.write_text("import os\nA = 0.5\nB = C = {'x': A, 'y': -1}\nD = {('k', 1): set(('p', 'q'))}\nE = os.getcwd()\n")
    assert read_constants(file, ["B", "C"]) == {"B": {"x": 0.5, "y": -1}, "C": {"x": 0.5, "y": -1}}
    assert read_constants(file, ["D"]) == {"D": {("k", 1): {"p", "q"}}}
    with pytest.raises(FileFormatError, match="'E'"):
        read_constants(file, ["E"])
    file.write_text("A = (")
    with pytest.raises(FileFormatError, match="no Python"):
        read_constants(file, ["A"])
