"""What a speaker means beyond the words."""

from nlpjourney.text.pragmatics.rsa import SpeechAct, lexicon
from nlpjourney.text.pragmatics.scales import SCALES, ScalarWord, on_scale, scalar_words

__all__ = ["SCALES", "ScalarWord", "SpeechAct", "lexicon", "on_scale", "scalar_words"]
