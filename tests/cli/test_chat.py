"""`journey chat`, as typed."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from nlpjourney.cli import main
from nlpjourney.llm.engine import Engine
from nlpjourney.llm.gguf import bpe_metadata, write_published
from nlpjourney.llm.models import Llama, LlamaConfig
from nlpjourney.text.tokenize import BPE


def talk(*lines, arguments=()):
    return CliRunner().invoke(
        main, ["chat", "--temperature", "0", "--max-tokens", "8", *arguments], input="\n".join(lines)
    )


def test_questions_answers_and_commands():
    result = talk(
        "Why is the sky blue?", "/prompt", "/new", "/prompt", "/dance", "/quit", arguments=["--system", "Be kind."]
    )
    assert result.exit_code == 0, result.output
    assert "[8 tokens," in result.output and "journey list" in result.output
    first, second = result.output.split("<|im_start|>system")[1:]
    assert "Be kind.<|im_end|>" in first and "Why is the sky blue?<|im_end|>" in first
    assert "Why is the sky blue?" not in second
    assert "There is no command '/dance'" in result.output


def test_the_end_of_input_ends_it():
    result = talk("Hi")
    assert result.exit_code == 0 and "tokens," in result.output


def test_a_file_that_is_no_model_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"not a model at all, but long enough")
    result = CliRunner().invoke(main, ["chat", str(path)])
    assert result.exit_code == 1 and "is no GGUF file" in result.output and "Traceback" not in result.output


def test_a_base_model_goes_on_with_the_text(tmp_path):
    bpe = BPE({i: bytes([i]) for i in range(256)}, [], pattern="gpt2", special_tokens={"<eos>": 256})
    model = Llama(LlamaConfig(vocab_size=257, d_model=32, n_layers=1, n_heads=2, d_ff=32, max_positions=64))
    path = tmp_path / "base.gguf"
    write_published(path, model.config.to_published(), model.weights(), bpe_metadata(bpe, bos="<eos>", eos="<eos>"))
    result = talk("Once upon <eos>", "and then", "/prompt", arguments=[str(path)])
    assert result.exit_code == 0, result.output
    assert "base model" in result.output and "<|im_start|>" not in result.output
    shown = result.output.split("you> ")[3]
    assert "Once upon <\u2060eos>" in shown and "\nand then" in shown  # nobody types the end of a text


@pytest.fixture
def choosy(tmp_path):
    """A small model whose template insists on alternation, and refuses a word; it writes ASCII."""
    template = (
        "{% if not messages %}{{ raise_exception('there is no message') }}{% endif %}"
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) or 'forbidden' in m.content %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}{{ m.role[0] }}:{{ m.content }}\n{% endfor %}a:"
    )
    bpe = BPE({i: bytes([i]) for i in range(256)}, [], pattern="gpt2", special_tokens={"<eos>": 256})
    model = Llama(LlamaConfig(vocab_size=257, d_model=32, n_layers=1, n_heads=2, d_ff=32, max_positions=128))
    model.lm_head.weight.data[128:] = 0
    path = tmp_path / "choosy.gguf"
    metadata = bpe_metadata(bpe, eos="<eos>", chat_template=template)
    write_published(path, model.config.to_published(), model.weights(), metadata)
    return path


def test_what_a_template_refuses_ends_the_question_not_the_program(choosy):
    result = talk("/prompt", "Hello", "a forbidden word", "Go on", "/quit", arguments=[str(choosy)])
    assert result.exit_code == 0, result.output
    assert "The model cannot be asked this: the chat template does not take this conversation" in result.output
    assert result.output.count("[8 tokens,") == 2 and "journey list" in result.output
    assert "The model sees nothing yet: the chat template does not take this conversation: there is no" in result.output


def test_an_answer_that_is_stopped_stays_and_the_conversation_goes_on(choosy, monkeypatch):
    """Ctrl-C after the third token of the first answer."""
    extend, calls = Engine.extend, []

    def interrupted(self, sequences, new):
        calls.append(new)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return extend(self, sequences, new)

    monkeypatch.setattr(Engine, "extend", interrupted)
    result = talk("Hello", "Go on", "/quit", arguments=[str(choosy)])
    assert result.exit_code == 0, result.output
    assert "… (stopped)" in result.output and "[8 tokens," in result.output


def test_a_template_without_a_system_turn_refuses_one_at_the_start(choosy):
    result = talk("Hello", arguments=[str(choosy), "--system", "Be kind."])
    assert result.exit_code == 1 and "this model takes no --system" in result.output and "roles must" in result.output


def test_blanks_are_no_question(choosy):
    result = talk("   ", "/quit", arguments=[str(choosy)])
    assert result.exit_code == 0 and "tokens," not in result.output


@pytest.mark.parametrize("temperature", ["nan", "inf", "-1"])
def test_a_temperature_that_is_no_number_is_refused(choosy, temperature):
    result = CliRunner().invoke(main, ["chat", str(choosy), "--temperature", temperature])
    assert result.exit_code == 2 and "--temperature" in result.output


def test_half_a_character_and_a_poor_terminal_end_nothing(choosy):
    """Typed: `caf` and half of an é. Shown on a terminal that has ASCII only."""
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [
        sys.executable,
        "-m",
        "nlpjourney.cli",
        "chat",
        str(choosy),
        "--temperature",
        "1e-40",
        "--max-tokens",
        "4",
    ]
    done = subprocess.run(command, input=b"hello\ncaf\xe9\n", env=environment, capture_output=True, check=False)
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr
    assert done.stdout.count(b"[4 tokens,") == 2
