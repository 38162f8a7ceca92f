"""Training any network: optimizers, schedules, the loop with checkpoints and a logbook, several processes."""

from nlpjourney.nets.training.adamw import AdamW
from nlpjourney.nets.training.checkpoint import load_checkpoint, save_checkpoint
from nlpjourney.nets.training.logbook import Logbook, read_logbook
from nlpjourney.nets.training.muon import Muon, orthogonalise
from nlpjourney.nets.training.schedules import learning_rate
from nlpjourney.nets.training.trainer import (
    Batches,
    NotFinite,
    Trainer,
    TrainingConfig,
    make_optimizers,
    matrices_within,
)

__all__ = [
    "AdamW", "Batches", "Logbook", "Muon", "NotFinite", "Trainer", "TrainingConfig", "learning_rate", "load_checkpoint",
    "make_optimizers", "matrices_within", "orthogonalise", "read_logbook", "save_checkpoint",
]  # fmt: skip
