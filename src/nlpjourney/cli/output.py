"""What all verbs share: tables, JSON, errors in one sentence."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


def say(text: str = "", style: str = "") -> None:
    """A line of text; Rich takes the colour out where there is no terminal or NO_COLOR is set."""
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(text, style=style or None, markup=False)


def say_json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def next_step(text: str) -> None:
    say(f"→ {text}", style="bold")


def plain_errors(function: F) -> F:
    """Errors that a user can do something about come as one sentence; any other keeps its stack trace, as a fault of ours.

    `journey --trace …`, or JOURNEY_TRACE=1, shows the trace of the former too.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from nlpjourney.errors import JourneyError

        try:
            return function(*args, **kwargs)
        except JourneyError as error:
            if os.environ.get("JOURNEY_TRACE") or click.get_current_context().find_root().params.get("trace"):
                raise
            raise click.ClickException(str(error)) from error

    return wrapped  # type: ignore[return-value]
