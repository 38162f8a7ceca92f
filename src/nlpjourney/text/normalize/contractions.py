"""Contractions: "don't" taken apart ("do", "n't") or written out ("do not").

Two conventions. The Penn Treebank (Marcus et al., 1993) cuts a contraction into two words as they stand, so that nothing
is guessed. Writing it out gives words that a dictionary knows, but it must guess: "she's" is "she is" or "she has", "I'd" is
"I had" or "I would". Notable choices: the guess looks at the next word ("she's been" → "has", "I'd better" → "had"), what may
be a possessive ("the king's") stays, and "can't" becomes "can not", so that every negation is the same word.
"""

from __future__ import annotations

import re

# The words before n't that change when they stand alone.
_CHANGED = {"wo": "will", "ca": "can", "sha": "shall"}
_AUXILIARIES = frozenset(
    """is are was were do does did has have had ca could wo would sha should might must need dare ought may""".split()  # noqa: SIM905
)
_ENDINGS = {"'re": "are", "'ve": "have", "'ll": "will", "'m": "am"}
# After these, 's is a verb and no possessive.
_BEFORE_IS = frozenset(
    """he she it that there here what where who how when why this everything nothing something everyone
    someone""".split()  # noqa: SIM905
)
# It begins where no letter stands before: a long word without an apostrophe is read once, not from each of its letters.
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?:['’][^\W\d_]++)+")
_NEXT = re.compile(r"\s+(?:(?:not|never|always|just|already|only|also|really)\s+)?([^\W\d_]++)(?!['’])")
_PARTICIPLES = frozenset(
    """been had done gone got gotten seen taken made become come given known grown thrown shown said told found left lost
    won written spoken broken chosen eaten fallen forgotten begun run heard held kept met paid put read sent spent thought
    brought""".split()  # noqa: SIM905
)
_NEVER_PASSIVE = frozenset(("been", "had", "got", "gotten", "become"))
_SPLIT = re.compile(r"(?i)(.+?)(n['’]t|['’](?:s|m|d|ll|re|ve))$")
_WHOLE = {"cannot": 3, "gimme": 3, "gonna": 3, "gotta": 3, "lemme": 3, "wanna": 3} | dict.fromkeys(
    ("'tis", "'twas", "’tis", "’twas"), 2
)


def split_contraction(word: str) -> list[str]:
    """One word by the Penn Treebank's convention: two parts if it is a contraction or possessive, else itself.

    >>> [split_contraction(word) for word in ("don't", "Can't", "I'll", "king's", "cannot", "o'clock")]
    [['do', "n't"], ['Ca', "n't"], ['I', "'ll"], ['king', "'s"], ['can', 'not'], ["o'clock"]]
    """
    cut = _WHOLE.get(word.lower())
    if cut is None:
        match = _SPLIT.match(word)
        cut = match.start(2) if match else None
    return [word] if cut is None else [word[:cut], word[cut:]]


def expand_contractions(text: str) -> str:
    """`text` with its English contractions written out; the case of the first letter stays, possessives stay.

    >>> expand_contractions("Don't go: she's been ill, it's late, and I'd rather stay. You'd better, too.")
    'Do not go: she has been ill, it is late, and I would rather stay. You had better, too.'
    """
    return _WORD.sub(lambda match: _expanded(match[0], _following(text, match.end())), text)


def _following(text: str, at: int) -> str:
    match = _NEXT.match(text, at)
    return match[1].lower() if match else ""


def _expanded(word: str, following: str) -> str:
    plain = word.replace("’", "'")
    lowered = plain.lower()
    if lowered == "let's":
        return plain[:-2] + _like(" us", plain)
    if lowered.endswith("n't") and lowered[:-3] in _AUXILIARIES:  # "ain't" stays: it may be am, is, are, has or have
        stem = plain[:-3]
        new = _CHANGED.get(stem.lower(), stem)
        return _with_case(new, stem) + _like(" not", plain)
    base, _, ending = plain.partition("'")
    ending = "'" + ending.lower()
    if ending in _ENDINGS:
        return base + _like(" " + _ENDINGS[ending], plain)
    if ending == "'s" and base.lower() in _BEFORE_IS:
        # "it's known" is a passive, "he's known her" most likely none
        has = following in _NEVER_PASSIVE or (base.lower() in ("he", "she", "who") and following in _PARTICIPLES)
        return base + _like(" has" if has else " is", plain)
    participle = following in _PARTICIPLES or (following.endswith("ed") and len(following) > 4)
    if ending == "'d" and base.lower() in ("i", "you", "he", "she", "it", "we", "they", "who", "there"):
        return base + _like(" had" if participle or following in ("better", "best") else " would", plain)
    return word


def _with_case(new: str, old: str) -> str:
    """`new` in the case of `old`: all upper, first letter upper, or lower."""
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new.capitalize() if old[0].isupper() else new


def _like(addition: str, word: str) -> str:
    """The added word in upper case if all of the word is, and the word is more than "I'm"."""
    letters = [c for c in word if c.isalpha()]
    return addition.upper() if len(letters) > 2 and all(c.isupper() for c in letters) else addition
