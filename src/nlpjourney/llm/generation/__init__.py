"""Generation: one loop that writes text, for every kind of model and any number of texts at once."""

from nlpjourney.llm.blocks.cache import ContextFull
from nlpjourney.llm.generation.generate import Generation, Options, Piece, Stop, Stream, generate, generate_all, stream
from nlpjourney.llm.generation.model import LanguageModel, Prompt, Sequence

__all__ = [
    "ContextFull", "Generation", "LanguageModel", "Options", "Piece", "Prompt", "Sequence", "Stop", "Stream", "generate",
    "generate_all", "stream",
]  # fmt: skip
