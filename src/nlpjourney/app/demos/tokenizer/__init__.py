"""Any text in several vocabularies, and how a word's tokens come about."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlpjourney.app.demos.demo import Call, Demo, View, asked
from nlpjourney.errors import InvalidInput

WORD_LIMIT = 60  # characters of a word whose merges are shown
# Each shows something that a reader would not expect.
SAMPLES = (
    ("English", "The quick brown fox jumps over the lazy dog. How many r's are in strawberry?"),
    ("Numbers", "127 + 677 = 804; 1234567 + 89 = 1234656; 3.14159; 2026-11-24"),
    ("Other languages", "Guten Tag! Здравствуйте. こんにちは世界. नमस्ते दुनिया. สวัสดีชาวโลก"),
    ("Code", "def mean(xs):\n    total = sum(xs)\n    return total / len(xs)  # not for []"),
    ("Oddities", "hello Hello HELLO  hello\n  antidisestablishmentarianism 🤷🏽‍♀️ naïve"),
)


@dataclass(frozen=True)
class Vocabulary:
    key: str
    name: str
    about: str
    merges: bool  # whether its tokens come about by merges that can be shown


VOCABULARIES = (
    Vocabulary("gpt2", "GPT-2", "byte-pair encoding, 50,257 tokens, 2019", True),
    Vocabulary("cl100k", "GPT-4 (cl100k)", "byte-pair encoding, about 100,000 tokens, 2023", True),
    Vocabulary("o200k", "GPT-4o (o200k)", "byte-pair encoding, about 200,000 tokens, 2024", True),
    Vocabulary(
        "minilm", "BERT (MiniLM)", "WordPiece, 30,522 tokens; lower-cases, so the text cannot be got back", False
    ),
    Vocabulary("unigram", "Unigram, trained here", "8,000 pieces of 2 MB of Wikipedia; the rest becomes bytes", False),
)
BYTE_PAIR = {vocabulary.key: vocabulary.name for vocabulary in VOCABULARIES if vocabulary.merges}


@dataclass(frozen=True)
class Token:
    """A token: its `id`, its text with what is invisible made visible, and how many bytes of the input it stands for."""

    id: int
    shown: str
    n_bytes: int
    whole: bool  # False: a part of a character, shown as bytes


@dataclass(frozen=True)
class Word:
    """What the tokenizer treats as a unit: its text, its tokens."""

    text: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Tokenized:
    vocabulary: Vocabulary
    words: tuple[Word, ...]
    n_bytes: int
    problem: str = ""

    @property
    def tokens(self) -> list[Token]:
        return [token for word in self.words for token in word.tokens]

    @property
    def bytes_per_token(self) -> float:
        return self.n_bytes / len(self.tokens) if self.words else 0.0


@dataclass(frozen=True)
class MergeState:
    """A word after some merges: tokens as shown, which was just made (or None), and by which merge of the list."""

    tokens: tuple[str, ...]
    joined: int | None
    rank: int | None


@dataclass
class TokenizerView(View):
    text: str = asked("text", 4_000, strip=False)
    results: list[Tokenized] = field(default_factory=list)

    part = "part.html"
    samples = SAMPLES
    limit = 4_000

    @property
    def most(self) -> int:
        """The largest number of tokens, for the bars."""
        return max((len(r.tokens) for r in self.results), default=0)

    async def fill(self, asking: Call) -> None:
        if self.text:
            self.results = await asking.run("tokenize", self.text)


@dataclass
class MergesView(View):
    """The merges of one word: a part of the demo's page, or without htmx a page of its own."""

    vocabulary: str = asked("vocabulary", 40)
    word: str = asked("word", 4_000, strip=False)
    steps: list[MergeState] = field(default_factory=list)

    page, part = "merges.html", "merges_part.html"
    limit = WORD_LIMIT

    @property
    def name(self) -> str:
        return BYTE_PAIR[self.vocabulary]

    async def fill(self, asking: Call) -> None:
        if self.vocabulary not in BYTE_PAIR or not self.word:
            raise InvalidInput("Choose a word of one of the byte-pair vocabularies.")
        self.steps = await asking.run("merge_steps", self.vocabulary, self.word[:WORD_LIMIT])


DEMO = Demo(
    package=__name__,
    topic="1.2",
    title="Tokenizer explorer",
    heading="What a model sees",
    lead="A model reads numbers, not letters. Type anything and see how five vocabularies cut it; choose a word to "
    "watch its tokens being built.",
    look_for="Compare how many tokens a sentence takes in English and in another language, and how each vocabulary cuts "
    "a number.",
    limits="Four of the vocabularies are those of published models. The Unigram vocabulary is small and was trained "
    "here, on 2 MB of text.",
    views={"": TokenizerView, "merges": MergesView},
)
