"""A chat with a model: its answer as it is written to those who have scripts, whole to those who have none.

The conversation travels with the page: the server keeps none.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field

from nlpjourney.app.demos.demo import Call, Demo, StreamedView, asked
from nlpjourney.errors import InvalidInput, JourneyError

MAX_TOKENS = 400  # of an answer
TEMPERATURES = {"0": "always the likeliest word", "0.7": "balanced", "1.2": "adventurous"}
QUESTIONS = ("Why is the sky blue?", "Write a short poem about the sea.", "What is the capital of France?")


class BadConversation(ValueError, JourneyError):
    """The field that carries the conversation does not hold one."""


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


def read_history(text: str) -> list[dict[str, str]]:
    """The conversation so far out of the page's field: turns of user and assistant in alternation."""
    try:
        messages = json.loads(text or "[]")
    except (ValueError, RecursionError):
        raise BadConversation("The conversation could not be read. Start a new one.") from None
    if not isinstance(messages, list) or len(messages) % 2:
        raise BadConversation("The conversation could not be read. Start a new one.")
    for message, role in zip(messages, ("user", "assistant") * (len(messages) // 2)):
        if not isinstance(message, dict) or message.get("role") != role or not isinstance(message.get("content"), str):
            raise BadConversation("The conversation could not be read. Start a new one.")
    # JSON may hold half characters (lone surrogates), which no page and no model can take.
    return [{"role": m["role"], "content": m["content"].encode(errors="replace").decode()} for m in messages]


@dataclass
class ChatView(StreamedView):
    """history: the turns so far, as JSON; messages: the same, with the answer when it is there."""

    text: str = asked("turn", 4_000)
    temperature: str = asked("temperature", 10, "0.7", among=TEMPERATURES)
    history: str = asked("conversation", 40_000)
    messages: list[dict[str, str]] = field(default_factory=list)
    prompt: str = ""
    speed: str = ""

    limit, temperatures, questions = 4_000, TEMPERATURES, QUESTIONS

    async def fill(self, asking: Call) -> None:
        if not asking.posted:
            return
        self.messages = read_history(self.history)
        answer = ""
        async for piece in self._pieces(asking):
            answer += piece.text
            self.prompt = piece.prompt or self.prompt
            self.problem = piece.problem
            self.speed = f"{piece.n_written} tokens, {piece.tokens_per_second:g} a second"
        if not self.problem:
            self.messages += [{"role": "user", "content": self.text}, {"role": "assistant", "content": answer}]
            self.history = json.dumps(self.messages, ensure_ascii=False)

    async def stream(self, asking: Call) -> AsyncIterator[Mapping[str, object]]:
        async for piece in self._pieces(asking):
            yield asdict(piece)

    async def _pieces(self, asking: Call) -> AsyncIterator[Piece]:
        if not self.text:
            raise InvalidInput("Write something first.")
        conversation = [*read_history(self.history), {"role": "user", "content": self.text}]
        place = await asking.place()  # where the answer is begun it is written to its end
        piece: Piece = await asking.run("begin", conversation, float(self.temperature), MAX_TOKENS, at=place)
        yield piece
        while not piece.finished:
            piece = await asking.run("more", piece.answer, at=place)
            yield piece


DEMO = Demo(
    package=__name__,
    topic="7.4",
    title="Chat with a model",
    heading="Talk to a model on this machine",
    lead="SmolLM2 has 135 million parameters, here in 98 MB. It answers in this project's own engine.",
    look_for="Open the prompt as the model sees it: every turn is sent anew, between tokens that mark who speaks.",
    limits="The model is small: it writes well and knows little, and what it says may be wrong.",
    views={"": ChatView},
    holds="smollm2",
)
