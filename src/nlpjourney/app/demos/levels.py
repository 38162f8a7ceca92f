"""A text at four levels: how each sentence is built, which senses its words have, what is implied, how it hangs together.

What has to be learned is learned in `level_models`, on first use.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from nlpjourney.app.demos.level_models import SENSE_POS, Models, models
from nlpjourney.tasks.search import ENGLISH_STOP_WORDS
from nlpjourney.text.discourse import GENDERS, TextTiler, entity_grid, find_mentions, grid_features, noun_roles, resolve
from nlpjourney.text.lemma.morphy import POS
from nlpjourney.text.pragmatics import ScalarWord, SpeechAct, lexicon, scalar_words
from nlpjourney.text.semantics import overlaps, wup_similarity
from nlpjourney.text.syntax import dependency_svg, tree_svg
from nlpjourney.text.tokenize.words import Span, treebank_with_offsets

MAX_WORDS = 40  # in a sentence: the work grows with the cube
MAX_SENTENCES = 12
MAX_ORDERS = 120
MAX_NOUNS = 6
BLOCK = 10  # words in a block of TextTiling; a text needs six


@dataclass(frozen=True)
class Syntax:
    """A sentence and its trees; `problem` where there are none. surprise: in nats a word; above: the share of the treebank's
    held-out sentences that surprise less."""

    words: tuple[str, ...]
    tags: tuple[str, ...] = ()
    heads: tuple[int, ...] = ()
    brackets: str = ""
    tree: str = ""
    arcs: str = ""
    unknown: tuple[str, ...] = ()
    surprise: float = 0.0
    above: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Sense:
    name: str
    definition: str
    shared: tuple[str, ...]  # words of the text that speak for it


@dataclass(frozen=True)
class Meaning:
    """A word with its senses, the one that Lesk chooses first, then those with shared words, then the most frequent."""

    word: str
    lemma: str
    sentence: int  # from 1
    senses: tuple[Sense, ...]
    n_senses: int


@dataclass(frozen=True)
class Similarity:
    one: str
    other: str
    value: float


@dataclass(frozen=True)
class Discourse:
    """chains: mentions with the number of their sentence (from 1), of what is mentioned twice or more; pieces: the text cut at
    mentions, each with the number of its chain (0: none); segments: what TextTiling makes of it, () for a short text."""

    chains: tuple[tuple[tuple[str, int], ...], ...]
    pieces: tuple[tuple[str, int], ...]
    segments: tuple[str, ...]
    n_orders: int  # that were tried, the text's own among them; 0 where there is nothing to compare
    n_better: int  # orders that the ranker takes for more coherent than the text's own
    best: tuple[int, ...]  # the most coherent order found, numbers of sentences


@dataclass(frozen=True)
class Levels:
    syntax: tuple[Syntax, ...]
    meanings: tuple[Meaning, ...]
    similarities: tuple[Similarity, ...]
    scalar: tuple[tuple[int, ScalarWord], ...]  # with the number of the sentence
    apples: tuple[
        tuple[str, tuple[float, ...], tuple[float, ...]], ...
    ]  # a word, the literal and the pragmatic listener
    discourse: Discourse | None
    notes: tuple[str, ...]  # what stands in for what could not be had
    grammar: str  # where the grammar comes from
    n_words: int  # of its treebank
    accuracy: float  # the share of unseen pairs that the coherence ranker gets right; 0 without one
    wordnet: str
    cut: bool  # whether sentences were left out

    @property
    def scale_words(self) -> frozenset[str]:
        """The words of the text that stand on a scale, in small letters."""
        return frozenset(found.word.lower() for _, found in self.scalar)


def look(text: str) -> Levels:
    """The text at all levels."""
    m = models()
    spans = [(a, b) for a, b in m.splitter.span_tokenize(text) if text[a:b].strip()]
    cut, spans = len(spans) > MAX_SENTENCES, spans[:MAX_SENTENCES]
    tokens = [treebank_with_offsets(text[a:b]) for a, b in spans]
    syntax = tuple(_syntax(m, words) for words, _ in tokens)
    places = [[(a + start, a + end) for start, end in offsets] for (a, _), (_, offsets) in zip(spans, tokens)]
    meanings = tuple(_meanings(m, syntax))
    scalar = tuple(
        (i, found) for i, (words, _) in enumerate(tokens, 1) for found in scalar_words(words) if found.stronger
    )
    return Levels(
        syntax, meanings, tuple(_similarities(m, meanings)), scalar, _apples(), _discourse(m, text, spans, syntax, places),
        m.notes, m.grammar_of, m.n_words, m.accuracy, m.wordnet_name, cut,
    )  # fmt: skip


def _syntax(m: Models, words: Sequence[str]) -> Syntax:
    if not any(c.isalpha() for word in words for c in word):
        return Syntax(tuple(words), problem="There is no word here, so there is nothing to build a sentence of.")
    if len(words) > MAX_WORDS:
        return Syntax(
            tuple(words), problem=f"{len(words)} words are too many for this page; up to {MAX_WORDS} are drawn."
        )
    unknown = tuple(m.grammar.unknown(words))
    found = m.grammar.parse(words)
    if found is None:
        return Syntax(
            tuple(words),
            unknown=unknown,
            problem="No tree: even with new words the grammar finds no way to build a sentence of these words in this order.",
        )
    tags = [tag for _, tag in found.tree.tags()]
    heads = m.parser.predict(words, tags)
    surprise = m.grammar.surprise(words)
    above = sum(usual < surprise for usual in m.surprises) / len(m.surprises)
    return Syntax(
        tuple(words), tuple(tags), tuple(heads), str(found.tree), tree_svg(found.tree), dependency_svg(words, heads), unknown,
        surprise, above,
    )  # fmt: skip


def _meanings(m: Models, syntax: Sequence[Syntax]) -> list[Meaning]:
    """The nouns, verbs, adjectives and adverbs with senses, each lemma once a sense; those around it in its sentence are
    the context."""
    found: dict[tuple[str, str], Meaning] = {}
    for number, s in enumerate(syntax, 1):
        context = [word.lower() for word, tag in zip(s.words, s.tags) if tag[:2] in SENSE_POS]
        for word, tag in zip(s.words, s.tags):
            pos = SENSE_POS.get(tag[:2])
            if pos is None or word.lower() in ENGLISH_STOP_WORDS or tag.startswith("NNP"):
                continue
            lemma = _lemma(m, word.lower(), tag, pos[0])
            senses = m.net.senses(lemma, pos[1])
            if not senses or lemma in ("be", "have", "do"):
                continue
            others = [other for other in context if other != word.lower()]
            evidence = overlaps(others, senses, stop_words=ENGLISH_STOP_WORDS)
            order = sorted(range(len(senses)), key=lambda i: (-len(evidence[i].words), i))
            shown = [Sense(senses[i].name, senses[i].definition, tuple(sorted(evidence[i].words))) for i in order[:4]]
            found.setdefault((lemma, shown[0].name), Meaning(word, lemma, number, tuple(shown), len(senses)))
    return list(found.values())


def _lemma(m: Models, word: str, tag: str, pos: POS) -> str:
    """The base form; of an inflected one rather not itself: "saw" as a past tense is a form of "see"."""
    candidates = m.lemmatizer.candidates(word, pos) or [word]
    others = [candidate for candidate in candidates if candidate != word]
    return others[0] if others and tag in ("VBD", "VBN", "VBZ", "VBG", "NNS", "JJR", "JJS") else candidates[0]


def _similarities(m: Models, meanings: Sequence[Meaning]) -> list[Similarity]:
    """Wu and Palmer's between the chosen senses of nouns, the closest first."""
    nouns = [w for w in meanings if m.net.synsets[w.senses[0].name].pos == "n"][:MAX_NOUNS]
    pairs = [
        Similarity(a.word, b.word, wup_similarity(m.net, a.senses[0].name, b.senses[0].name) or 0.0)
        for a, b in itertools.combinations(nouns, 2)
    ]
    return sorted(pairs, key=lambda pair: -pair.value)


def _apples() -> tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...]:
    """The textbook's case: of three apples none, one, two or three are red."""
    rules = {"none": lambda n: n == 0, "some": lambda n: n > 0, "all": lambda n: n == 3}
    act = SpeechAct(lexicon(list(rules), range(4), lambda word, n: rules[word](n)))
    literal, pragmatic = act.literal_listener().tolist(), act.listener().tolist()
    return tuple((word, tuple(literal[i]), tuple(pragmatic[i])) for i, word in enumerate(rules))


def _discourse(
    m: Models, text: str, spans: Sequence[Span], syntax: Sequence[Syntax], places: Sequence[Sequence[Span]]
) -> Discourse | None:
    if len(spans) < 2:
        return None
    mentions = [span for s, p in zip(syntax, places) if s.tags for span in find_mentions(s.words, s.tags, p)]
    chains = resolve(text, mentions, spans, GENDERS | m.names, other_names="")
    several = [chain for chain in chains if len(chain) > 1]

    def sentence_of(span: Span) -> int:
        return next(i for i, (a, b) in enumerate(spans, 1) if a <= span[0] and span[1] <= b)

    marked = sorted((span, number) for number, chain in enumerate(several, 1) for span in chain)
    pieces, at = [], 0
    for (start, end), number in marked:
        pieces += [(text[at:start], 0), (text[start:end], number)]
        at = end
    pieces.append((text[at : spans[-1][1]], 0))
    words = [word.lower() for s in syntax for word in s.words if word.isalpha()]
    segments: tuple[str, ...] = ()
    if len(words) >= 6 * BLOCK:
        segments = tuple(TextTiler(BLOCK, 3, stop_words=ENGLISH_STOP_WORDS).split(text, [end for _, end in spans]))
    return Discourse(
        tuple(tuple((text[a:b], sentence_of((a, b))) for a, b in chain) for chain in several),
        tuple(piece for piece in pieces if piece[0]), segments, *_orders(m, syntax, places, several),
    )  # fmt: skip


def _orders(
    m: Models, syntax: Sequence[Syntax], places: Sequence[Sequence[Span]], chains: Sequence[Sequence[Span]]
) -> tuple[int, int, tuple[int, ...]]:
    """How many orders of the sentences were compared, how many are better than the text's own, and the best.

    A pronoun counts as the noun that its chain begins with: the ranker knows nouns.
    """
    if m.ranker is None or not all(s.tags for s in syntax):
        return 0, 0, ()
    first = {span: chain[0] for chain in chains for span in chain}
    nouns = {span: s.words[i] for s, p in zip(syntax, places) for i, span in enumerate(p)}
    ends = {end: span for p in places for span in p for end in [span[1]]}
    rows = []
    for s, p in zip(syntax, places):
        words, tags = list(s.words), list(s.tags)
        for i, span in enumerate(p):
            if span in first and tags[i].startswith("PRP"):
                words[i], tags[i] = nouns[ends[first[span][1]]], "NN"
        rows.append(noun_roles(words, tags, s.heads))
    own = tuple(range(len(rows)))
    if len(rows) <= 5:
        orders = list(itertools.permutations(own))
    else:
        rng = random.Random(0)
        orders = [own, *(tuple(rng.sample(own, len(own))) for _ in range(MAX_ORDERS - 1))]
    orders = list(dict.fromkeys(orders))[:MAX_ORDERS]
    scores = [float(m.ranker.score(grid_features(entity_grid([rows[i] for i in order])))) for order in orders]
    best = max(range(len(orders)), key=scores.__getitem__)
    n_better = sum(score > scores[orders.index(own)] + 1e-9 for score in scores)
    return len(orders), n_better, tuple(i + 1 for i in orders[best])
