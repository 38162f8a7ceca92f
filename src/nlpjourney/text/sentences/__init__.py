"""Where sentences end: Punkt, which learns abbreviations from plain text, without labels."""

from nlpjourney.text.sentences.punkt import Decision, PunktSentenceTokenizer
from nlpjourney.text.sentences.punkt_parameters import PunktParameters
from nlpjourney.text.sentences.punkt_training import PunktTrainer

__all__ = ["Decision", "PunktParameters", "PunktSentenceTokenizer", "PunktTrainer"]
