"""A small training, of practice 4.2's kind. The page follows its logbook; the process may be ended at any moment."""

from __future__ import annotations

from pathlib import Path

import torch

from nlpjourney.app.demos.training import BEGINNING, N_STEPS
from nlpjourney.llm.data import Shards
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.llm.training.stories import END, prepare, small_llama, teller, town_stories
from nlpjourney.text.tokenize import BPE

EVERY, BATCH, LENGTH, WIDTH, LAYERS, VOCABULARY, STORIES = 20, 8, 96, 96, 3, 768, 1200


def train(folder: str) -> None:
    """Train to the end, or go on from the checkpoint in `folder`."""
    torch.set_num_threads(1)  # the other core stays with the server
    place = Path(folder)
    files = [place / "training.tokens", place / "validation.tokens", place / "tokenizer.json"]
    if not all(file.exists() for file in files):
        prepare(town_stories(STORIES), place, VOCABULARY)
    bpe, training, validation = BPE.from_pretrained(place), Shards(files[:1]), Shards(files[1:2])
    model = small_llama(bpe.vocab_size, WIDTH, LAYERS, bpe.special_tokens.ids[END])
    config = PretrainingConfig(
        n_steps=N_STEPS, batch_size=BATCH, length=LENGTH, lr=0.03, eval_every=EVERY, sample_every=EVERY,
        checkpoint_every=EVERY,
    )  # fmt: skip
    run = Pretrainer(
        model, training, config, validation=validation[:5000], sample=teller(bpe, BEGINNING, 1), folder=place
    )
    for _ in run.run():
        pass
