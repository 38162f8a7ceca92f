"""The exercises of topic 2.5: valences bent by words before them, the squashed sum, NOT_, weighted kappa, and opinions linked to aspects."""

import math

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: boosters and negations


def _bent(tokens, lexicon, boosters, negations, *, shares=(1.0, 0.95, 0.9), flip=-0.74, order="near", toward=False,
          negation_first=False, window=3, lower=True):  # fmt: skip
    found = []
    for i, token in enumerate(tokens):
        valence = lexicon.get(token.lower() if lower else token, 0.0)
        distances = range(1, window + 1)
        for distance in distances if order == "near" else reversed(distances):
            if not valence or i < distance:
                continue
            before = tokens[i - distance].lower() if lower else tokens[i - distance]
            if negation_first and before in negations:
                valence *= flip
            change = boosters.get(before, 0.0) * shares[min(distance, 3) - 1]
            valence += change if valence > 0 or toward else -change
            if not negation_first and before in negations:
                valence *= flip
        found.append(valence)
    return found


def valences(tokens, lexicon, boosters, negations):
    return _bent(tokens, lexicon, boosters, negations)


def only_the_word_before(tokens, lexicon, boosters, negations):
    return _bent(tokens, lexicon, boosters, negations, window=1)


def boosters_always_added(tokens, lexicon, boosters, negations):
    return _bent(tokens, lexicon, boosters, negations, toward=True)


def far_words_first(tokens, lexicon, boosters, negations):
    return _bent(tokens, lexicon, boosters, negations, order="far")


def no_fading(tokens, lexicon, boosters, negations):
    return _bent(tokens, lexicon, boosters, negations, shares=(1.0, 1.0, 1.0))


def turned_round_wholly(tokens, lexicon, boosters, negations):
    return _bent(tokens, lexicon, boosters, negations, flip=-1.0)


def case_matters(tokens, lexicon, boosters, negations):
    return _bent(tokens, lexicon, boosters, negations, lower=False)


def negated_once(tokens, lexicon, boosters, negations):
    found = []
    for i, token in enumerate(tokens):
        valence, turned = lexicon.get(token.lower(), 0.0), False
        for distance, share in ((1, 1.0), (2, 0.95), (3, 0.9)):
            if valence and i >= distance:
                before = tokens[i - distance].lower()
                change = boosters.get(before, 0.0) * share
                valence += change if valence > 0 else -change
                if before in negations and not turned:
                    valence, turned = valence * -0.74, True
        found.append(valence)
    return found


def wraps_round(tokens, lexicon, boosters, negations):
    found = []
    for i, token in enumerate(tokens):
        valence = lexicon.get(token.lower(), 0.0)
        for distance, share in ((1, 1.0), (2, 0.95), (3, 0.9)):
            if valence and len(tokens) >= distance:
                before = tokens[i - distance].lower()
                change = boosters.get(before, 0.0) * share
                valence += change if valence > 0 else -change
                if before in negations:
                    valence *= -0.74
        found.append(valence)
    return found


def by_slices(tokens, lexicon, boosters, negations):
    low = [token.lower() for token in tokens]
    found = []
    for i, word in enumerate(low):
        value = lexicon.get(word, 0.0)
        for before, share in zip(reversed(low[max(0, i - 3) : i]), (1, 0.95, 0.9)):
            value += math.copysign(1, value) * share * boosters.get(before, 0) if value else 0
            value = value * -0.74 if before in negations else value
        found.append(value)
    return tuple(found)


def as_array(tokens, lexicon, boosters, negations):
    return np.array(valences(tokens, lexicon, boosters, negations), dtype=float)


def with_a_helper(tokens, lexicon, boosters, negations):
    def value(i):
        v = lexicon.get(tokens[i].lower(), 0.0)
        for d in (1, 2, 3):
            if i - d < 0 or v == 0:
                break
            w = tokens[i - d].lower()
            b = (boosters.get(w, 0.0)) * {1: 1.0, 2: 0.95, 3: 0.9}[d]
            v = v + b if v > 0 else v - b
            if w in negations:
                v = -0.74 * v
        return v

    return [value(i) for i in range(len(tokens))]


LEXICON = {"good": 1.9, "bad": -2.5, "müde": -1.0}
BOOSTERS = {"very": 0.293, "slightly": -0.293}
NEGATIONS = {"not", "never"}
TOKENS = st.lists(
    st.sampled_from(
        ["good", "bad", "GOOD", "Müde", "very", "VERY", "slightly", "not", "Not", "never", "film", "a", ""]
    ),
    max_size=9,
)

# b: the squashed sum


def compound(valences, text):
    total = sum(valences)
    emphasis = 0.292 * min(text.count("!"), 4)
    total += emphasis if total > 0 else -emphasis if total < 0 else 0.0
    return total / math.sqrt(total * total + 15)


def every_mark_counts(valences, text):
    total, emphasis = sum(valences), 0.292 * text.count("!")
    total += emphasis if total > 0 else -emphasis if total < 0 else 0.0
    return total / math.sqrt(total * total + 15)


def marks_always_add(valences, text):
    total = sum(valences) + 0.292 * min(text.count("!"), 4)
    return total / math.sqrt(total * total + 15)


def zero_is_positive(valences, text):
    total, emphasis = sum(valences), 0.292 * min(text.count("!"), 4)
    total += emphasis if total >= 0 else -emphasis
    return total / math.sqrt(total * total + 15)


def squashed_first(valences, text):
    total, emphasis = sum(valences), 0.292 * min(text.count("!"), 4)
    squashed = total / math.sqrt(total * total + 15)
    return squashed + (emphasis if total > 0 else -emphasis if total < 0 else 0.0)


def mean_not_sum(valences, text):
    total = sum(valences) / len(valences) if valences else 0.0
    emphasis = 0.292 * min(text.count("!"), 4)
    total += emphasis if total > 0 else -emphasis if total < 0 else 0.0
    return total / math.sqrt(total * total + 15)


def one_mark_at_most(valences, text):
    total, emphasis = sum(valences), 0.292 * ("!" in text)
    total += emphasis if total > 0 else -emphasis if total < 0 else 0.0
    return total / math.sqrt(total * total + 15)


def compound_by_numpy(valences, text):
    x = float(np.sum(valences))
    x += np.sign(x) * 0.292 * min(4, text.count("!"))
    return np.float64(x / np.hypot(x, 15**0.5))


def compound_with_copysign(valences, text):
    x = math.fsum(valences)
    if abs(x) > 0:
        x = math.copysign(abs(x) + 0.292 * min(4, sum(c == "!" for c in text)), x)
    return x * (x**2 + 15) ** -0.5


def compound_in_a_loop(valences, text):
    x = 0
    for v in valences:
        x = x + v
    for _ in range(min(4, len(text.split("!")) - 1)):
        x = x + 0.292 if x > 0 else x - 0.292 if x < 0 else x
    return x / (x**2 + 15) ** 0.5


# multiples of 1/4, so that every way to add them gives the same sum, and 0 is met exactly
QUARTERS = st.lists(st.integers(-16, 16).map(lambda n: n / 4), max_size=6)

# c: NOT_


def mark(tokens, negations, ends):
    marked, inside = [], False
    for token in tokens:
        if token in ends:
            inside = False
        marked.append("NOT_" + token if inside else token)
        if token in negations:
            inside = True
    return marked


def negation_marked_too(tokens, negations, ends):
    marked, inside = [], False
    for token in tokens:
        inside = (inside or token in negations) and token not in ends
        marked.append("NOT_" + token if inside else token)
    return marked


def only_the_next(tokens, negations, ends):
    return ["NOT_" + t if i and tokens[i - 1] in negations and t not in ends else t for i, t in enumerate(tokens)]


def never_ends(tokens, negations, ends):
    marked, inside = [], False
    for token in tokens:
        marked.append("NOT_" + token if inside and token not in ends else token)
        inside = inside or token in negations
    return marked


def end_marked_too(tokens, negations, ends):
    marked, inside = [], False
    for token in tokens:
        marked.append("NOT_" + token if inside else token)
        if token in ends:
            inside = False
        if token in negations:
            inside = True
    return marked


def second_negation_ends_it(tokens, negations, ends):
    marked, inside = [], False
    for token in tokens:
        if token in ends:
            inside = False
        marked.append("NOT_" + token if inside else token)
        if token in negations:
            inside = not inside
    return marked


def negations_left_bare(tokens, negations, ends):
    marked, inside = [], False
    for token in tokens:
        if token in ends:
            inside = False
        marked.append("NOT_" + token if inside and token not in negations else token)
        if token in negations:
            inside = True
    return marked


def mark_with_a_generator(tokens, negations, ends):
    def walk():
        scope = False
        for t in tokens:
            scope = scope and t not in ends
            yield ("NOT_" if scope else "") + t
            scope = scope or t in negations

    return list(walk())


def mark_by_looking_back(tokens, negations, ends):
    def reached(i):
        if tokens[i] in ends:
            return False
        for j in range(i - 1, -1, -1):
            if tokens[j] in negations:
                return True
            if tokens[j] in ends:
                return False
        return False

    return tuple(f"NOT_{t}" if reached(i) else t for i, t in enumerate(tokens))


def mark_by_clause_starts(tokens, negations, ends):
    marked, since = list(tokens), None
    for i, token in enumerate(tokens):
        if token in ends:
            since = None
        elif since is not None:
            marked[i] = "NOT_" + token
        if token in negations and since is None:
            since = i
    return marked


MARKED = st.tuples(
    st.lists(st.sampled_from(["not", "never", "good", "café", "film", ".", "!", ",", "NOT_x", ""]), max_size=12),
    st.just({"not", "never"}),
    st.just({".", "!"}),
)

# d: weighted kappa


def weighted_kappa(truths, answers):
    n = len(truths)
    observed = sum((a - b) ** 2 for a, b in zip(truths, answers)) / n
    by_chance = sum((a - b) ** 2 for a in truths for b in answers) / n**2
    return 1 - observed / by_chance if by_chance else 0.0


def without_weights(truths, answers):
    n = len(truths)
    observed = sum(a != b for a, b in zip(truths, answers)) / n
    by_chance = sum(a != b for a in truths for b in answers) / n**2
    return 1 - observed / by_chance if by_chance else 0.0


def linear_weights(truths, answers):
    n = len(truths)
    observed = sum(abs(a - b) for a, b in zip(truths, answers)) / n
    by_chance = sum(abs(a - b) for a in truths for b in answers) / n**2
    return 1 - observed / by_chance if by_chance else 0.0


def chance_not_averaged(truths, answers):
    n = len(truths)
    observed = sum((a - b) ** 2 for a, b in zip(truths, answers)) / n
    by_chance = sum((a - b) ** 2 for a in truths for b in answers)
    return 1 - observed / by_chance if by_chance else 0.0


def chance_of_the_truths(truths, answers):
    n = len(truths)
    observed = sum((a - b) ** 2 for a, b in zip(truths, answers)) / n
    by_chance = sum((a - b) ** 2 for a in truths for b in truths) / n**2
    return 1 - observed / by_chance if by_chance else 0.0


def one_where_no_chance(truths, answers):
    n = len(truths)
    observed = sum((a - b) ** 2 for a, b in zip(truths, answers)) / n
    by_chance = sum((a - b) ** 2 for a in truths for b in answers) / n**2
    return 1 - observed / by_chance if by_chance else 1.0


def the_ratio(truths, answers):
    return 1 - weighted_kappa(truths, answers) if len(set(truths) | set(answers)) > 1 else 0.0


def kappa_by_moments(truths, answers):
    a, b = np.array(truths, float), np.array(answers, float)
    cost = a.var() + b.var() + (a.mean() - b.mean()) ** 2
    return float(1 - ((a - b) ** 2).mean() / cost) if cost > 1e-12 else 0.0


def kappa_by_table(truths, answers):
    k = max([*truths, *answers]) + 1
    table = np.zeros((k, k))
    for a, b in zip(truths, answers):
        table[a, b] += 1
    weights = np.subtract.outer(np.arange(k), np.arange(k)) ** 2
    chance = np.outer(table.sum(1), table.sum(0)) / table.sum()
    return 1 - (weights * table).sum() / (weights * chance).sum() if (weights * chance).sum() else 0.0


def kappa_by_outer(truths, answers):
    a, b = np.asarray(truths), np.asarray(answers)
    by_chance = (np.subtract.outer(a, b) ** 2).mean()
    return np.float64(1 - ((a - b) ** 2).mean() / by_chance) if by_chance > 0 else 0


PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=9).map(
    lambda pairs: ([a for a, _ in pairs], [b for _, b in pairs])
)

# e: aspects


def aspect_polarity(aspects, opinions, reach):
    found = {}
    for place, valence in opinions.items():
        nearest = min((abs(place - a) for a in aspects), default=reach + 1)
        if nearest <= reach:
            for a in aspects:
                if abs(place - a) == nearest:
                    found[a] = found.get(a, 0.0) + valence
    return found


def all_within_reach(aspects, opinions, reach):
    found = {}
    for a in aspects:
        for place, valence in opinions.items():
            if abs(place - a) <= reach:
                found[a] = found.get(a, 0.0) + valence
    return found


def nearest_opinion_of_each_aspect(aspects, opinions, reach):
    found = {}
    for a in aspects:
        nearest = min((abs(place - a) for place in opinions), default=reach + 1)
        if nearest <= reach:
            found[a] = sum(v for place, v in opinions.items() if abs(place - a) == nearest)
    return found


def first_of_equals(aspects, opinions, reach):
    found = {}
    for place, valence in opinions.items():
        near = [a for a in sorted(aspects) if abs(place - a) <= reach]
        if near:
            a = min(near, key=lambda a: abs(place - a))
            found[a] = found.get(a, 0.0) + valence
    return found


def strictly_within(aspects, opinions, reach):
    return aspect_polarity(aspects, opinions, reach - 1)


def only_before(aspects, opinions, reach):
    found = {}
    for place, valence in opinions.items():
        distances = [a - place for a in aspects if a > place]
        if distances and min(distances) <= reach:
            a = place + min(distances)
            found[a] = found.get(a, 0.0) + valence
    return found


def last_one_stays(aspects, opinions, reach):
    found = {}
    for place, valence in opinions.items():
        nearest = min((abs(place - a) for a in aspects), default=reach + 1)
        if nearest <= reach:
            found |= {a: valence for a in aspects if abs(place - a) == nearest}
    return found


def zeros_for_the_rest(aspects, opinions, reach):
    return {a: 0.0 for a in aspects} | aspect_polarity(aspects, opinions, reach)


def aspects_sorted(aspects, opinions, reach):
    from collections import defaultdict

    found = defaultdict(float)
    for place in sorted(opinions):
        distances = {a: abs(a - place) for a in aspects}
        for a, d in distances.items():
            if d <= reach and d == min(distances.values()):
                found[a] += opinions[place]
    return found


def aspects_comprehended(aspects, opinions, reach):
    goes = {
        p: {a for a in aspects if abs(a - p) == min(abs(b - p) for b in aspects) and abs(a - p) <= reach}
        for p in opinions
    }
    return {
        a: sum(v for p, v in opinions.items() if a in goes[p]) for a in aspects if any(a in g for g in goes.values())
    }


def aspects_by_numpy(aspects, opinions, reach):
    found = {}
    if aspects:
        places = np.array(aspects)
        for p, v in opinions.items():
            d = np.abs(places - p)
            if d.min() <= reach:
                for a in places[d == d.min()].tolist():
                    found[a] = found.get(a, 0) + v
    return found


ASPECTS = st.tuples(
    st.lists(st.integers(0, 12), max_size=4, unique=True),
    st.dictionaries(st.integers(0, 12), st.integers(-8, 8).map(lambda n: n / 4), max_size=4),
    st.integers(0, 6),
).filter(lambda args: not set(args[0]) & set(args[1]))

A = (LEXICON, BOOSTERS, NEGATIONS)
EXERCISES = [
    Exercise(
        id="2.5.a",
        title="What the words before it do to a word",
        difficulty=2,
        task="""
Write `valences(tokens, lexicon, boosters, negations)`: one number for each token. A token that is not in the lexicon has 0. For one that is, look at the token before it, then the one before that, then the third (where they exist):

- if that token is a booster, add its value **away from 0** (for a negative valence, subtract it), times 1, 0.95 or 0.9 for distance 1, 2 or 3;
- then, if it is a negation, multiply the valence by −0.74.

"Away from 0" means: as the sign of the valence is at that moment. Compare in lower case; lexicon, boosters and negations are in lower case.

`valences(["not", "very", "good"], {"good": 1.9}, {"very": 0.293}, {"not"})` is `[0, 0, (1.9 + 0.293) · −0.74]`, about −1.62.
""",
        function="valences",
        examples=[
            (["not", "very", "good"], *A),
            ([], *A),
            (["good"], *A),
            (["very", "bad"], *A),
            (["GOOD", "not"], *A),
            (["Not", "GOOD"], *A),
            (["very", "a", "a", "good"], *A),
            (["very", "a", "good"], *A),
            (["never", "not", "good"], *A),
            (["slightly", "bad", "film"], *A),
            (["very", "not", "bad"], *A),
            (["very", "not", "good"], *A),
            (["not", "a", "film", "a", "good"], *A),
            (["good", "a", "not"], *A),
            (["Müde", "very", "müde"], *A),
        ],
        inputs=st.tuples(TOKENS, st.just(LEXICON), st.just(BOOSTERS), st.just(NEGATIONS)),
        reference=valences,
        wrong=[
            Wrong(only_the_word_before, "Look at three tokens before the word, not at one."),
            Wrong(boosters_always_added, "A booster strengthens: it makes a negative valence more negative."),
            Wrong(far_words_first, "Begin with the nearest token: in “very not bad” the negation acts before “very”."),
            Wrong(no_fading, "A booster two tokens away counts 95 %, one three tokens away 90 %."),
            Wrong(turned_round_wholly, "A negation multiplies by −0.74, not by −1."),
            Wrong(case_matters, "Compare in lower case: “Not” is a negation, too."),
            Wrong(negated_once, "Each of the three tokens that is a negation multiplies once more."),
            Wrong(
                wraps_round, "The first tokens have fewer than three before them: a negative index counts from the end."
            ),
        ],
        hints=[
            "Two loops: over the tokens, and over the distances 1, 2, 3.",
            "Keep one number while you look back, and change it at each of the three tokens: first by the booster, then by the negation.",
        ],
        explanation="This is the core of VADER. Scope is a window of three words, so no grammar is needed, and no grammar is understood.",
        beyond="A dependency parser gives the real scope of a negation: in “not the film that I call good” the window of three sees no negation.",
    ),
    Exercise(
        id="2.5.b",
        title="Squash the sum",
        difficulty=1,
        task="""
Write `compound(valences, text)`. Add up the valences; call it x. Each exclamation mark in the text, up to four, makes x stronger by 0.292: more positive if x is above 0, more negative if it is below 0, and not at all if it is 0. The result is x / √(x² + 15).

`compound([1.9], "good!")` is 2.192 / √(2.192² + 15), about 0.4926. `compound([], "!!!")` is 0.
""",
        function="compound",
        examples=[
            ([1.75], "good!"),
            ([], "!!!"),
            ([], ""),
            ([-2.5], "bad!!"),
            ([1.0, -1.0], "!!"),
            ([1.75, 0.25], "!!!!!!"),
            ([3.0, 0.0, 2.0], "ok"),
            ([-0.5, -0.5], "no!!!!!"),
            ([0.0], "¡no!"),
            ([4.0] * 6, "!!"),
        ],
        inputs=st.tuples(QUARTERS, st.text(alphabet="!!a ¡?é", max_size=9)),
        reference=compound,
        wrong=[
            Wrong(every_mark_counts, "Four exclamation marks are the most that count."),
            Wrong(marks_always_add, "Exclamation marks make a negative sum more negative."),
            Wrong(zero_is_positive, "A sum of 0 has no direction: exclamation marks do not change it."),
            Wrong(squashed_first, "Exclamation marks change the sum before it is squashed."),
            Wrong(mean_not_sum, "VADER squashes the sum; the mean is TextBlob's way."),
            Wrong(one_mark_at_most, "Count the exclamation marks, up to four."),
        ],
        hints=[
            "There are three cases: x above 0, below 0, and 0.",
            "Work out the strength of the marks first, then give it the sign of x.",
        ],
        explanation="x/√(x² + 15) is odd (the sign survives) and bounded, and its slope at 0 is 1/√15.",
        beyond="Any sigmoid would do. If you need a probability, calibrate: fit a logistic regression from the compound to your own labels.",
    ),
    Exercise(
        id="2.5.c",
        title="Mark what a negation reaches",
        difficulty=2,
        task="""
Write `mark(tokens, negations, ends)`. Each token that stands after a negation, and before the next token of `ends`, gets `NOT_` in front. The first negation of a clause stays as it is; a second one inside its reach is marked like any other token. A token of `ends` is never marked; after it nothing is, until the next negation.

`mark(["not", "a", "good", "film", ".", "good"], {"not"}, {"."})` is `["not", "NOT_a", "NOT_good", "NOT_film", ".", "good"]`.
""",
        function="mark",
        examples=[
            (["not", "a", "good", "film", ".", "good"], {"not"}, {"."}),
            ([], {"not"}, {"."}),
            (["good"], {"not"}, {"."}),
            (["not", "never", "good"], {"not", "never"}, {"."}),
            (["not"], {"not"}, {"."}),
            (["not", ".", "good"], {"not"}, {"."}),
            (["not", "good", "!", "not", "bad"], {"not"}, {"!"}),
            (["not", "good", ",", "bad"], {"not"}, {"."}),
            (["not", "", "café"], {"not"}, {"."}),
            (["not", "NOT_x", "."], {"not"}, {"."}),
            (["a", "not", "b", "not", "c", "d"], {"not"}, {"."}),
        ],
        inputs=MARKED,
        reference=mark,
        wrong=[
            Wrong(negation_marked_too, "The negation that opens the reach stays as it is."),
            Wrong(only_the_next, "The reach goes on to the end of the clause, not just to the next token."),
            Wrong(never_ends, "A token of `ends` closes the reach for what follows."),
            Wrong(end_marked_too, "A token of `ends` is not marked itself."),
            Wrong(second_negation_ends_it, "A second negation does not close the reach."),
            Wrong(negations_left_bare, "A second negation inside the reach is marked like any other token."),
        ],
        hints=[
            "Carry one truth value through the loop: am I inside a reach?",
            "Close before you mark, open after you have marked.",
        ],
        explanation="With NOT_ a bag of words can hold the difference between good and not good, at the price of a vocabulary that may double.",
        beyond="Rare NOT_ words could fall back on their plain weight with the sign turned; a model of word pairs, or a network, learns the reach itself.",
    ),
    Exercise(
        id="2.5.d",
        title="Kappa for ordered classes",
        difficulty=2,
        task="""
Write `weighted_kappa(truths, answers)` for two lists of whole numbers of equal length (at least one). The cost of a pair is its squared difference. The observed cost is the mean over the pairs that belong together; the cost by chance is the mean over **all** combinations of a truth and an answer. Return 1 − observed / by chance, and 0 if the cost by chance is 0.

`weighted_kappa([0, 2], [0, 1])` is 1 − (1/2) / (6/4) = 2/3.
""",
        function="weighted_kappa",
        examples=[
            ([0, 2], [0, 1]),
            ([1], [1]),
            ([0, 1], [1, 0]),
            ([0, 1, 2], [0, 1, 2]),
            ([2, 2], [0, 0]),
            ([0, 4, 4, 1], [1, 4, 3, 1]),
            ([3, 3, 3], [3, 3, 3]),
            ([0, 2, 0], [2, 2, 1]),
        ],
        inputs=PAIRS,
        reference=weighted_kappa,
        wrong=[
            Wrong(without_weights, "A pair costs the square of its difference, not just 1 for being different."),
            Wrong(linear_weights, "Square the differences."),
            Wrong(
                chance_not_averaged, "The cost by chance is a mean as well: divide by the number of combinations, n²."
            ),
            Wrong(chance_of_the_truths, "By chance every truth meets every answer, not every other truth."),
            Wrong(one_where_no_chance, "Return 0 where the cost by chance is 0."),
            Wrong(the_ratio, "Kappa is 1 minus the ratio: 1 is perfect, 0 is chance."),
        ],
        hints=[
            "Two means of squared differences: over pairs, and over all combinations.",
            "Two nested loops (or an outer difference) give the combinations.",
        ],
        explanation="Always answering the same gives observed = chance, and so 0, however frequent that class is.",
        beyond="The mean over all combinations equals var(truths) + var(answers) + (difference of the means)²: no double loop is needed. Confidence intervals come from the bootstrap.",
    ),
    Exercise(
        id="2.5.e",
        title="Which aspect does an opinion judge?",
        difficulty=2,
        task="""
Write `aspect_polarity(aspects, opinions, reach)`. `aspects` are positions in a sentence, `opinions` maps other positions to valences. Each opinion goes to its nearest aspect if that is at most `reach` positions away; if two are equally near, to both. Return a dictionary from aspect to the sum of what it got. Aspects that got nothing are left out.

Great(0) food(1) ,(2) awful(3) service(4): `aspect_polarity([1, 4], {0: 3.0, 3: -2.0}, 3)` is `{1: 3.0, 4: -2.0}`.
""",
        function="aspect_polarity",
        examples=[
            ([1, 4], {0: 3.0, 3: -2.0}, 3),
            ([], {0: 1.0}, 3),
            ([2], {}, 3),
            ([1, 3], {2: 1.0}, 2),
            ([5], {0: 1.0}, 5),
            ([5], {0: 1.0}, 4),
            ([2], {0: 1.0, 3: -0.25}, 2),
            ([2, 9], {3: 1.0, 5: 0.5}, 6),
            ([3], {2: 1.0, 4: -1.0}, 1),
            ([7, 1], {4: -0.5}, 3),
            ([4, 0], {2: 2.0, 5: 1.0}, 0),
        ],
        inputs=ASPECTS,
        reference=aspect_polarity,
        wrong=[
            Wrong(all_within_reach, "An opinion goes to the nearest aspect only, not to all within reach."),
            Wrong(
                nearest_opinion_of_each_aspect,
                "Go from opinions to aspects: an aspect may get several opinions, or one that is not its nearest.",
            ),
            Wrong(first_of_equals, "If two aspects are equally near, both get the opinion."),
            Wrong(strictly_within, "`reach` itself is still within reach."),
            Wrong(only_before, "An opinion may also stand behind its aspect: the screen is great."),
            Wrong(last_one_stays, "Several opinions of one aspect are added up."),
            Wrong(zeros_for_the_rest, "Aspects that got nothing are left out."),
        ],
        hints=[
            "Loop over the opinions. What is the distance to the nearest aspect?",
            "Find the smallest distance first; then give the valence to every aspect at that distance.",
        ],
        explanation="This is Hu and Liu's idea of 2004 in ten lines; its weakness is that near is not the same as belonging together.",
        beyond="Count the distance in the dependency tree; then learn the link: classify pairs of (sentence, aspect).",
    ),
]
RIGHT = {
    "2.5.a": [by_slices, as_array, with_a_helper],
    "2.5.b": [compound_by_numpy, compound_with_copysign, compound_in_a_loop],
    "2.5.c": [mark_with_a_generator, mark_by_looking_back, mark_by_clause_starts],
    "2.5.d": [kappa_by_moments, kappa_by_table, kappa_by_outer],
    "2.5.e": [aspects_sorted, aspects_comprehended, aspects_by_numpy],
}
QUESTIONS = [
    Question(
        id="2.5.q1",
        text="VADER gives a long, friendly letter a compound of 0.99. What does that say?",
        choices=[
            "It has many words of praise.",
            "It is positive with 99 %.",
            "99 % of its words are of praise.",
        ],
        answer=0,
        explanation="The compound is a squashed sum: with length it saturates. Score sentences and average.",
    ),
    Question(
        id="2.5.q2",
        text="A film model has 54 % on tweets, where 70 % are positive. What is the likeliest cause?",
        choices=[
            "Its vocabulary holds too few words.",
            "Its weights fit the critics' style.",
            "Its training took too few passes.",
        ],
        answer=1,
        explanation="Domain shift: I, question marks and small words mean something else in tweets than in film reviews.",
    ),
    Question(
        id="2.5.q3",
        text="Which measure is 0 for a model that always answers “positive”?",
        choices=["its accuracy on the test data", "its mean absolute error", "its quadratic weighted kappa"],
        answer=2,
        explanation="Kappa takes away the agreement of chance; a constant answer has no more than that.",
    ),
    Question(
        id="2.5.q4",
        text="Why does TextBlob score “It isn't good” like “It is good”?",
        choices=[
            "Its tokens split the negation.",
            "Its lexicon lacks “isn't”.",
            "Its rule reaches one word back.",
        ],
        answer=0,
        explanation="The contraction is cut into n ' t, and no rule knows that as a negation.",
    ),
    Question(
        id="2.5.q5",
        text="What does the agreement of the raters tell you about a model?",
        choices=[
            "How many labels it needs to learn.",
            "How high a score can mean much.",
            "How soon its accuracy will age.",
        ],
        answer=1,
        explanation="Beyond the agreement of people, a higher score only fits the habits of these raters.",
    ),
]
