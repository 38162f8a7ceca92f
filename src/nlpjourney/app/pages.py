"""Templates: one environment, which escapes everything that is not marked as HTML on purpose."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nlpjourney.app import markdown


@cache
def environment() -> Environment:
    """Jinja2 on `templates/` and the demos' folders; a name that the view does not have is an error, never an empty string."""
    found = Environment(
        loader=FileSystemLoader([Path(__file__).parent / name for name in ("templates", "demos")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["markdown"] = markdown.render
    found.filters["markdown_line"] = markdown.render_inline
    found.filters["code"] = markdown.render_code
    found.filters["thousands"] = lambda n: f"{n:,}"
    found.globals["zip"] = zip
    return found


def render(template: str, **values: object) -> str:
    """The template filled in."""
    return environment().get_template(template).render(**values)
