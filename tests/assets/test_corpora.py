"""Real text: what the functions promise, on the real files."""

import numpy as np
import pytest

from nlpjourney.assets import corpora
from nlpjourney.assets.corpora import Document


def test_english_text_has_exactly_the_bytes_asked_for():
    assert len(corpora.english_text(1_000_000).encode()) in range(999_997, 1_000_001)
    assert corpora.english_text(1_000_000) == corpora.english_text(2_000_000)[: len(corpora.english_text(1_000_000))]
    with pytest.raises(ValueError, match="were asked for"):
        corpora.english_text(10**12)


def test_there_are_fifty_megabytes_of_english():
    assert len(corpora.english_text().encode()) > 49_999_990


def test_labelled_posts_and_news():
    posts = corpora.newsgroups()
    assert len(posts) == 18_821 and len({p.label for p in posts}) == 20
    assert len(corpora.newsgroups("train")) + len(corpora.newsgroups("test")) == len(posts)
    assert len({n.label for n in corpora.reuters()}) == 52
    with pytest.raises(ValueError, match="subset must be"):
        corpora.newsgroups("dev")


def test_lee_news_with_human_similarities():
    background, judged, similarity = corpora.lee_news()
    assert (len(background), len(judged), similarity.shape) == (300, 50, (50, 50))
    assert np.allclose(similarity, similarity.T) and np.allclose(np.diag(similarity), 1)


def test_wikipedia_has_no_markup_left():
    articles = corpora.wikipedia()
    assert len(articles) > 90
    text = articles["Anarchism"]
    assert len(text) > 10_000
    assert "[[" not in text and "{{" not in text and "<ref" not in text


def test_translations():
    assert {"de", "ja", "ar", "hi"} <= set(corpora.django_languages())
    pairs = dict(corpora.django_messages("de"))
    assert pairs["Yes"] == "Ja"
    with pytest.raises(ValueError, match="no language 'xx'"):
        corpora.django_messages("xx")


def test_the_rest_is_there():
    assert len(corpora.tales()) > 50 and len(corpora.shakespeare()) > 30 and len(corpora.django_docs()) > 200
    assert all(len(turns) >= 1 for subject in corpora.dialogues().values() for turns in subject)


def test_what_is_on_request_is_read_from_its_own_form(monkeypatch, tmp_path):
    """Texts of ours in the form of theirs: those whose terms restrict their use are not fetched for a test."""
    questions = tmp_path / "questions"
    questions.write_bytes(
        "LOC:city What is caf\xe9 society ?\nHUM:ind Who ?\n\nLOC:city What is caf\xe9 society ?\n".encode("latin-1")
    )
    monkeypatch.setattr("nlpjourney.assets.corpora.trec.path", {"trec-questions": questions}.__getitem__)
    assert corpora.trec_questions() == [
        Document("What is café society ?", "LOC:city"),
        Document("Who ?", "HUM:ind"),
    ]
    news = tmp_path / "bbcnews" / "data"
    for name, content in (
        ("tech/002.txt", b"Two\n\nb \xa3 c"),
        ("tech/001.txt", "One\n\na £ b".encode()),
        ("business/009.txt", b"x"),
    ):
        (news / name).parent.mkdir(parents=True, exist_ok=True)
        (news / name).write_bytes(content)
    monkeypatch.setattr("nlpjourney.assets.corpora.bbc.path", {"bbc-news": tmp_path}.__getitem__)
    assert corpora.bbc_news() == [
        Document("x", "business"),
        Document("One\n\na £ b", "tech"),
        Document("Two\n\nb \ufffd c", "tech"),
    ]


def test_messages_and_headlines():
    messages, headlines = corpora.sms_spam(), corpora.headlines()
    assert len(messages) == 5574 and sum(m.label == "spam" for m in messages) == 747
    assert len(headlines) == 28_614 and sum(h.label == "satire" for h in headlines) == 13_630
    assert len({h.text for h in headlines}) == 28_498
    assert all(m.text.strip() and "\nham\t" not in m.text for m in [*messages, *headlines])


def test_rated_sentences():
    rated = corpora.rated_sentences()
    assert len(rated) == 23_703 and len({s.genre for s in rated}) == 4
    off = [s for s in rated if abs(s.mean - np.mean(s.ratings)) > 0.011]
    assert len(off) == 196 and {s.genre for s in off} == {"tweets"}
    assert all(-4 <= rating <= 4 for s in rated for rating in s.ratings)
    assert min(len(s.ratings) for s in rated) == 15
    assert [s.text for s in rated if "\x85" in s.text or "\u2028" in s.text] == []
    assert {s.document for s in corpora.rated_sentences(["products"])} <= set(range(1, 310))
    with pytest.raises(ValueError, match="no genre 'songs'"):
        corpora.rated_sentences(["songs"])
