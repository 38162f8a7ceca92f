"""A conversation with a model: messages in, an answer that appears as it is written.

Each turn renders the whole conversation again by the model's template. What the model has read stays in its sequence, and only
what differs from that is read anew: usually just the new question.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from nlpjourney.llm import templates as chat_template
from nlpjourney.llm.engine.model import Engine, EngineSequence
from nlpjourney.llm.generation import Options, Stream, stream
from nlpjourney.llm.gguf.tokenizer import GGUFTokenizer
from nlpjourney.llm.sampling import Sampler


@dataclass
class Speed:
    """Of the last answer: its tokens so far, and the seconds since the first of them."""

    n_written: int = 0
    seconds: float = 0.0

    @property
    def tokens_per_second(self) -> float:
        return (self.n_written - 1) / self.seconds if self.seconds else 0.0


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
        """The conversation as the model sees it, up to where its answer begins; for a base model a text, to go on with.

        Raises TemplateRefused when the model's template does not take it.
        """
        if self.is_base_model:
            turns = [("" if m["role"] == "assistant" else "\n") + m["content"] for m in self.messages]
            return self.tokenizer.defuse("".join(turns).removeprefix("\n"))
        names = self.tokenizer.tokens
        bos, eos = self.tokenizer.bos, self.tokenizer.eos
        template = self.tokenizer.chat_template
        render = chat_template.render_apart if template else chat_template.render
        return render(
            template or chat_template.CHATML,
            [{**message, "content": self.tokenizer.defuse(message["content"])} for message in self.messages],
            bos_token="" if bos is None else names[bos],
            eos_token="" if eos is None else names[eos],
        )

    def say(
        self, text: str, sampler: Sampler | None = None, max_new_tokens: int = 512, seed: int = 0
    ) -> Generator[str]:
        """Add a turn of the user, and yield the answer in pieces as it is written; then it is a message, too.

        An answer that is stopped (the iterator closed, Ctrl-C) stays as far as it was written. An error before its first token,
        such as ContextFull or TemplateRefused, takes the user's turn back. Nobody can close the user's turn by writing the
        token that ends it: names of control tokens are defused.
        """
        self.messages.append({"role": "user", "content": text})
        self.speed = Speed()
        answer: Stream[EngineSequence] | None = None
        try:
            answer = self._answer(sampler or Sampler(temperature=0.7, top_p=0.9), max_new_tokens, seed)
            start = None
            for piece in answer:
                start = start or time.perf_counter()
                self.speed = Speed(len(answer.generation.ids), time.perf_counter() - start)
                if piece.text:
                    yield piece.text
        finally:
            written = answer.generation if answer is not None else None
            if written is not None and (written.ids or written.stopped):
                self.messages.append({"role": "assistant", "content": written.text or ""})
            else:
                self.messages.pop()

    def _answer(self, sampler: Sampler, max_new_tokens: int, seed: int) -> Stream[EngineSequence]:
        ids = self.tokenizer.encode_prompt(self.prompt())
        if self._sequence is None:
            self._sequence, _ = self.engine.start(ids)  # perhaps another conversation began like this one
        same = 0
        while same < min(len(ids) - 1, len(self._sequence)) and ids[same] == self._sequence.ids[same]:
            same += 1
        self._sequence.truncate(same)
        options = Options(sampler=sampler, max_new_tokens=max_new_tokens, stop=self.tokenizer.stop, seed=seed)
        return stream(self.engine, ids[same:], options, self.tokenizer, self._sequence)
