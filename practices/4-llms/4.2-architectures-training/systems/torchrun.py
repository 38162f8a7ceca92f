"""torchrun: the same training on one process and on two, by DDP and by FSDP2 (fully_shard), step by step the same losses."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from torch.distributed.elastic.multiprocessing.errors import record

from nlpjourney.llm.data import Shards
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.llm.training.stories import prepare, small_llama, town_stories
from nlpjourney.nets.training import read_logbook
from nlpjourney.nets.training.distributed import (
    Parallel,
    Processes,
    end_process,
    join_processes,
    leave_processes,
    share_of_threads,
)

STEPS = 12
KINDS: tuple[Parallel, ...] = ("ddp", "fsdp")


def train(folder: Path, name: str, processes: Processes, kind: Parallel = "ddp") -> None:
    tokens = Shards([folder / "training.tokens"])
    model = small_llama(tokens.vocab_size, 64, 2)
    config = PretrainingConfig(n_steps=STEPS, batch_size=8, length=64, lr=0.02, warmup=STEPS)
    for _ in Pretrainer(model, tokens, config, folder=folder / name, processes=processes, kind=kind).run():
        pass


@record  # whatever falls says why in torchrun's last lines
def work(folder: Path) -> None:
    """What each of the processes does that torchrun starts: it finds the others, and trains with them in both ways."""
    processes = join_processes()
    share_of_threads(processes)
    assert processes.world == 2, processes
    for kind in KINDS:
        train(folder, kind, processes, kind)
    leave_processes()


def losses(folder: Path) -> list[float]:
    return [entry["loss"] for entry in read_logbook(folder / "logbook.jsonl")[0] if "loss" in entry]


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(town_stories(150), folder, 400)
        train(folder, "one", Processes())
        alone = losses(folder / "one")
        assert len(alone) == STEPS and alone[-1] < alone[0] - 1, alone
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
        done = subprocess.run(
            [*command, __file__, temporary], capture_output=True, check=False, text=True, timeout=240, env=environment
        )
        assert done.returncode == 0, done.stderr[-4000:]
        apart = {}
        for kind in KINDS:
            apart[kind] = max(abs(a - b) for a, b in zip(losses(folder / kind), alone, strict=True))
            assert apart[kind] < 2e-3, (kind, apart)
        result = (
            f"{STEPS} steps, loss {alone[0]:.2f} to {alone[-1]:.2f}; two processes against one: losses at most "
            f"{apart['ddp']:.0e} apart with DDP, {apart['fsdp']:.0e} with FSDP2"
        )
    print(json.dumps({"version": version("torch"), "result": result}))


if len(sys.argv) > 1:
    work(Path(sys.argv[1]))
    end_process()
else:
    main()
