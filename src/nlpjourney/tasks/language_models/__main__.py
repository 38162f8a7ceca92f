"""Train the two byte models and keep them: `python -m nlpjourney.tasks.language_models [--kind rnn] [--seeds 0 1 2]`.

About five minutes a model and seed on one thread. The weights of seed 0 and the log go to `trained/` beside this file.
"""

from __future__ import annotations

import argparse
import json

import torch

from nlpjourney.files import write_text
from nlpjourney.tasks.language_models.neural import KINDS, N_STEPS, TRAINED, byte_losses, save_half, train
from nlpjourney.tasks.language_models.split import shakespeare_split


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nlpjourney.tasks.language_models", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, action="append", help="both, unless one is given")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=N_STEPS)
    given = parser.parse_args()
    torch.set_num_threads(1)  # so that anybody finds the same losses
    text = shakespeare_split()
    for kind in given.kind or KINDS:
        for seed in given.seeds:
            losses, validation, seconds = [], {}, 0.0
            for entry in train(kind, seed, given.steps):
                if "loss" in entry:
                    losses.append(round(entry["loss"], 5))
                    seconds = entry["seconds"]
                elif "val_loss" in entry:
                    validation[entry["step"]] = round(entry["val_loss"], 5)
                    print(
                        f"{kind} {seed}: step {entry['step']:5}  validation {entry['val_loss']:.4f} nats a byte",
                        flush=True,
                    )
                else:
                    model = entry["model"].eval()
            TRAINED.mkdir(exist_ok=True)
            if seed == 0:
                save_half(model, TRAINED / f"{kind}.safetensors")
            line = {
                "kind": kind, "seed": seed, "steps": given.steps, "parameters": sum(p.numel() for p in model.parameters()),
                "seconds": round(seconds), "validation": validation, "test_bits_per_byte": round(float(byte_losses(model,
                text.test).mean()), 5), "losses": losses[:20] + losses[20::20],
            }  # fmt: skip
            write_text(TRAINED / f"log-{kind}-{seed}-{given.steps}.json", json.dumps(line) + "\n")
            print(
                f"{kind} {seed}: {line['test_bits_per_byte']:.3f} bits a byte on the test plays, {seconds:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
