"""What is wrong with a GGUF file."""

from nlpjourney.errors import FileFormatError


class GGUFError(FileFormatError):
    """The file is no GGUF file, is cut short, contradicts itself, or holds what is not supported."""
