"""An engine that runs GGUF models on a processor, their weights kept quantized."""

from nlpjourney.llm.engine.model import Engine, EngineSequence
from nlpjourney.llm.generation import ContextFull
from nlpjourney.llm.gguf.tokenizer import GGUFTokenizer

__all__ = ["ContextFull", "Engine", "EngineSequence", "GGUFTokenizer"]


def warmup() -> None:
    """Compile the engine by letting a model of a few numbers, quantized and not, read a few tokens."""
    import tempfile
    from pathlib import Path

    from nlpjourney.llm.gguf import GGMLType, write_published
    from nlpjourney.llm.models import Llama, LlamaConfig

    model = Llama(LlamaConfig(vocab_size=32, d_model=32, n_layers=1, n_heads=2, d_ff=32, max_positions=16))
    with tempfile.TemporaryDirectory() as folder:
        for type_ in (GGMLType.F32, GGMLType.Q8_0):
            path = Path(folder) / f"{type_.name}.gguf"
            write_published(path, model.config.to_published(), model.weights(), type_=type_)
            sequence = Engine(path, threads=1).sequence()
            sequence.decode(0)
            sequence.prefill([0] * 8)
