"""Each rule removes what it is about, and only that; running text passes."""

import pytest

from nlpjourney.assets import corpora
from nlpjourney.llm.data import GOPHER, filter_texts
from nlpjourney.llm.data import quality as q

PLAIN = (
    "The fire that broke out on the hill was seen from the harbour, and people who have lived here all their lives came to "
    "look at it with their children. Nobody was hurt. By evening rain had put it out, and those who had run up the road walked "
    "slowly home to a late supper of bread, cheese and soup, glad of a story to tell."
)


def test_running_text_passes():
    assert filter_texts([PLAIN]) == ([PLAIN], [])


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("words", "Too short to be worth it."),
        ("mean word length", PLAIN.replace(".", "") + " a b" * 400),
        ("symbols per word", PLAIN + " #" * 40),
        ("words with letters", PLAIN + " 12" * 40),
        ("stop words", "red green blue yellow purple orange " * 4 + " ".join(f"colour{i}x" for i in range(40))),
        ("bullet lines", "\n".join(f"- {line}" for line in PLAIN.replace(",", ".").split("."))),
        ("cut lines", "\n".join(f"{line.strip()} and more…" for line in PLAIN.split(".") if line.strip()[:1])),
        ("repeated lines", "\n".join([PLAIN, *["Home and about us"] * 4])),
        ("top bigram", PLAIN + " buy now" * 60),
        ("placeholder", PLAIN + " function() { return; }"),
    ],
)
def test_each_rule_removes_what_it_is_about(rule, text):
    kept, removed = filter_texts([text, PLAIN])
    assert kept == [PLAIN]
    assert [(r.index, r.rule) for r in removed] == [(0, rule)]


def test_the_measures_by_hand():
    assert q.n_words("don't go, Anna-Lena") == 3
    assert q.mean_word_length("a bcd") == 2
    assert q.mean_word_length("!!") == 0
    assert q.symbols_per_word("so # and so...") == pytest.approx(1 / 3)  # each kind for itself
    assert q.symbols_per_word("so... and so… #") == pytest.approx(2 / 3)
    assert q.words_with_letters("a 1 b 2") == 0.5
    assert q.stop_words("The THE and nothing") == 2
    assert q.repeated_lines("a\nb\na\na\n") == 0.5
    assert q.top_bigram("ab cd ab cd") == 1.0
    assert q.top_bigram("ab cd ef") == 0.0


def test_most_real_news_pass():
    news = corpora.lee_news()[0]
    kept, removed = filter_texts(news)
    assert len(kept) > 0.95 * len(news)
    assert len(kept) + len(removed) == len(news)
    assert {r.rule for r in removed} <= {rule.name for rule in GOPHER}
