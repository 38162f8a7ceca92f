"""Train a small Llama on stories from the command line, alone or under torchrun:

    python -m nlpjourney.llm.training FOLDER                                   Tinytown's stories, some minutes
    python -m nlpjourney.llm.training FOLDER --text tales                      Grimm and Andersen
    torchrun --nproc-per-node 2 -m nlpjourney.llm.training FOLDER --parallel fsdp

The defaults are a model of a million parameters that comes to tell fluent stories of Tinytown: rows long enough for a whole
story, small batches, and so more steps. With other programs running, `OMP_NUM_THREADS=1` is faster: two threads would wait
for each other. FOLDER gets the shards, `logbook.jsonl` (follow it while it runs), `checkpoint.pt` (start the same command
again to go on after a stop of any kind) and at the end the model for Transformers and as `model.gguf`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from nlpjourney.errors import InvalidInput, JourneyError
from nlpjourney.files import write_text
from nlpjourney.llm.data import Shards
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.llm.training.stories import END, export, prepare, small_llama, tales, teller, town_stories
from nlpjourney.nets.training.distributed import end_process, join_processes, leave_processes, share_of_threads
from nlpjourney.text.tokenize import BPE


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m nlpjourney.llm.training", description="Train a small Llama on stories."
    )
    parser.add_argument("folder", type=Path, help="where everything is written; a run that is there is gone on with")
    parser.add_argument("--text", choices=["town", "tales"], default="town", help="Tinytown's stories, or real tales")
    parser.add_argument("--stories", type=int, default=8000, help="how many of Tinytown's stories")
    parser.add_argument("--vocab-size", type=int, default=1024)
    parser.add_argument("--d-model", type=int, default=128, help="width, a multiple of 32")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--batch", type=int, default=8, help="rows a step, over all processes")
    parser.add_argument("--length", type=int, default=192, help="tokens a row")
    parser.add_argument("--accumulate", type=int, default=1, help="parts that a step is computed in")
    parser.add_argument("--optimizer", choices=["muon", "adamw"], default="muon")
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--schedule", choices=["wsd", "cosine", "constant"], default="wsd")
    parser.add_argument("--bf16", action="store_true", help="half precision, where the processor has it")
    parser.add_argument("--every", type=int, default=100, help="steps between evaluations, samples and checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--parallel", choices=["ddp", "fsdp"], default="ddp", help="how processes of torchrun share the work"
    )
    parser.add_argument("--beginning", default="One Monday morning,", help="how the samples begin")
    return parser.parse_args(given)


def remember_data(folder: Path, data: dict[str, str | int]) -> None:
    """Write down what the shards in `folder` are made of. Raises InvalidInput when they were made of something else."""
    file = folder / "data.json"
    if not file.exists():
        write_text(file, json.dumps(data))
        return
    for name, before in json.loads(file.read_text(encoding="utf-8")).items():
        if data[name] != before:
            option = "--" + name.replace("_", "-")
            raise InvalidInput(
                f"{folder} has a run with {option} {before}, not {data[name]}: take another folder, or delete it"
            )


def main(given: Sequence[str] | None = None) -> None:
    a = arguments(given)
    processes = join_processes()
    share_of_threads(processes)
    folder: Path = a.folder
    if processes.is_first:
        remember_data(folder, {"text": a.text, "stories": a.stories, "vocab_size": a.vocab_size})
    files = [folder / "training.tokens", folder / "validation.tokens", folder / "tokenizer.json"]
    if processes.is_first and not all(file.exists() for file in files):
        texts = town_stories(a.stories) if a.text == "town" else tales()
        prepared = prepare(texts, folder, a.vocab_size)
        n = len(prepared.removed), len(prepared.duplicates)
        print(f"{len(texts):,} texts, {n[0]:,} filtered out, {n[1]:,} near-duplicates", flush=True)
    processes.wait()
    bpe = BPE.from_pretrained(folder)
    training, validation = Shards(files[:1]), Shards(files[1:2])
    model = small_llama(bpe.vocab_size, a.d_model, a.layers, bpe.special_tokens.ids[END], a.seed)
    config = PretrainingConfig(
        n_steps=a.steps, batch_size=a.batch, length=a.length, accumulate=a.accumulate, optimizer=a.optimizer, lr=a.lr,
        schedule=a.schedule, warmup=min(20, a.steps), bf16=a.bf16, eval_every=a.every, sample_every=a.every,
        checkpoint_every=a.every, seed=a.seed,
    )  # fmt: skip
    trainer = Pretrainer(
        model, training, config, validation=validation, sample=teller(bpe, a.beginning), folder=folder,
        processes=processes, kind=a.parallel,
    )  # fmt: skip
    for entry in trainer.run():
        if not processes.is_first:
            continue
        if "loss" in entry and entry["step"] % 10 == 0:
            print(
                f"step {entry['step']:5}  loss {entry['loss']:.3f}  lr {entry['lr']:.4f}  "
                f"{entry['tokens_per_second']:,.0f} tokens/s",
                flush=True,
            )
        elif "val_loss" in entry:
            print(f"step {entry['step']:5}  validation loss {entry['val_loss']:.3f}", flush=True)
        elif "sample" in entry:
            print(f"step {entry['step']:5}  {entry['sample']!r}", flush=True)
    weights = trainer.gather()
    if processes.is_first:
        trained = small_llama(bpe.vocab_size, a.d_model, a.layers, bpe.special_tokens.ids[END])
        trained.load_state_dict(weights)
        print(f"written: {export(trained, bpe, folder)}")
    leave_processes()


if __name__ == "__main__":
    try:
        main()
    except JourneyError as error:
        sys.exit(f"Error: {error}.")
    except KeyboardInterrupt:
        sys.exit("\nStopped. Start the same command again to go on from the last checkpoint.")
    end_process()
