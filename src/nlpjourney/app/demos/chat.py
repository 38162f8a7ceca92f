"""In the worker: a chat model, and the answers that it is writing at the moment, a few tokens a call."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from itertools import count

from nlpjourney.assets import store
from nlpjourney.llm.engine import Engine, GGUFTokenizer
from nlpjourney.llm.engine.chat import Chat
from nlpjourney.llm.generation import ContextFull
from nlpjourney.llm.sampling import Sampler
from nlpjourney.llm.templates import TemplateRefused

MODEL = "smollm2-135m-instruct"
SECONDS = 0.15  # so often the page gets a piece
KEPT = 2048  # tokens of earlier turns that stay in memory: a conversation that goes on costs its new turn only
MAX_ANSWERS = 8  # that are written side by side: of more, the oldest is given up, since its page was perhaps left


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
def _model() -> tuple[Engine, GGUFTokenizer]:
    engine = Engine(store.path(MODEL), n_kept=KEPT)
    return engine, GGUFTokenizer(engine.file)


_numbers = count(1)
_answers: dict[int, tuple[Chat, Generator[str]]] = {}


def begin(messages: list[dict[str, str]], temperature: float, max_new_tokens: int) -> Piece:
    """Start the answer to a conversation that ends with the user's turn; others that are being written go on."""
    chat = Chat(*_model(), messages=list(messages[:-1]))
    sampler = Sampler(temperature=temperature, top_p=0.9) if temperature > 0 else Sampler(greedy=True)
    number, answer = next(_numbers), chat.say(messages[-1]["content"], sampler, max_new_tokens, seed=len(messages))
    try:
        first = next(answer, None)
    except ContextFull as error:
        return Piece(number, "", True, problem=f"The conversation is too long: {error}. Start a new one.")
    except TemplateRefused as error:
        return Piece(number, "", True, problem=f"The model cannot be asked this: {error}.")
    prompt = Chat(*_model(), messages=list(messages)).prompt()
    if first is not None:
        while len(_answers) >= MAX_ANSWERS:
            del _answers[min(_answers)]
        _answers[number] = chat, answer
    return _piece(number, chat, first or "", first is None, prompt)


def more(number: int) -> Piece:
    """The next piece of that answer."""
    if number not in _answers:
        return Piece(
            number, "", True, problem="Too many others have asked meanwhile: this answer was given up. Ask again."
        )
    chat, answer = _answers[number]
    until = time.monotonic() + SECONDS
    text = ""
    while time.monotonic() < until:
        piece = next(answer, None)
        if piece is None:
            del _answers[number]
            return _piece(number, chat, text, True)
        text += piece
    return _piece(number, chat, text, False)


def _piece(number: int, chat: Chat, text: str, finished: bool, prompt: str = "") -> Piece:
    return Piece(number, text, finished, prompt, chat.speed.n_written, round(chat.speed.tokens_per_second, 1))
