"""Our scorer against TextBlob: the same polarity and subjectivity on the rated sentences, and on made-up texts."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nltk.sentiment.util import mark_negation as nltk_marks
from textblob import TextBlob

from nlpjourney.assets import corpora
from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.sentiment import PatternAnalyzer, mark_negation, words

OURS = PatternAnalyzer()
VOCABULARY = (
    "good bad great terrible terribly really very not never no n't isn't a is film the utterly happy! sad. (good) \"bad\" ( ! ) "
    "(!) ! ... ? e.g. U.S. Mr. \n\n it's “great” ’tis :-) 8-) <3 ♥ x-x Ünï ÉTÉ 3rd - end-of-sentence ' '' n 't less"
)
TEXT = st.lists(st.sampled_from(VOCABULARY.split(" ")), max_size=14).map(" ".join)


def test_the_rated_sentences():
    texts = [s.text for s in corpora.rated_sentences()]
    assert [tuple(OURS.score(text)) for text in texts] == [tuple(TextBlob(text).sentiment) for text in texts]


@given(st.one_of(TEXT, st.text(alphabet="abcé .,!?'\n()-", max_size=40)))
@settings(max_examples=600, deadline=None)
@example("")
@example("not very good")
@example("It isn't good.")
@example("good " * 3000)
def test_anything(text):
    assert tuple(OURS.score(text)) == tuple(TextBlob(text).sentiment)


def test_what_was_assessed():
    [found] = OURS.assess("It was not very good")
    assert found.words == ("not", "very", "good") and found.polarity == pytest.approx(-0.5 * 0.7 / 1.3)
    with pytest.raises(InvalidInput, match="string, not bytes"):
        OURS.score(b"good")


@given(
    st.lists(st.sampled_from(["good", "not", "film", "isn't", "never", ".", ",", "!", "no", "café", ":"]), max_size=12)
)
@settings(max_examples=200, deadline=None)
def test_negation_is_marked_as_nltk_marks_it(tokens):
    theirs = [f"NOT_{token[:-4]}" if token.endswith("_NEG") else token for token in nltk_marks(list(tokens))]
    assert mark_negation(tokens) == theirs


def test_words():
    assert words("It ISN’T bad, isn't it? 10/10!") == ["it", "isn't", "bad", ",", "isn't", "it", "?", "10", "10", "!"]
    assert words("Ça va été_là") == ["ça", "va", "été", "là"]
    assert words("") == mark_negation([]) == []
