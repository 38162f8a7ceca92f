"""An engine that runs GGUF models on a processor, their weights kept quantized."""

from nlpjourney.deploy.engine.model import ContextFull, Engine
from nlpjourney.deploy.engine.tokenizer import GGUFTokenizer

__all__ = ["ContextFull", "Engine", "GGUFTokenizer"]
