"""Exercises of topic 1.4."""

import math
import re
import unicodedata

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question, Wrong

# a: one way of writing


def _straight(text):
    for old, new in ("‘'", "’'", '“"', '”"'):
        text = text.replace(old, new)
    return text


def _without_invisible(text):
    return text.replace("\u200b", "").replace("\ufeff", "")


def tidy(text):
    return " ".join(unicodedata.normalize("NFC", _without_invisible(_straight(text))).split())


def not_composed(text):
    return " ".join(_without_invisible(_straight(text)).split())


def compatibility_form(text):
    return " ".join(unicodedata.normalize("NFKC", _without_invisible(_straight(text))).split())


def taken_apart(text):
    return " ".join(unicodedata.normalize("NFD", _without_invisible(_straight(text))).split())


def invisible_becomes_a_space(text):
    text = _straight(text).replace("\u200b", " ").replace("\ufeff", " ")
    return " ".join(unicodedata.normalize("NFC", text).split())


def closing_quotes_only(text):
    text = text.replace("’", "'").replace("”", '"')
    return " ".join(unicodedata.normalize("NFC", _without_invisible(text)).split())


def keyboard_spaces_only(text):
    text = unicodedata.normalize("NFC", _without_invisible(_straight(text)))
    return " ".join(part for part in text.split(" ") if part)


def ends_forgotten(text):
    text = unicodedata.normalize("NFC", _without_invisible(_straight(text)))
    inner = " ".join(text.split())
    return " " * text[:1].isspace() + inner + " " * (text[-1:].isspace() and bool(inner))


def composed_before_invisible(text):
    return " ".join(_without_invisible(unicodedata.normalize("NFC", _straight(text))).split())


def spaces_before_invisible(text):
    return unicodedata.normalize("NFC", _without_invisible(" ".join(_straight(text).split())))


def tidy_by_translate(text):
    table = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u200b": None, "\ufeff": None})
    return " ".join(unicodedata.normalize("NFC", text.translate(table)).split())


def tidy_by_regex(text):
    text = re.sub("[\u200b\ufeff]", "", text)
    text = re.sub("[‘’]", "'", re.sub("[“”]", '"', text))
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", text).strip())


def tidy_by_letter(text):
    quotes, result = {"‘": "'", "’": "'", "“": '"', "”": '"'}, []
    for character in text:
        if character in "\u200b\ufeff":
            continue
        if character.isspace():
            if result and result[-1] != " ":
                result.append(" ")
        else:
            result.append(quotes.get(character, character))
    return unicodedata.normalize("NFC", "".join(result).rstrip())


# b: stop words, but never nothing


def search_terms(words, stop_words):
    kept = [word for word in words if word.lower() not in stop_words]
    return kept or words


def nothing_left(words, stop_words):
    return [word for word in words if word.lower() not in stop_words]


def case_matters(words, stop_words):
    kept = [word for word in words if word not in stop_words]
    return kept or words


def all_in_lower_case(words, stop_words):
    kept = [word.lower() for word in words if word.lower() not in stop_words]
    return kept or [word.lower() for word in words]


def each_word_once(words, stop_words):
    kept = [word for word in dict.fromkeys(words) if word.lower() not in stop_words]
    return kept or words


def removed_while_walking(words, stop_words):
    kept = list(words)
    for word in kept:
        if word.lower() in stop_words:
            kept.remove(word)
    return kept or words


def keeps_the_stop_words(words, stop_words):
    kept = [word for word in words if word.lower() in stop_words]
    return kept or words


def parts_of_words_count(words, stop_words):
    kept = [word for word in words if not any(stop in word.lower() for stop in stop_words)]
    return kept or words


def three_spellings(words, stop_words):
    known = stop_words | {word.capitalize() for word in stop_words}
    return [word for word in words if word not in known] or words


def terms_by_loop(words, stop_words):
    kept = []
    for word in words:
        if word.lower() not in stop_words:
            kept.append(word)
    if len(kept) == 0:
        return list(words)
    return kept


def terms_by_filter(words, stop_words):
    if {word.lower() for word in words} <= stop_words:
        return tuple(words)
    return list(filter(lambda word: word.lower() not in stop_words, words))


def terms_by_numpy(words, stop_words):
    keep = np.array([word.lower() not in stop_words for word in words], dtype=bool)
    return np.array(words, dtype=object)[keep].tolist() if keep.any() else words


# c: negations


def _negations(words, changed, order=1, endings=("n't", "n’t"), cut=3):
    result = []
    for word in words:
        if word.endswith(endings) and len(word) > 3:
            stem = word[:-cut]
            result += [changed.get(stem, stem), "not"][::order]
        else:
            result.append(word)
    return result


CHANGED = {"wo": "will", "ca": "can", "sha": "shall"}


def write_out_negations(words):
    return _negations(words, CHANGED)


def stems_unchanged(words):
    return _negations(words, {})


def only_the_t_goes(words):
    return _negations(words, {"won": "will", "can": "can", "shan": "shall"}, cut=2)


def typewriter_apostrophe_only(words):
    return _negations(words, CHANGED, endings=("n't",))


def not_comes_first(words):
    return _negations(words, CHANGED, order=-1)


def glued_together(words):
    return [" ".join(_negations([word], CHANGED)) for word in words]


def negation_dropped(words):
    return [_negations([word], CHANGED)[0] for word in words]


def any_apostrophe_t(words):
    result = []
    for word in words:
        if word.endswith(("'t", "’t")) and len(word) > 2:
            stem = word[:-2].removesuffix("n")
            result += [CHANGED.get(stem, stem), "not"]
        else:
            result.append(word)
    return result


def negations_by_regex(words):
    result = []
    for word in words:
        if found := re.fullmatch("(.+)n['’]t", word):
            result += [CHANGED.get(found[1], found[1]), "not"]
        else:
            result += [word]
    return result


def negations_by_straight_quotes(words):
    stems = {"won't": "will", "can't": "can", "shan't": "shall"}
    result = []
    for word in words:
        straight = word.replace("’", "'")
        stem = straight.removesuffix("n't")
        result.extend([word] if stem in ("", straight) else [stems.get(straight, stem), "not"])
    return tuple(result)


def negations_by_recursion(words):
    if not words:
        return []
    first, *rest = words
    if len(first) > 3 and first[-3:] in ("n't", "n’t"):
        stem = first[:-3]
        for old, new in (("wo", "will"), ("ca", "can"), ("sha", "shall")):
            if stem == old:
                stem = new
                break
        return [stem, "not", *negations_by_recursion(rest)]
    return [first, *negations_by_recursion(rest)]


# d: sentences


def split_sentences(words, abbreviations):
    sentences, current = [], []
    for word in words:
        current.append(word)
        base = word[:-1]
        abbreviation = base.lower() in abbreviations or (len(base) == 1 and base.isalpha())
        if word.endswith(("?", "!")) or (word.endswith(".") and not abbreviation):
            sentences.append(current)
            current = []
    return [*sentences, current] if current else sentences


def every_period_ends(words, abbreviations):
    sentences, current = [], []
    for word in words:
        current.append(word)
        if word.endswith((".", "?", "!")):
            sentences.append(current)
            current = []
    return [*sentences, current] if current else sentences


def initials_end(words, abbreviations):
    sentences, current = [], []
    for word in words:
        current.append(word)
        if word.endswith(("?", "!")) or (word.endswith(".") and word[:-1].lower() not in abbreviations):
            sentences.append(current)
            current = []
    return [*sentences, current] if current else sentences


def abbreviations_as_written(words, abbreviations):
    sentences, current = [], []
    for word in words:
        current.append(word)
        base = word[:-1]
        abbreviation = base in abbreviations or (len(base) == 1 and base.isalpha())
        if word.endswith(("?", "!")) or (word.endswith(".") and not abbreviation):
            sentences.append(current)
            current = []
    return [*sentences, current] if current else sentences


def the_rest_is_lost(words, abbreviations):
    whole = split_sentences(words, abbreviations)
    return whole if not whole or split_sentences([*words, "X!"], abbreviations)[-1] == ["X!"] else whole[:-1]


def always_a_last_one(words, abbreviations):
    whole = split_sentences(words, abbreviations)
    return whole if split_sentences([*words, "X!"], abbreviations)[-1] != ["X!"] else [*whole, []]


def only_periods_end(words, abbreviations):
    sentences, current = [], []
    for word in words:
        current.append(word)
        base = word[:-1]
        abbreviation = base.lower() in abbreviations or (len(base) == 1 and base.isalpha())
        if word.endswith(".") and not abbreviation:
            sentences.append(current)
            current = []
    return [*sentences, current] if current else sentences


def digits_are_initials(words, abbreviations):
    sentences, current = [], []
    for word in words:
        current.append(word)
        base = word[:-1]
        if word.endswith(("?", "!")) or (word.endswith(".") and base.lower() not in abbreviations and len(base) != 1):
            sentences.append(current)
            current = []
    return [*sentences, current] if current else sentences


def _ends(word, abbreviations):
    if word[-1:] in ("?", "!"):
        return True
    before = word[:-1].lower()
    return word[-1:] == "." and before not in abbreviations and not (len(before) == 1 and before.isalpha())


def sentences_by_places(words, abbreviations):
    ends = [i + 1 for i, word in enumerate(words) if _ends(word, abbreviations)]
    starts = [0, *ends]
    return [words[a:b] for a, b in zip(starts, [*ends, len(words)]) if a < b]


def sentences_by_generator(words, abbreviations):
    def sentences():
        sentence = []
        for word in words:
            sentence.append(word)
            if _ends(word, abbreviations):
                yield tuple(sentence)
                sentence = []
        if sentence:
            yield tuple(sentence)

    return list(sentences())


def sentences_by_recursion(words, abbreviations):
    for i, word in enumerate(words, start=1):
        if _ends(word, abbreviations):
            return [words[:i], *sentences_by_recursion(words[i:], abbreviations)]
    return [words] if words else []


# e: evenness


def evenness(counts):
    total = sum(counts)
    if total == 0 or len(counts) < 2:
        return 0.0
    return -sum(n / total * math.log(n / total) for n in counts if n) / math.log(len(counts))


def not_divided(counts):
    total = sum(counts)
    if total == 0 or len(counts) < 2:
        return 0.0
    return -sum(n / total * math.log(n / total) for n in counts if n)


def in_bits(counts):
    total = sum(counts)
    if total == 0 or len(counts) < 2:
        return 0.0
    return -sum(n / total * math.log2(n / total) for n in counts if n)


def texts_that_have_it(counts):
    total, n_texts = sum(counts), sum(n > 0 for n in counts)
    if total == 0 or n_texts < 2:
        return 0.0
    return -sum(n / total * math.log(n / total) for n in counts if n) / math.log(n_texts)


def sign_forgotten(counts):
    return -evenness(counts)


def turned_round(counts):
    return 1 - evenness(counts)


def share_of_texts(counts):
    return sum(n > 0 for n in counts) / len(counts) if counts else 0.0


def share_of_the_largest(counts):
    total = sum(counts)
    return 1 - max(counts) / total if total and len(counts) > 1 else 0.0


def divided_by_all_occurrences(counts):
    total = sum(counts)
    if total < 2 or len(counts) < 2:
        return 0.0
    return -sum(n / total * math.log(n / total) for n in counts if n) / math.log(total)


def evenness_by_numpy(counts):
    n = np.array(counts, dtype=float)
    if len(n) < 2 or not n.any():
        return 0.0
    p = n[n > 0] / n.sum()
    return (p * np.log(1 / p)).sum() / np.log(len(n))


def evenness_by_formula(counts):
    if len(counts) <= 1 or not any(counts):
        return 0
    total = sum(counts)
    return (math.log(total) - sum(n * math.log(n) for n in counts if n) / total) / math.log(len(counts))


def evenness_by_base(counts):
    n_texts, total, result = len(counts), sum(counts), 0.0
    if n_texts < 2 or total == 0:
        return result
    for count in counts:
        p = count / total
        if p > 0:
            result -= p * math.log(p, n_texts)
    return result


PIECES = st.sampled_from(
    ["a", "é", "e\u0301", "“", "”", "‘", "’", "\u200b", "\ufeff", " ", "\u00a0", "\t", "\n", "ﬁ", "2⁵", "b"]
)
STOP_WORDS = {"the", "who", "to", "be", "or", "not", "a", "of"}
QUERY = st.lists(
    st.sampled_from(
        ["The", "the", "THE", "Who", "who", "to", "NOT", "be", "or", "not", "cat", "Tobe", "others", "Cat"]
    ),
    max_size=6,
)
NEGATED = st.sampled_from(
    [
        "don't",
        "don’t",
        "won't",
        "can't",
        "shan’t",
        "isn't",
        "n't",
        "tonight",
        "it's",
        "not",
        "o't",
        "wont",
        "isn't.",
        "cannot",
        "n’t",
    ]
)
TEXT = st.sampled_from(["Dr.", "dr.", "St.", "J.", "he", "ran.", "What?", "No!", "5.", "I.", "etc.", "so", ".", "é."])

EXERCISES = [
    Exercise(
        id="1.4.a",
        title="One way of writing",
        difficulty=1,
        task="""
            Write `tidy(text)`, so that texts that look the same are the same:

            - the quotes ‘ and ’ become `'`, the quotes “ and ” become `"`
            - the zero-width space `\\u200b` and the byte order mark `\\ufeff` go without a trace
            - letters and their accents are composed: Unicode's form NFC (nothing more: *ﬁ* and *2⁵* stay)
            - any run of spaces, tabs, line ends or no-break spaces becomes one space, and none is left at the ends

            `tidy(" “Cafe\\u0301”\\u200b\\u00a0it’s\\n")` is `'"Café" it\\'s'`.
        """,
        function="tidy",
        examples=[
            (" “Cafe\u0301”\u200b\u00a0it’s\n",),
            ("plain",),
            ("",),
            (" ",),
            ("‘a’ “b”",),
            ("e\u0301\u00a0\ufeffx",),
            ("ﬁ 2⁵",),
            ("a\u200bb",),
            ("é",),
            ("a\t\tb\nc",),
            (" a ",),
            ("a  b",),
            ("a \u200b b",),
            ("e\u200b\u0301",),
        ],
        inputs=st.tuples(st.lists(PIECES, max_size=12).map("".join)),
        reference=tidy,
        wrong=[
            Wrong(not_composed, "An e with an accent behind it must become é: `unicodedata.normalize` does it."),
            Wrong(compatibility_form, "NFKC changes what it should not: ﬁ and ⁵ must stay."),
            Wrong(taken_apart, "NFD takes letters and accents apart; they should be composed."),
            Wrong(invisible_becomes_a_space, "What is invisible goes without a trace: no space in its place."),
            Wrong(closing_quotes_only, "There are four quotes: the opening ones ‘ and “ too."),
            Wrong(
                keyboard_spaces_only,
                "Tabs, line ends and the no-break space are spaces too: `split()` without an argument knows them.",
            ),
            Wrong(ends_forgotten, "No space is left at the beginning or the end."),
            Wrong(
                composed_before_invisible,
                "An invisible character may stand between a letter and its accent: take it out before you compose.",
            ),
            Wrong(
                spaces_before_invisible,
                "An invisible character may stand between two spaces: take it out before you join the spaces.",
            ),
        ],
        hints=[
            "`str.replace` for the quotes and the invisible ones, `unicodedata.normalize('NFC', …)` for the accents.",
            '`" ".join(text.split())` makes all spaces single and takes those at the ends away.',
        ],
        explanation="Each step makes one kind of difference disappear. Order matters: what is invisible goes first, since it may stand between a letter and its accent, or between two spaces.",
        beyond="`str.translate` with a table does all replacements in one pass. A zero-width joiner is not always noise: emoji and Persian need theirs (see `clean` in the library).",
    ),
    Exercise(
        id="1.4.b",
        title="Never nothing",
        difficulty=1,
        task="""
            Write `search_terms(words, stop_words)`: the words of a query without those whose lower-case form is in `stop_words`, in their order and as they were
            written. If nothing would be left, return all words: a query must never become empty.

            `search_terms(["The", "cat"], {"the"})` is `["cat"]`; `search_terms(["The", "Who"], {"the", "who"})` is `["The", "Who"]`.
        """,
        function="search_terms",
        examples=[
            (["The", "cat"], {"the"}),
            (["The", "Who"], {"the", "who"}),
            ([], {"the"}),
            (["Cat", "the", "cat", "Cat"], {"the"}),
            (["to", "be", "or", "not", "to", "be"], {"to", "be", "or", "not"}),
            (["the", "the", "Dog"], {"the"}),
            (["others", "the"], {"the"}),
            (["cat"], set()),
            (["Weather", "of", "a", "week"], {"the", "of", "a"}),
            (["THE", "cat"], {"the"}),
        ],
        inputs=st.tuples(QUERY, st.sets(st.sampled_from(sorted(STOP_WORDS)), max_size=6)),
        reference=search_terms,
        wrong=[
            Wrong(nothing_left, "A query of stop words only must keep all its words."),
            Wrong(case_matters, "“The” is a stop word too: compare the lower-case form."),
            Wrong(three_spellings, "“THE” is a stop word too: capitals may stand anywhere, so compare `word.lower()`."),
            Wrong(all_in_lower_case, "Words stay as they were written; only the comparison is in lower case."),
            Wrong(each_word_once, "A word that is there twice stays twice."),
            Wrong(
                removed_while_walking,
                "Removing from a list while walking over it skips the next word: build a new list.",
            ),
            Wrong(keeps_the_stop_words, "The wrong half is kept: stop words should go."),
            Wrong(parts_of_words_count, "“others” contains “the”, but is not that word: compare whole words."),
        ],
        hints=[
            "A list comprehension keeps a word if its lower-case form is not in the set.",
            "Then look at what is left. An empty list counts as false, so `or` can choose between two lists.",
        ],
        explanation="One comprehension filters; the fallback keeps *The Who* findable. A set answers `in` at once, however long the list.",
        beyond="Search engines go further: keep stop words in the index, and let ranking give them little weight. Then quotes, names and titles need no special case.",
    ),
    Exercise(
        id="1.4.c",
        title="Every not is a not",
        difficulty=2,
        task="""
            Write `write_out_negations(words)`: each word that ends in *n't* (with `'` or with `’`) and has something before it becomes two words, its stem and `"not"`. The stems
            *wo*, *ca* and *sha* become *will*, *can* and *shall*. All other words stay. Words are in lower case.

            `write_out_negations(["i", "don't", "and", "won’t"])` is `["i", "do", "not", "and", "will", "not"]`.
        """,
        function="write_out_negations",
        examples=[
            (["i", "don't", "and", "won’t"],),
            (["can't", "shan't", "isn't"],),
            (["n't"],),
            ([],),
            (["it's", "not", "tonight"],),
            (["couldn’t"],),
            (["on't", "in't", "to't"],),
            (["wont", "cannot"],),
        ],
        inputs=st.tuples(st.lists(NEGATED, max_size=6)),
        reference=write_out_negations,
        wrong=[
            Wrong(stems_unchanged, "“won't” is “will not”: three stems change."),
            Wrong(only_the_t_goes, "The ending is n't, three characters: “don't” has the stem “do”."),
            Wrong(typewriter_apostrophe_only, "The apostrophe may be ’ as well."),
            Wrong(not_comes_first, "The stem comes first, then “not”."),
            Wrong(glued_together, "Two words, not one with a space in it: the list gets longer."),
            Wrong(negation_dropped, "The word “not” is missing; it is the point of all this."),
            Wrong(any_apostrophe_t, "“to't” ends in 't, but not in n't: it stays."),
        ],
        hints=[
            '`word.endswith(("n\'t", "n’t"))` tries both; the stem is `word[:-3]`.',
            "A dictionary for the three stems: `changed.get(stem, stem)`.",
        ],
        explanation="After this, one word carries every negation, and one decision (keep *not*!) is enough. A stop-word list would need all twenty forms.",
        beyond="Pairs of words go one step further: *not good* as one feature. For models that read whole sentences, all of this is done by attention.",
    ),
    Exercise(
        id="1.4.d",
        title="Split into sentences",
        difficulty=2,
        task="""
            Write `split_sentences(words, abbreviations)`: the words grouped into sentences, a list of lists. A sentence ends with a word that

            - ends in `?` or `!`, or
            - ends in `.`, unless the part before the period is in `abbreviations` (compared in lower case) or is a single letter (an initial).

            Words after the last end make one more sentence. With abbreviations `{"dr"}`, `["Dr.", "J.", "Who", "ran.", "He", "left"]` becomes
            `[["Dr.", "J.", "Who", "ran."], ["He", "left"]]`.
        """,
        function="split_sentences",
        examples=[
            (["Dr.", "J.", "Who", "ran.", "He", "left"], {"dr"}),
            ([], {"dr"}),
            (["So", "what?", "No!", "Yes."], set()),
            (["He", "ran."], set()),
            (["no", "end"], set()),
            (["dr.", "and", "Dr."], {"dr"}),
            (["Number", "5.", "Go."], set()),
            (["etc.", "etc."], {"dr"}),
            (["J.", "S.", "Bach"], set()),
            (["é.", "x"], set()),
        ],
        inputs=st.tuples(st.lists(TEXT, max_size=8), st.sets(st.sampled_from(["dr", "st", "etc", "ran"]), max_size=3)),
        reference=split_sentences,
        wrong=[
            Wrong(every_period_ends, "The period of an abbreviation ends nothing."),
            Wrong(initials_end, "An initial, one letter and a period, ends no sentence."),
            Wrong(abbreviations_as_written, "“Dr” should be found as “dr”: compare in lower case."),
            Wrong(the_rest_is_lost, "Words after the last end are a sentence too."),
            Wrong(always_a_last_one, "When nothing is left after the last end, there is no empty sentence."),
            Wrong(only_periods_end, "A question mark and an exclamation mark end a sentence as well."),
            Wrong(digits_are_initials, "“5.” is no initial: a single letter is one, a digit is not."),
        ],
        hints=[
            "Collect words in `current`; at an end, move it to the result and begin anew.",
            "The part before the period is `word[:-1]`; an initial is `len(base) == 1 and base.isalpha()`.",
        ],
        explanation="This is Punkt's first pass: the decision looks at one word. Its second pass looks at the next word and may take back what the first said.",
        beyond="An abbreviation may end a sentence too (*“He likes Bach etc. She does not.”*): only the next word can tell. That is what Punkt learns its orthographic contexts for.",
    ),
    Exercise(
        id="1.4.e",
        title="How evenly is a word spread?",
        difficulty=3,
        task="""
            `counts` holds how often each text has a word. Write `evenness(counts)`, the entropy of its spread divided by the largest there can be:

            $$-\\frac{1}{\\log n} \\sum_i p_i \\log p_i$$

            where $n$ is the number of texts and $p_i$ the share of the word's occurrences that text $i$ has; $0 \\log 0$ counts as 0. The result is 0.0 if there are
            fewer than two texts or no occurrences.

            `evenness([3, 3])` is 1.0, `evenness([5, 0, 0])` is 0.0, `evenness([1, 1, 0, 0])` is 0.5.
        """,
        function="evenness",
        examples=[
            ([3, 3],),
            ([5, 0, 0],),
            ([1, 1, 0, 0],),
            ([],),
            ([4],),
            ([0, 0],),
            ([1, 2, 3],),
            ([10, 1, 1, 1],),
            ([0, 7, 2],),
        ],
        inputs=st.tuples(st.lists(st.integers(0, 9), max_size=8)),
        reference=evenness,
        wrong=[
            Wrong(not_divided, "Divide by log n, the entropy of a word that is equally often in each text."),
            Wrong(
                divided_by_all_occurrences,
                "Divide by the logarithm of the number of texts, not of the number of occurrences.",
            ),
            Wrong(in_bits, "With base 2 the result can be above 1: divide by the logarithm of n."),
            Wrong(texts_that_have_it, "n counts all texts, also those without the word."),
            Wrong(sign_forgotten, "Logarithms of shares are negative: the minus sign makes the sum positive."),
            Wrong(turned_round, "1 means evenly spread, 0 means in one text only: this is the other way round."),
            Wrong(
                share_of_texts,
                "That is how many texts have the word; how its occurrences are shared among them counts too.",
            ),
            Wrong(share_of_the_largest, "Every text's share counts, not only the largest."),
        ],
        hints=[
            "`shares = [c / total for c in counts if c]` leaves the zeros out.",
            "First the two special cases. Then the sum over the shares with its minus sign, and one division at the end: by the logarithm of what?",
        ],
        explanation="Entropy asks how surprised you are where the next occurrence stands. The most even spread surprises most; dividing by its entropy makes collections of different size comparable.",
        beyond="Texts differ in length, and a long one should have more of everything. The divergence from the lengths (the other formula of this topic) takes care of that.",
    ),
]

RIGHT = {  # other styles, which must pass as well
    "1.4.a": [tidy_by_translate, tidy_by_regex, tidy_by_letter],
    "1.4.b": [terms_by_loop, terms_by_filter, terms_by_numpy],
    "1.4.c": [negations_by_regex, negations_by_straight_quotes, negations_by_recursion],
    "1.4.d": [sentences_by_places, sentences_by_generator, sentences_by_recursion],
    "1.4.e": [evenness_by_numpy, evenness_by_formula, evenness_by_base],
}

QUESTIONS = [
    Question(
        id="1.4.q1",
        text="“é” can be one character or two. What makes both the same?",
        choices=["Lower-casing each", "Encoding as UTF-8", "Unicode's form NFC", "Sorting by code point"],
        answer=2,
        explanation="NFC composes, NFD takes apart; either makes them equal. UTF-8 writes two different byte strings for them.",
    ),
    Question(
        id="1.4.q2",
        text="How does Punkt learn that “Dr” is an abbreviation?",
        choices=[
            "The next word has a capital nearly every time",
            "It is found in sentences that people have split",
            "It is on a list, with one for each language",
            "It is short, and a period nearly always follows",
        ],
        answer=3,
        explanation="Word and period are a collocation: a likelihood ratio says so, from plain text without any marks. (A capital follows most names and sentence ends, too.)",
    ),
    Question(
        id="1.4.q3",
        text="You remove stop words before you judge reviews, and accuracy falls. What do you look at first?",
        choices=[
            "Whether the list has words like “not”",
            "Whether the list is as long as spaCy's",
            "Whether the list was lower-cased before",
            "Whether the list came from the reviews",
        ],
        answer=0,
        explanation="Most lists hold the negations, and “not good” without “not” is praise.",
    ),
    Question(
        id="1.4.q4",
        text="Your list has “don't”; your tokenizer makes “don” and “t” of it. What happens?",
        choices=[
            "The list drops “don” and “t” as well, since both are parts of it",
            "The entry never matches anything, and “don” stays in the text",
            "The tokenizer joins the two parts again before it looks them up",
            "The entry matches only where the apostrophe is a straight one",
        ],
        answer=1,
        explanation="A list matches only what the tokenizer makes: pass the list through the same tokenizer first.",
    ),
    Question(
        id="1.4.q5",
        text="Which word's divergence from the texts' lengths is smallest?",
        choices=[
            "One whose count is the same in each text",
            "One that stands only in the longest text",
            "One that has the same share of every text",
            "One that stands once in the collection",
        ],
        answer=2,
        explanation="Its spread is exactly that of all words together, so it tells no text from another. Equal counts in texts of unequal length do not do that.",
    ),
    Question(
        id="1.4.q6",
        text="Why do search engines with BM25 gain little from a stop-word list?",
        choices=[
            "Words that are in most texts have next to no weight anyway",
            "Words that are in most texts are dropped by BM25 on their own",
            "Words of a query count only where they stand side by side",
            "Words that are short take up next to no space in the index",
        ],
        answer=0,
        explanation="The inverse document frequency makes them count for little; dropping them saves space, and loses queries made of them.",
    ),
]
