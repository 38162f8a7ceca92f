"""Words on scales, and what saying less implies.

Horn (1972): some words come in an order of strength, each true whenever a stronger one is: some, most, all. A speaker who says
the weaker is taken to mean that the stronger is not so (a scalar implicature); `SpeechAct` says how strongly. Notable choices:
the scales are a short list of the textbooks'; with a "not" or an "if" before it a scale turns round ("not all" implies
some), so no implicature is claimed there, only said that it turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nlpjourney.text.pragmatics.rsa import SpeechAct

SCALES = (
    ("some", "most", "all"), ("or", "and"), ("sometimes", "often", "always"), ("might", "must"), ("may", "must"),
    ("possible", "certain"), ("possibly", "certainly"), ("warm", "hot"), ("cool", "cold"), ("good", "excellent"),
    ("bad", "terrible"), ("like", "love"), ("liked", "loved"), ("try", "succeed"), ("tried", "succeeded"),
    ("believe", "know"), ("believes", "knows"), ("many", "all"), ("several", "all"), ("difficult", "impossible"),
)  # fmt: skip
_TURNING = ("not", "n't", "never", "no", "nobody", "nothing", "without", "if", "unless", "hardly")


class ScalarWord(NamedTuple):
    """A word of a sentence that stands on a scale, and how a pragmatic listener takes it.

    stronger: what she did not say; none for the strongest word. implied: how far a listener believes that no stronger word
    holds, and literal: how far before thinking of the speaker, from 0 to 1. turned: a word before it turns the scale round ("" if
    none does).
    """

    place: int
    word: str
    scale: tuple[str, ...]
    stronger: tuple[str, ...]
    literal: float
    implied: float
    turned: str


def scalar_words(words: Sequence[str]) -> list[ScalarWord]:
    """The words of a sentence that stand on a scale of `SCALES`, each on the first that has it."""
    found = []
    lower = [word.lower() for word in words]
    for place, word in enumerate(lower):
        scale = next((scale for scale in SCALES if word in scale), None)
        if scale is not None:
            at = scale.index(word)
            act = on_scale(len(scale))
            # World w is one where the words up to w hold: that no stronger word holds is world `at`.
            literal, implied = float(act.literal_listener()[at, at]), float(act.listener()[at, at])
            turned = next((before for before in reversed(lower[:place]) if before in _TURNING), "")
            found.append(ScalarWord(place, words[place], scale, scale[at + 1 :], literal, implied, turned))
    return found


def on_scale(n: int) -> SpeechAct:
    """n words in order of strength, and n worlds, in the i-th of which the words up to the i-th are true."""
    return SpeechAct([[float(world >= word) for world in range(n)] for word in range(n)])
