"""The demos' pages. What the worker process computes is imported there, not here: the server itself loads no model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlpjourney.app.demos.embeddings import WordMap
    from nlpjourney.app.demos.search import Answer
    from nlpjourney.app.demos.tokenizers import MergeState, Tokenized

TEXT_LIMIT = 4_000  # characters
WORD_LIMIT = 60
QUERY_LIMIT = 300
COLLECTIONS = {"wikipedia": "Wikipedia, long articles of 2008", "django": "Django's documentation"}
BYTE_PAIR = {"gpt2": "GPT-2", "cl100k": "GPT-4 (cl100k)", "o200k": "GPT-4o (o200k)"}

# Each shows something that a reader would not expect.
SAMPLES = (
    ("English", "The quick brown fox jumps over the lazy dog. How many r's are in strawberry?"),
    ("Numbers", "127 + 677 = 804; 1234567 + 89 = 1234656; 3.14159; 2026-11-24"),
    ("Other languages", "Guten Tag! Здравствуйте. こんにちは世界. नमस्ते दुनिया. สวัสดีชาวโลก"),
    ("Code", "def mean(xs):\n    total = sum(xs)\n    return total / len(xs)  # not for []"),
    ("Oddities", "hello Hello HELLO  hello\n  antidisestablishmentarianism 🤷🏽‍♀️ naïve"),
)
# The last one fails: in the news of 1987, Paris is an agreement on exchange rates.
ANALOGIES = (
    ("he", "his", "she"),
    ("go", "went", "come"),
    ("good", "better", "bad"),
    ("france", "french", "germany"),
    ("france", "paris", "germany"),
)
QUERIES = {
    "wikipedia": (
        "who built the pyramids",
        "animals that live in water and on land",
        "illness with trouble in social contact",
    ),
    "django": ("how do I log a user out", "protect a form against forged requests", "speed up slow pages"),
}


@dataclass
class TokenizerView:
    text: str
    results: list[Tokenized] = field(default_factory=list)
    problem: str = ""
    samples: tuple[tuple[str, str], ...] = SAMPLES
    limit: int = TEXT_LIMIT

    @property
    def most(self) -> int:
        """The largest number of tokens, for the bars."""
        return max((len(r.tokens) for r in self.results), default=0)


@dataclass
class SearchView:
    query: str
    collection: str
    answer: Answer | None = None
    problem: str = ""
    limit: int = QUERY_LIMIT

    @property
    def collections(self) -> dict[str, str]:
        return COLLECTIONS

    @property
    def examples(self) -> tuple[str, ...]:
        return QUERIES[self.collection]


@dataclass
class EmbeddingsView:
    """analogy: three words, or three empty strings."""

    word: str
    by: str
    analogy: tuple[str, ...]
    drawing: WordMap | None = None
    problem: str = ""
    limit: int = WORD_LIMIT
    analogies: tuple[tuple[str, str, str], ...] = ANALOGIES
    words: tuple[str, ...] = ("physician", "october", "windows", "france", "good", "bank")

    @property
    def methods(self) -> dict[str, str]:
        return {"pca": "PCA", "tsne": "t-SNE"}

    @property
    def query(self) -> dict[str, str]:
        """What is asked, as it stands in the address."""
        if any(self.analogy):
            return dict(zip("abc", self.analogy))
        return {"word": self.word, "by": self.by}


def vocabulary(key: str) -> str | None:
    """The name of a vocabulary whose merges can be shown."""
    return BYTE_PAIR.get(key)


def tokenize(text: str) -> list[Tokenized]:
    """In the worker: see `demos.tokenizers`."""
    from nlpjourney.app.demos import tokenizers

    return tokenizers.tokenize(text)


def merge_steps(key: str, word: str) -> list[MergeState]:
    """In the worker: see `demos.tokenizers`."""
    from nlpjourney.app.demos import tokenizers

    return tokenizers.merge_steps(key, word[:WORD_LIMIT])


def search(collection: str, query: str) -> Answer:
    """In the worker: see `demos.search`."""
    from nlpjourney.app.demos import search as demo

    return demo.search(collection, query)


def neighbours(word: str, method: str) -> WordMap:
    """In the worker: see `demos.embeddings`."""
    from nlpjourney.app.demos import embeddings

    return embeddings.neighbours(word, method)


def analogy(a: str, b: str, c: str) -> WordMap:
    """In the worker: see `demos.embeddings`."""
    from nlpjourney.app.demos import embeddings

    return embeddings.analogy(a, b, c)
