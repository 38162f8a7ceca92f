"""Query expansion: let the best documents of a first search suggest more words for a second one.

Pseudo-relevance feedback takes the first few results as if a person had judged them relevant. Two classics:

- Rocchio (in Salton, *The SMART Retrieval System*, 1971): move the query's vector towards the relevant documents and away
  from the irrelevant ones:  q' = alpha * q + beta * mean(relevant) - gamma * mean(irrelevant).
- RM3 (Lavrenko & Croft, "Relevance-based language models", SIGIR 2001; Abdul-Jaleel et al., TREC 2004): estimate how likely
  each word is in a relevant document,  P(w|R) = sum over D of P(w|D) * P(Q|D), normalised,  keep the likeliest words, and mix
  them with the query's own:  P'(w) = original * P(w|Q) + (1 - original) * P(w|R).

Both give terms with weights, which `search` of every index here accepts. It helps when the first results are good and hurts
when they are not: "query drift".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.postings import Postings
from nlpjourney.tasks.search.scored import Query, query_terms
from nlpjourney.text.vocabulary import Vocabulary


class Collection(Protocol):
    """What expansion asks of an index; BM25Index and TfidfIndex have it."""

    analyzer: Analyzer
    vocabulary: Vocabulary
    postings: Postings
    idf: NDArray[np.float64]


def rocchio(
    index: Collection,
    query: Query,
    relevant: Sequence[str],
    irrelevant: Sequence[str] = (),
    *,
    alpha: float = 1.0,
    beta: float = 0.75,
    gamma: float = 0.15,
    n_terms: int = 10,
) -> dict[str, float]:
    """The query moved towards the texts `relevant` and away from `irrelevant`, as terms with weights, heaviest first.

    Vectors are TF-IDF of length 1. The weights are given without idf, because `search` multiplies by it; negative ones are
    dropped, as Rocchio does. Of the words that the query does not have, the `n_terms` with the largest weight * idf stay.
    """
    for name, value in (("alpha", alpha), ("beta", beta), ("gamma", gamma), ("n_terms", n_terms)):
        if value < 0:
            raise ValueError(f"{name} must be at least 0, got {value}")
    own = query_terms(query, index.analyzer)
    moved: defaultdict[str, float] = defaultdict(float)
    idf: dict[str, float] = {}
    for texts, factor in (([own], alpha), (list(relevant), beta), (list(irrelevant), -gamma)):
        for text in texts:
            for term, (weight, term_idf) in _unit_vector(index, text).items():
                moved[term] += factor * weight / len(texts)
                idf[term] = term_idf
    kept = {term: weight for term, weight in moved.items() if weight > 0}
    new = sorted((t for t in kept if t not in own), key=lambda t: (-kept[t] * idf[t], t))[:n_terms]
    return _heaviest_first({term: kept[term] for term in [*own, *new] if term in kept})


def _unit_vector(index: Collection, text: str | Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """For each term that the collection has: count / length of the text's TF-IDF vector, and the term's idf."""
    counts = query_terms(text, index.analyzer)
    terms = index.vocabulary.find(list(counts))
    known = {word: (n, float(index.idf[t])) for (word, n), t in zip(counts.items(), terms) if t >= 0}
    length = float(np.sqrt(sum((n * idf) ** 2 for n, idf in known.values())))
    return {word: (n / length, idf) for word, (n, idf) in known.items()} if length > 0 else {}


def relevance_model(
    index: Collection, query: Query, feedback: Sequence[str], *, mu: float = 1000.0
) -> dict[str, float]:
    """P(w|R) of every word of the texts `feedback` (RM1), likeliest first; sums to 1.

    P(w|D) is the word's share of the text. P(Q|D) is smoothed with the collection's own shares by Dirichlet's prior `mu` > 0
    (Zhai & Lafferty, 2001), so that a text which lacks one word of the query still has a say. Words of the query that the
    collection does not have are left out.
    """
    if not mu > 0:
        raise ValueError(f"mu must be above 0, got {mu}")
    own = query_terms(query, index.analyzer)
    terms = index.vocabulary.find(list(own))
    total = max(int(index.postings.doc_len.sum()), 1)
    share = {w: int(index.postings.of(int(t))[1].sum(dtype=np.int64)) / total for w, t in zip(own, terms) if t >= 0}
    models = [Counter(index.analyzer(text)) for text in feedback]
    log_likelihood = [
        sum(own[w] * np.log((model[w] + mu * p) / (model.total() + mu)) for w, p in share.items()) for model in models
    ]
    best = max(log_likelihood, default=0.0)
    likelihood = [float(np.exp(value - best)) if model else 0.0 for value, model in zip(log_likelihood, models)]
    found: defaultdict[str, float] = defaultdict(float)
    for model, weight in zip(models, likelihood):
        for word, n in model.items():
            found[word] += weight * n / model.total() / sum(likelihood)
    return _heaviest_first(found)


def rm3(
    index: Collection,
    query: Query,
    feedback: Sequence[str],
    *,
    original: float = 0.5,
    n_terms: int = 10,
    mu: float = 1000.0,
) -> dict[str, float]:
    """The query mixed with the `n_terms` likeliest words of the texts `feedback`, as terms with weights that sum to 1.

    original: the weight of the query's own words, in [0, 1]; 1 gives them back alone.
    """
    if not 0 <= original <= 1:
        raise ValueError(f"original must lie between 0 and 1, got {original}")
    if n_terms < 0:
        raise ValueError(f"n_terms must be at least 0, got {n_terms}")
    own = _shares(query_terms(query, index.analyzer))
    model = _shares(dict(list(relevance_model(index, query, feedback, mu=mu).items())[:n_terms]))
    if not model or not own:
        return own or model
    mixed = {word: original * own.get(word, 0.0) + (1 - original) * model.get(word, 0.0) for word in {**own, **model}}
    return _heaviest_first({word: weight for word, weight in mixed.items() if weight > 0})


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()} if total > 0 else {}


def _heaviest_first(weights: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))
