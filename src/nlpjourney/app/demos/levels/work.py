"""A text at four levels: how each sentence is built, which senses its words have, what is implied, how it hangs together.

What has to be learned is learned in `models`, on first use.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from nlpjourney.app.demos.levels import Discourse, Levels, Meaning, Scalar, Sense, Similarity, Syntax
from nlpjourney.app.demos.levels.models import Models, models
from nlpjourney.tasks.search import ENGLISH_STOP_WORDS
from nlpjourney.text.discourse import GENDERS, TextTiler, compare_orders, find_mentions, noun_roles, resolve
from nlpjourney.text.lemma.morphy import POS
from nlpjourney.text.pragmatics import SpeechAct, lexicon, scalar_words
from nlpjourney.text.semantics import overlaps, wup_similarity
from nlpjourney.text.syntax import dependency_svg, tree_svg
from nlpjourney.text.tokenize.words import Span, treebank_with_offsets

SENSE_POS: dict[str, tuple[POS, str]] = {  # the Penn Treebank's parts of speech that have senses: Morphy's, WordNet's
    "NN": ("noun", "n"),
    "VB": ("verb", "v"),
    "JJ": ("adj", "a"),
    "RB": ("adv", "r"),
}
MAX_WORDS = 40  # in a sentence: the work grows with the cube
MAX_SENTENCES = 12
MAX_ORDERS = 120
MAX_NOUNS = 6
BLOCK = 10  # words in a block of TextTiling; a text needs six


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
        Scalar(i, s.word, s.scale, s.stronger, s.literal, s.implied, s.turned)
        for i, (words, _) in enumerate(tokens, 1)
        for s in scalar_words(words)
        if s.stronger
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
    found = compare_orders(m.ranker, rows, MAX_ORDERS)
    return found.n, found.n_better, tuple(i + 1 for i in found.best)
