"""From the bytes of tokens to text, as they come: no half characters, and nothing of what a stop string takes away.

A token may end in the middle of a character, and a stop string may begin in the middle of one token and end in another. So the
bytes are searched, and those that may still become a stop string are held back.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class StreamedText:
    """Text that grows by the bytes of tokens, until one of `stop_strings` is in it. Broken UTF-8 becomes U+FFFD.

    Raises ValueError for an empty stop string.
    """

    def __init__(self, stop_strings: Sequence[str] = ()) -> None:
        if isinstance(stop_strings, str) or not all(stop_strings):
            raise ValueError(f"stop strings must be a list of texts, none of them empty, not {stop_strings!r}")
        self._stops = [text.encode() for text in stop_strings]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = b""
        self.stopped = False

    def push(self, data: bytes) -> str:
        """The text that is certain now. `stopped` is set when a stop string is complete: the text ended before it.

        Of several, the one that was complete first, and of those the longest: however the bytes are cut.
        """
        self._held += data
        found = [(at + len(stop), at) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            self._held = self._held[: min(found)[1]]
            return self.flush()
        certain = len(self._held) - self._doubtful()
        text, self._held = self._decoder.decode(self._held[:certain]), self._held[certain:]
        return text

    def pass_by(self, data: bytes) -> str:
        """The text of bytes in which no stop string counts; nothing may be held back any more."""
        return self._decoder.decode(data)

    def flush(self) -> str:
        """What was held back, now that nothing follows it."""
        text, self._held = self._decoder.decode(self._held, final=True), b""
        return text

    def _doubtful(self) -> int:
        """How many of the last bytes may be the beginning of a stop string."""
        longest = 0
        for stop in self._stops:
            for n in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if self._held.endswith(stop[:n]):
                    longest = n
                    break
        return longest
