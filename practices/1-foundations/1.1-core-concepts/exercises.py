"""Exercises of topic 1.1."""

import random

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
            Wrong(only_the_steps, "The steps are asked for as 1 / (1 + steps)."),
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
            Wrong(dependents_instead, "Heads are asked for, not how many dependents each word has."),
        ],
        hints=[
            "A Python list is a stack: `stack[-1]` is the upper word, `stack[-2]` the one below.",
            "`del stack[-2]` takes out the lower one.",
        ],
        explanation="Every word is shifted once and leaves once: 2n moves, however complicated the tree.",
        beyond="Trees with crossing arcs need one more move, SWAP. To learn which move is right, turn the question around: see `_right_move` in the library.",
    ),
]

QUESTIONS = [
    Question(
        id="1.1.q1",
        text="“Some students passed” makes you believe that not all did. Which level is that?",
        choices=["Syntax", "Semantics", "Pragmatics"],
        answer=2,
        explanation="The words are true if all passed, too; that a speaker would have said “all” is reasoning about her choice.",
    ),
    Question(
        id="1.1.q2",
        text="How does the work of CKY grow with the number n of words?",
        choices=["n", "n³", "2ⁿ"],
        answer=1,
        explanation="About n² stretches, each with up to n places to split it.",
    ),
    Question(
        id="1.1.q3",
        text="A probability of a tree is …",
        choices=["the sum of its rules' probabilities", "their product", "their mean"],
        answer=1,
        explanation="Each rule is chosen given its left side only; independent choices multiply.",
    ),
    Question(
        id="1.1.q4",
        text="A resolver works through sieves. Why are pronouns last?",
        choices=[
            "They are rare",
            "They have the least words of their own, and need chains that know gender and kind",
            "They come last in a sentence",
        ],
        answer=1,
        explanation="A pronoun says hardly more than gender and number; what it may mean is best known when names are joined.",
    ),
]
