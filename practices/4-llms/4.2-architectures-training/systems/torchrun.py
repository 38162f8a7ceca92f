"""torchrun: the same training on one process and on two, by DDP and by FSDP2 (fully_shard), step by step the same losses."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from nlpjourney.llm.training import read_logbook

STEPS = 12
ARGUMENTS = ["--stories", "150", "--d-model", "64", "--layers", "2", "--batch", "8", "--length", "64"]
ARGUMENTS += ["--vocab-size", "400", "--steps", str(STEPS), "--every", "6"]


def train(folder: Path, n_processes: int, parallel: str) -> list[float]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(n_processes)]
    command += ["-m", "nlpjourney.llm.training", str(folder), *ARGUMENTS, "--parallel", parallel]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=240, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    entries, _ = read_logbook(folder / "logbook.jsonl")
    return [entry["loss"] for entry in entries if "loss" in entry]


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        alone = train(folder / "one", 1, "ddp")
        assert len(alone) == STEPS and alone[-1] < alone[0] - 1, alone
        apart = {}
        for kind in ("ddp", "fsdp"):
            losses = train(folder / kind, 2, kind)
            apart[kind] = max(abs(a - b) for a, b in zip(losses, alone, strict=True))
            assert apart[kind] < 2e-3, (kind, apart)
        result = (
            f"{STEPS} steps, loss {alone[0]:.2f} to {alone[-1]:.2f}; two processes against one: losses at most "
            f"{apart['ddp']:.0e} apart with DDP, {apart['fsdp']:.0e} with FSDP2"
        )
    print(json.dumps({"version": version("torch"), "result": result}))


main()
