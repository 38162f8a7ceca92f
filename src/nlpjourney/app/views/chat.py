"""The chat page. The conversation travels with the page: the server keeps none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nlpjourney.errors import JourneyError

if TYPE_CHECKING:
    from nlpjourney.app.demos.chat import Piece

TURN_LIMIT = 4_000  # characters of a turn
HISTORY_LIMIT = 40_000  # characters of the conversation, as JSON
MAX_TOKENS = 400  # of an answer
TEMPERATURES = {"0": "always the likeliest word", "0.7": "balanced", "1.2": "adventurous"}
QUESTIONS = ("Why is the sky blue?", "Write a short poem about the sea.", "What is the capital of France?")


class BadConversation(ValueError, JourneyError):
    """The field that carries the conversation does not hold one."""


@dataclass
class ChatView:
    messages: list[dict[str, str]] = field(default_factory=list)
    temperature: str = "0.7"
    prompt: str = ""
    speed: str = ""
    problem: str = ""
    limit: int = TURN_LIMIT

    @property
    def history(self) -> str:
        return json.dumps(self.messages, ensure_ascii=False)

    @property
    def temperatures(self) -> dict[str, str]:
        return TEMPERATURES

    @property
    def questions(self) -> tuple[str, ...]:
        return QUESTIONS


def read_history(text: str) -> list[dict[str, str]]:
    """The conversation so far out of the page's field: turns of user and assistant in alternation."""
    try:
        messages = json.loads(text or "[]")
    except json.JSONDecodeError:
        raise BadConversation("The conversation could not be read. Start a new one.") from None
    if not isinstance(messages, list) or len(messages) % 2:
        raise BadConversation("The conversation could not be read. Start a new one.")
    for message, role in zip(messages, ("user", "assistant") * (len(messages) // 2)):
        if not isinstance(message, dict) or message.get("role") != role or not isinstance(message.get("content"), str):
            raise BadConversation("The conversation could not be read. Start a new one.")
    return [{"role": m["role"], "content": m["content"]} for m in messages]


def begin(messages: list[dict[str, str]], temperature: float) -> Piece:
    """In the worker: see `demos.chat`."""
    from nlpjourney.app.demos import chat

    return chat.begin(messages, temperature, MAX_TOKENS)


def more(number: int) -> Piece:
    """In the worker: see `demos.chat`."""
    from nlpjourney.app.demos import chat

    return chat.more(number)
