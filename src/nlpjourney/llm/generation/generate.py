"""The loop: read, choose a token by its scores, append it, and again, until something says stop.

Any number of texts goes through it together, each with a sequence and random numbers of its own, so that a text is the same
whether it is written alone or beside others. Between the model and the choice stands a `mask`, for output that must follow a
grammar; after it `force`, which puts tokens into the text that the model did not choose: the result of a tool that it called.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, Self

import torch
from torch import Tensor

from nlpjourney.llm.generation.model import LanguageModel, Prompt, S
from nlpjourney.llm.generation.text import StreamedText
from nlpjourney.llm.sampling import Sampler


class HasTokenBytes(Protocol):
    """A tokenizer, as far as it is needed here."""

    def token_bytes(self, id_: int, /) -> bytes:
        """The bytes that a token stands for; none for a control token."""
        ...


class Stop(StrEnum):
    """Why a text ended."""

    TOKEN = "stop token"
    STRING = "stop string"
    LENGTH = "length"  # max_new_tokens
    CONTEXT = "context full"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How an answer is written.

    max_new_tokens: its length at most, forced tokens included.
    stop: tokens that end it; they are not part of it.
    stop_strings: texts that end it, before which its text stops. They need a tokenizer.
    mask: takes the logits (vocab_size,) and the ids of the answer so far, and returns logits, −∞ where a token is not allowed.
    force: takes the ids of the answer so far after each chosen token, and returns the tokens that have to follow, mostly none.
    log_probabilities: whether those of the chosen tokens are kept: the model's own, before mask and sampler.
    seed: the same one gives the same answer; of several, answer i uses seed + i.
    """

    sampler: Sampler = field(default_factory=Sampler)
    max_new_tokens: int = 100
    stop: Collection[int] = ()
    stop_strings: SequenceOf[str] = ()
    mask: Callable[[Tensor, list[int]], Tensor] | None = None
    force: Callable[[list[int]], SequenceOf[int]] | None = None
    log_probabilities: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_new_tokens < 0:
            raise ValueError(f"max_new_tokens must be at least 0, not {self.max_new_tokens}")


class Piece(NamedTuple):
    """What one step added: tokens, and the text that is certain since. The last may have text only, which was held back."""

    ids: tuple[int, ...]
    text: str


@dataclass
class Generation(Generic[S]):
    """An answer, finished or on its way.

    ids: its tokens, forced ones included, without a stop token; the last may reach into a stop string.
    forced: for each whether it was forced. log_probabilities: for each, in nats (None where it was forced), if asked for.
    text: what the tokens say up to a stop string, if there is a tokenizer. stopped: why it ended; None while it goes on.
    sequence: prompt and answer as the model has read them (all but the last token, which nobody had to read).
    """

    sequence: S
    ids: list[int] = field(default_factory=list)
    forced: list[bool] = field(default_factory=list)
    log_probabilities: list[float | None] | None = None
    text: str | None = None
    stopped: Stop | None = None


def generate(
    model: LanguageModel[S], prompt: Prompt, options: Options | None = None, tokenizer: HasTokenBytes | None = None
) -> Generation[S]:
    """What `model` writes after `prompt`.

    The prompt is token ids or embeddings (T, d_model); for an encoder-decoder it is what the encoder reads. Raises ContextFull
    for a prompt that is too long, ValueError for one that is empty, or when the mask allows no token.
    """
    return generate_all(model, [prompt], options, tokenizer)[0]


def generate_all(
    model: LanguageModel[S],
    prompts: SequenceOf[Prompt],
    options: Options | None = None,
    tokenizer: HasTokenBytes | None = None,
) -> list[Generation[S]]:
    """The same for several prompts, which go through the model together; equal ones are read once. Errors as in `generate`."""
    options = options or Options()
    writers: list[_Writer[S]] = []
    first: dict[tuple[int, ...], _Writer[S]] = {}  # the writer that reads a prompt for all who have the same
    for i, prompt in enumerate(prompts):
        key = (-1, i) if isinstance(prompt, Tensor) else tuple(prompt)
        if key in first:
            sequence, new = first[key].generation.sequence, first[key].new
        else:
            sequence, new = _start(model, prompt)
        writers.append(_Writer(sequence, new, model.context_length, options, tokenizer, options.seed + i))
        first.setdefault(key, writers[-1])
    live = [writer for writer in writers if writer.generation.stopped is None]
    if live:
        read = [writer for writer in live if writer in first.values()]
        rows = {id(w.generation.sequence): row for w, row in zip(read, _extend(model, read))}
        for writer in live:
            row = rows[id(writer.generation.sequence)]
            if writer not in read:
                writer.generation.sequence = writer.generation.sequence.fork()
            writer.take(row.clone())
    while live := [writer for writer in writers if writer.generation.stopped is None]:
        for writer, row in zip(live, _extend(model, live)):
            writer.take(row)
    return [writer.generation for writer in writers]


def stream(
    model: LanguageModel[S],
    prompt: Prompt,
    options: Options | None = None,
    tokenizer: HasTokenBytes | None = None,
    sequence: S | None = None,
) -> Stream[S]:
    """What `model` writes after `prompt`, piece by piece. Errors as in `generate`, with the first piece.

    With a `sequence` the prompt follows what that has read already.
    """
    new = prompt
    if sequence is None:
        sequence, new = _start(model, prompt)
    return Stream(model, _Writer(sequence, new, model.context_length, options or Options(), tokenizer))


class Stream(Generic[S]):
    """An iterator of pieces, each computed when it is asked for. `generation` is the answer so far: to stop, ask for no more."""

    def __init__(self, model: LanguageModel[S], writer: _Writer[S]) -> None:
        self._model, self._writer = model, writer
        self.generation = writer.generation

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Piece:
        if self.generation.stopped is None:
            (logits,) = _extend(self._model, [self._writer])
            piece = self._writer.take(logits)
            if piece.ids or piece.text:
                return piece
        raise StopIteration


def _start(model: LanguageModel[S], prompt: Prompt) -> tuple[S, Prompt]:
    if not len(prompt):
        raise ValueError(
            "the prompt must hold at least one token (the model's first token, if there is nothing to say)"
        )
    return model.start(prompt)


def _extend(model: LanguageModel[S], writers: SequenceOf[_Writer[S]]) -> Tensor:
    return model.extend([writer.generation.sequence for writer in writers], [writer.new for writer in writers])


class _Writer(Generic[S]):
    """One answer on its way: its options, its random numbers, and what its sequence has to read next, `new`."""

    def __init__(
        self,
        sequence: S,
        new: Prompt,
        context_length: int | None,
        options: Options,
        tokenizer: HasTokenBytes | None,
        seed: int | None = None,
    ) -> None:
        if options.stop_strings and tokenizer is None:
            raise ValueError("stop strings need a tokenizer, which says what text a token stands for")
        self.new, self.options, self.tokenizer = new, options, tokenizer
        self.random = torch.Generator().manual_seed(options.seed if seed is None else seed)
        self.streamed = StreamedText(options.stop_strings)
        self.room, self.last = options.max_new_tokens, Stop.LENGTH
        if context_length is not None:  # the last token need not be read, so it needs no place
            left = max(1, context_length + 1 - len(sequence) - len(new))
            if left < self.room:
                self.room, self.last = left, Stop.CONTEXT
        self.generation = Generation(
            sequence,
            log_probabilities=[] if options.log_probabilities else None,
            text=None if tokenizer is None else "",
            stopped=None if self.room else Stop.LENGTH,
        )

    def take(self, logits: Tensor) -> Piece:
        """Choose what follows by its logits (vocab_size,), which belong to this writer."""
        answer, options = self.generation, self.options
        likely = logits.log_softmax(-1) if options.log_probabilities else None
        if options.mask is not None:
            logits = options.mask(logits, answer.ids)
            if not bool((logits > -torch.inf).any()):
                raise ValueError(f"the mask allows no token after {len(answer.ids)} tokens of the answer")
        seen = [id_ for id_ in answer.sequence.ids if id_ >= 0]
        token = int(options.sampler.choose(logits[None], torch.tensor([seen], dtype=torch.int64), self.random))
        if token in options.stop:
            answer.stopped = Stop.TOKEN
            return Piece((), self._flush())
        text = self._append(token, None if likely is None else float(likely[token]))
        if self.streamed.stopped:
            answer.stopped = Stop.STRING
            return Piece((token,), text)
        forced = list(options.force(answer.ids)) if options.force is not None else []
        forced = forced[: self.room - len(answer.ids)]
        if forced:  # what others wrote is no place to look for a stop string
            text += self._flush()
            for id_ in forced:
                text += self._append(id_, None, forced=True)
        self.new = [token, *forced]
        if len(answer.ids) >= self.room:
            answer.stopped = self.last
            text += self._flush()
        return Piece((token, *forced), text)

    def _append(self, token: int, log_probability: float | None, forced: bool = False) -> str:
        answer = self.generation
        answer.ids.append(token)
        answer.forced.append(forced)
        if answer.log_probabilities is not None:
            answer.log_probabilities.append(log_probability)
        if self.tokenizer is None:
            return ""
        data = self.tokenizer.token_bytes(token)
        return self._say(self.streamed.pass_by(data) if forced else self.streamed.push(data))

    def _flush(self) -> str:
        return "" if self.tokenizer is None else self._say(self.streamed.flush())

    def _say(self, text: str) -> str:
        self.generation.text = (self.generation.text or "") + text
        return text
