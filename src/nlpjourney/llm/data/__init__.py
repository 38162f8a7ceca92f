"""From raw text to what a model trains on: near-duplicates and rubbish out, documents packed, ids on disk."""

from nlpjourney.llm.data.minhash import Duplicates, MinHash, jaccard
from nlpjourney.llm.data.packing import Batches, join
from nlpjourney.llm.data.quality import GOPHER, Removed, Rule, filter_texts
from nlpjourney.llm.data.shards import Shards, write_shard

__all__ = [
    "GOPHER",
    "Batches",
    "Duplicates",
    "MinHash",
    "Removed",
    "Rule",
    "Shards",
    "filter_texts",
    "jaccard",
    "join",
    "write_shard",
]
