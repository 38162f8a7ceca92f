"""What words mean: senses in a graph, how close they are, and which of them a text means."""

from nlpjourney.text.semantics.graph import Synset, WordNet
from nlpjourney.text.semantics.lemmas import lemmatizer_of
from nlpjourney.text.semantics.lesk import Overlap, lesk, overlaps
from nlpjourney.text.semantics.little_wordnet import little_wordnet
from nlpjourney.text.semantics.similarity import distance, path_similarity, wup_similarity
from nlpjourney.text.semantics.wordnet_files import read_wordnet, wordnet, write_wordnet

__all__ = [
    "Overlap",
    "Synset",
    "WordNet",
    "distance",
    "lemmatizer_of",
    "lesk",
    "little_wordnet",
    "overlaps",
    "path_similarity",
    "read_wordnet",
    "wordnet",
    "write_wordnet",
    "wup_similarity",
]
