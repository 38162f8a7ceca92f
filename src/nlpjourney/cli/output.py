"""What all verbs share: tables, JSON, the next step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

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
