"""Where a model keeps the keys and values of what it has read: in pages, in fewer bits, and how much room that takes."""

from nlpjourney.llm.cache.paged import OutOfPages, PagedCache, PagePool
from nlpjourney.llm.cache.quantized import QuantizedKVCache

__all__ = ["OutOfPages", "PagePool", "PagedCache", "QuantizedKVCache"]
