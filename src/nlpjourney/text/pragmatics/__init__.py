"""What a speaker means beyond the words."""

from nlpjourney.text.pragmatics.rsa import SpeechAct, lexicon

__all__ = ["SpeechAct", "lexicon"]
