"""Making equal what means the same: characters, contractions, punctuation."""

from nlpjourney.text.normalize.characters import clean
from nlpjourney.text.normalize.contractions import expand_contractions, split_contraction
from nlpjourney.text.normalize.punctuation import is_punctuation, remove_punctuation

__all__ = ["clean", "expand_contractions", "is_punctuation", "remove_punctuation", "split_contraction"]
