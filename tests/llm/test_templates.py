"""Chat templates: the same text as Transformers makes, errors in words, and no way out of the sandbox."""

import json

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from nlpjourney.assets import store
from nlpjourney.llm import templates
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.templates import CHATML, TemplateRefused, render, render_apart

TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Grüß Gott! <b>1 < 2</b>"},
    {"role": "assistant", "content": "Hello 🦙"},
    {"role": "user", "content": ""},
]
TEMPLATES = {
    "chatml": CHATML,
    "with white space and blocks": """
        {%- for message in messages %}
            {% if message.role == 'system' %}
        [{{ message.content | trim }}]
            {% else %}
        {{ message.role | upper }}: {{ message.content }}{{ eos_token }}
            {% endif %}
        {%- endfor %}
        {% if add_generation_prompt %}ASSISTANT:{% endif %}
    """,
    "tools as JSON": "{{ bos_token }}{{ tools | tojson }}{% for m in messages %}{{ m['content'] }}{% endfor %}"
    "{{ tools | tojson(indent=2) }}",
    "loop controls": "{% for m in messages %}{% if loop.index0 > 1 %}{% break %}{% endif %}{{ m.content }}{% endfor %}",
}  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("prompt", [True, False])
def test_as_transformers_renders_it(name, prompt):
    more = {"bos_token": "<s>", "eos_token": "</s>", "tools": [{"name": "añadir", "x": [1, 2]}]}
    tools = more.pop("tools")
    (expected,), _ = render_jinja_template(
        [TALK], chat_template=TEMPLATES[name], add_generation_prompt=prompt, tools=tools, **more
    )
    assert render(TEMPLATES[name], TALK, add_generation_prompt=prompt, tools=tools, **more) == expected


def test_the_template_of_a_real_model():
    template = GGUFFile(store.path("smollm2-135m-instruct")).metadata["tokenizer.chat_template"]
    text = render(template, [{"role": "user", "content": "Hi"}])
    assert text.startswith("<|im_start|>system\nYou are a helpful AI assistant named SmolLM")
    assert text.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    (expected,), _ = render_jinja_template([TALK], chat_template=template, add_generation_prompt=True)
    assert render(template, TALK) == expected


def test_a_template_may_refuse_and_may_be_broken():
    with pytest.raises(ValueError, match="roles must alternate"):
        render("{{ raise_exception('roles must alternate') }}", TALK)
    with pytest.raises(ValueError, match="does not take this conversation"):
        render("{% for %}", TALK)
    with pytest.raises(ValueError, match="does not take this conversation"):
        render("{{ messages[0]['content'] + 1 }}", TALK)


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.__init__.__globals__ }}",
        "{{ raise_exception.__globals__['json'] }}",
        "{{ messages.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
    ],
)
def test_no_way_out(attack):
    messages = json.loads(json.dumps(TALK))
    with pytest.raises(ValueError, match="does not take this conversation"):
        render(attack, messages)
    assert messages == TALK


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}!{% endgeneration %}{% endif %}"
        "{% endfor %}",
        "{{ tools | tojson(ensure_ascii=True) }}{{ tools | tojson(separators=(',', ':')) }}"
        "{{ tools | tojson(sort_keys=true, indent=1) }}",
    ],
)
def test_tags_and_options_that_published_templates_use(template):
    tools = [{"name": "añadir", "b": [1, 2], "a": None}]
    (expected,), _ = render_jinja_template([TALK], chat_template=template, tools=tools)
    assert render(template, TALK, tools=tools, add_generation_prompt=False) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{ '{}{}'.format('a') }}",
        "{{ '%d' % 'a' }}",
        "{{ messages[9].content.x }}",
        "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{{ 'x' * 10 ** 12 }}",
    ],
)
def test_whatever_a_template_raises_is_a_refusal(template):
    with pytest.raises(TemplateRefused, match="does not take this conversation"):
        render(template, TALK)


def test_a_process_of_its_own_gives_the_same_text():
    text = [{"role": "user", "content": "Grüß \ud800 🦙"}]
    assert render_apart(CHATML, text, bos_token="<s>") == render(CHATML, text, bos_token="<s>")
    with pytest.raises(TemplateRefused, match="roles must alternate"):
        render_apart("{{ raise_exception('roles must alternate') }}", TALK)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "loop for ever"),
        (
            "{% set ns = namespace(x='x') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
            "MemoryError",
        ),
        ("{{ '{:>2000000000}'.format('x') }}", "MemoryError"),
    ],
)
def test_a_template_that_would_never_end_is_stopped(monkeypatch, template, why):
    monkeypatch.setattr(templates, "SECONDS", 3)
    with pytest.raises(TemplateRefused, match=why):
        render_apart(template, TALK)
