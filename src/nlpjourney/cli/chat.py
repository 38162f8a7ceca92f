"""`journey chat`: talk to a model in the terminal."""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpjourney.cli.output import next_step, say

if TYPE_CHECKING:
    from nlpjourney.llm.engine.chat import Chat

DEFAULT_MODEL = "smollm2-135m-instruct"
HELP = "Commands: /new starts over, /prompt shows what the model sees, /quit ends (as Ctrl-D does)."


class Temperature(click.FloatRange):
    """A number; "nan" and "inf", which Python takes for numbers, too, are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return number if math.isfinite(number) else self.fail(f"{value} is not a number.", param, ctx)


@click.command()
@click.argument("model", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--system", help="What the model is told before the conversation.")
@click.option(
    "--temperature", type=Temperature(0), default=0.7, show_default=True, help="0: always the likeliest token."
)
@click.option("--threads", type=click.IntRange(1), help="By default as many as there are idle cores.")
@click.option("--max-tokens", type=click.IntRange(1), default=512, show_default=True, help="Longest answer.")
def chat(model: Path | None, system: str | None, temperature: float, threads: int | None, max_tokens: int) -> None:
    """Talk to a language model that runs on this machine.

    MODEL is a GGUF file; without one SmolLM2-135M-Instruct is fetched (98 MB) and kept.
    """
    from nlpjourney.assets import store
    from nlpjourney.llm.engine.chat import Chat

    path = model or store.path(DEFAULT_MODEL)
    conversation = Chat.open(path, threads)
    beginning = [{"role": "system", "content": system}] if system else []
    if system:
        _demand_system_turn(conversation, system)
    conversation.messages = list(beginning)
    name = conversation.engine.file.metadata.get("general.name", path.name)
    say(f"{name}, {conversation.engine.threads} threads. {HELP}")
    if conversation.is_base_model:
        say("This is a base model: it goes on with what you write, and was not trained to answer.")
    while True:
        try:
            line = click.prompt("you", prompt_suffix="> ").strip()
        except (click.Abort, EOFError):
            break
        if line == "/quit":
            break
        if not line:
            continue
        if line == "/new":
            conversation.messages = list(beginning)
        elif line == "/prompt":
            _show_prompt(conversation)
        elif line.startswith("/"):
            say(f"There is no command {line.split()[0]!r}. {HELP}")
        else:
            _answer(conversation, line, temperature, max_tokens)
    next_step("journey list  (topic 4.1 shows how such a model works, 7.4 how it fits in 98 MB)")


def _demand_system_turn(conversation: Chat, system: str) -> None:
    """Raises TemplateRefused when the model's template takes a question, but none with `system` before it."""
    from nlpjourney.llm.templates import TemplateRefused

    question = {"role": "user", "content": "Hello"}
    conversation.messages = [question]
    conversation.prompt()
    conversation.messages = [{"role": "system", "content": system}, question]
    try:
        conversation.prompt()
    except TemplateRefused as error:
        raise TemplateRefused(f"this model takes no --system: {error}") from None


def _show_prompt(conversation: Chat) -> None:
    from nlpjourney.llm.templates import TemplateRefused

    try:
        say(conversation.prompt())
    except TemplateRefused as error:
        say(f"The model sees nothing yet: {error}.")


def _answer(conversation: Chat, line: str, temperature: float, max_tokens: int) -> None:
    from nlpjourney.errors import JourneyError
    from nlpjourney.llm.generation import ContextFull
    from nlpjourney.llm.sampling import Sampler
    from nlpjourney.llm.templates import TemplateRefused

    sampler = Sampler(temperature=temperature, top_p=0.9) if temperature else Sampler(greedy=True)
    seed = len(conversation.messages)
    try:
        with closing(conversation.say(line, sampler, max_tokens, seed)) as answer:
            for piece in answer:
                click.echo(piece, nl=False)
    except TemplateRefused as error:
        say(f"The model cannot be asked this: {error}. Say it otherwise, or start over with /new.")
        return
    except ContextFull as error:
        say(f"The conversation is too long: {error}. Start over with /new.")
        return
    except JourneyError as error:
        say(f"\nThe answer ends here: {error}.")
        return
    except KeyboardInterrupt:
        say(" … (stopped)")
        return
    speed = conversation.speed
    say(f"\n[{speed.n_written} tokens, {speed.tokens_per_second:.0f} a second]")


COMMANDS = [chat]
