"""A conversation with a model: messages in, an answer that appears as it is written.

What the model has read stays in its cache. Each turn renders the whole conversation again by the model's template, and only
what differs from the text read before is read anew: usually just the new question.
"""

from __future__ import annotations

import codecs
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch

from nlpjourney.llm import templates as chat_template
from nlpjourney.llm.blocks.cache import ContextFull
from nlpjourney.llm.engine.model import Engine, EngineSequence
from nlpjourney.llm.gguf.tokenizer import GGUFTokenizer
from nlpjourney.llm.sampling import Sampler


@dataclass
class Speed:
    """Of the last answer: tokens and seconds for reading the prompt and for writing."""

    n_read: int = 0
    read_seconds: float = 0.0
    n_written: int = 0
    write_seconds: float = 0.0

    @property
    def tokens_per_second(self) -> float:
        return self.n_written / self.write_seconds if self.write_seconds else 0.0


@dataclass
class Chat:
    """A model and a conversation with it; `messages` (role, content) may be changed between turns."""

    engine: Engine
    tokenizer: GGUFTokenizer
    messages: list[dict[str, str]] = field(default_factory=list)
    speed: Speed = field(default_factory=Speed)
    _sequence: EngineSequence | None = None

    @classmethod
    def open(cls, path: str | Path, threads: int | None = None) -> Chat:
        """A chat with the model of a GGUF file. Raises GGUFError for a bad one."""
        engine = Engine(path, threads=threads)
        return cls(engine, GGUFTokenizer(engine.file))

    @property
    def is_base_model(self) -> bool:
        """Whether the model was trained to continue texts only: its file has no template, nor ChatML's tokens."""
        return self.tokenizer.chat_template is None and not self.tokenizer.is_control("<|im_start|>")

    def prompt(self) -> str:
        """The conversation as the model sees it, up to where its answer begins; for a base model a text, to go on with."""
        if self.is_base_model:
            turns = [("" if m["role"] == "assistant" else "\n") + m["content"] for m in self.messages]
            return self.tokenizer.defuse("".join(turns).removeprefix("\n"))
        names = self.tokenizer.tokens
        bos, eos = self.tokenizer.bos, self.tokenizer.eos
        return chat_template.render(
            self.tokenizer.chat_template or chat_template.CHATML,
            [{**message, "content": self.tokenizer.defuse(message["content"])} for message in self.messages],
            bos_token="" if bos is None else names[bos],
            eos_token="" if eos is None else names[eos],
        )

    def say(self, text: str, sampler: Sampler | None = None, max_new_tokens: int = 512, seed: int = 0) -> Iterator[str]:
        """Add a turn of the user, and yield the answer in pieces as it is written; then it is a message, too.

        Nobody can close the user's turn by writing the token that ends it: names of control tokens are defused. A
        ContextFull error leaves the conversation as it was before.
        """
        self.messages.append({"role": "user", "content": text})
        written: list[str] = []
        try:
            ids = self.tokenizer.encode(self.prompt(), special=True)
            for piece in self._answer(ids, sampler or Sampler(temperature=0.7, top_p=0.9), max_new_tokens, seed):
                written.append(piece)
                yield piece
        except ContextFull:
            self.messages.pop()
            raise
        self.messages.append({"role": "assistant", "content": "".join(written)})

    def _answer(self, ids: list[int], sampler: Sampler, max_new_tokens: int, seed: int) -> Iterator[str]:
        sequence = self._sequence = self._sequence or self.engine.sequence()
        same = 0
        while same < min(len(ids) - 1, len(sequence)) and ids[same] == sequence.ids[same]:
            same += 1
        sequence.truncate(same)
        self.speed = Speed(n_read=len(ids) - same)
        start = time.perf_counter()
        logits = sequence.prefill(ids[same:])
        self.speed.read_seconds = time.perf_counter() - start
        generator = torch.Generator().manual_seed(seed)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        start = time.perf_counter()
        room = min(max_new_tokens, self.engine.context_length - len(sequence))
        for _ in range(room):
            token = int(sampler.choose(torch.from_numpy(logits)[None], torch.tensor([sequence.ids]), generator))
            if token in self.tokenizer.stop:
                break
            self.speed.n_written += 1
            self.speed.write_seconds = time.perf_counter() - start
            if piece := decoder.decode(self.tokenizer.token_bytes(token)):
                yield piece
            logits = sequence.decode(token)
        if rest := decoder.decode(b"", final=True):
            yield rest
