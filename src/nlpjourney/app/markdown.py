"""Markdown of practices as HTML: raw HTML is shown as text, code is coloured by classes (no inline styles)."""

from __future__ import annotations

import html
import re
import textwrap

from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from nlpjourney.app import mathml


def _highlight(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        return html.escape(code)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _formula(tex: str, options: dict[str, bool]) -> str:
    try:
        return mathml.convert(tex, display=options["display_mode"])
    except mathml.Unreadable:
        return f"<code>{html.escape(tex)}</code>"


_READER = MarkdownIt("commonmark", {"html": False, "highlight": _highlight}).enable("table")
_READER.use(dollarmath_plugin, allow_digits=False, allow_space=False, renderer=_formula)


def render(text: str, heading: int = 3) -> Markup:
    """A document as HTML; its highest heading becomes `<h{heading}>`, the others keep their distance to it.

    The text may be indented as a whole, as strings in code are.
    """
    tokens = _READER.parse(textwrap.dedent(text))
    levels = [int(t.tag[1]) for t in tokens if t.type == "heading_open"]
    shift = heading - min(levels, default=heading)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    page = str(_READER.renderer.render(tokens, _READER.options, {}))
    # Wide blocks scroll by themselves; a keyboard must be able to reach what scrolls.
    page = re.sub(r"<pre>", '<pre tabindex="0">', page)
    page = page.replace(
        '<div class="math block">', '<div class="math block" tabindex="0" role="group" aria-label="Formula">'
    )
    page = page.replace("<table>", '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
    return Markup(page.replace("</table>", "</table></div>"))


def render_inline(text: str) -> Markup:
    """One line: emphasis, code and links, no paragraph around it."""
    return Markup(_READER.renderInline(text))


def render_code(source: str, language: str = "python") -> Markup:
    """Source code, coloured."""
    return Markup(f'<pre tabindex="0"><code>{_highlight(source, language, "")}</code></pre>')
