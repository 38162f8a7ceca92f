"""Exercises of topic 1.5."""

import itertools
import math
import re
from collections import Counter, defaultdict

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: the bag


def bag(text):
    spaced = "".join(char if char.isalnum() else " " for char in text.lower())
    return dict(Counter(spaced.split()))


def capitals_kept(text):
    spaced = "".join(char if char.isalnum() else " " for char in text)
    return dict(Counter(spaced.split()))


def punctuation_kept(text):
    return dict(Counter(text.lower().split()))


def presence_only(text):
    return {word: 1 for word in bag(text)}


def empty_word_counted(text):
    spaced = "".join(char if char.isalnum() else " " for char in text.lower())
    return dict(Counter(spaced.split(" ")))


def last_word_lost(text):
    counts, word = {}, ""
    for char in text.lower():
        if char.isalnum():
            word += char
        elif word:
            counts[word] = counts.get(word, 0) + 1
            word = ""
    return counts


def punctuation_glues(text):
    kept = "".join(char for char in text.lower() if char.isalnum() or char.isspace())
    return dict(Counter(kept.split()))


def underscore_kept(text):
    return dict(Counter(re.findall(r"\w+", text.lower())))


def bag_as_counter(text):
    return Counter("".join(c if c.isalnum() else " " for c in text.lower()).split())


def bag_by_regex(text):
    counts = defaultdict(int)
    for word in re.findall(r"[^\W_]+", text.lower()):
        counts[word] += 1
    return counts


def bag_by_groups(text):
    words = ["".join(run) for kept, run in itertools.groupby(text.lower(), str.isalnum) if kept]
    return {word: words.count(word) for word in words}


# b: n-grams


def ngrams(words, n):
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]


def last_one_missed(words, n):
    return [" ".join(words[i : i + n]) for i in range(len(words) - n)]


def runs_beyond_the_end(words, n):
    return [" ".join(words[i : i + n]) for i in range(len(words))]


def no_overlap(words, n):
    return [" ".join(words[i : i + n]) for i in range(0, len(words) - n + 1, n)]


def up_to_n(words, n):
    return [" ".join(words[i : i + m]) for m in range(1, n + 1) for i in range(len(words) - m + 1)]


def not_joined(words, n):
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def glued(words, n):
    return ["".join(words[i : i + n]) for i in range(len(words) - n + 1)]


def ngrams_by_zip(words, n):
    return list(map(" ".join, zip(*(words[i:] for i in range(n)))))


def ngrams_by_while(words, n):
    result, start = [], 0
    while start + n <= len(words):
        run = words[start]
        for word in words[start + 1 : start + n]:
            run += " " + word
        result.append(run)
        start += 1
    return result


def ngrams_by_recursion(words, n):
    if len(words) < n:
        return ()
    return (" ".join(words[:n]), *ngrams_by_recursion(words[1:], n))


# c: idf


def idf(bags):
    df = Counter(word for counts in bags for word in counts)
    return {word: math.log((1 + len(bags)) / (1 + n)) + 1 for word, n in df.items()}


def counts_occurrences(bags):
    tf = Counter()
    for counts in bags:
        tf.update(counts)
    return {word: math.log((1 + len(bags)) / (1 + n)) + 1 for word, n in tf.items()}


def not_smoothed(bags):
    df = Counter(word for counts in bags for word in counts)
    return {word: math.log(len(bags) / n) + 1 for word, n in df.items()}


def without_the_one(bags):
    df = Counter(word for counts in bags for word in counts)
    return {word: math.log((1 + len(bags)) / (1 + n)) for word, n in df.items()}


def base_two(bags):
    df = Counter(word for counts in bags for word in counts)
    return {word: math.log2((1 + len(bags)) / (1 + n)) + 1 for word, n in df.items()}


def upside_down(bags):
    df = Counter(word for counts in bags for word in counts)
    return {word: math.log((1 + n) / (1 + len(bags))) + 1 for word, n in df.items()}


def df_itself(bags):
    return dict(Counter(word for counts in bags for word in counts))


def base_ten(bags):
    df = Counter(word for counts in bags for word in counts)
    return {word: math.log10((1 + len(bags)) / (1 + n)) + 1 for word, n in df.items()}


def n_counts_words(bags):
    df = Counter(word for counts in bags for word in counts)
    n_words = sum(sum(counts.values()) for counts in bags)
    return {word: math.log((1 + n_words) / (1 + n)) + 1 for word, n in df.items()}


def n_counts_different_words(bags):
    df = Counter(word for counts in bags for word in counts)
    return {word: math.log((1 + len(df)) / (1 + n)) + 1 for word, n in df.items()}


def idf_by_numpy(bags):
    words = sorted({word for counts in bags for word in counts})
    df = np.array([[word in counts for word in words] for counts in bags]).sum(axis=0)
    return dict(zip(words, np.log((1 + len(bags)) / (1 + df)) + 1))


def idf_by_sum(bags):
    result = {}
    for word in itertools.chain.from_iterable(bags):
        df = sum(1 for counts in bags if word in counts)
        result[word] = 1 + math.log1p(len(bags)) - math.log1p(df)
    return result


def idf_by_defaultdict(bags):
    seen_in = defaultdict(set)
    for i, counts in enumerate(bags):
        for word in counts:
            seen_in[word].add(i)
    return {w: np.log((len(bags) + 1) / (len(texts) + 1)) + 1 for w, texts in seen_in.items()}


# d: cosine


def cosine(a, b):
    dot = sum(weight * b.get(word, 0.0) for word, weight in a.items())
    length = math.sqrt(sum(w * w for w in a.values())) * math.sqrt(sum(w * w for w in b.values()))
    return dot / length if length else 0.0


def dot_only(a, b):
    return sum(weight * b.get(word, 0.0) for word, weight in a.items())


def empty_fails(a, b):
    dot = sum(weight * b.get(word, 0.0) for word, weight in a.items())
    return dot / (math.sqrt(sum(w * w for w in a.values())) * math.sqrt(sum(w * w for w in b.values())))


def root_forgotten(a, b):
    dot = sum(weight * b.get(word, 0.0) for word, weight in a.items())
    length = sum(w * w for w in a.values()) * sum(w * w for w in b.values())
    return dot / length if length else 0.0


def sums_for_lengths(a, b):
    dot = sum(weight * b.get(word, 0.0) for word, weight in a.items())
    length = sum(map(abs, a.values())) * sum(map(abs, b.values()))
    return dot / length if length else 0.0


def shared_words_only(a, b):
    shared = set(a) & set(b)
    dot = sum(a[w] * b[w] for w in shared)
    length = math.sqrt(sum(a[w] ** 2 for w in shared)) * math.sqrt(sum(b[w] ** 2 for w in shared))
    return dot / length if length else 0.0


def overlap(a, b):
    return len(set(a) & set(b)) / len(set(a) | set(b)) if a or b else 0.0


def cosine_by_numpy(a, b):
    words = sorted(a.keys() | b.keys())
    x, y = (np.array([vector.get(word, 0.0) for word in words]) for vector in (a, b))
    lengths = np.linalg.norm(x) * np.linalg.norm(y)
    return x @ y / lengths if lengths > 0 else 0


def cosine_of_unit_vectors(a, b):
    units = []
    for vector in (a, b):
        length = math.hypot(*vector.values())
        if length == 0:
            return 0.0
        units.append({word: weight / length for word, weight in vector.items()})
    return sum(units[0][word] * units[1][word] for word in units[0] if word in units[1])


def cosine_by_loops(a, b):
    dot = squares_a = squares_b = 0.0
    for word in set(a).union(b):
        x, y = a.get(word, 0), b.get(word, 0)
        dot += x * y
        squares_a += x**2
        squares_b += y**2
    try:
        return dot / (squares_a * squares_b) ** 0.5
    except ZeroDivisionError:
        return 0.0


# e: pmi


def pmi(words):
    singles, pairs, n = Counter(words), Counter(zip(words, words[1:])), len(words)
    return {(a, b): math.log2(count * n / (singles[a] * singles[b])) for (a, b), count in pairs.items()}


def natural_log(words):
    return {pair: score * math.log(2) for pair, score in pmi(words).items()}


def no_log(words):
    return {pair: 2**score for pair, score in pmi(words).items()}


def n_forgotten(words):
    singles, pairs = Counter(words), Counter(zip(words, words[1:]))
    return {(a, b): math.log2(count / (singles[a] * singles[b])) for (a, b), count in pairs.items()}


def pairs_in_any_order(words):
    singles, n = Counter(words), len(words)
    pairs = Counter(tuple(sorted(pair)) for pair in zip(words, words[1:]))
    return {(a, b): math.log2(count * n / (singles[a] * singles[b])) for (a, b), count in pairs.items()}


def every_second_pair(words):
    singles, pairs, n = Counter(words), Counter(zip(words[::2], words[1::2])), len(words)
    return {(a, b): math.log2(count * n / (singles[a] * singles[b])) for (a, b), count in pairs.items()}


def only_the_first_word(words):
    singles, pairs, n = Counter(words), Counter(zip(words, words[1:])), len(words)
    return {(a, b): math.log2(count * n / singles[a]) for (a, b), count in pairs.items()}


def n_minus_one(words):
    singles, pairs, n = Counter(words), Counter(zip(words, words[1:])), len(words) - 1
    return {(a, b): math.log2(count * n / (singles[a] * singles[b])) for (a, b), count in pairs.items()}


def pairs_by_their_number(words):
    singles, pairs, n = Counter(words), Counter(zip(words, words[1:])), len(words)
    return {(a, b): math.log2(count / (n - 1) * n * n / (singles[a] * singles[b])) for (a, b), count in pairs.items()}


def pmi_by_probabilities(words):
    def p(count):
        return count / len(words)

    pairs = list(itertools.pairwise(words))
    return {
        pair: math.log(p(pairs.count(pair)) / (p(words.count(pair[0])) * p(words.count(pair[1]))), 2)
        for pair in set(pairs)
    }


def pmi_by_logarithms(words):
    singles, pairs = defaultdict(int), defaultdict(int)
    for i, word in enumerate(words):
        singles[word] += 1
        if i:
            pairs[words[i - 1], word] += 1
    log2 = np.log2
    return {(a, b): log2(k) + log2(len(words)) - log2(singles[a]) - log2(singles[b]) for (a, b), k in pairs.items()}


def pmi_by_matrix(words):
    different = sorted(set(words))
    index = {word: i for i, word in enumerate(different)}
    together = np.zeros((len(different), len(different)))
    for a, b in zip(words, words[1:]):
        together[index[a], index[b]] += 1
    single = np.array([words.count(word) for word in different], dtype=float)
    return {
        (different[i], different[j]): np.log2(together[i, j] * len(words) / (single[i] * single[j]))
        for i, j in np.argwhere(together)
    }


WORDS = st.lists(st.sampled_from(["a", "b", "c", "cat"]), max_size=8)
BAGS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(1, 4), max_size=4), min_size=1, max_size=5
)
VECTORS = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(-5, 5).map(float), max_size=4)

EXERCISES = [
    Exercise(
        id="1.5.a",
        title="A bag of words",
        difficulty=1,
        task="""
            Write `bag(text)`: a dictionary from each word to how often it occurs. A word is a maximal run of letters and digits (`str.isalnum`); everything
            else separates words; capitals do not matter.

            `bag("The cat, the CAT!")` is `{"the": 2, "cat": 2}`.
        """,
        function="bag",
        examples=[
            ("The cat, the CAT!",),
            ("",),
            ("one",),
            ("  two   spaces ",),
            ("don't-stop",),
            ("café Café 42",),
            ("...",),
            ("a\tb\nb",),
            ("snake_case",),
        ],
        inputs=st.tuples(st.text(alphabet="aAbB é1 ,.-_'\n", max_size=20)),
        reference=bag,
        wrong=[
            Wrong(capitals_kept, "“The” and “the” are one word here: lower-case the text first."),
            Wrong(
                punctuation_kept,
                "A comma or full stop at a word's end is no part of it: `split()` alone is not enough.",
            ),
            Wrong(underscore_kept, "The underscore is neither a letter nor a digit, but `\\w` matches it, too."),
            Wrong(presence_only, "Count how often a word occurs, not whether it does."),
            Wrong(empty_word_counted, "An empty string is no word: two separators in a row must not count one."),
            Wrong(last_word_lost, "The text may end without a separator: the last word counts too."),
            Wrong(punctuation_glues, "A separator separates: “don't-stop” is three words, not one."),
        ],
        hints=[
            "Turn everything that is not alphanumeric into a space, then `split()`.",
            "`collections.Counter` counts a list.",
        ],
        explanation="Cut, then count. `split()` without an argument never gives an empty string.",
        beyond="`re.findall(r'\\w+', text.lower())` is shorter (and counts the underscore as a letter). What is a word is a decision: *don't* became *don* and *t*.",
    ),
    Exercise(
        id="1.5.b",
        title="n-grams",
        difficulty=1,
        task="""
            Write `ngrams(words, n)`: all runs of `n` neighbouring words, in order, each joined by single spaces.

            `ngrams(["to", "be", "or", "not"], 2)` is `["to be", "be or", "or not"]`; if there are fewer than `n` words, there are none.
        """,
        function="ngrams",
        examples=[
            (["to", "be", "or", "not"], 2),
            (["to", "be", "or", "not"], 1),
            (["to", "be", "or", "not"], 3),
            (["to", "be"], 3),
            ([], 1),
            (["a"], 1),
            (["a", "a", "a", "a"], 2),
        ],
        inputs=st.tuples(WORDS, st.integers(1, 4)),
        reference=ngrams,
        wrong=[
            Wrong(last_one_missed, "The last run is missing: m words have m - n + 1 runs of n."),
            Wrong(runs_beyond_the_end, "The runs at the end are too short: stop where n words are left."),
            Wrong(no_overlap, "Runs overlap: the next one starts one word later, not n."),
            Wrong(up_to_n, "Return only runs of exactly n words."),
            Wrong(not_joined, "Join the words of a run to one string."),
            Wrong(
                glued, "There is a space between the words of a run; without it, “a bc” and “ab c” would be the same."
            ),
        ],
        hints=["The run that starts at i is `words[i:i + n]`.", "i goes from 0 to `len(words) - n`, both included."],
        explanation="m words have m - n + 1 runs; `range` of a negative number is empty, so short texts need no special case.",
        beyond="A vectorizer does not build these strings: it numbers the words and hashes pairs of numbers.",
    ),
    Exercise(
        id="1.5.c",
        title="Inverse document frequency",
        difficulty=2,
        task="""
            `bags` has a dictionary of word counts for each document. Write `idf(bags)`: for every word ln((1 + n) / (1 + df)) + 1, where n is the number of
            documents and df the number of documents that contain the word.

            For `[{"a": 3}, {"a": 1, "b": 1}]` the result is `{"a": 1.0, "b": 1.405…}`. (`math` is imported.)
        """,
        function="idf",
        examples=[
            ([{"a": 3}, {"a": 1, "b": 1}],),
            ([{}],),
            ([{"a": 1}],),
            ([{"a": 9}, {}, {"b": 2, "a": 1}, {"c": 1}],),
        ],
        inputs=st.tuples(BAGS),
        reference=idf,
        wrong=[
            Wrong(
                counts_occurrences,
                "df counts documents, not occurrences: a word that comes three times in one document counts once.",
            ),
            Wrong(not_smoothed, "Both sides of the fraction get a 1 (“smoothing”)."),
            Wrong(
                without_the_one,
                "The +1 behind the logarithm is missing: without it, words that all documents have would vanish.",
            ),
            Wrong(base_two, "Take the natural logarithm (`math.log`), not the one to the base 2."),
            Wrong(base_ten, "Take the natural logarithm (`math.log`), not the one to the base 10."),
            Wrong(n_counts_words, "n is the number of documents, not of words."),
            Wrong(n_counts_different_words, "n is the number of documents, not of different words."),
            Wrong(upside_down, "The fraction stands on its head: rarer words must get more."),
            Wrong(df_itself, "This is the document frequency; put it into the formula of the task."),
        ],
        hints=[
            "First count for each word the bags that have it as a key.",
            "A `Counter` over all keys of all bags gives every df; one dictionary comprehension then writes the formula down.",
        ],
        explanation="The keys of a bag are its different words, so going through the keys counts each document once.",
        beyond="There are a dozen idf formulas; BM25's (topic 2.6) may even be negative. Never mix the idf of one collection with the counts of another.",
    ),
    Exercise(
        id="1.5.d",
        title="Cosine of sparse vectors",
        difficulty=2,
        task="""
            Two texts as sparse vectors: dictionaries from word to weight, missing words weigh 0. Write `cosine(a, b)`: the dot product divided by both lengths
            (a length is the square root of the sum of squares). If one of them has length 0, the cosine is 0.

            `cosine({"cat": 1.0, "sat": 1.0}, {"cat": 2.0})` is 0.7071…
        """,
        function="cosine",
        examples=[
            ({"cat": 1.0, "sat": 1.0}, {"cat": 2.0}),
            ({"a": 3.0, "b": 4.0}, {"a": 3.0, "b": 4.0}),
            ({}, {"a": 1.0}),
            ({}, {}),
            ({"a": 1.0}, {"b": 1.0}),
            ({"a": 1.0, "b": 2.0, "c": 2.0}, {"b": -3.0, "c": 4.0}),
            ({"a": 0.0}, {"a": 1.0}),
        ],
        inputs=st.tuples(VECTORS, VECTORS),
        reference=cosine,
        wrong=[
            Wrong(dot_only, "The dot product grows with the texts' lengths: divide by both lengths."),
            Wrong(empty_fails, "A text without words has length 0: the answer is 0, not a division by zero."),
            Wrong(root_forgotten, "A length is the square root of the sum of squares."),
            Wrong(sums_for_lengths, "The Euclidean length is meant: squares, sum, square root."),
            Wrong(shared_words_only, "The length counts all words of a text, not only the shared ones."),
            Wrong(overlap, "This ignores the weights: it is the share of common words (Jaccard)."),
        ],
        hints=[
            "For the dot product, go through one dictionary and look up in the other: `b.get(word, 0.0)`.",
            "Compute both lengths first; if their product is 0, return 0.0.",
        ],
        explanation="Only words of both texts add to the dot product, so one pass over one dictionary is enough; the lengths need all words.",
        beyond="Go through the shorter dictionary. If all vectors are scaled to length 1 once, the cosine is the dot product, and a matrix product gives all of them.",
    ),
    Exercise(
        id="1.5.e",
        title="Pointwise mutual information",
        difficulty=3,
        task="""
            Write `pmi(words)` for a list of words: for each pair of neighbours (a, b), in this order,

            log2( count(a b) · n / (count(a) · count(b)) )

            with n = `len(words)`. In words: how many times as often the two stand together as they would by chance, as a power of two.

            `pmi(["new", "york", "is", "new"])` gives `("new", "york")` the value log2(1 · 4 / (2 · 1)) = 1.0. (`math` is imported.)
        """,
        function="pmi",
        examples=[
            (["new", "york", "is", "new"],),
            ([],),
            (["a"],),
            (["a", "a", "a"],),
            (["a", "b", "a", "b", "c"],),
            (["b", "a", "b"],),
        ],
        inputs=st.tuples(WORDS),
        reference=pmi,
        wrong=[
            Wrong(natural_log, "Take the logarithm to the base 2 (`math.log2`), not the natural one."),
            Wrong(no_log, "The logarithm is missing."),
            Wrong(n_forgotten, "The counts must become probabilities: the factor n is missing."),
            Wrong(pairs_in_any_order, "(a, b) and (b, a) are different pairs."),
            Wrong(every_second_pair, "Every two neighbours are a pair, not only every second."),
            Wrong(n_minus_one, "n is the number of words, although there is one pair less."),
            Wrong(
                pairs_by_their_number,
                "There are n - 1 pairs, but this definition divides both counts by n: use the formula as it is.",
            ),
            Wrong(only_the_first_word, "Divide by the counts of both words."),
        ],
        hints=[
            "Two counters: one of words, one of `zip(words, words[1:])`.",
            "Go through the pairs that occur: each has its own count, and the first counter knows the counts of its two words.",
        ],
        explanation="It is p(ab) / (p(a) p(b)) with p = count / n; one n cancels. (n words have n - 1 pairs; dividing by n for both is Church and Hanks' simplification, and hardly matters in a long text.)",
        beyond="A pair that occurs once, of words that occur once, gets the highest value of all. So demand a least count, or use the likelihood ratio.",
    ),
]

RIGHT = {  # other styles, which must pass as well
    "1.5.a": [bag_as_counter, bag_by_regex, bag_by_groups],
    "1.5.b": [ngrams_by_zip, ngrams_by_while, ngrams_by_recursion],
    "1.5.c": [idf_by_numpy, idf_by_sum, idf_by_defaultdict],
    "1.5.d": [cosine_by_numpy, cosine_of_unit_vectors, cosine_by_loops],
    "1.5.e": [pmi_by_probabilities, pmi_by_logarithms, pmi_by_matrix],
}

QUESTIONS = [
    Question(
        id="1.5.q1",
        text="Which two texts have the same bag of words?",
        choices=[
            "“a dog and a cat” and “the dog and the cat”",
            "“no cat, but a dog” and “not a cat, but a dog”",
            "“man bites dog again” and “dog bites man again”",
            "“one cat, one dog” and “one cat and one dog”",
        ],
        answer=2,
        explanation="Order is what a bag forgets. The others differ in a word or in a count.",
    ),
    Question(
        id="1.5.q2",
        text="A word occurs in every document of the collection. What is ln((1 + n) / (1 + df)) + 1?",
        choices=["0", "1", "2", "n"],
        answer=1,
        explanation="The fraction is 1, its logarithm 0, and the last + 1 keeps the word with the least weight.",
    ),
    Question(
        id="1.5.q3",
        text="Why is a count matrix stored sparse?",
        choices=[
            "Because nearly all of its cells are 0",
            "Because its cells hold only small integers",
            "Because idf turns most weights into 0",
            "Because many of its rows are the same",
        ],
        answer=0,
        explanation="A text has a few hundred of a hundred thousand words; the full table would be hundreds of times as large.",
    ),
    Question(
        id="1.5.q4",
        text="You fit a TfidfVectorizer on training and test texts together. What is wrong with that?",
        choices=[
            "The test texts get other columns than the training texts, so they do not fit together",
            "The idf of all words falls, since a larger collection has more texts for each word",
            "The rows are no longer of length 1, so that the cosines of the test texts are too small",
            "The idf and the columns have seen the test texts, so accuracy may come out too good",
        ],
        answer=3,
        explanation="Whatever is learned must be learned from the training texts alone. Without labels little leaks, but the estimate is no longer clean.",
    ),
    Question(
        id="1.5.q5",
        text="What do you lose with the hashing trick?",
        choices=[
            "The columns of words that come up later",
            "The sparse form that the matrix had",
            "The way back from a column to its word",
            "The right to divide rows by their length",
        ],
        answer=2,
        explanation="Nothing is stored, so nobody knows any more which words a column stands for; and some share one.",
    ),
    Question(
        id="1.5.q6",
        text="Which measure ranks a pair that occurs once, of two words that occur once, on top?",
        choices=[
            "Frequency of the pair",
            "Mutual information (PMI)",
            "Log-likelihood ratio (G²)",
            "Student's t statistic",
        ],
        answer=1,
        explanation="PMI compares with chance and ignores how little evidence one occurrence is.",
    ),
]
