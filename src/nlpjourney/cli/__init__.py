"""The `journey` command. Each verb ends by naming the next step; `--json` and `NO_COLOR` are honoured.

Verbs stand in `learn`, `chat`, `new`, `make`, `test`, `machine` and `lock`; whatever loads slowly is imported inside them, so
that `journey --help` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any

try:
    import click
except ModuleNotFoundError:
    sys.exit("The command is for learners, and needs more than the library: pip install 'nlp-journey[learn]'")

from nlpjourney.cli import chat, learn, lock, machine, make, new, test
from nlpjourney.cli.compiled import drop_stale


class Verbs(click.Group):
    """Commands in the order of a learner's day, not of the alphabet.

    Errors that a user can do something about come as one sentence; any other keeps its stack trace, as a fault of ours.
    `journey --trace …`, or JOURNEY_TRACE=1, shows the trace of the former too.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        from nlpjourney.errors import JourneyError

        try:
            return super().invoke(ctx)
        except JourneyError as error:
            if os.environ.get("JOURNEY_TRACE") or ctx.params.get("trace"):
                raise
            raise click.ClickException(str(error)) from error


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nlp-journey", message="%(package)s %(version)s")
@click.option("--trace", is_flag=True, help="Show where an error came from, not only what it says.")
def main(trace: bool) -> None:
    """Learn LLMs from scratch by running them.

    \b
    journey start        the roadmap in your browser
    journey next         where to go on
    journey check 1.2    check your answers of topic 1.2
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # half a character that was typed, a sign that the terminal lacks: no error
            stream.reconfigure(errors="replace")
    drop_stale()


for module in (learn, chat, new, make, test, machine, lock):
    for command in module.COMMANDS:
        main.add_command(command)
