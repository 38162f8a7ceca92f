"""In the worker: a chat model, and the answer it is writing at the moment, a few tokens a call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from itertools import count

from nlpjourney.app.demos.chat import Piece
from nlpjourney.assets import store
from nlpjourney.llm.engine import ContextFull
from nlpjourney.llm.engine.chat import Chat
from nlpjourney.llm.sampling import Sampler

MODEL = "smollm2-135m-instruct"
SECONDS = 0.15  # so often the page gets a piece


@cache
def _chat() -> Chat:
    return Chat.open(store.path(MODEL))


_numbers = count(1)
_current: tuple[int, Iterator[str]] = (0, iter(()))


def begin(messages: list[dict[str, str]], temperature: float, max_new_tokens: int) -> Piece:
    """Start the answer to a conversation that ends with the user's turn; an answer that is being written is given up."""
    global _current  # noqa: PLW0603  (a worker writes one answer at a time)
    chat = _chat()
    chat.messages = list(messages[:-1])
    sampler = Sampler(temperature=temperature, top_p=0.9) if temperature > 0 else Sampler(greedy=True)
    number = next(_numbers)
    _current = (number, chat.say(messages[-1]["content"], sampler, max_new_tokens, seed=len(messages)))
    try:
        first = next(_current[1], None)
    except ContextFull as error:
        return Piece(number, "", True, problem=f"The conversation is too long: {error}. Start a new one.")
    except ValueError as error:
        return Piece(number, "", True, problem=f"{error}.")
    messages_before = chat.messages if first is not None else chat.messages[:-1]
    prompt = Chat(chat.engine, chat.tokenizer, list(messages_before)).prompt()
    return _piece(number, first or "", first is None, prompt)


def more(number: int) -> Piece:
    """The next piece of that answer; the last one, when another was begun meanwhile."""
    if number != _current[0]:
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
