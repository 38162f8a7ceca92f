"""How sentences make a text: its segments, its coherence, and the chains of mentions that run through it."""

from nlpjourney.text.discourse.chain_scores import b_cubed, ceaf, conll_score, muc
from nlpjourney.text.discourse.coreference import resolve
from nlpjourney.text.discourse.entity_grid import (
    CoherenceRanker,
    entity_grid,
    grammatical_role,
    grid_features,
    noun_roles,
    transition_names,
    transitions,
)
from nlpjourney.text.discourse.mentions import GENDERS, find_mentions
from nlpjourney.text.discourse.ordering import Orders, compare_orders, pairwise_accuracy, shuffled_pairs
from nlpjourney.text.discourse.texttiling import TextTiler, Tiling

__all__ = [
    "GENDERS",
    "CoherenceRanker",
    "Orders",
    "TextTiler",
    "Tiling",
    "b_cubed",
    "ceaf",
    "compare_orders",
    "conll_score",
    "entity_grid",
    "find_mentions",
    "grammatical_role",
    "grid_features",
    "muc",
    "noun_roles",
    "pairwise_accuracy",
    "resolve",
    "shuffled_pairs",
    "transition_names",
    "transitions",
]
