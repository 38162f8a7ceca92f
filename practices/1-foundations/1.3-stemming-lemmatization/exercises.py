"""Exercises of topic 1.3."""

import itertools
import re

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question, Wrong

VOWELS = "aeiou"
WORDS = st.text(alphabet="aeiouybcdlmnrst", max_size=10)


# a: the S stemmer


def s_stem(word):
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def cut_every_s(word):
    return word[:-1] if word.endswith("s") else word


def no_exceptions(word):
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("es"):
        return word[:-1]
    if word.endswith("s"):
        return word[:-1]
    return word


def es_goes_whole(word):
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def stops_at_an_exception(word):
    if word.endswith("ies"):
        return word if word.endswith(("eies", "aies")) else word[:-3] + "y"
    if word.endswith("es"):
        return word if word.endswith(("aes", "ees", "oes")) else word[:-1]
    if word.endswith("s"):
        return word if word.endswith(("us", "ss")) else word[:-1]
    return word


def strips_letters(word):
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word.rstrip("ies") + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word.rstrip("s")
    return word


def ies_loses_its_y(word):
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3]
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def s_stem_by_regex(word):
    for ending, gone, new in ((r"(?<![ea])ies", 3, "y"), (r"(?<![aeo])es", 1, ""), (r"(?<![us])s", 1, "")):
        if re.search(ending + r"\Z", word):
            return word[:-gone] + new
    return word


def s_stem_by_table(word):
    rules = [("ies", ["eies", "aies"], "y"), ("es", ["aes", "ees", "oes"], "e"), ("s", ["us", "ss"], "")]
    for ending, exceptions, new in rules:
        if word.endswith(ending) and not any(word.endswith(e) for e in exceptions):
            return word.removesuffix(ending) + new
    return word


def s_stem_by_slices(word):
    if word[-1:] != "s":
        return word
    if word[-3:] == "ies" and word[-4:-3] not in ("e", "a"):
        return f"{word[:-3]}y"
    if word[-2:] == "es" and word[-3:-2] not in ("a", "e", "o"):
        return word[:-1]
    return word if word[-2:-1] in ("u", "s") else word[:-1]


# b: the measure


def measure(word):
    m, after_vowel = 0, False
    for i, letter in enumerate(word):
        vowel = letter in "aeiou" or (letter == "y" and i > 0 and not after_vowel)
        if after_vowel and not vowel:
            m += 1
        after_vowel = vowel
    return m


def counts_vowel_letters(word):
    return sum(letter in "aeiou" for letter in word)


def counts_vowel_runs(word):
    n, after_vowel = 0, False
    for i, letter in enumerate(word):
        vowel = letter in "aeiou" or (letter == "y" and i > 0 and not after_vowel)
        n += vowel and not after_vowel
        after_vowel = vowel
    return n


def y_never_a_vowel(word):
    m, after_vowel = 0, False
    for letter in word:
        vowel = letter in "aeiou"
        m += after_vowel and not vowel
        after_vowel = vowel
    return m


def y_always_a_vowel(word):
    m, after_vowel = 0, False
    for letter in word:
        vowel = letter in "aeiouy"
        m += after_vowel and not vowel
        after_vowel = vowel
    return m


def counts_cv(word):
    m, after_consonant = 0, False
    after_vowel = False
    for i, letter in enumerate(word):
        vowel = letter in "aeiou" or (letter == "y" and i > 0 and not after_vowel)
        m += after_consonant and vowel
        after_consonant, after_vowel = not vowel, vowel
    return m


def y_a_vowel_at_the_start(word):
    m, after_vowel = 0, False
    for letter in word:
        vowel = letter in "aeiou" or (letter == "y" and not after_vowel)
        m += after_vowel and not vowel
        after_vowel = vowel
    return m


def measure_by_regex(word):
    kinds = ""
    for letter in word:
        kinds += "V" if letter in "aeiou" or (letter == "y" and kinds[-1:] == "C") else "C"
    return len(re.findall("VC", kinds))


def measure_by_groups(word):
    kinds = []
    for letter in word:
        kinds.append(letter in set("aeiou") or bool(letter == "y" and kinds and not kinds[-1]))
    runs = [vowel for vowel, _ in itertools.groupby(kinds)]
    return sum(runs) - (bool(runs) and runs[-1])


def measure_by_numpy(word):
    vowel = np.zeros(len(word) + 1, dtype=bool)
    for i, letter in enumerate(word):
        vowel[i] = letter in "aeiou" or (letter == "y" and i > 0 and not vowel[i - 1])
    return np.sum(vowel[: len(word)][:-1] & ~vowel[: len(word)][1:])


# c: region R1


def r1(word):
    for i in range(1, len(word)):
        if word[i - 1] in "aeiouy" and word[i] not in "aeiouy":
            return i + 1
    return len(word)


def at_the_consonant(word):
    for i in range(1, len(word)):
        if word[i - 1] in "aeiouy" and word[i] not in "aeiouy":
            return i
    return len(word)


def after_the_first_vowel(word):
    for i in range(len(word)):
        if word[i] in "aeiouy":
            return i + 1
    return len(word)


def minus_one_if_none(word):
    for i in range(1, len(word)):
        if word[i - 1] in "aeiouy" and word[i] not in "aeiouy":
            return i + 1
    return -1


def y_is_a_consonant(word):
    for i in range(1, len(word)):
        if word[i - 1] in "aeiou" and word[i] not in "aeiou":
            return i + 1
    return len(word)


def the_last_one(word):
    found = len(word)
    for i in range(1, len(word)):
        if word[i - 1] in "aeiouy" and word[i] not in "aeiouy":
            found = i + 1
    return found


def the_text_itself(word):
    for i in range(1, len(word)):
        if word[i - 1] in "aeiouy" and word[i] not in "aeiouy":
            return word[i + 1 :]
    return ""


def r1_by_regex(word):
    found = re.search("[aeiouy][^aeiouy]", word)
    return found.end() if found else len(word)


def r1_by_next(word):
    vowels = [letter in "aeiouy" for letter in word]
    return next((i + 2 for i, (a, b) in enumerate(zip(vowels, vowels[1:])) if a and not b), len(word))


def r1_by_while(word):
    i = 0
    while i < len(word) and word[i] not in "aeiouy":
        i += 1
    while i < len(word) and word[i] in "aeiouy":
        i += 1
    return min(i + 1, len(word))


# d: rules


def apply_rules(word, rules):
    fitting = [(suffix, new) for suffix, new in rules if word.endswith(suffix)]
    if not fitting:
        return word
    suffix, new = max(fitting, key=lambda rule: len(rule[0]))
    stem = word[: len(word) - len(suffix)]
    return stem + new if measure(stem) > 0 else word


def first_that_fits(word, rules):
    for suffix, new in rules:
        if word.endswith(suffix):
            stem = word[: len(word) - len(suffix)]
            return stem + new if measure(stem) > 0 else word
    return word


def goes_on_after_a_refusal(word, rules):
    for suffix, new in sorted(rules, key=lambda rule: -len(rule[0])):
        if word.endswith(suffix):
            stem = word[: len(word) - len(suffix)]
            if measure(stem) > 0:
                return stem + new
    return word


def no_condition(word, rules):
    fitting = [(suffix, new) for suffix, new in rules if word.endswith(suffix)]
    if not fitting:
        return word
    suffix, new = max(fitting, key=lambda rule: len(rule[0]))
    return word[: len(word) - len(suffix)] + new


def measures_the_word(word, rules):
    fitting = [(suffix, new) for suffix, new in rules if word.endswith(suffix)]
    if not fitting:
        return word
    suffix, new = max(fitting, key=lambda rule: len(rule[0]))
    return word[: len(word) - len(suffix)] + new if measure(word) > 0 else word


def replaces_everywhere(word, rules):
    fitting = [(suffix, new) for suffix, new in rules if word.endswith(suffix)]
    if not fitting:
        return word
    suffix, new = max(fitting, key=lambda rule: len(rule[0]))
    stem = word[: len(word) - len(suffix)]
    return word.replace(suffix, new) if measure(stem) > 0 else word


def cuts_and_forgets(word, rules):
    fitting = [suffix for suffix, _ in rules if word.endswith(suffix)]
    if not fitting:
        return word
    stem = word[: len(word) - len(max(fitting, key=len))]
    return stem if measure(stem) > 0 else word


# e: the change at the end


def suffix_change(form, lemma):
    shared = 0
    while shared < min(len(form), len(lemma)) and form[shared] == lemma[shared]:
        shared += 1
    return form[shared:], lemma[shared:]


def turned_around(form, lemma):
    return suffix_change(lemma, form)


def counts_equal_letters(form, lemma):
    shared = sum(a == b for a, b in zip(form, lemma))
    return form[shared:], lemma[shared:]


def lengths_instead(form, lemma):
    gone, come = suffix_change(form, lemma)
    return len(gone), come


def prefix_instead(form, lemma):
    gone, come = suffix_change(form, lemma)
    return form[: len(form) - len(gone)], come


def one_letter_too_many(form, lemma):
    shared = 0
    while shared < min(len(form), len(lemma)) and form[shared] == lemma[shared]:
        shared += 1
    shared = max(shared - 1, 0)
    return form[shared:], lemma[shared:]


def everything_changes(form, lemma):
    return form, lemma


def rules_longest_first(word, rules):
    for suffix, new in sorted(rules, key=lambda rule: len(rule[0]), reverse=True):
        if word.endswith(suffix):
            stem = word.removesuffix(suffix)
            return stem + new if measure(stem) else word
    return word


def rules_by_place(word, rules):
    table = dict(rules)
    for i in range(len(word)):
        if word[i:] in table:
            return word[:i] + table[word[i:]] if measure(word[:i]) > 0 else word
    return word


def rules_by_one_pass(word, rules):
    best = None
    for rule in rules:
        if word.endswith(rule[0]) and (best is None or len(rule[0]) > len(best[0])):
            best = rule
    if best is None or measure(word[: -len(best[0])]) == 0:
        return word
    return word[: -len(best[0])] + best[1]


# right answers to e


def change_by_next(form, lemma):
    n = next((i for i, (a, b) in enumerate(zip(form, lemma)) if a != b), min(len(form), len(lemma)))
    return form[n:], lemma[n:]


def change_by_recursion(form, lemma):
    if form and lemma and form[0] == lemma[0]:
        return change_by_recursion(form[1:], lemma[1:])
    return [form, lemma]


def change_by_takewhile(form, lemma):
    n = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(form, lemma)))
    return form[n:], lemma[n:]


RULES = [("ational", "ate"), ("tional", "tion"), ("al", ""), ("ness", ""), ("iveness", "ive")]
ENDINGS = st.sampled_from(["", "al", "tional", "ational", "ness", "iveness", "alness"])

EXERCISES = [
    Exercise(
        id="1.3.a",
        title="The S stemmer",
        difficulty=1,
        task="""
            Write Harman's S stemmer, `s_stem(word)`. Of these three rules the first whose conditions hold applies, and only that one:

            1. ends in *-ies*, but not in *-eies* or *-aies*: *-ies* becomes *-y*
            2. ends in *-es*, but not in *-aes*, *-ees* or *-oes*: *-es* becomes *-e*
            3. ends in *-s*, but not in *-us* or *-ss*: the *s* goes

            `s_stem("ponies")` is `"pony"`, `s_stem("churches")` is `"churche"` (it is a simple stemmer), `s_stem("glass")` stays.
        """,
        function="s_stem",
        examples=[
            ("ponies",),
            ("churches",),
            ("cats",),
            ("glass",),
            ("virus",),
            ("shoes",),
            ("fees",),
            ("",),
            ("s",),
            ("ies",),
            ("zombaies",),
            ("series",),
            ("seeies",),
            ("misses",),
            ("radiisis",),
            ("dogsses",),
            ("essies",),
        ],
        inputs=st.tuples(
            st.builds(
                str.__add__,
                WORDS,
                st.sampled_from(["", "s", "es", "ies", "us", "ss", "oes", "ees", "aes", "eies", "aies"]),
            )
        ),
        reference=s_stem,
        wrong=[
            Wrong(cut_every_s, "Not every s goes: look at -ies, and at -us and -ss."),
            Wrong(
                no_exceptions,
                "The endings are right, but each rule has endings that it must leave alone (“but not in”).",
            ),
            Wrong(es_goes_whole, "Rule 2 turns -es into -e: only the s goes."),
            Wrong(
                stops_at_an_exception,
                "When a rule's exception holds, that rule does not apply, but the next one may: “shoes” is no case for rule 2, yet rule 3 fits.",
            ),
            Wrong(
                strips_letters,
                "`rstrip` removes every letter of the set, as often as it stands there; cut by position instead.",
            ),
            Wrong(ies_loses_its_y, "-ies becomes -y: something comes in its place."),
        ],
        hints=[
            '`str.endswith` takes a tuple of endings: `word.endswith(("us", "ss"))`.',
            "Three `if`s in the order of the rules, each with “ends in … and not ends in …”, each returning.",
        ],
        explanation="Each rule is tried in turn; because an excluded word falls through to the next rule, *shoes* loses its *s* by rule 3.",
        beyond="Harman found that this stemmer brought search about as much as Porter's did. Start with the simple one and measure.",
    ),
    Exercise(
        id="1.3.b",
        title="Porter's measure",
        difficulty=2,
        task="""
            Write `measure(word)`: how often, reading from left to right, a run of vowels is followed by a consonant.
            Vowels are *a e i o u*, and *y* if it follows a consonant; a *y* at the beginning or after a vowel is a consonant. Letters are lower case.

            `measure("trouble")` is 1 (tr-**ou-bl**-e), `measure("oats")` is 1, `measure("private")` is 2, `measure("syzygy")` is 2, `measure("")` is 0.
        """,
        function="measure",
        examples=[
            ("trouble",),
            ("oats",),
            ("private",),
            ("tree",),
            ("by",),
            ("syzygy",),
            ("",),
            ("y",),
            ("toy",),
            ("yes",),
            ("yttrium",),
            ("playing",),
            ("eye",),
            ("yyy",),
            ("happy",),
            ("ivy",),
        ],
        inputs=st.tuples(WORDS),
        reference=measure,
        wrong=[
            Wrong(
                counts_vowel_letters,
                "This counts vowels one by one. Count the places where a vowel is followed by a consonant.",
            ),
            Wrong(counts_vowel_runs, "A run of vowels counts only if a consonant follows: “tree” has m = 0."),
            Wrong(y_never_a_vowel, "A y after a consonant is a vowel: “syzygy” has m = 2."),
            Wrong(y_always_a_vowel, "A y at the beginning or after a vowel is a consonant: “toy” has m = 1."),
            Wrong(counts_cv, "You count consonant → vowel; the measure counts vowel → consonant."),
            Wrong(y_a_vowel_at_the_start, "A y at the very beginning is a consonant: “yttrium” begins with one."),
        ],
        hints=[
            "Go through the letters and remember whether the last one was a vowel.",
            "Whether a y is a vowel depends on that memory, too: it is one after a consonant, and none at the beginning. When do you add 1?",
        ],
        explanation="m counts the changes from vowel to consonant; one pass that remembers the class of the last letter is enough.",
        beyond="The y rule looks back, and a y before a y looks back further: a recursive version fails on “yyyy…” with a thousand y. Keep the last class instead.",
    ),
    Exercise(
        id="1.3.c",
        title="Region R1",
        difficulty=2,
        task="""
            Snowball allows most endings to go only inside a region. `r1(word)` is the index at which R1 begins: right after the first
            consonant that follows a vowel; `len(word)` if there is none. Here all of *a e i o u y* are vowels.

            `r1("beautiful")` is 5 (R1 is *iful*), `r1("beauty")` is 5 (*y*), `r1("beau")` is 4 (empty), `r1("animate")` is 2.
        """,
        function="r1",
        examples=[
            ("beautiful",),
            ("beauty",),
            ("beau",),
            ("animate",),
            ("sprinkled",),
            ("eucharist",),
            ("",),
            ("y",),
            ("cry",),
            ("sky",),
            ("crying",),
            ("system",),
            ("played",),
            ("at",),
        ],
        inputs=st.tuples(WORDS),
        reference=r1,
        wrong=[
            Wrong(at_the_consonant, "R1 begins after that consonant, not with it."),
            Wrong(after_the_first_vowel, "Wait for a consonant that follows the vowel."),
            Wrong(minus_one_if_none, "Without such a consonant, R1 is empty: it begins at len(word)."),
            Wrong(y_is_a_consonant, "Here y is a vowel throughout."),
            Wrong(the_last_one, "The first such consonant counts, not the last."),
            Wrong(the_text_itself, "Return the index, not the text of the region."),
        ],
        hints=[
            "Look at pairs of neighbours: a vowel, then a consonant.",
            "The first pair that fits decides. Its second letter is at i: where does what follows it begin?",
        ],
        explanation="The first vowel–consonant pair ends the part of the word that must stay; everything behind it may be an ending.",
        beyond="R2 is R1 of R1: the same function once more, on the rest. With indices no string is copied.",
    ),
    Exercise(
        id="1.3.d",
        title="Suffix rules",
        difficulty=2,
        task="""
            Write `apply_rules(word, rules)`. Each rule is a pair (suffix, replacement). Of the suffixes that end the word, the **longest** decides. It is
            replaced only if what stands before it has `measure(stem) > 0` (your function of 1.3.b); otherwise the word stays as it is, even if a
            shorter suffix would do. No suffix fits: the word stays.

            With `rules = [("al", ""), ("tional", "tion"), ("ational", "ate")]`, *relational* becomes *relate*, *rational* stays (before *-ational*
            stands only *r*), and *conditional* becomes *condition*.
        """,
        function="apply_rules",
        examples=[
            ("relational", RULES),
            ("rational", RULES),
            ("conditional", RULES),
            ("national", [("al", ""), ("ational", "ate")]),
            ("decisiveness", RULES),
            ("goodness", RULES),
            ("all", RULES),
            ("al", RULES),
            ("", RULES),
            ("word", []),
            ("formalness", [("ness", ""), ("alness", "al")]),
            ("alalal", RULES),
            ("analytical", [("al", ""), ("ical", "ic")]),
            ("tional", [("al", "x"), ("tional", "tion")]),
            ("tree", [("e", "")]),
        ],
        inputs=st.tuples(
            st.builds(str.__add__, WORDS, ENDINGS),
            st.lists(st.sampled_from(RULES), max_size=5, unique=True),
        ),
        reference=apply_rules,
        wrong=[
            Wrong(first_that_fits, "The longest suffix that fits decides, wherever it stands in the list."),
            Wrong(
                goes_on_after_a_refusal,
                "If the longest suffix may not go, nothing goes: do not fall back to a shorter one.",
            ),
            Wrong(no_condition, "The stem must have measure > 0, or the word stays as it is."),
            Wrong(measures_the_word, "The condition concerns the stem before the suffix, not the whole word."),
            Wrong(replaces_everywhere, "`str.replace` changes every place; only the end of the word is meant."),
            Wrong(cuts_and_forgets, "The replacement is missing: -ational becomes -ate."),
        ],
        hints=[
            "Collect the rules whose suffix ends the word, then take the longest with `max(…, key=…)`.",
            "The stem is `word[:len(word) - len(suffix)]`.",
        ],
        explanation="Longest first, then one condition: that is all a step of Porter's stemmer does.",
        beyond="The rule “longest or nothing” protects words: *rational* minus *-al* would be *ration*, which is another word.",
    ),
    Exercise(
        id="1.3.e",
        title="What changes at the end",
        difficulty=1,
        task="""
            The simplest lemmatizer that can be learned remembers what changed at the end of a word. Write `suffix_change(form, lemma)`: the pair (what
            goes from the end of the form, what comes in its place), where everything up to the first difference is kept.

            `suffix_change("tried", "try")` is `("ied", "y")`, `suffix_change("went", "go")` is `("went", "go")`, `suffix_change("cat", "cat")` is `("", "")`.
        """,
        function="suffix_change",
        examples=[
            ("tried", "try"),
            ("went", "go"),
            ("cat", "cat"),
            ("walks", "walk"),
            ("", ""),
            ("mice", "mouse"),
            ("a", "abc"),
            ("gesagt", "sagen"),
            ("better", "bxtter"),
        ],
        inputs=st.tuples(st.text(alphabet="abc", max_size=5), st.text(alphabet="abc", max_size=5)),
        reference=suffix_change,
        wrong=[
            Wrong(turned_around, "The form's part comes first, the lemma's second."),
            Wrong(counts_equal_letters, "Stop at the first difference: equal letters behind it do not count."),
            Wrong(lengths_instead, "Return the letters that go, not how many they are."),
            Wrong(prefix_instead, "You return what stays: return what goes."),
            Wrong(one_letter_too_many, "One letter too many changes: everything up to the first difference is kept."),
            Wrong(everything_changes, "What both have in common at the beginning stays."),
        ],
        hints=[
            "Count how many letters at the beginning are equal.",
            "A `while` loop with two conditions: not beyond the shorter word, and the letters are equal.",
        ],
        explanation="The shared beginning stays; what follows it on both sides is the rule. Collected over a table, the most frequent rule for an ending is a lemmatizer.",
        beyond="It cannot handle changes at the front (*gesagt* → *sagen*); the edit trees of the library keep the longest common stretch wherever it lies. `os.path.commonprefix` does the first half.",
    ),
]

RIGHT = {  # other styles, which must pass as well
    "1.3.a": [s_stem_by_regex, s_stem_by_table, s_stem_by_slices],
    "1.3.b": [measure_by_regex, measure_by_groups, measure_by_numpy],
    "1.3.c": [r1_by_regex, r1_by_next, r1_by_while],
    "1.3.d": [rules_longest_first, rules_by_place, rules_by_one_pass],
    "1.3.e": [change_by_next, change_by_recursion, change_by_takewhile],
}

QUESTIONS = [
    Question(
        id="1.3.q1",
        text="Which of these may return something that is not a word?",
        choices=["A rule-based stemmer", "A dictionary lemmatizer", "Both of the two may", "Neither of the two may"],
        answer=0,
        explanation="A stemmer only cuts: *police* → *polic*. A dictionary lemmatizer returns words of its dictionary, or the word as it came.",
    ),
    Question(
        id="1.3.q2",
        text="What is Porter's measure m of “trees”?",
        choices=["0", "1", "2", "3"],
        answer=1,
        explanation="tr-ee-s: one run of vowels that is followed by a consonant.",
    ),
    Question(
        id="1.3.q3",
        text="A stemmer maps “university” and “universe” to the same stem. What is that called?",
        choices=["Understemming", "Lemmatization", "Conflation error", "Overstemming"],
        answer=3,
        explanation="Words of different meaning fall together: too much was cut. It costs precision.",
    ),
    Question(
        id="1.3.q4",
        text="Why does Morphy need the part of speech?",
        choices=[
            "Because it must choose between several words of the same spelling in a text",
            "Because its list of exceptions holds only verbs, and its rules only nouns",
            "Because “meeting” is its own lemma as a noun, and a form of “meet” as a verb",
            "Because WordNet has no entry for a word whose part of speech is not known",
        ],
        answer=2,
        explanation="The same letters can be forms of different words; which endings may go depends on the part of speech.",
    ),
    Question(
        id="1.3.q5",
        text="You index 10 million documents for search and want users to find “connections” by “connected”. Memory for a dictionary is no problem. What do you do first?",
        choices=[
            "Take Lancaster, because the more a stemmer cuts, the more queries will find",
            "Measure search on your own queries, with a light stemmer and without any",
            "Take a lemmatizer, because a dictionary makes fewer mistakes than any rules",
            "Leave the words alone, because rankers such as BM25 know forms of words",
        ],
        answer=1,
        explanation="Which one helps depends on collection and queries. (A lemmatizer does not even join these two: *connection* is a noun of its own.) Stronger stemming raises recall and costs precision; only a measurement on your data decides.",
    ),
    Question(
        id="1.3.q6",
        text="Documents were indexed with Snowball stems. A query comes in. What must happen to its words?",
        choices=[
            "They are stemmed with the same stemmer",
            "They stay as typed: the index has stems",
            "They are lemmatized by a dictionary first",
            "They are searched as typed and stemmed",
        ],
        answer=0,
        explanation="Only what was made equal on both sides can match.",
    ),
]
