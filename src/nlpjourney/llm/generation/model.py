"""What the loop asks of a model: its weights are one thing, each text that it reads another.

A `LanguageModel` is weights and threads, and never changes. A `Sequence` is a text with the cache of what the model computed for
it, and its position; a model has any number of them. Who implements this: the decoders and T5 of `llm.models`, and the
compiled engine.
"""

from __future__ import annotations

from collections import abc
from typing import Protocol, Self, TypeVar

from torch import Tensor

# Token ids, or what stands in their place: embeddings (T, d_model), as of an image or a learned prompt.
Prompt = abc.Sequence[int] | Tensor


class Sequence(Protocol):
    """A text that a model has read, one thread's at a time. Its length is the position of the next token."""

    @property
    def ids(self) -> list[int]:
        """The tokens, −1 where an embedding stood in a token's place."""
        ...

    def __len__(self) -> int: ...

    def fork(self) -> Self:
        """A second sequence that begins like this one; each goes on as it likes."""
        ...

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens. Raises ValueError for more than there are, and where it cannot be done."""
        ...


S = TypeVar("S", bound=Sequence)


class LanguageModel(Protocol[S]):
    """What gives scores to the next token. `context_length`: tokens that a sequence can hold, None where nothing limits it."""

    @property
    def vocab_size(self) -> int: ...

    @property
    def context_length(self) -> int | None: ...

    def start(self, prompt: Prompt) -> tuple[S, Prompt]:
        """A sequence for `prompt`, and what is still to be read before an answer begins.

        For a decoder that is the prompt, or the rest of it where the beginning is in a cache. An encoder reads the whole prompt
        here; its decoder has to read the token that answers start with.
        """
        ...

    def extend(self, sequences: abc.Sequence[S], new: abc.Sequence[Prompt]) -> Tensor:
        """Read `new[i]` after `sequences[i]`: the logits (n, vocab_size), float32, of what follows each.

        Raises ContextFull when one has no room (nothing is read then), ValueError for nothing to read or ids that do not exist.
        """
        ...
