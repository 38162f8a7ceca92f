"""Special tokens: strings such as `<|endoftext|>` that stand for one id and steer a model.

They are never split, and never produced by accident: a text from outside that contains one is refused unless the
caller says what it means (Tiktoken's rule, OpenAI 2022). Else a stranger could close the user's turn and open the
system's. Notable choice: where several match at one place the longest wins, as in Hugging Face tokenizers.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal

from nlpjourney.text.tokenize.added_tokens import Found
from nlpjourney.text.tokenize.arguments import check_text


class SpecialTokens:
    """The special tokens of a vocabulary and the rule of who may use them.

    >>> specials = SpecialTokens({"<|end|>": 7})
    >>> list(specials.split("a<|end|>", allowed_special="all", disallowed_special="all"))
    [('a', None), ('<|end|>', 7)]
    """

    def __init__(self, ids: Mapping[str, int]) -> None:
        self.ids = dict(ids)
        names_of(self.ids, "special_tokens")
        self._finders: dict[frozenset[str], re.Pattern[str]] = {}

    def split(
        self,
        text: str,
        allowed_special: Literal["all"] | Collection[str],
        disallowed_special: Literal["all"] | Collection[str],
    ) -> Iterator[tuple[str, int | None]]:
        """Pieces of `text` in order: `(special token, its id)` or `(ordinary text, None)`; never an empty piece.

        Raises ValueError when the text holds a disallowed one ("all" means: all that are not allowed).
        """
        found = self.cut(text, self.allowed(text, allowed_special, disallowed_special))
        return ((piece, id_) for piece, id_, _ in found)

    def allowed(
        self,
        text: str,
        allowed_special: Literal["all"] | Collection[str],
        disallowed_special: Literal["all"] | Collection[str],
    ) -> frozenset[str]:
        """The tokens that may act in `text`. Raises ValueError when it holds one that must not."""
        check_text(text)
        allowed = frozenset(
            self.ids if allowed_special == "all" else names_of(allowed_special, "allowed_special", "'all' or a list")
        )
        if unknown := allowed - self.ids.keys():
            raise ValueError(f"not special tokens of this vocabulary: {sorted(unknown)}; it has {sorted(self.ids)}")
        if disallowed_special == "all":
            disallowed = frozenset(self.ids) - allowed
        else:
            disallowed = frozenset(names_of(disallowed_special, "disallowed_special", "'all' or a list"))
        if disallowed and (match := self._finder(disallowed).search(text)):
            raise ValueError(
                f"the text contains the special token {match[0]!r} at character {match.start()}. If it may act as one,"
                f" pass allowed_special={{{match[0]!r}}}; if it is ordinary text, pass disallowed_special=()"
            )
        return allowed

    def cut(self, text: str, allowed: frozenset[str]) -> Iterator[Found]:
        """`split` with the tokens that `allowed` gave, and with where each piece starts."""
        start = 0
        for match in self._finder(allowed).finditer(text) if allowed else ():
            if match.start() > start:
                yield Found(text[start : match.start()], None, start)
            yield Found(match[0], self.ids[match[0]], match.start())
            start = match.end()
        if start < len(text):
            yield Found(text[start:], None, start)

    def _finder(self, tokens: frozenset[str]) -> re.Pattern[str]:
        if tokens not in self._finders:
            longest_first = sorted(tokens, key=len, reverse=True)
            self._finders[tokens] = re.compile("|".join(map(re.escape, longest_first)))
        return self._finders[tokens]


def names_of(given: Iterable[str], argument: str, wanted: str = "a list") -> list[str]:
    """The names in an argument that takes several; a string, which would be one for each letter, is refused with TypeError.

    So is what is no string; the empty string, and one that no UTF-8 text can hold, with ValueError.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"{argument} must be {wanted} of strings, not {given!r}")
    names = list(given)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"{argument} must be {wanted} of strings, but holds {name!r}")
        if not name:
            raise ValueError(f"{argument} must not hold the empty string, which stands between any two characters")
        try:
            name.encode()
        except UnicodeEncodeError:
            message = f"{argument} must not hold {name!r}: a lone surrogate is no character, and has no UTF-8"
            raise ValueError(message) from None
    return names


def distinct_names_of(given: Iterable[str], argument: str) -> list[str]:
    """`names_of`, for names that get an id each: one that comes twice is refused with ValueError."""
    names = names_of(given, argument)
    for name, n in Counter(names).items():
        if n > 1:
            raise ValueError(f"{argument} must hold each string once, it holds {name!r} {n} times")
    return names
