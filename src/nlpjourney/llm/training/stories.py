"""From raw text to a small Llama: the whole way in one place, as the practice and the command line go it.

The text is Tinytown's stories, or real tales; near-duplicates go, a BPE vocabulary is learned from what stays, documents are
packed into a shard for training and one for validation. Tinytown's stories are generated: they are plain, of one world, and
a model of a million numbers can learn to tell them fluently on a laptop, as TinyStories (Eldan & Li, 2023) showed for such
text. On real tales the same model has learned words and rhythm by then, no more: they are both few and varied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpjourney.assets import corpora
from nlpjourney.llm.data import GOPHER, MinHash, Removed, Rule, Shards, filter_texts, join, write_shard
from nlpjourney.llm.data.quality import n_words
from nlpjourney.llm.generation import Options, generate
from nlpjourney.llm.gguf import bpe_metadata, write_published
from nlpjourney.llm.models import Llama, LlamaConfig
from nlpjourney.llm.models.causal import CausalLM
from nlpjourney.llm.sampling import Sampler
from nlpjourney.text.tokenize import BPE
from nlpjourney.town import Town

END = "<|endoftext|>"
# A story may be shorter than a web page.
STORY_RULES = (Rule("words", n_words, 20, 100_000), *GOPHER[1:])


def town_stories(n: int, first_seed: int = 1, each: int = 80) -> list[str]:
    """`n` stories of Tinytown, `each` from every town."""
    stories: list[str] = []
    while len(stories) < n:
        town = Town(first_seed + len(stories) // each)
        stories += [town.story(i).text for i in range(min(each, n - len(stories)))]
    return stories


def tales(n_characters: int = 1500) -> list[str]:
    """Grimm's and Andersen's tales in pieces of whole sentences, a little over `n_characters` each."""
    pieces: list[str] = []
    for text in corpora.tales().values():
        piece = ""
        for sentence in re.split(r"(?<=[.!?])\s+", re.sub(r"\s+", " ", text).strip()):
            piece = f"{piece} {sentence}".lstrip()
            if len(piece) >= n_characters:
                pieces.append(piece)
                piece = ""
        if piece:
            pieces.append(piece)
    return pieces


@dataclass(frozen=True)
class Prepared:
    """A text made ready: its vocabulary, its ids for training and validation, and what was taken out.

    `removed` are the texts that broke a rule, `duplicates` maps a text to the earlier one that it repeats; by their index in
    what came in.
    """

    bpe: BPE
    training: Shards
    validation: Shards
    removed: list[Removed]
    duplicates: dict[int, int]

    @property
    def end(self) -> int:
        """The id between two texts."""
        return self.bpe.special_tokens.ids[END]


def prepare(
    texts: Sequence[str],
    folder: str | Path,
    vocab_size: int = 1024,
    *,
    rules: Sequence[Rule] = STORY_RULES,
    threshold: float = 0.7,
    validation: float = 0.05,
) -> Prepared:
    """Filter, deduplicate, learn a vocabulary, write shards and tokenizer.json to `folder`.

    The last `validation` share of the texts is never trained on, nor is the vocabulary learned from it.
    """
    kept, removed = filter_texts(texts, rules)
    gone = {r.index for r in removed}
    numbers = [i for i in range(len(texts)) if i not in gone]
    found = MinHash().deduplicate(kept, threshold)
    duplicates = {numbers[later]: numbers[earlier] for later, earlier in found.removed.items()}
    kept = [kept[i] for i in found.kept]
    n = len(kept) - max(1, round(validation * len(kept)))
    if n < 1:
        raise ValueError(f"of {len(texts)} texts {len(kept)} are left: too few to train and to validate")
    folder = Path(folder)
    bpe = BPE.train(kept[:n], vocab_size, pattern="gpt2", special_tokens=[END])
    end = bpe.special_tokens.ids[END]
    for name, part in (("training", kept[:n]), ("validation", kept[n:])):
        write_shard(folder / f"{name}.tokens", join(bpe.encode_batch(part), end), bpe.vocab_size)
    bpe.save_pretrained(folder)
    training, held_out = Shards([folder / "training.tokens"]), Shards([folder / "validation.tokens"])
    return Prepared(bpe, training, held_out, removed, duplicates)


def small_llama(vocab_size: int, d_model: int, n_layers: int, end: int | None = None, seed: int = 0) -> Llama:
    """A Llama with heads of 32 numbers and tied embeddings, its feed-forward 8/3 as wide as `d_model` (a multiple of 32)."""
    if d_model % 32:
        raise ValueError(f"d_model must be a multiple of 32, not {d_model}")
    config = LlamaConfig(
        vocab_size=vocab_size, d_model=d_model, n_layers=n_layers, n_heads=d_model // 32,
        d_ff=32 * round(d_model * 8 / 3 / 32), tied=True, max_positions=1024,
        bos_token_id=end, eos_token_ids=() if end is None else (end,),
    )  # fmt: skip
    return Llama(config, seed)


def tell(
    model: CausalLM[Any],
    bpe: BPE,
    beginning: str = "",
    *,
    max_new_tokens: int = 160,
    temperature: float = 0.7,
    seed: int = 0,
) -> str:
    """A text by `model` that begins with `beginning`. The model is used in evaluation mode and left so."""
    end = bpe.special_tokens.ids[END]
    prompt = [end, *bpe.encode_ordinary(beginning)]
    sampler = Sampler(temperature=temperature, min_p=0.02)
    how = Options(sampler=sampler, max_new_tokens=max_new_tokens, stop=[end], seed=seed)
    return beginning + bpe.decode(generate(model.eval(), prompt, how).ids)


def teller(bpe: BPE, beginning: str = "", seed: int = 0) -> Callable[[CausalLM[Any]], str]:
    """The function `sample` of a `Trainer`: always the same beginning, so that texts can be compared."""
    return lambda model: tell(model, bpe, beginning, max_new_tokens=80, seed=seed)


def export(model: Llama, bpe: BPE, folder: str | Path) -> Path:
    """Write the model for Transformers (config.json, safetensors, tokenizer.json) and as GGUF for our engine and llama.cpp;
    the GGUF file."""
    folder = Path(folder)
    model.save_pretrained(folder)
    bpe.save_pretrained(folder)
    file = folder / "model.gguf"
    write_published(file, model.config.to_published(), model.weights(), bpe_metadata(bpe, bos=END, eos=END))
    return file
