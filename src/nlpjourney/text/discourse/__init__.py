"""How sentences make a text: its segments, its coherence, and the chains of mentions that run through it."""

from nlpjourney.text.discourse.chain_scores import b_cubed, ceaf, conll_score, muc
from nlpjourney.text.discourse.coreference import resolve
from nlpjourney.text.discourse.entity_grid import (
    CoherenceRanker,
    entity_grid,
    grammatical_role,
    transition_names,
    transitions,
)
from nlpjourney.text.discourse.texttiling import TextTiler, Tiling

__all__ = [
    "CoherenceRanker",
    "TextTiler",
    "Tiling",
    "b_cubed",
    "ceaf",
    "conll_score",
    "entity_grid",
    "grammatical_role",
    "muc",
    "resolve",
    "transition_names",
    "transitions",
]
