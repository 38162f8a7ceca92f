"""`journey chat`, as typed."""

from click.testing import CliRunner

from nlpjourney.cli import main
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
