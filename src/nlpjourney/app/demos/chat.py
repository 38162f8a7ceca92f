"""In the worker: a chat model, and the answer it is writing at the moment, a few tokens a call."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from itertools import count

from nlpjourney.assets import store
from nlpjourney.llm.engine.chat import Chat
from nlpjourney.llm.generation import ContextFull
from nlpjourney.llm.sampling import Sampler
from nlpjourney.llm.templates import TemplateRefused

MODEL = "smollm2-135m-instruct"
SECONDS = 0.15  # so often the page gets a piece


@dataclass(frozen=True)
class Piece:
    """What was written since the last call. `answer` counts the answers of this worker."""

    answer: int
    text: str
    finished: bool
    prompt: str = ""  # the conversation as the model sees it, with the first piece
    n_written: int = 0
    tokens_per_second: float = 0.0
    problem: str = ""


@cache
def _chat() -> Chat:
    return Chat.open(store.path(MODEL))


_numbers = count(1)
_current: tuple[int, Generator[str]] | None = None


def begin(messages: list[dict[str, str]], temperature: float, max_new_tokens: int) -> Piece:
    """Start the answer to a conversation that ends with the user's turn; an answer that is being written is given up."""
    global _current  # noqa: PLW0603  (a worker writes one answer at a time)
    chat = _chat()
    if _current is not None:
        _current[1].close()  # before its conversation is replaced: what was written of it would be added to the new one
    chat.messages = list(messages[:-1])
    sampler = Sampler(temperature=temperature, top_p=0.9) if temperature > 0 else Sampler(greedy=True)
    number = next(_numbers)
    _current = (number, chat.say(messages[-1]["content"], sampler, max_new_tokens, seed=len(messages)))
    try:
        first = next(_current[1], None)
    except ContextFull as error:
        return Piece(number, "", True, problem=f"The conversation is too long: {error}. Start a new one.")
    except TemplateRefused as error:
        return Piece(number, "", True, problem=f"The model cannot be asked this: {error}.")
    messages_before = chat.messages if first is not None else chat.messages[:-1]
    prompt = Chat(chat.engine, chat.tokenizer, list(messages_before)).prompt()
    return _piece(number, first or "", first is None, prompt)


def more(number: int) -> Piece:
    """The next piece of that answer; the last one, when another was begun meanwhile."""
    if _current is None or number != _current[0]:
        return Piece(number, "", True, problem="Another conversation has taken the model.")
    until = time.monotonic() + SECONDS
    text = ""
    while time.monotonic() < until:
        piece = next(_current[1], None)
        if piece is None:
            return _piece(number, text, True)
        text += piece
    return _piece(number, text, False)


def _piece(number: int, text: str, finished: bool, prompt: str = "") -> Piece:
    speed = _chat().speed
    return Piece(number, text, finished, prompt, speed.n_written, round(speed.tokens_per_second, 1))
