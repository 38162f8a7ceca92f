"""A small exercise with its wrong answers, for the tests of the grader."""

from collections import Counter

from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Wrong


def count_words(words):
    return dict(Counter(words))


def only_ones(words):
    return {word: 1 for word in words}


def last_word_missed(words):
    return dict(Counter(words[:-1]))


def pairs_instead(words):
    return sorted(Counter(words).items())


def nothing(words):
    return {}


def lower_cased(words):
    return dict(Counter(word.lower() for word in words))


COUNT = Exercise(
    id="9.9.a",
    title="Count words",
    difficulty=1,
    task="How often does each word occur?",
    function="count_words",
    examples=[(["a", "b", "a"],), ([],), (["B", "b"],)],
    inputs=st.tuples(st.lists(st.sampled_from(["a", "b", "C"]), max_size=8)),
    reference=count_words,
    wrong=[
        Wrong(only_ones, "A word that comes again must count again."),
        Wrong(last_word_missed, "The last word counts too."),
        Wrong(pairs_instead, "A dict is asked for, not a list of pairs."),
        Wrong(nothing, "Nothing is counted yet."),
        Wrong(lower_cased, "Capitals make a different word."),
    ],
    hints=["A dict from word to count.", "`counts.get(word, 0) + 1`"],
    explanation="One pass.",
    beyond="collections.Counter.",
)

RIGHT = """
def count_words(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
"""
