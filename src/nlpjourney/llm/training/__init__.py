"""Training a language model: optimizers, schedules, the loop with checkpoints and logbook, several processes, scaling laws."""

from nlpjourney.llm.training.adamw import AdamW
from nlpjourney.llm.training.checkpoint import load_checkpoint, save_checkpoint
from nlpjourney.llm.training.logbook import Logbook, read_logbook
from nlpjourney.llm.training.muon import Muon, orthogonalise
from nlpjourney.llm.training.schedules import learning_rate
from nlpjourney.llm.training.trainer import Trainer, TrainingConfig, evaluate, make_optimizers

__all__ = [
    "AdamW",
    "Logbook",
    "Muon",
    "Trainer",
    "TrainingConfig",
    "evaluate",
    "learning_rate",
    "load_checkpoint",
    "make_optimizers",
    "orthogonalise",
    "read_logbook",
    "save_checkpoint",
]
