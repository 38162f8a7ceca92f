"""The training page: what the logbook says so far, as numbers, a curve and texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlpjourney.app.demos.training import BEGINNING, N_STEPS, train
from nlpjourney.files import read_json_lines
from nlpjourney.study.paths import workspace

__all__ = ["TrainingView", "entries", "folder", "train"]

WIDTH, HEIGHT = 600, 220  # of the drawing


def folder() -> Path:
    """Where the page's run lives: in the learner's workspace."""
    return workspace() / "training"


def entries() -> list[dict[str, Any]]:
    """The logbook so far. (`llm.training.read_logbook` is the same, but brings PyTorch into the server: seconds, 300 MB.)"""
    return read_json_lines(folder() / "logbook.jsonl")[0]


@dataclass
class TrainingView:
    """`entries` are the logbook's."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    running: bool = False
    problem: str = ""
    n_steps: int = N_STEPS
    beginning: str = BEGINNING
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def steps(self) -> list[dict[str, Any]]:
        return [e for e in self.entries if "loss" in e]

    @property
    def done(self) -> int:
        """How many steps were made."""
        return int(self.steps[-1]["step"]) if self.steps else 0

    @property
    def finished(self) -> bool:
        return self.done >= self.n_steps

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        return [e for e in self.entries if "val_loss" in e]

    @property
    def samples(self) -> list[dict[str, Any]]:
        """The newest first."""
        return [e for e in self.entries if "sample" in e][::-1]

    @property
    def speed(self) -> float:
        """Tokens a second, over the last ten steps."""
        last = self.steps[-10:]
        return len(last) / sum(1 / e["tokens_per_second"] for e in last) if last else 0.0

    @property
    def top(self) -> float:
        """The loss at the upper edge of the drawing."""
        return max((float(e.get("loss", e.get("val_loss", 0.0))) for e in self.entries), default=1.0)

    def points(self, name: str) -> str:
        """The curve of "loss" or "val_loss" as an SVG polyline's points."""
        return " ".join(
            f"{e['step'] / self.n_steps * self.width:.1f},{(1 - e[name] / self.top) * self.height:.1f}"
            for e in self.entries
            if name in e
        )
