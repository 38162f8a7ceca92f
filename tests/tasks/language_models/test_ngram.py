"""N-gram models against independent slow versions, against NLTK, and on odd input."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.lm import KneserNeyInterpolated, Lidstone
from nltk.util import everygrams

from nlpjourney.assets import corpora
from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.llm.generation import Options, generate
from nlpjourney.tasks.language_models import NGramModel, prune, read_arpa, write_arpa

WORDS = ["a", "b", "c", "é", "dd", "🙂"]
SENTENCES = st.lists(st.lists(st.sampled_from(WORDS), max_size=7), min_size=1, max_size=12)
KINDS = ["add_k", "katz", "kneser_ney", "modified_kneser_ney"]
HISTORIES = [(), ("<s>",), ("a",), ("<s>", "a"), ("a", "b"), ("b", "a", "é"), ("new",), ("new", "a")]
TEXT = ["a cat sat on the mat", "the dog sat", "a dog ran on the mat", "the the the", "naïve 🙂 cat"] * 2 + ["one more"]


def grams(sentences, n):
    """Counts of the n-grams of exactly n words."""
    padded = [("<s>", *s, "</s>") for s in sentences]
    return Counter(s[i : i + n] for s in padded for i in range(len(s) - n + 1))


def slow_add_k(sentences, order, vocabulary, k, word, history):
    history = history[-(order - 1) :] if order > 1 else ()
    counts = grams(sentences, order)
    total = sum(c for gram, c in counts.items() if gram[:-1] == history and gram != ("<s>",))
    return (
        (counts[(*history, word)] + k) / (total + k * len(vocabulary))
        if len(history) == order - 1
        else 1 / len(vocabulary)
    )


def slow_modified(sentences, order, vocabulary, word, history):
    """Chen and Goodman's formula, level by level, from definitions."""
    history = history[-(order - 1) :] if order > 1 else ()
    n = len(history) + 1

    def counted(level):
        raw = grams(sentences, level)
        raw.pop(("<s>",), None)
        if level == order:
            return raw
        longer = grams(sentences, level + 1)
        return {g: c if g[0] == "<s>" else len({x for x in longer if x[1:] == g}) for g, c in raw.items()}

    counts = counted(n)
    times = Counter(counts.values())
    d = [0.5, 1.0, 1.5]
    if all(times[r] for r in (1, 2, 3, 4)):
        y = times[1] / (times[1] + 2 * times[2])
        found = [r - (r + 1) * y * times[r + 1] / times[r] for r in (1, 2, 3)]
        if all(0 <= x <= r for r, x in enumerate(found, 1)):
            d = found
    after = {g[-1]: c for g, c in counts.items() if g[:-1] == history}
    lower = slow_modified(sentences, order, vocabulary, word, history[1:]) if history else 1 / len(vocabulary)
    if not after:
        return lower
    total, c = sum(after.values()), after.get(word, 0)
    free = sum(d[min(x, 3) - 1] for x in after.values())
    return (c - (d[min(c, 3) - 1] if c else 0)) / total + free / total * lower


def slow_katz(sentences, order, vocabulary, word, history):
    """Backoff as it is defined: seen words keep their discounted share, the others divide what is left."""
    history = history[-(order - 1) :] if order > 1 else ()
    n = len(history) + 1
    counts = grams(sentences, n)
    counts.pop(("<s>",), None)
    times = Counter(counts.values())
    a = 6 * times[6] / times[1] if times[1] else 1
    after = {g[-1]: c for g, c in counts.items() if g[:-1] == history}
    if not after:
        return slow_katz(sentences, order, vocabulary, word, history[1:])

    def factor(r):
        if r > 5 or a >= 1:
            return 1
        found = ((r + 1) * times[r + 1] / times[r] / r - a) / (1 - a)
        return found if 0 < found <= 1 else 1

    kept = {w: c * factor(c) for w, c in after.items()}
    total = sum(after.values())
    if total - sum(kept.values()) <= 1e-9 * max(total, 1):
        total += 1
    p = {w: c / total for w, c in kept.items()}
    if word in p:
        if n == 1 and not vocabulary - set(p):
            return p[word] / sum(p.values())
        return p[word]
    unseen = vocabulary - set(p)
    if n == 1:
        return (1 - sum(p.values())) / len(unseen)
    rest = 1 - sum(slow_katz(sentences, order, vocabulary, w, history[1:]) for w in p)
    return (
        (1 - sum(p.values())) / rest * slow_katz(sentences, order, vocabulary, word, history[1:]) if rest > 1e-9 else 0
    )


@given(SENTENCES, st.integers(1, 4), st.sampled_from(["add_k", "katz", "modified_kneser_ney"]))
@settings(max_examples=60, deadline=None)
def test_estimates_are_those_of_slow_ones(sentences, order, smoothing):
    model = NGramModel(order, smoothing, k=0.3).fit(sentences)
    vocabulary = {"<unk>", "</s>"} | {w for s in sentences for w in s}
    for history in HISTORIES:
        for word in vocabulary:
            if smoothing == "add_k":
                wanted = slow_add_k(sentences, order, vocabulary, 0.3, word, history)
                if order > 1 and len(history) < order - 1:
                    continue  # too short a history to have been counted
            elif smoothing == "katz":
                wanted = slow_katz(sentences, order, vocabulary, word, history)
            else:
                wanted = slow_modified(sentences, order, vocabulary, word, history)
            assert model.probability(word, history) == pytest.approx(wanted, rel=3e-6, abs=1e-12), (history, word)


def test_discounts_of_a_real_text_are_estimated():
    sentences = [line.split() for line in corpora.lee_news()[0][:40]]
    model = NGramModel(2).fit(sentences)
    pairs = grams(sentences, 2)
    times = Counter(pairs.values())
    y = times[1] / (times[1] + 2 * times[2])
    assert model.discounts[1] == pytest.approx([r - (r + 1) * y * times[r + 1] / times[r] for r in (1, 2, 3)])
    vocabulary = {"<unk>", "</s>"} | {w for s in sentences for w in s}
    for history, word in (((), "the"), (("of",), "the"), (("<s>",), "The"), (("the",), "</s>")):
        assert model.probability(word, history) == pytest.approx(
            slow_modified(sentences, 2, vocabulary, word, history), rel=1e-5
        )


@pytest.mark.parametrize("smoothing", KINDS)
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_every_distribution_adds_up_to_one(smoothing, order):
    model = NGramModel(order, smoothing).fit(TEXT)
    for small in (model, prune(model, 0.01)):
        for history in (*HISTORIES, ("on", "the", "mat"), ("<s>", "a", "cat")):
            spread = small.distribution(history)
            assert spread.sum() == pytest.approx(1, abs=1e-5) and spread[1] < 1e-90


def test_kneser_ney_is_nltks():
    sentences = [line.split() for line in corpora.lee_news()[0][:30]]
    theirs = KneserNeyInterpolated(2, discount=0.4)
    padded = [["<s>", *s, "</s>"] for s in sentences]
    theirs.fit([list(everygrams(s, max_len=2)) for s in padded], sorted({w for s in padded for w in s}))
    ours = NGramModel(2, "kneser_ney", discount=0.4).fit(sentences)
    pairs = [*sorted(grams(sentences, 2))[::60], ("the", "of"), ("<s>", "a"), ("Mr", "the")]
    for history, word in pairs:
        assert ours.probability(word, [history]) == pytest.approx(theirs.score(word, [history]), rel=1e-5)


def test_add_k_is_nltks():
    sentences = [["a", "b"], ["a", "c", "a"]]
    theirs = Lidstone(0.25, 2)
    padded = [["<s>", *s, "</s>"] for s in sentences]
    theirs.fit([list(everygrams(s, max_len=2)) for s in padded], ["a", "b", "c", "</s>"])  # and <unk>
    ours = NGramModel(2, "add_k", k=0.25).fit(sentences)
    for history in ("<s>", "a", "b"):
        for word in ("a", "b", "c", "</s>"):
            assert ours.probability(word, [history]) == pytest.approx(theirs.score(word, [history]), rel=1e-6)


def test_scores_batches_and_words_agree():
    model = NGramModel(3).fit(TEXT)
    odd = ["", " ", "the cat", "new words only", "the", "a  cat\tsat\n", "\u00a0", "a " * 300, *TEXT]
    batch = model.score_batch(odd)
    for sentence, score in zip(odd, batch):
        each = model.full_scores(sentence)
        assert (
            score
            == pytest.approx(sum(w.score for w in each))
            == pytest.approx(
                model.score(
                    sentence.split(" ")
                    if "  " not in sentence and sentence.strip() and "\t" not in sentence and not sentence.endswith(" ")
                    else sentence
                )
            )
        )
        assert each[-1].word == "</s>"
    assert model.score("", eos=False) == 0 and len(model.score_batch([])) == 0
    assert model.full_scores("on the mat")[2].length == 3 and model.full_scores("zz")[0].length == 1
    n = sum(len(s.split()) + 1 for s in TEXT)
    assert model.perplexity(TEXT) == pytest.approx(10 ** (-model.score_batch(TEXT).sum() / n))
    assert model.score("the cat", bos=False, eos=False) == pytest.approx(
        math.log10(model.probability("the")) + math.log10(model.probability("cat", ["the"])), abs=1e-6
    )


def test_rare_words_are_unknown():
    model = NGramModel(2, min_count=2).fit(["a a b", "b c"])
    assert model.vocabulary.words() == ["<unk>", "<s>", "</s>", "a", "b"]
    assert model.probability("c", ["b"]) == model.probability("never", ["b"]) == model.probability("<unk>", ["b"])


def test_wrong_input_is_refused_in_words():
    with pytest.raises(TypeError, match="did you forget the brackets"):
        NGramModel().fit("one string")
    with pytest.raises(ValueError, match="no sentence"):
        NGramModel().fit([])
    with pytest.raises(ValueError, match="must not be words"):
        NGramModel().fit(["a <s> b"])
    with pytest.raises(TypeError, match="not one with 3"):
        NGramModel().fit([["a", 3]])
    for wrong in (
        {"order": 0},
        {"smoothing": "good"},
        {"k": 0.0},
        {"k": float("nan")},
        {"discount": 1.5},
        {"min_count": 0},
    ):
        with pytest.raises(ValueError):
            NGramModel(**wrong).fit(TEXT)
    model = NGramModel().fit(TEXT)
    with pytest.raises(TypeError, match="list of words"):
        model.probability("a", "the cat")
    with pytest.raises(ValueError):
        model.perplexity([])
    with pytest.raises(ValueError, match="at least 0"):
        prune(model, -1.0)


def test_one_empty_sentence_is_enough():
    model = NGramModel(3).fit([""])
    assert model.probability("</s>", ["<s>"]) > 0.4
    assert NGramModel(4).fit([["x"] * 5000]).probability("x", ["x", "x", "x"]) > 0.99


def test_it_writes_by_the_one_loop():
    model = NGramModel(3).fit(TEXT)
    ids = generate(model, [1], Options(max_new_tokens=30, stop=[2], seed=3)).ids
    assert ids and all(id_ > 2 for id_ in ids)
    sequence, rest = model.start([1])
    logits = model.extend([sequence], [rest])
    assert np.exp(logits[0].numpy()[2:]).sum() == pytest.approx(1 - model.probability("<unk>", ["<s>"]), abs=1e-5)
    other = sequence.fork()
    model.extend([other], [[3]])
    assert len(sequence) == 1 and len(other) == 2
    other.truncate(1)
    assert other.state == sequence.state
    for wrong in ([[]], [[999]], [[0.5]]):
        with pytest.raises(ValueError):
            model.extend([sequence], wrong)


# Files


@pytest.mark.parametrize("smoothing", KINDS)
def test_arpa_files_come_back(smoothing, tmp_path):
    for model in (NGramModel(4, smoothing).fit(TEXT), prune(NGramModel(3, smoothing).fit(TEXT), 0.02)):
        write_arpa(model, tmp_path / "m.arpa")
        again = read_arpa(tmp_path / "m.arpa")
        assert again.n_ngrams == model.n_ngrams
        sentences = [*TEXT, "new the cat", "", "mat the on"]
        assert again.score_batch(sentences) == pytest.approx(model.score_batch(sentences), abs=1e-9)
        write_arpa(again, tmp_path / "again.arpa")
        assert (tmp_path / "again.arpa").read_bytes() == (tmp_path / "m.arpa").read_bytes()


BY_HAND = """some words before

\\data\\
ngram 1=4
ngram 2=2

\\1-grams:
-1.0\t</s>
-99\t<s>\t-0.5
-0.5 cat -0.25
-0.75\tdog\t0
\\2-grams:
-0.1\t<s> cat
-0.2\tcat dog

\\end\\
"""


def test_a_file_by_hand(tmp_path):
    file = tmp_path / "hand.arpa"
    file.write_text(BY_HAND)
    model = read_arpa(file)
    assert model.score("cat dog") == pytest.approx(-0.1 - 0.2 + 0 - 1.0)
    assert model.score("dog cat") == pytest.approx(-0.5 - 0.75 + 0 - 0.5 - 0.25 - 1.0)
    assert model.score("cat lion") == pytest.approx(-0.1 - 0.25 - 100 - 1.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("\\data\\", "data"), "cut off"), (("ngram 1=4", "ngram 2=4"), "expected 'ngram 1="), 
        (("ngram 1=4", "ngram 1=5"), "expected a number"),
        (("-0.1\t<s> cat", "-0.1\t<s> lion"), "no 1-gram"), (("-0.2\tcat dog", "-0.1\t<s> cat"), "twice"),
        (("-0.75", "0.75"), "0 or less"), (("-0.75", "nan"), "0 or less"), (("-0.75", "x"), "should be a number"),
        (("\\end\\", ""), "cut off"),
        (("-0.75\tdog", "-0.75\tcat"), "twice"), (("\\2-grams:", "\\3-grams:"), "expected '.2-grams:'"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(change, says, tmp_path):
    file = tmp_path / "wrong.arpa"
    file.write_text(BY_HAND.replace(*change))
    with pytest.raises(FileFormatError, match=says):
        read_arpa(file)


def test_what_no_arpa_file_can_hold(tmp_path):
    with pytest.raises(MissingFile):
        read_arpa(tmp_path / "absent")
    with pytest.raises(ValueError, match="white space"):
        write_arpa(NGramModel(2).fit([["a", " "]]), tmp_path / "m.arpa")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError):
        read_arpa(tmp_path / "binary")
    model = NGramModel(2).fit(["a\u00a0b c"])
    write_arpa(model, tmp_path / "m.arpa")
    assert read_arpa(tmp_path / "m.arpa").vocabulary.words()[3:] == ["a\u00a0b", "c"]


def test_a_missing_suffix_is_passed_over(tmp_path):
    """SRILM's pruned files may lack the end of an n-gram that they have."""
    file = tmp_path / "m.arpa"
    file.write_text(
        "\\data\\\nngram 1=4\nngram 2=1\nngram 3=1\n\\1-grams:\n-1 </s>\n-1 a -0.1\n-1 b -0.2\n-1 c\n\\2-grams:\n"
        "-0.3 a b -0.4\n\\3-grams:\n-0.5 a b c\n\\end\\\n"
    )
    assert read_arpa(file).score("a b c a", bos=False, eos=False) == pytest.approx(-1 - 0.3 - 0.5 - 1)


def test_pruning_drops_what_matters_least():
    model = NGramModel(3).fit(corpora.lee_news()[0][:60])
    held_out = corpora.lee_news()[0][60:70]
    sizes = [sum(prune(model, t).n_ngrams) for t in (0.0, 1e-6, 1e-5, 1e-4)]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < sizes[0] / 2
    assert prune(model, 1e-6).perplexity(held_out) < 1.2 * model.perplexity(held_out)


def test_counts_take_four_bytes():
    model = NGramModel(3).fit(["a b a b", "b a"])
    assert model.counts is not None and model.counts.dtype == np.int32
    assert model.counts[model.ngrams.of(1)].sum() == model.counts[0] == 10  # with the marks of both sentences
