"""Information retrieval: find the documents that answer a query."""

from nlpjourney.tasks.search.bm25 import BM25Index

__all__ = ["BM25Index"]
