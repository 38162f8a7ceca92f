"""Ray Train: our training loop in two workers of a TorchTrainer; the losses are those of one process.

A cluster is a dozen processes, each of which starts a Python; what follows keeps out those that only watch the others.
"""

import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TRAIN_V2_ENABLED": "1", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
# No workers beforehand, none that waits for the machine's end, no metrics; a look at the training every 0.2 s instead of 2 s.
os.environ |= {"RAY_prestart_worker_first_driver": "0", "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0"}
os.environ |= {"RAY_TRAIN_METRICS_ENABLED": "0", "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2"}

import torch

from nlpjourney.llm.data import Shards
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.llm.training.stories import prepare, small_llama, town_stories
from nlpjourney.nets.training import read_logbook
from nlpjourney.nets.training.distributed import Processes

STEPS = 8


def without_grammar(folder: Path) -> None:
    """Make `import rfc3987_syntax` fail, here and in all processes started from here.

    Every process of Ray imports jsonschema, which compiles that module's grammar of web addresses (1.7 s) where it is
    installed, as it is for Jupyter. Ray has no use for it.
    """
    folder.mkdir()
    (folder / "rfc3987_syntax.py").write_text("raise ImportError\n")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    sys.path.insert(0, str(folder))


def train(settings: dict) -> None:
    """What each worker does; Ray has joined the processes already."""
    torch.set_num_threads(1)
    processes = Processes(settings.get("rank", 0), 1)
    if torch.distributed.is_initialized():
        processes = Processes(torch.distributed.get_rank(), torch.distributed.get_world_size())
    tokens = Shards([Path(settings["data"]) / "training.tokens"])
    config = PretrainingConfig(n_steps=STEPS, batch_size=8, length=64)
    model = small_llama(tokens.vocab_size, 64, 2)
    trainer = Pretrainer(model, tokens, config, folder=settings["folder"], processes=processes)
    for _ in trainer.run():
        pass


def losses(folder: Path) -> list[float]:
    return [entry["loss"] for entry in read_logbook(folder / "logbook.jsonl")[0] if "loss" in entry]


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        without_grammar(folder / "stands_in")
        import ray
        from ray.cluster_utils import Cluster
        from ray.train import RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer

        prepare(town_stories(150), folder, 400)
        train({"data": temporary, "folder": str(folder / "one")})
        node = {"num_cpus": 2, "object_store_memory": 100_000_000, "include_dashboard": False}
        node |= {"include_log_monitor": False, "no_monitor": True}  # the latter is the autoscaler
        cluster = Cluster(initialize_head=True, head_node_args=node)
        ray.init(cluster.address, log_to_driver=False)
        trainer = TorchTrainer(
            train,
            train_loop_config={"data": temporary, "folder": str(folder / "two")},
            scaling_config=ScalingConfig(num_workers=2, use_gpu=False),
            run_config=RunConfig(name="stories", storage_path=str(folder / "ray")),
        )
        trainer.fit()
        ray.shutdown()
        cluster.shutdown()
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
