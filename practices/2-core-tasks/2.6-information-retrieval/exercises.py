"""Exercises of topic 2.6: an inverted index, BM25, phrases, nDCG, and the walk through an HNSW graph."""

import bisect
import heapq
import math
from collections import Counter, defaultdict

import numpy as np
from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question, Wrong

# 2.6.a: an inverted index


def build_index(documents):
    index = {}
    for number, words in enumerate(documents):
        for term, n in Counter(words).items():
            index.setdefault(term, []).append((number, n))
    return index


def one_posting_an_occurrence(documents):
    index = {}
    for number, words in enumerate(documents):
        for term in words:
            index.setdefault(term, []).append((number, 1))
    return index


def counts_presence_only(documents):
    index = {}
    for number, words in enumerate(documents):
        for term in dict.fromkeys(words):
            index.setdefault(term, []).append((number, 1))
    return index


def numbers_from_one(documents):
    index = {}
    for number, words in enumerate(documents, start=1):
        for term, n in Counter(words).items():
            index.setdefault(term, []).append((number, n))
    return index


def counts_whole_collection(documents):
    total = Counter(word for words in documents for word in words)
    index = {}
    for number, words in enumerate(documents):
        for term in dict.fromkeys(words):
            index.setdefault(term, []).append((number, total[term]))
    return index


def keeps_last_document_only(documents):
    index = {}
    for number, words in enumerate(documents):
        for term, n in Counter(words).items():
            index[term] = [(number, n)]
    return index


def forgets_last_document(documents):
    index = {}
    for number in range(len(documents) - 1):
        for term, n in Counter(documents[number]).items():
            index.setdefault(term, []).append((number, n))
    return index


def count_comes_first(documents):
    index = {}
    for number, words in enumerate(documents):
        for term, n in Counter(words).items():
            index.setdefault(term, []).append((n, number))
    return index


word = st.sampled_from(["cat", "dog", "mat", "sat", "the"])
word_lists = st.lists(word, max_size=8)

# 2.6.b: BM25


def bm25_score(query, document, df, n_docs, average_length, k1, b):
    norm = 1 - b + b * len(document) / average_length
    score = 0.0
    for term in query:
        tf = document.count(term)
        if tf > 0:
            score += math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf / (tf + k1 * norm)
    return score


def idf_without_one(query, document, df, n_docs, average_length, k1, b):
    norm = 1 - b + b * len(document) / average_length
    score = 0.0
    for term in query:
        tf = document.count(term)
        if tf > 0:
            score += math.log((n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf / (tf + k1 * norm)
    return score


def length_ignored(query, document, df, n_docs, average_length, k1, b):
    score = 0.0
    for term in query:
        tf = document.count(term)
        if tf > 0:
            score += math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf / (tf + k1)
    return score


def b_the_wrong_way_round(query, document, df, n_docs, average_length, k1, b):
    norm = b + (1 - b) * len(document) / average_length
    score = 0.0
    for term in query:
        tf = document.count(term)
        if tf > 0:
            score += math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf / (tf + k1 * norm)
    return score


def no_saturation(query, document, df, n_docs, average_length, k1, b):
    norm = 1 - b + b * len(document) / average_length
    score = 0.0
    for term in query:
        tf = document.count(term)
        if tf > 0:
            score += math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf / (k1 * norm)
    return score


def numerator_times_k1_plus_one(query, document, df, n_docs, average_length, k1, b):
    norm = 1 - b + b * len(document) / average_length
    score = 0.0
    for term in query:
        tf = document.count(term)
        if tf > 0:
            score += math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf * (k1 + 1) / (tf + k1 * norm)
    return score


def each_query_word_once(query, document, df, n_docs, average_length, k1, b):
    norm = 1 - b + b * len(document) / average_length
    score = 0.0
    for term in set(query):
        tf = document.count(term)
        if tf > 0:
            score += math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf / (tf + k1 * norm)
    return score


def length_in_different_words(query, document, df, n_docs, average_length, k1, b):
    norm = 1 - b + b * len(set(document)) / average_length
    score = 0.0
    for term in query:
        tf = document.count(term)
        if tf > 0:
            score += math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf / (tf + k1 * norm)
    return score


def tf_from_the_query(query, document, df, n_docs, average_length, k1, b):
    norm = 1 - b + b * len(document) / average_length
    score = 0.0
    for term in query:
        tf = query.count(term)
        if term in document:
            score += math.log(1 + (n_docs - df[term] + 0.5) / (df[term] + 0.5)) * tf / (tf + k1 * norm)
    return score


DF = {"cat": 2, "dog": 7, "mat": 1, "the": 10}
bm25_inputs = st.tuples(
    st.lists(st.sampled_from([*DF, "unicorn"]), max_size=5),
    st.lists(st.sampled_from([*DF]), max_size=12),
    st.just(DF),
    st.integers(10, 40),
    st.floats(1, 12),
    st.floats(0.1, 3),
    st.floats(0, 1),
)

# 2.6.c: phrases


def phrase_starts(positions):
    if not positions:
        return []
    starts = set(positions[0])
    for i, here in enumerate(positions):
        starts &= {position - i for position in here}
    return sorted(starts)


def same_position(positions):
    if not positions:
        return []
    starts = set(positions[0])
    for here in positions:
        starts &= set(here)
    return sorted(starts)


def only_first_two_words(positions):
    if len(positions) < 2:
        return sorted(positions[0]) if positions else []
    return sorted(p for p in positions[0] if p + 1 in positions[1])


def where_it_ends(positions):
    return [start + len(positions) - 1 for start in phrase_starts(positions)]


def first_occurrence_only(positions):
    return phrase_starts(positions)[:1]


def words_in_any_order(positions):
    if not positions:
        return []
    everywhere = [set(here) for here in positions]
    found = []
    for start in sorted(set().union(*everywhere)):
        window = range(start, start + len(positions))
        if all(any(p in here for p in window) for here in everywhere):
            found.append(start)
    return found


def backwards(positions):
    if not positions:
        return []
    starts = set(positions[0])
    for i, here in enumerate(positions):
        starts &= {position + i for position in here}
    return sorted(starts)


def later_is_enough(positions):
    if not positions:
        return []
    found = []
    for start in positions[0]:
        at = start
        for here in positions[1:]:
            after = [p for p in here if p > at]
            if not after:
                break
            at = after[0]
        else:
            found.append(start)
    return found


ascending = st.sets(st.integers(0, 9), max_size=8).map(sorted)

# 2.6.d: nDCG


def _sum(grades, first=1):
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=first))


def ndcg(ranked, judged, k):
    ideal = _sum(sorted(judged, reverse=True)[:k])
    return _sum(ranked[:k]) / ideal if ideal > 0 else 0.0


def not_divided(ranked, judged, k):
    return float(_sum(ranked[:k]))


def ideal_of_what_was_found(ranked, judged, k):
    ideal = _sum(sorted(ranked, reverse=True)[:k])
    return _sum(ranked[:k]) / ideal if ideal > 0 else 0.0


def ideal_not_cut(ranked, judged, k):
    ideal = _sum(sorted(judged, reverse=True))
    return _sum(ranked[:k]) / ideal if ideal > 0 else 0.0


def ranking_not_cut(ranked, judged, k):
    ideal = _sum(sorted(judged, reverse=True)[:k])
    return _sum(ranked) / ideal if ideal > 0 else 0.0


def discount_starts_late(ranked, judged, k):
    ideal = _sum(sorted(judged, reverse=True)[:k], first=2)
    return _sum(ranked[:k], first=2) / ideal if ideal > 0 else 0.0


def exponential_gain(ranked, judged, k):
    ideal = _sum(sorted([2**g - 1 for g in judged], reverse=True)[:k])
    return _sum([2**g - 1 for g in ranked[:k]]) / ideal if ideal > 0 else 0.0


def judged_in_given_order(ranked, judged, k):
    ideal = _sum(judged[:k])
    return _sum(ranked[:k]) / ideal if ideal > 0 else 0.0


def nothing_relevant_is_perfect(ranked, judged, k):
    ideal = _sum(sorted(judged, reverse=True)[:k])
    return _sum(ranked[:k]) / ideal if ideal > 0 else 1.0


def reciprocal_discount(ranked, judged, k):
    def total(grades):
        return sum(grade / rank for rank, grade in enumerate(grades, start=1))

    ideal = total(sorted(judged, reverse=True)[:k])
    return total(ranked[:k]) / ideal if ideal > 0 else 0.0


@st.composite
def rankings(draw):
    """Judged documents, of which some were returned, among others that nobody judged."""
    judged = draw(st.lists(st.integers(0, 3), max_size=8))
    shuffled = draw(st.permutations(judged))
    found = shuffled[: draw(st.integers(0, len(shuffled)))]
    ranked = draw(st.permutations(found + [0] * draw(st.integers(0, 4))))
    return list(ranked), judged, draw(st.integers(1, 10))


# 2.6.e: a walk through a graph


def search_layer(links, distance, entry, ef):
    seen = {entry}
    candidates, found = [entry], [entry]
    while candidates:
        nearest = min(candidates, key=lambda node: distance[node])
        candidates.remove(nearest)
        if len(found) == ef and distance[nearest] > distance[found[-1]]:
            break
        for node in links[nearest]:
            if node not in seen:
                seen.add(node)
                if len(found) < ef or distance[node] < distance[found[-1]]:
                    candidates.append(node)
                    found = sorted([*found, node], key=lambda node: distance[node])[:ef]
    return found


def compares_everything(links, distance, entry, ef):
    return sorted(range(len(distance)), key=lambda node: distance[node])[:ef]


def visits_all_it_can_reach(links, distance, entry, ef):
    seen, waiting = {entry}, [entry]
    while waiting:
        for node in links[waiting.pop()]:
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return sorted(seen, key=lambda node: distance[node])[:ef]


def one_step_at_a_time(links, distance, entry, ef):
    here = entry
    while links[here]:
        best = min(links[here], key=lambda node: distance[node])
        if distance[best] >= distance[here]:
            break
        here = best
    return [here]


def gives_up_at_the_first_worse_one(links, distance, entry, ef):
    seen = {entry}
    candidates, found = [entry], [entry]
    while candidates:
        nearest = min(candidates, key=lambda node: distance[node])
        candidates.remove(nearest)
        if distance[nearest] > distance[found[0]]:
            break
        for node in links[nearest]:
            if node not in seen:
                seen.add(node)
                candidates.append(node)
                found = sorted([*found, node], key=lambda node: distance[node])[:ef]
    return found


def farthest_first(links, distance, entry, ef):
    return search_layer(links, distance, entry, ef)[::-1]


def entry_is_no_result(links, distance, entry, ef):
    return [node for node in search_layer(links, distance, entry, ef) if node != entry]


def keeps_more_than_ef(links, distance, entry, ef):
    seen = {entry}
    candidates, found = [entry], [entry]
    while candidates:
        nearest = min(candidates, key=lambda node: distance[node])
        candidates.remove(nearest)
        if len(found) >= ef and distance[nearest] > distance[sorted(found, key=lambda node: distance[node])[ef - 1]]:
            break
        for node in links[nearest]:
            if node not in seen:
                seen.add(node)
                candidates.append(node)
                found.append(node)
    return sorted(found, key=lambda node: distance[node])


@st.composite
def graphs(draw):
    """A graph of up to nine nodes, with distances that are all different."""
    n = draw(st.integers(1, 9))
    node = st.integers(0, n - 1)
    links = [sorted(draw(st.sets(node, max_size=3)) - {i}) for i in range(n)]
    distance = [float(d) for d in draw(st.permutations(range(1, n + 1)))]
    return links, distance, draw(node), draw(st.integers(1, 5))


# A chain downhill with a detour: 0 → 1 → 2; from 2 only over the hill 3 to the best of all, 4; 5 is not linked from anywhere.
CHAIN = ([[1], [0, 2], [1, 3], [2, 4], [3], [4]], [6.0, 4.0, 2.0, 5.0, 1.0, 0.5])
STAR = ([[1, 2, 3], [0], [0], [0]], [3.0, 4.0, 2.0, 5.0])


def index_by_defaultdict(documents):
    index = defaultdict(list)
    for number, words in enumerate(documents):
        for word in dict.fromkeys(words):
            index[word].append((number, words.count(word)))
    return index


def index_by_counting_pairs(documents):
    counts = Counter((word, number) for number, words in enumerate(documents) for word in words)
    index = {}
    for word, number in sorted(counts):
        index.setdefault(word, []).append([number, counts[word, number]])
    return index


def index_by_vocabulary(documents):
    vocabulary = {word for words in documents for word in words}
    return {
        word: tuple((n, words.count(word)) for n, words in enumerate(documents) if word in words) for word in vocabulary
    }


def bm25_by_counts(query, document, df, n_docs, average_length, k1, b):
    tf, asked = Counter(document), Counter(query)
    length = k1 * (1 - b + b * len(document) / average_length)
    return sum(
        n * math.log1p((n_docs - df[word] + 0.5) / (df[word] + 0.5)) * tf[word] / (tf[word] + length)
        for word, n in asked.items()
        if word in tf
    )


def bm25_by_numpy(query, document, df, n_docs, average_length, k1, b):
    words = [word for word in query if word in document]
    if not words:
        return 0
    tf = np.array([document.count(word) for word in words], dtype=float)
    found_in = np.array([df[word] for word in words], dtype=float)
    idf = np.log(1 + (n_docs - found_in + 0.5) / (found_in + 0.5))
    return idf @ (tf / (tf + k1 * (1 - b + b * len(document) / average_length)))


def bm25_with_one_logarithm(query, document, df, n_docs, average_length, k1, b):
    score = 0.0
    for word in query:
        tf = sum(other == word for other in document)
        if not tf:
            continue
        idf = math.log(n_docs + 1) - math.log(df[word] + 0.5)
        score += idf / (1 + k1 * ((1 - b) + b * len(document) / average_length) / tf)
    return score


def phrase_by_looking(positions):
    if len(positions) == 0:
        return []
    first, *others = positions
    return [p for p in first if all(p + i in other for i, other in enumerate(others, 1))]


def phrase_by_counting(positions):
    begins = Counter(p - i for i, here in enumerate(positions) for p in here)
    return sorted(p for p, n in begins.items() if n == len(positions))


def phrase_by_folding(positions):
    if not positions:
        return ()
    starts = np.array(positions[0], dtype=int)
    for i in range(1, len(positions)):
        starts = np.intersect1d(starts, np.array(positions[i], dtype=int) - i)
    return tuple(starts.tolist())


def ndcg_by_numpy(ranked, judged, k):
    def dcg(grades):
        top = np.array(grades, dtype=float)[:k]
        return np.sum(top / np.log2(np.arange(2, len(top) + 2)))

    best = dcg(sorted(judged)[::-1])
    return dcg(ranked) / best if best else 0


def ndcg_in_natural_logarithms(ranked, judged, k):
    discounts = [1 / math.log(rank + 2) for rank in range(k)]
    gain = sum(grade * d for grade, d in zip(ranked, discounts))
    ideal = sum(grade * d for grade, d in zip(sorted(judged, key=lambda g: -g), discounts))
    return 0.0 if ideal == 0 else gain / ideal


def ndcg_by_two_loops(ranked, judged, k):
    rest, ideal, gain = list(judged), 0.0, 0.0
    for rank in range(1, k + 1):
        if rest:
            best = max(rest)
            rest.remove(best)
            ideal += best / math.log2(1 + rank)
        if rank <= len(ranked):
            gain += ranked[rank - 1] / math.log2(1 + rank)
    return gain / ideal if ideal > 0 else 0.0


def walk_with_heaps(links, distance, entry, ef):
    seen = {entry}
    candidates, found = [(distance[entry], entry)], [(-distance[entry], entry)]
    while candidates:
        d, node = heapq.heappop(candidates)
        if len(found) >= ef and d > -found[0][0]:
            break
        for other in links[node]:
            if other in seen:
                continue
            seen.add(other)
            if len(found) < ef or distance[other] < -found[0][0]:
                heapq.heappush(candidates, (distance[other], other))
                heapq.heappush(found, (-distance[other], other))
                if len(found) > ef:
                    heapq.heappop(found)
    return [node for _, node in sorted(found, reverse=True)]


def walk_with_sorted_lists(links, distance, entry, ef):
    seen, todo, kept = [entry], [entry], [entry]
    while todo:
        todo.sort(key=distance.__getitem__)
        node = todo.pop(0)
        if len(kept) == ef and distance[node] > max(distance[k] for k in kept):
            return kept
        for other in links[node]:
            if other not in seen:
                seen.append(other)
                if len(kept) < ef or distance[other] < distance[kept[-1]]:
                    todo.append(other)
                    kept = sorted([*kept, other], key=lambda k: distance[k])[:ef]
    return kept


def walk_with_insertion(links, distance, entry, ef):
    seen = [False] * len(links)
    seen[entry] = True
    todo, best = {entry}, [(distance[entry], entry)]
    while todo:
        node = min(todo, key=lambda k: distance[k])
        todo.discard(node)
        if distance[node] > best[-1][0]:
            break
        for other in links[node]:
            if not seen[other]:
                seen[other] = True
                if len(best) < ef or distance[other] < best[-1][0]:
                    todo.add(other)
                    bisect.insort(best, (distance[other], other))
                    del best[ef:]
    return tuple(node for _, node in best)


EXERCISES = [
    Exercise(
        id="2.6.a",
        title="An inverted index",
        difficulty=1,
        task=(
            "Write `build_index(documents)`. Each document is a list of words. Return a dictionary from each "
            "word to its *postings*: "
            "a list of pairs `(document's number, how often the word stands in it)`, by rising number; the "
            "first document is number 0.\n\n"
            '`build_index([["cat", "sat"], ["cat", "cat"]])` is `{"cat": [(0, 1), (1, 2)], "sat": [(0, 1)]}`.'
        ),
        function="build_index",
        examples=[
            ([["cat", "sat"], ["cat", "cat"]],),
            ([],),
            ([[], ["dog"]],),
            ([["the", "cat", "the"], ["dog"], ["the"]],),
        ],
        inputs=st.tuples(st.lists(word_lists, max_size=6)),
        reference=build_index,
        wrong=[
            Wrong(
                one_posting_an_occurrence,
                "A word that stands twice in a document has two postings there: it needs one, with the count 2.",
            ),
            Wrong(
                counts_presence_only,
                "Every count is 1: the postings say in which documents a word is, and not how often.",
            ),
            Wrong(numbers_from_one, "The first document is number 0."),
            Wrong(counts_whole_collection, "The count belongs to one document; yours is that of the whole collection."),
            Wrong(keeps_last_document_only, "A word's list is replaced by each new document: append to it instead."),
            Wrong(forgets_last_document, "The last document is missing: how many numbers does `range(n - 1)` have?"),
            Wrong(count_comes_first, "The pair is (document's number, count), in this order."),
        ],
        hints=[
            "Go through the documents with `enumerate`; `collections.Counter` counts the words of one.",
            "`index.setdefault(word, []).append((number, n))` makes the list when it is missing. Since "
            "documents come in order, so do the postings.",
        ],
        explanation=(
            "A query now touches only the lists of its own words, whatever the size of the collection. And "
            "because documents were read in order, each list is sorted without "
            "sorting: that is what makes intersecting and skipping possible."
        ),
        beyond=(
            "Number the words and put all lists back to back in one array (two passes: count, then fill). "
            "Sorted numbers compress well: store differences in a few bits, in blocks, with a skip "
            "pointer for each block."
        ),
    ),
    Exercise(
        id="2.6.b",
        title="BM25 of one document",
        difficulty=2,
        task=(
            "Write `bm25_score(query, document, df, n_docs, average_length, k1, b)`. `query` and `document` "
            "are lists of words; `df[word]` says in how many of the `n_docs` documents a word "
            "stands (every word of the document has an entry). Add up, for each word of the query,\n\n"
            r"$$\log\Bigl(1 + \frac{N - \mathrm{df} + \frac12}{\mathrm{df} + "
            r"\frac12}\Bigr)\cdot\frac{\mathrm{tf}}{\mathrm{tf} + k_1(1 - b + b\,|d| / \mathrm{avgdl})}$$"
            "\n\nA word that stands twice in the query counts twice; one that the document lacks adds nothing.\n\n"
            '`bm25_score(["cat"], ["cat", "sat"], {"cat": 1, "sat": 1}, 2, 2.0, 1.0, 0.5)` is log(2) · 1/2 ≈ 0.3466.'
        ),
        function="bm25_score",
        examples=[
            (["cat"], ["cat", "sat"], {"cat": 1, "sat": 1}, 2, 2.0, 1.0, 0.5),
            (["cat", "dog", "cat"], ["cat", "cat", "dog", "the", "the"], DF, 10, 4.0, 1.5, 0.75),
            (["unicorn"], ["cat"], DF, 10, 4.0, 1.5, 0.75),
            ([], ["cat"], DF, 10, 4.0, 1.5, 0.75),
            (["the"], [], DF, 10, 4.0, 1.5, 0.75),
            (["the", "mat"], ["the", "the", "the", "mat"], DF, 12, 8.0, 0.5, 0.25),
            (["cat"], ["cat"] * 6, DF, 20, 3.0, 2.0, 1.0),
        ],
        inputs=bm25_inputs,
        reference=bm25_score,
        wrong=[
            Wrong(
                idf_without_one,
                "The idf lacks the `1 +` inside the logarithm: without it, a word in more than half of the "
                "documents counts against the document.",
            ),
            Wrong(
                length_ignored, "The document's length plays no part: the factor 1 - b + b · |d| / avgdl is missing."
            ),
            Wrong(
                b_the_wrong_way_round, "b is the wrong way round: b = 0 must switch the influence of the length off."
            ),
            Wrong(no_saturation, "tf grows without limit: it belongs in the denominator as well."),
            Wrong(
                numerator_times_k1_plus_one,
                "That is the variant with (k1 + 1) in the numerator; it ranks alike, but here the formula has tf "
                "alone.",
            ),
            Wrong(each_query_word_once, "A word that stands twice in the query counts twice."),
            Wrong(
                length_in_different_words, "|d| is the number of words, repetitions included, not of different words."
            ),
            Wrong(tf_from_the_query, "tf is counted in the query; it is how often the word stands in the *document*."),
        ],
        hints=[
            "Compute `norm = 1 - b + b * len(document) / average_length` once, before the loop.",
            "In the loop: `tf = document.count(term)`; when it is 0 go on, because `df` may not know the word.",
        ],
        explanation=(
            "Two ideas carry it. Rarity: the logarithm turns *one in a thousand* into about 7 and *one in "
            "two* into about 0.7. Saturation: tf/(tf + k) never reaches 1, so no word can win by repetition "
            "alone."
        ),
        beyond=(
            "Everything but the query is known when a document is indexed: store idf · tf part for each "
            "posting, and scoring is addition. Keep each word's largest value too, and you can skip "
            "documents that cannot "
            "reach the top ten (MaxScore)."
        ),
    ),
    Exercise(
        id="2.6.c",
        title="Find a phrase",
        difficulty=2,
        task=(
            "Write `phrase_starts(positions)`. `positions[i]` lists, in ascending order, where word number i "
            "of the phrase stands in one document. Return every position where "
            "the whole phrase begins: its first word there, its second right after it, and so on; in "
            "ascending order. No words, no matches.\n\n"
            "`phrase_starts([[0, 4], [1, 7]])` is `[0]`: only there does the second word follow the first."
        ),
        function="phrase_starts",
        examples=[
            ([[0, 4], [1, 7]],),
            ([],),
            ([[3, 5]],),
            ([[0, 3, 6], [1, 4, 7], [2, 8]],),
            ([[2, 5], [1, 6]],),
            ([[0, 1], [1, 2], [2, 5]],),
            ([[1], []],),
            ([[0], [2]],),
        ],
        inputs=st.tuples(st.lists(ascending, max_size=4)),
        reference=phrase_starts,
        wrong=[
            Wrong(
                same_position,
                "You look for one position that all words share; word number i must stand i places after the first.",
            ),
            Wrong(only_first_two_words, "Only the first two words are compared: the phrase may be longer."),
            Wrong(where_it_ends, "That is where the phrase ends; asked is where it begins."),
            Wrong(first_occurrence_only, "A phrase can occur more than once: you stop after the first."),
            Wrong(words_in_any_order, "The words must come in the order of the phrase: you accept any order."),
            Wrong(backwards, "The offset has the wrong sign: word number i stands i places *after* the first."),
            Wrong(later_is_enough, "Later is not enough: each word must stand *right* after the one before it."),
        ],
        hints=[
            "If word number i stands at p, where would the phrase have begun?",
            "At p - i. So shift each list by its i, and keep what all lists share.",
        ],
        explanation=(
            "Shifting each list by its place in the phrase turns *adjacent* into *equal*, and equality is "
            "what sorted lists are good at. With sets it takes time proportional to the lists' total length."
        ),
        beyond="Begin with the rarest word and gallop through the other lists instead of reading them. For very "
        "common pairs (*of the*) index the pair itself as a word.",
    ),
    Exercise(
        id="2.6.d",
        title="nDCG",
        difficulty=2,
        task=(
            "Write `ndcg(ranked, judged, k)`. `ranked` holds the grades (0, 1, 2, …) of the documents that a "
            "system returned, best first; `judged` the grades of all documents that were judged, in any "
            "order. The *discounted cumulative gain* of a list is the sum of grade / log2(rank + 1), ranks "
            "from 1, over its first k. Divide that of `ranked` by that of the best possible order of "
            "`judged`; "
            "if that is 0, the answer is 0.\n\n"
            "`ndcg([0, 1], [1, 0], 2)` is (1 / log2(3)) / 1 ≈ 0.6309."
        ),
        function="ndcg",
        examples=[
            ([0, 1], [1, 0], 2),
            ([], [1], 3),
            ([0, 0], [0, 0], 2),
            ([2, 0, 1], [1, 2, 1, 0], 3),
            ([1, 2, 0, 3], [3, 2, 1], 2),
            ([1, 1, 2], [1, 2, 1, 3], 2),
            ([3], [0, 3, 1], 1),
        ],
        inputs=rankings(),
        reference=ndcg,
        wrong=[
            Wrong(not_divided, "That is DCG: divide by the value of the best possible order."),
            Wrong(
                ideal_of_what_was_found,
                "The best possible order is that of *all judged* documents; yours forgives what was never found.",
            ),
            Wrong(ideal_not_cut, "The ideal list is cut after k as well: nobody can show more than k documents."),
            Wrong(ranking_not_cut, "Only the first k documents of the ranking count."),
            Wrong(discount_starts_late, "The first rank is divided by log2(2) = 1: your ranks begin at 2."),
            Wrong(
                exponential_gain,
                "You use 2^grade - 1 as the gain: a common variant, but here the gain is the grade itself.",
            ),
            Wrong(judged_in_given_order, "`judged` comes in any order: the ideal list is sorted, largest first."),
            Wrong(nothing_relevant_is_perfect, "When nothing is relevant the answer is 0, not 1."),
            Wrong(reciprocal_discount, "You divide by the rank; the discount is log2(rank + 1), which is gentler."),
        ],
        hints=[
            "Write a small function for the discounted sum of a list of grades, and use it twice.",
            "The ideal list is `sorted(judged, reverse=True)`; both lists are cut with `[:k]`.",
        ],
        explanation="Dividing by the ideal makes queries comparable: one with ten relevant documents and one with a "
        "single one both have 1 as their best.",
        beyond=(
            "An average over queries is an estimate: report an interval (bootstrap over queries), and "
            "compare two systems by the *differences* on the same queries, which vary far less than the "
            "values. "
            "And look at unjudged documents near the top: counting them as irrelevant punishes systems that "
            "were not there when the judging was done."
        ),
    ),
    Exercise(
        id="2.6.e",
        title="Walk an HNSW layer",
        difficulty=3,
        task=(
            "Write `search_layer(links, distance, entry, ef)`, the heart of HNSW (algorithm 2 of the paper). "
            "`links[i]` lists the neighbours of node i, `distance[i]` is its distance to the query (all "
            "different). "
            "Begin with the node `entry` as the only *candidate* and the only *result*. Then repeat: take "
            "the nearest candidate out; stop if there are `ef` results and it is farther than the worst of "
            "them; else look at each of its neighbours that was not seen before, in order: if there are "
            "fewer than `ef` results or it is nearer than the worst one, it becomes a candidate and a "
            "result, and only the `ef` nearest "
            "results are kept. Stop when no candidate is left. Return the results, nearest first.\n\n"
            "`search_layer([[1], [0, 2], [1]], [3.0, 2.0, 1.0], 0, 2)` is `[2, 1]`."
        ),
        function="search_layer",
        examples=[
            ([[1], [0, 2], [1]], [3.0, 2.0, 1.0], 0, 2),
            (*CHAIN, 0, 1),
            (*CHAIN, 0, 2),
            (*CHAIN, 0, 3),
            (*CHAIN, 0, 10),
            (*STAR, 0, 2),
            (*STAR, 0, 3),
            ([[]], [1.0], 0, 3),
        ],
        inputs=graphs(),
        reference=search_layer,
        wrong=[
            Wrong(
                compares_everything,
                "You compare every node, also those that no link leads to: then the graph is of no use.",
            ),
            Wrong(
                visits_all_it_can_reach,
                "You visit everything that can be reached: stop when the nearest candidate is farther than the "
                "worst of `ef` results.",
            ),
            Wrong(
                one_step_at_a_time,
                "You follow only the best link and return one node: keep up to `ef` results, and candidates to "
                "come back to.",
            ),
            Wrong(
                gives_up_at_the_first_worse_one,
                "You stop as soon as a candidate is farther than the *best* result; the rule is: than the "
                "*worst*, and only when there are `ef` of them.",
            ),
            Wrong(farthest_first, "The results come farthest first; asked is nearest first."),
            Wrong(entry_is_no_result, "The entry is a result like any other, if it is near enough."),
            Wrong(
                keeps_more_than_ef, "You return more than `ef` results: after adding one, keep only the `ef` nearest."
            ),
        ],
        hints=[
            "Three collections: a set of seen nodes, a list of candidates, a list of results kept sorted by distance.",
            "The two rules differ: *stop* looks at the candidate that was taken out, *add* at each of its neighbours, "
            "and *add* allows any while there are fewer than `ef` results.",
        ],
        explanation=(
            "`ef` is the patience of the search: with 1 it is a greedy walk that gets stuck behind the first "
            "hill; a larger one keeps worse nodes as a way around it. Recall grows with `ef`, and so does "
            "the time."
        ),
        beyond=(
            "Two heaps instead of sorting; *seen* as an array of stamps, so that it need not be cleared for "
            "each query; the next vectors fetched into the cache while the present ones are compared. "
            "And watch what filters do: if most nodes may not be returned, the walk must still go through them."
        ),
    ),
]

RIGHT = {  # other styles, which must pass as well
    "2.6.a": [index_by_defaultdict, index_by_counting_pairs, index_by_vocabulary],
    "2.6.b": [bm25_by_counts, bm25_by_numpy, bm25_with_one_logarithm],
    "2.6.c": [phrase_by_looking, phrase_by_counting, phrase_by_folding],
    "2.6.d": [ndcg_by_numpy, ndcg_in_natural_logarithms, ndcg_by_two_loops],
    "2.6.e": [walk_with_heaps, walk_with_sorted_lists, walk_with_insertion],
}

QUESTIONS = [
    Question(
        id="2.6.q1",
        text="Why is a query answered so quickly with an inverted index?",
        choices=[
            "It reads only the lists of the query's own words",
            "It keeps all documents in memory while it scans them",
            "It compares the query with one vector a document",
            "It stores the answers to the most frequent queries",
        ],
        answer=0,
        explanation="The work depends on how many documents hold the query's words. That is also why very common "
        "words are expensive, and why skipping (MaxScore) pays.",
    ),
    Question(
        id="2.6.q2",
        text="A word stands in nearly every document. What does BM25's idf do with it?",
        choices=[
            "It makes it count much, as there is much evidence",
            "It makes it count next to nothing: it tells little",
            "It takes points from documents that hold the word",
            "It leaves its weight to the word's count in a text",
        ],
        answer=1,
        explanation="log(1 + (N - df + ½)/(df + ½)) goes to almost 0 as df goes to N. (Without the 1 + it would become negative, and take points.)",
    ),
    Question(
        id="2.6.q3",
        text="You set k1 = 0. What is left of BM25?",
        choices=[
            "The counts of the query's words, divided by the length",
            "The counts of the query's words, times their idf",
            "The idf of the query's words that occur, however often",
            "The number of the query's words that the text has",
        ],
        answer=2,
        explanation="tf/(tf + 0) is 1 whenever the word occurs. Length plays no part either, since b only acts "
        "through k1.",
    ),
    Question(
        id="2.6.q4",
        text="Users search a parts catalogue by article number, such as XK-4471-B. What do you expect of a "
        "small sentence encoder alone?",
        choices=[
            "It beats BM25: it was trained on a billion pairs of texts",
            "It equals BM25: a number is one token for both of them",
            "It beats BM25 on numbers that it has seen in training",
            "It loses to BM25: to it, a number is meaningless pieces",
        ],
        answer=3,
        explanation="The number is cut into pieces that many others share. Exact identifiers are where words win. Combine both, or send such queries to the word index.",
    ),
    Question(
        id="2.6.q5",
        text="HNSW returns too few of the true neighbours. Which setting can you change without building the "
        "index again?",
        choices=[
            "M, the links of a node",
            "ef_construction alone",
            "ef, nodes that are kept",
            "The metric of distance",
        ],
        answer=2,
        explanation="ef belongs to the search: more of it means more recall and less speed. M and ef_construction "
        "shape the graph when it is built, and so does the metric.",
    ),
    Question(
        id="2.6.q6",
        text="Reciprocal rank fusion looks at ranks only. What is the advantage?",
        choices=[
            "Scores of two systems need not be comparable",
            "The better of the two systems always leads",
            "A document that both find is counted only once",
            "A clear winner of one system keeps its lead",
        ],
        answer=0,
        explanation="A BM25 sum and a cosine have nothing in common; ranks do. But noise votes as loudly as "
        "knowledge, so fusion can fall below the better system; and a clear lead is just what ranks do not show.",
    ),
    Question(
        id="2.6.q7",
        text="Pseudo-relevance feedback (RM3, Rocchio) hurts some queries. When most?",
        choices=[
            "When the query is short, so that it is soon drowned",
            "When the first results are not about the question",
            "When the collection is large and has many subjects",
            "When the query's own words are rare in the collection",
        ],
        answer=1,
        explanation="It trusts the first results blindly; their words lead further astray. That is query drift. Short queries are where it usually "
        "helps most.",
    ),
    Question(
        id="2.6.q8",
        text="How does an index on disk survive a crash in the middle of a write?",
        choices=[
            "It locks its files, and repairs them when it is opened",
            "It writes each change twice, and compares at the start",
            "It keeps the newest part in memory until it is complete",
            "It writes new files, and then renames one over the old",
        ],
        answer=3,
        explanation="Files in use are never changed: new ones are written and flushed, then a small file that names them takes the old one's place. A rename happens wholly or not at all.",
    ),
]
