"""Chat templates: how a conversation becomes the one text that a model was trained on.

A model's file brings a template in the language Jinja that writes roles, turns and special tokens in the model's own way
(Hugging Face, 2023). It is a program from outside, so it runs in Jinja's sandbox: no imports, no private attributes, nothing
of ours can be changed. Jinja cannot stop it from looping for ever or from filling the memory; `render_apart` does, in a process
of its own. The functions that templates expect are `raise_exception` and `strftime_now`.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import Environment, TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nlpjourney.errors import JourneyError

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


SECONDS, MEGABYTES = 10, 512  # what `render_apart` grants


class TemplateRefused(ValueError, JourneyError):
    """The template is broken, does not take this conversation, or oversteps the sandbox."""


def render(
    template: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    add_generation_prompt: bool = True,
    bos_token: str = "",
    eos_token: str = "",
    **variables: Any,
) -> str:
    """The text of a conversation, messages being dictionaries with `role` and `content`.

    With `add_generation_prompt` it ends where the assistant's next turn begins. Further `variables`, such as `tools`, are
    passed on. Raises TemplateRefused when the template is broken, refuses the conversation, or oversteps the sandbox.
    """
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", GenerationTag]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    try:
        return environment.from_string(template).render(
            messages=messages,
            add_generation_prompt=add_generation_prompt,
            bos_token=bos_token,
            eos_token=eos_token,
            **variables,
        )
    except (
        Exception
    ) as error:  # whatever a program from outside raises is its refusal, a RecursionError or MemoryError too
        what = str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
        raise TemplateRefused(f"the chat template does not take this conversation: {what}") from None


def render_apart(template: str, messages: Sequence[Mapping[str, Any]], **variables: Any) -> str:
    """`render` in a process of its own, which has SECONDS and MEGABYTES: for the template of a file that anybody may have made.

    Takes a tenth of a second. The memory is limited where the system can (not on Windows).
    """
    job = json.dumps({"template": template, "messages": list(messages), **variables})
    try:
        done = subprocess.run(
            [sys.executable, "-P", __file__], input=job.encode(), capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise TemplateRefused(f"the chat template takes more than {SECONDS} seconds: does it loop for ever?") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = said[-1] if said else f"perhaps it takes more than {MEGABYTES} MB"
        raise TemplateRefused(f"the chat template could not be run to its end: {why}")
    reply: dict[str, str] = json.loads(done.stdout)
    if "refused" in reply:
        raise TemplateRefused(reply["refused"])
    return reply["text"]


def _serve() -> None:
    """The other side of `render_apart`."""
    job = json.load(sys.stdin.buffer)
    with contextlib.suppress(ImportError, ValueError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    try:
        reply = {"text": render(**job)}
    except TemplateRefused as error:
        reply = {"refused": str(error)}
    sys.stdout.write(json.dumps(reply))


class GenerationTag(Extension):
    """`{% generation %}…{% endgeneration %}` marks, for training, what an assistant wrote; the text is what stands inside."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.tags = {"generation"}

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _refuse(message: str) -> None:
    raise TemplateError(message)


if __name__ == "__main__":
    _serve()
