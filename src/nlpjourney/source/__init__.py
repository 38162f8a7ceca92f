"""What source files take from each other, found by reading them. Below every other package."""

from nlpjourney.source.closure import Sources, walk
from nlpjourney.source.imports import Import, Part, Source

__all__ = ["Import", "Part", "Source", "Sources", "walk"]
