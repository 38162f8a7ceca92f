"""Exercises of topic 1.1."""

import itertools
import random
from collections import Counter, defaultdict, deque

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: path similarity


def _ways(parents, a, b):
    """Steps up from a and from b to the first that both reach; None if there is none."""
    up, at = {}, a
    while at is not None:
        up[at] = len(up)
        at = parents[at]
    steps, at = 0, b
    while at is not None:
        if at in up:
            return up[at], steps
        steps, at = steps + 1, parents[at]
    return None


def _depth(parents, a):
    depth = 0
    while parents[a] is not None:
        a, depth = parents[a], depth + 1
    return depth


def path_similarity(parents, a, b):
    ways = _ways(parents, a, b)
    return 0.0 if ways is None else 1 / (1 + sum(ways))


def without_the_one(parents, a, b):
    ways = _ways(parents, a, b)
    return 0.0 if ways is None else 1.0 if sum(ways) == 0 else 1 / sum(ways)


def counts_both_ends(parents, a, b):
    ways = _ways(parents, a, b)
    return 0.0 if ways is None else 1 / (2 + sum(ways))


def only_upwards(parents, a, b):
    ways = _ways(parents, a, b)
    return 1 / (1 + sum(ways)) if ways is not None and 0 in ways else 0.0


def over_the_top(parents, a, b):
    if _ways(parents, a, b) is None:
        return 0.0
    return 1 / (1 + _depth(parents, a) + _depth(parents, b))


def longer_side(parents, a, b):
    ways = _ways(parents, a, b)
    return 0.0 if ways is None else 1 / (1 + max(ways))


def only_the_steps(parents, a, b):
    ways = _ways(parents, a, b)
    return 0.0 if ways is None else float(sum(ways))


def by_lists_of_ancestors(parents, a, b):
    def above(at):
        return [] if at is None else [at, *above(parents[at])]

    up, down = above(a), above(b)
    return next((1 / (1 + i + down.index(at)) for i, at in enumerate(up) if at in down), 0.0)


def without_what_both_share(parents, a, b):
    ways = []
    for at in (a, b):
        ways.append([at])
        while parents[ways[-1][-1]] is not None:
            ways[-1].append(parents[ways[-1][-1]])
    up, down = ways
    if up[-1] != down[-1]:
        return 0
    while up and down and up[-1] == down[-1]:
        up.pop()
        down.pop()
    return np.float64(1 / (1 + len(up) + len(down)))


def by_breadth_first_search(parents, a, b):
    neighbours = defaultdict(set)
    for low, high in parents.items():
        if high is not None:
            neighbours[low].add(high)
            neighbours[high].add(low)
    steps, queue = {a: 0}, deque([a])
    while queue:
        at = queue.popleft()
        for other in neighbours[at] - steps.keys():
            steps[other] = steps[at] + 1
            queue.append(other)
    return 1 / (1 + steps[b]) if b in steps else 0.0


ANIMALS = {
    "animal": None, "mammal": "animal", "dog": "mammal", "cat": "mammal", "poodle": "dog", "fish": "animal", "idea": None,
}  # fmt: skip


def _random_graph(seed):
    rng = random.Random(seed)
    n = rng.randrange(1, 9)
    parents = {str(i): rng.choice([None, *map(str, range(i))]) for i in range(n)}
    return parents, str(rng.randrange(n)), str(rng.randrange(n))


# b: the pragmatic listener


def _rows(table):
    return [[p / sum(row) if sum(row) else 0.0 for p in row] for row in table]


def _columns(table):
    totals = [sum(column) for column in zip(*table)]
    return [[p / total if total else 0.0 for p, total in zip(row, totals)] for row in table]


def pragmatic_listener(truth):
    return _rows(_columns(_rows(truth)))


def literal_listener(truth):
    return _rows(truth)


def speaker(truth):
    return _columns(_rows(truth))


def speaker_from_truth(truth):
    return _rows(_columns(truth))


def twice(truth):
    return _rows(_columns(_rows(_columns(_rows(truth)))))


def too_rational(truth):
    return _rows(_columns([[p * p for p in row] for row in _rows(truth)]))


def turned(truth):
    return [list(column) for column in zip(*pragmatic_listener(truth))]


def listener_by_numpy(truth):
    literal = np.array(truth, dtype=float)
    literal /= literal.sum(axis=1, keepdims=True)
    totals = literal.sum(axis=0)
    speaker = np.divide(literal, totals, out=np.zeros_like(literal), where=totals > 0)
    return speaker / speaker.sum(axis=1, keepdims=True)


def listener_by_loops(truth):
    table = [[float(t) for t in row] for row in truth]
    for by_row in (True, False, True):
        if not by_row:
            table = [list(column) for column in zip(*table)]
        for row in table:
            total = sum(row)
            for i in range(len(row)):
                row[i] = row[i] / total if total > 0 else 0.0
        if not by_row:
            table = [list(column) for column in zip(*table)]
    return table


def listener_by_formula(truth):
    sizes = [sum(row) for row in truth]
    believed = [sum(row[w] / size for row, size in zip(truth, sizes)) for w in range(len(truth[0]))]
    said = [[t / believed[w] if t else 0 for w, t in enumerate(row)] for row in truth]
    return tuple(tuple(x / sum(row) for x in row) for row in said)


# c: the machine


def _run(n, moves, left, right, answer):
    heads, stack, front = [0] * (n + 1), [0], 1
    for move in moves:
        if move == "SHIFT":
            stack.append(front)
            front += 1
        elif len(stack) > 1:
            (left if move == "LEFT" else right)(heads, stack)
    return answer(heads)


def _left(heads, stack):
    heads[stack[-2]] = stack[-1]
    del stack[-2]


def _right(heads, stack):
    heads[stack[-1]] = stack[-2]
    stack.pop()


def _left_keeps_the_dependent(heads, stack):
    heads[stack[-2]] = stack[-1]
    stack.pop()


def _right_keeps_the_dependent(heads, stack):
    heads[stack[-1]] = stack[-2]
    del stack[-2]


def _rest(heads):
    return heads[1:]


def run_moves(n, moves):
    return _run(n, moves, _left, _right, _rest)


def left_and_right_swapped(n, moves):
    return _run(n, moves, _right, _left, _rest)


def wrong_one_goes_left(n, moves):
    return _run(n, moves, _left_keeps_the_dependent, _right, _rest)


def wrong_one_goes_right(n, moves):
    return _run(n, moves, _left, _right_keeps_the_dependent, _rest)


def with_the_root(n, moves):
    return _run(n, moves, _left, _right, list)


def counted_from_zero(n, moves):
    return [head - 1 for head in run_moves(n, moves)]


def dependents_instead(n, moves):
    heads = run_moves(n, moves)
    return [heads.count(word) for word in range(1, n + 1)]


def moves_by_dictionary(n, moves):
    heads, stack, buffer = {}, [0], deque(range(1, n + 1))
    for move in moves:
        if move == "SHIFT":
            stack.append(buffer.popleft())
            continue
        upper, lower = stack.pop(), stack.pop()
        head, dependent = (upper, lower) if move == "LEFT" else (lower, upper)
        heads[dependent] = head
        stack.append(head)
    return [heads[word] for word in range(1, n + 1)]


def moves_by_slices(n, moves):
    heads, stack, shifted = np.zeros(n, dtype=int), [0], 0
    for move in moves:
        if move == "SHIFT":
            shifted += 1
            stack = [*stack, shifted]
        elif move == "LEFT":
            heads[stack[-2] - 1] = stack[-1]
            stack = stack[:-2] + stack[-1:]
        else:
            heads[stack[-1] - 1] = stack[-2]
            stack = stack[:-1]
    return heads


def moves_by_recursion(n, moves):
    def go(stack, front, rest):
        if not rest:
            return {}
        if rest[0] == "SHIFT":
            return go((*stack, front), front + 1, rest[1:])
        *below, lower, upper = stack
        if rest[0] == "LEFT":
            return go((*below, upper), front, rest[1:]) | {lower: upper}
        return go((*below, lower), front, rest[1:]) | {upper: lower}

    return [head for _, head in sorted(go((0,), 1, moves).items())]


def _random_moves(seed):
    rng = random.Random(seed)
    n = rng.randrange(1, 9)
    moves, height, front = [], 1, 1
    while front <= n or height > 1:
        possible = (
            ["SHIFT"] * (front <= n) + ["LEFT"] * (height > 2) + ["RIGHT"] * (height > 2 or (height == 2 and front > n))
        )
        moves.append(rng.choice(possible))
        height += 1 if moves[-1] == "SHIFT" else -1
        front += moves[-1] == "SHIFT"
    return n, moves


# d: Lesk


def _shared(context, entries, stop_words):
    around = {word.lower() for word in context} - {word.lower() for word in stop_words}
    return [around & set(entry.lower().split()) for entry in entries]


def which_sense(context, entries, stop_words):
    shared = [len(words) for words in _shared(context, entries, stop_words)]
    return shared.index(max(shared))


def with_stop_words(context, entries, stop_words):
    return which_sense(context, entries, [])


def minds_capitals(context, entries, stop_words):
    around = set(context) - set(stop_words)
    shared = [len(around & set(entry.split())) for entry in entries]
    return shared.index(max(shared))


def context_keeps_capitals(context, entries, stop_words):
    around = set(context) - {word.lower() for word in stop_words}
    shared = [len(around & set(entry.lower().split())) for entry in entries]
    return shared.index(max(shared))


def entries_keep_capitals(context, entries, stop_words):
    around = {word.lower() for word in context} - {word.lower() for word in stop_words}
    shared = [len(around & set(entry.split())) for entry in entries]
    return shared.index(max(shared))


def stop_words_before_lower_case(context, entries, stop_words):
    around = {word.lower() for word in context if word not in stop_words}
    shared = [len(around & set(entry.lower().split())) for entry in entries]
    return shared.index(max(shared))


def stop_words_as_written(context, entries, stop_words):
    around = {word.lower() for word in context} - set(stop_words)
    shared = [len(around & set(entry.lower().split())) for entry in entries]
    return shared.index(max(shared))


def last_of_equals(context, entries, stop_words):
    shared = [len(words) for words in _shared(context, entries, stop_words)]
    return len(shared) - 1 - shared[::-1].index(max(shared))


def counts_repeats(context, entries, stop_words):
    around = [word.lower() for word in context]
    stop = {word.lower() for word in stop_words}
    shared = [sum(around.count(w) for w in set(e.lower().split()) - stop) for e in entries]
    return shared.index(max(shared))


def parts_of_words(context, entries, stop_words):
    stop = {word.lower() for word in stop_words}
    around = {word.lower() for word in context} - stop
    shared = [sum(word in entry.lower() for word in around) for entry in entries]
    return shared.index(max(shared))


def longest_entry(context, entries, stop_words):
    return max(range(len(entries)), key=lambda i: (len(entries[i].split()), -i))


def share_of_the_entry(context, entries, stop_words):
    shared = [
        len(words) / max(len(set(entry.split())), 1)
        for words, entry in zip(_shared(context, entries, stop_words), entries)
    ]
    return shared.index(max(shared))


def sense_by_max(context, entries, stop_words):
    wanted = {w.casefold() for w in context}.difference(w.casefold() for w in stop_words)
    return max(range(len(entries)), key=lambda i: len(wanted.intersection(entries[i].casefold().split())))


def sense_by_loops(context, entries, stop_words):
    stop = [word.lower() for word in stop_words]
    best, most = 0, -1
    for i, entry in enumerate(entries):
        found = []
        for word in entry.lower().split():
            if word not in stop and word not in found and word in [w.lower() for w in context]:
                found.append(word)
        if len(found) > most:
            best, most = i, len(found)
    return best


def sense_by_numpy(context, entries, stop_words):
    words = sorted({w.lower() for w in context} - {w.lower() for w in stop_words})
    has = np.array([[word in entry.lower().split() for word in words] for entry in entries])
    return has.sum(axis=1).argmax()


_WORDS = ["bank", "River", "river", "water", "the", "The", "money", "loan", "loans", "of", "OF", "boat"]


def _random_senses(seed):
    rng = random.Random(seed)
    entries = [" ".join(rng.choices(_WORDS, k=rng.randrange(1, 7))) for _ in range(rng.randrange(1, 5))]
    return rng.choices(_WORDS, k=rng.randrange(0, 7)), entries, rng.sample(["the", "of", "a", "The"], rng.randrange(3))


# e: steps down an entity grid


def step_shares(columns):
    counts = {}
    for column in columns:
        for step in map("".join, zip(column, column[1:])):
            counts[step] = counts.get(step, 0) + 1
    return {step: count / sum(counts.values()) for step, count in counts.items()}


def _shares(counts, total):
    return {step: count / total for step, count in counts.items()}


def counts_only(columns):
    return {
        step: sum(c[i : i + 2] == step for c in columns for i in range(len(c) - 1)) for step in step_shares(columns)
    }


def over_columns(columns):
    counts = counts_only(columns)
    return _shares(counts, max(len(columns), 1))


def over_cells(columns):
    counts = counts_only(columns)
    return _shares(counts, max(sum(map(len, columns)), 1))


def across_columns(columns):
    return step_shares(["".join(columns)])


def without_absent(columns):
    return step_shares([column.replace("-", "") for column in columns])


def every_other(columns):
    counts = {}
    for column in columns:
        for i in range(0, len(column) - 1, 2):
            counts[column[i : i + 2]] = counts.get(column[i : i + 2], 0) + 1
    return _shares(counts, max(sum(counts.values()), 1))


def backwards(columns):
    return step_shares([column[::-1] for column in columns])


def rows_instead(columns):
    return step_shares(["".join(row) for row in zip(*columns)])


def share_of_the_first(columns):
    counts = counts_only(columns)
    return {
        step: count / sum(n for other, n in counts.items() if other[0] == step[0]) for step, count in counts.items()
    }


def shares_by_counter(columns):
    counts = Counter(column[i : i + 2] for column in columns for i in range(len(column) - 1))
    for step in counts:
        counts[step] /= sum(max(len(column) - 1, 0) for column in columns)
    return counts


def shares_by_defaultdict(columns):
    n = sum(1 for column in columns for _ in column[1:])
    shares = defaultdict(float)
    for column in columns:
        for one, other in itertools.pairwise(column):
            shares[one + other] += 1 / n
    return shares


def shares_by_numpy(columns):
    steps = [a + b for column in columns for a, b in zip(column, column[1:])]
    found, counts = np.unique(np.array(steps, dtype="U2"), return_counts=True)
    return dict(zip(found, counts / max(len(steps), 1)))


def _random_columns(seed):
    rng = random.Random(seed)
    n = rng.randrange(0, 6)
    return ["".join(rng.choices("SOX-", k=n)) for _ in range(rng.randrange(0, 6))]


SEEDS = st.integers(0, 10**6)

EXERCISES = [
    Exercise(
        id="1.1.a",
        title="How close are two meanings?",
        difficulty=1,
        task="""
            `parents` maps each meaning to the one that it is a kind of (None: to nothing). Write `path_similarity(parents, a, b)`: 1 / (1 + the number of
            steps from `a` up to the first meaning above both, and down to `b`); 0.0 if nothing is above both.

            A poodle is a dog, a dog a mammal, a cat a mammal: from poodle to cat are 3 steps, so the answer is 0.25. A meaning is above itself.
        """,
        function="path_similarity",
        examples=[
            (ANIMALS, "poodle", "cat"),
            (ANIMALS, "dog", "dog"),
            (ANIMALS, "dog", "cat"),
            (ANIMALS, "poodle", "animal"),
            (ANIMALS, "animal", "poodle"),
            (ANIMALS, "poodle", "fish"),
            (ANIMALS, "dog", "idea"),
            ({"x": None}, "x", "x"),
        ],
        inputs=st.builds(_random_graph, SEEDS),
        reference=path_similarity,
        wrong=[
            Wrong(
                without_the_one,
                "1 / steps would make a meaning and its parent as close as a meaning and itself: add 1.",
            ),
            Wrong(
                counts_both_ends, "Count steps, not the meanings on the way: a meaning and itself are 0 steps apart."
            ),
            Wrong(only_upwards, "The way may go up and down again: dog and cat meet in mammal."),
            Wrong(over_the_top, "The way turns at the first meaning above both, it need not go over the top."),
            Wrong(longer_side, "Add the steps up and the steps down."),
            Wrong(only_the_steps, "That is the number of steps: return 1 / (1 + steps)."),
        ],
        hints=[
            "Note for everything above `a` how many steps it is away.",
            "Then go up from `b` until you meet something noted.",
        ],
        explanation="Two walks up a tree meet at the lowest common ancestor; the path goes through it.",
        beyond="In a real WordNet a meaning may have several parents: the walks become breadth-first searches.",
    ),
    Exercise(
        id="1.1.b",
        title="What is implied",
        difficulty=2,
        task="""
            `truth[u][w]` is 1 if utterance u is true of world w, else 0; each utterance is true of some world. Write `pragmatic_listener(truth)`, the table of
            L1 in three steps: normalise rows (what a literal listener believes), then columns (what a speaker says in each world; a column of zeros stays), then
            rows again.

            `pragmatic_listener([[1, 1], [0, 1]])` is `[[0.75, 0.25], [0.0, 1.0]]`: "some" hardly means "all".
        """,
        function="pragmatic_listener",
        examples=[
            ([[1, 1], [0, 1]],),
            ([[1, 0, 0, 0], [0, 1, 1, 1], [0, 0, 0, 1]],),
            ([[1, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 0]],),
            ([[1]],),
            ([[1, 0]],),
        ],
        inputs=st.tuples(
            st.integers(1, 4).flatmap(
                lambda n: st.lists(
                    st.lists(st.integers(0, 1), min_size=n, max_size=n).filter(any), min_size=1, max_size=4
                )
            )
        ),
        reference=pragmatic_listener,
        wrong=[
            Wrong(
                literal_listener,
                "That is the literal listener: nobody has asked yet why the speaker chose these words.",
            ),
            Wrong(speaker, "That is the speaker: the listener turns her around, row by row."),
            Wrong(
                speaker_from_truth, "The speaker looks at what a literal listener would believe, not at truth alone."
            ),
            Wrong(twice, "That goes one round too far: this listener thinks of a speaker with a literal listener."),
            Wrong(too_rational, "Use the literal listener's belief as it is, not its square (that would be α = 2)."),
            Wrong(turned, "Rows are utterances, columns are worlds: your table is turned."),
        ],
        hints=["Write a helper that normalises rows, and use `zip(*table)` for columns.", "rows → columns → rows"],
        explanation="Normalising rows and columns in turn is all there is to it: each turn is one person thinking of the other.",
        beyond="Priors weight the rows' step, costs and α the columns' step: see `SpeechAct`.",
    ),
    Exercise(
        id="1.1.c",
        title="The arc-standard machine",
        difficulty=3,
        task="""
            Words are numbered 1 to n; a stack holds the root, 0. SHIFT puts the next word on the stack. LEFT makes the upper word the head of the one below
            it, which leaves the stack. RIGHT makes the word below the head of the upper one, which leaves the stack. Write `run_moves(n, moves)`: the head of each word
            1 … n.

            "she saw it": `run_moves(3, ["SHIFT", "SHIFT", "LEFT", "SHIFT", "RIGHT", "RIGHT"])` is `[2, 0, 2]`.
        """,
        function="run_moves",
        examples=[
            (3, ["SHIFT", "SHIFT", "LEFT", "SHIFT", "RIGHT", "RIGHT"]),
            (1, ["SHIFT", "RIGHT"]),
            (3, ["SHIFT", "SHIFT", "SHIFT", "LEFT", "LEFT", "RIGHT"]),
            (3, ["SHIFT", "SHIFT", "SHIFT", "RIGHT", "RIGHT", "RIGHT"]),
            (4, ["SHIFT", "SHIFT", "RIGHT", "SHIFT", "SHIFT", "LEFT", "RIGHT", "RIGHT"]),
        ],
        inputs=st.builds(_random_moves, SEEDS),
        reference=run_moves,
        wrong=[
            Wrong(left_and_right_swapped, "LEFT and RIGHT are swapped: after LEFT the upper word is the head."),
            Wrong(wrong_one_goes_left, "After LEFT the dependent goes, that is the lower of the two; the head stays."),
            Wrong(
                wrong_one_goes_right, "After RIGHT the dependent goes, that is the upper of the two; the head stays."
            ),
            Wrong(with_the_root, "The root has no head: the list begins with word 1."),
            Wrong(counted_from_zero, "Heads are word numbers; 0 is the root."),
            Wrong(dependents_instead, "Return each word's head, not how many dependents it has."),
        ],
        hints=[
            "A Python list is a stack: `stack[-1]` is the upper word, `stack[-2]` the one below.",
            "`del stack[-2]` takes out the lower one.",
        ],
        explanation="Every word is shifted once and leaves once: 2n moves, however complicated the tree.",
        beyond="Trees with crossing arcs need more, for example a move SWAP that reorders the words (Nivre, 2009). To learn which move is right, turn the question around: see `_right_move` in the library.",
    ),
    Exercise(
        id="1.1.d",
        title="Which sense is meant?",
        difficulty=1,
        task="""
            Write `which_sense(context, entries, stop_words)`, Lesk's method: `entries[i]` is the dictionary's text for sense i; the answer is the number of
            the sense whose entry shares most different words with the context. Capitals do not matter, stop words do not count, and of equals the first
            wins (it is the most frequent sense). Words of an entry are what `split()` gives.

            `which_sense(["the", "River", "bank"], ["a place for the money", "land at a river"], ["the"])` is `1`.
        """,
        function="which_sense",
        examples=[
            (["the", "River", "bank"], ["a place for the money", "land at a river"], ["the"]),
            (["the", "of", "water"], ["the bank of the king", "land near water"], ["the", "of"]),
            (["we", "left"], ["a place for money", "land at a river"], ["the"]),
            (["water", "water", "loan", "money"], ["water flows", "a loan of money"], []),
            (["loan", "water"], ["loans and more loans", "deep water"], []),
            (["money"], ["land", "money in a house of stone with many rooms", "money"], []),
            (["river", "boat"], ["the side of a river where a boat lies", "river bed"], ["the"]),
            ([], ["land"], []),
            (["boat"], ["river", "a long river on which nobody rows"], []),
            (["river"], ["land", "River bank"], []),
            (["The", "boat"], ["land at a river", "the money"], ["the"]),
            (["the", "boat"], ["land at a river", "the money"], ["The"]),
            (["THE"], ["land", "the money"], ["The"]),
        ],
        inputs=st.builds(_random_senses, SEEDS),
        reference=which_sense,
        wrong=[
            Wrong(with_stop_words, "Words like “the” and “of” are in every entry: take the stop words out first."),
            Wrong(minds_capitals, "Compare in lower case: “River” and “river” are one word."),
            Wrong(context_keeps_capitals, "The words of the context may have capitals: lower-case them, too."),
            Wrong(entries_keep_capitals, "The entries may have capitals: lower-case them, too."),
            Wrong(
                stop_words_before_lower_case,
                "“The” is a stop word if “the” is: lower-case the context before you take the stop words out.",
            ),
            Wrong(stop_words_as_written, "The list of stop words may have capitals: lower-case it, too."),
            Wrong(last_of_equals, "Of senses that share equally many words the first wins."),
            Wrong(counts_repeats, "Count different words: one that the context repeats is one piece of evidence."),
            Wrong(parts_of_words, "Compare whole words: “loan” in “loans” is a part of another word."),
            Wrong(longest_entry, "A long entry is no evidence: look for words that it shares with the context."),
            Wrong(share_of_the_entry, "Compare how many words are shared, not which share of the entry they are."),
        ],
        hints=[
            "Make sets of lower-case words; `&` is what two sets share.",
            "Count for each entry first. Of a list of counts you want the place of the largest, and `list.index` finds the first.",
        ],
        explanation="A word keeps company: the definition of the right sense tends to use the words around it.",
        beyond="Add the entries of neighbours in the graph (extended Lesk), or weight rare words more; today's systems compare vectors of the context and of the entry.",
    ),
    Exercise(
        id="1.1.e",
        title="Steps down an entity grid",
        difficulty=2,
        task="""
            Each string in `columns` is one entity's way through a text, a letter for each sentence: S, O, X or -. Write `step_shares(columns)`: for each pair of
            neighbouring letters that occurs, its share among all pairs of all columns. No pairs: an empty dictionary.

            `step_shares(["SS-", "-O-"])` is `{"SS": 0.25, "S-": 0.25, "-O": 0.25, "O-": 0.25}`.
        """,
        function="step_shares",
        examples=[
            (["SS-", "-O-"],),
            (["SSSS"],),
            (["SO", "X-", "SO"],),
            (["S", "O"],),
            ([],),
            (["-S--O", "XX--S"],),
        ],
        inputs=st.tuples(st.builds(_random_columns, SEEDS)),
        reference=step_shares,
        wrong=[
            Wrong(counts_only, "Return shares: divide each count by the number of all pairs."),
            Wrong(over_columns, "Divide by the number of all pairs, not by the number of columns."),
            Wrong(over_cells, "A column of n letters has n - 1 pairs: you divided by the letters."),
            Wrong(
                across_columns,
                "A pair lies within one column: the end of one and the beginning of the next are no step.",
            ),
            Wrong(without_absent, "Absence counts: that an entity goes away (S-) is what tells texts apart."),
            Wrong(
                share_of_the_first, "Divide by the number of all pairs, not of those that begin with the same letter."
            ),
            Wrong(every_other, "Pairs overlap: in SSS the middle letter ends one and begins another."),
            Wrong(backwards, "Read a column from the first sentence to the last: S- is not -S."),
            Wrong(rows_instead, "Go down the columns: a step leads from one sentence to the next."),
        ],
        hints=[
            "`zip(column, column[1:])` gives the neighbours.",
            "Count over all columns first, divide once at the end.",
        ],
        explanation="Which steps a text takes is independent of what it is about: a fingerprint of coherence.",
        beyond="Longer steps, salient entities apart and chains instead of equal nouns help; see `grid_features`.",
    ),
]

RIGHT = {  # other styles, which must pass as well
    "1.1.a": [by_lists_of_ancestors, without_what_both_share, by_breadth_first_search],
    "1.1.b": [listener_by_numpy, listener_by_loops, listener_by_formula],
    "1.1.c": [moves_by_dictionary, moves_by_slices, moves_by_recursion],
    "1.1.d": [sense_by_max, sense_by_loops, sense_by_numpy],
    "1.1.e": [shares_by_counter, shares_by_defaultdict, shares_by_numpy],
}

QUESTIONS = [
    Question(
        id="1.1.q1",
        text="“Some students passed” makes you believe that not all did. Which level is that?",
        choices=["Pragmatics", "Semantics", "Coreference", "Discourse"],
        answer=0,
        explanation="The words are true if all passed, too; that a speaker would have said “all” is reasoning about her choice.",
    ),
    Question(
        id="1.1.q2",
        text="How does the work of CKY grow with the number n of words?",
        choices=["With n!", "With n²", "With n³", "With 2ⁿ"],
        answer=2,
        explanation="About n² spans, each with up to n places to split it.",
    ),
    Question(
        id="1.1.q3",
        text="The probability of a tree in a PCFG is …",
        choices=[
            "the sum of the probabilities of its rules",
            "the product of the probabilities of its rules",
            "the probability of the rarest of its rules",
            "the mean probability of the rules in it",
        ],
        answer=1,
        explanation="Each rule is chosen given its left side only; independent choices multiply.",
    ),
    Question(
        id="1.1.q4",
        text="A resolver works through sieves. Why are pronouns last?",
        choices=[
            "They are the rarest of all mentions, so errors there cost the least",
            "They stand later in a text than the names that they may refer to",
            "Their gender is known only when the whole text has been parsed once",
            "They say little themselves, and need chains with gender and kind",
        ],
        answer=3,
        explanation="A pronoun says hardly more than gender and number; what it may mean is best known when names are joined.",
    ),
    Question(
        id="1.1.q5",
        text="A parser agrees with spaCy on 44 % of the heads in some news. What do you know?",
        choices=[
            "It was trained on too few sentences, since agreement grows with the treebank",
            "It is wrong about 56 % of the words, since spaCy was trained by experts",
            "It differs from spaCy on 56 % of the words, and either of them may be right",
            "It labels 44 % of the arcs as spaCy does, and finds some more heads",
        ],
        answer=2,
        explanation="Labels made by a program are silver: disagreement may be an error of either, or two conventions.",
    ),
]
