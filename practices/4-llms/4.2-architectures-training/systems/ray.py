"""Ray Train: our training loop in two workers of a TorchTrainer; the losses are those of one process."""

import json
import os
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TRAIN_V2_ENABLED": "1", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}

import ray
import torch
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer

from nlpjourney.llm.data import Shards
from nlpjourney.llm.training import Trainer, TrainingConfig, read_logbook
from nlpjourney.llm.training.distributed import Processes
from nlpjourney.llm.training.stories import prepare, small_llama, town_stories

STEPS = 8


def train(settings: dict) -> None:
    """What each worker does; Ray has joined the processes already."""
    torch.set_num_threads(1)
    processes = Processes(settings.get("rank", 0), 1)
    if torch.distributed.is_initialized():
        processes = Processes(torch.distributed.get_rank(), torch.distributed.get_world_size())
    tokens = Shards([Path(settings["data"]) / "training.tokens"])
    config = TrainingConfig(n_steps=STEPS, batch_size=8, length=64)
    model = small_llama(tokens.vocab_size, 64, 2)
    trainer = Trainer(model, tokens, config, folder=settings["folder"], processes=processes)
    for _ in trainer.run():
        pass


def losses(folder: Path) -> list[float]:
    return [entry["loss"] for entry in read_logbook(folder / "logbook.jsonl")[0] if "loss" in entry]


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(town_stories(150), folder, 400)
        train({"data": temporary, "folder": str(folder / "one")})
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100_000_000)
        trainer = TorchTrainer(
            train,
            train_loop_config={"data": temporary, "folder": str(folder / "two")},
            scaling_config=ScalingConfig(num_workers=2, use_gpu=False),
            run_config=RunConfig(name="stories", storage_path=str(folder / "ray")),
        )
        trainer.fit()
        ray.shutdown()
        alone, two = losses(folder / "one"), losses(folder / "two")
        assert len(alone) == len(two) == STEPS and alone[-1] < alone[0] - 0.5, (alone, two)
        apart = max(abs(a - b) for a, b in zip(alone, two))
        assert apart < 2e-3, apart
        result = (
            f"TorchTrainer, 2 workers, {STEPS} steps, loss {two[0]:.2f} to {two[-1]:.2f}: "
            f"at most {apart:.0e} from one process"
        )
    print(json.dumps({"version": version("ray"), "result": result}))


main()
