"""Chat templates: how a conversation becomes the one text that a model was trained on.

A model's file brings a template in the language Jinja that writes roles, turns and special tokens in the model's own way
(Hugging Face, 2023). It is a program from outside, so it runs in Jinja's sandbox: no imports, no private attributes, nothing
of ours can be changed. The functions that templates expect are `raise_exception` and `strftime_now`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nlpjourney.errors import JourneyError

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


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
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
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
    except (TemplateError, TypeError, KeyError, ArithmeticError) as error:
        raise TemplateRefused(f"the chat template does not take this conversation: {error}") from None


def _refuse(message: str) -> None:
    raise TemplateError(message)
