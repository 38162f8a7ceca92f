"""How the clauses of a query come together: must, filter, should and must_not, as in Lucene's BooleanQuery."""

from __future__ import annotations

from collections.abc import Sequence

from nlpjourney.tasks.search.server.matching import Scores


def combined(
    every: Scores,
    must: Sequence[Scores] = (),
    filters: Sequence[Scores] = (),
    should: Sequence[Scores] = (),
    must_not: Sequence[Scores] = (),
    least: int = 0,
) -> Scores:
    """The documents in all of must and filters, in at least so many of should, in none of must_not; must and should score."""
    found = set(every)
    for part in [*must, *filters]:
        found &= part.keys()
    for part in must_not:
        found -= part.keys()
    if least > 0:
        found = {doc_id for doc_id in found if sum(doc_id in part for part in should) >= least}
    return {doc_id: sum(part.get(doc_id, 0.0) for part in [*must, *should]) for doc_id in every if doc_id in found}
