"""A small model in training: what its logbook says so far, as numbers, a curve and texts."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlpjourney.app.demos.demo import Call, Demo, View, asked
from nlpjourney.errors import InvalidInput
from nlpjourney.files import read_json_lines
from nlpjourney.study.paths import workspace

N_STEPS = 300
BEGINNING = "Nora Iversen lived in"
WIDTH, HEIGHT = 600, 220  # of the drawing


def folder() -> Path:
    """Where the page's run lives: in the learner's workspace."""
    return workspace() / "training"


def entries() -> list[dict[str, Any]]:
    """The logbook so far. (`llm.training.read_logbook` is the same, but brings PyTorch into the server: seconds, 300 MB.)"""
    return read_json_lines(folder() / "logbook.jsonl")[0]


@dataclass
class TrainingView(View):
    """There is one run a server. `entries` are its logbook's; `action` (start, stop or new) is what the form asks for."""

    action: str = asked("action", 10)
    entries: list[dict[str, Any]] = field(default_factory=list)
    running: bool = False
    n_steps: int = N_STEPS
    beginning: str = BEGINNING
    width: int = WIDTH
    height: int = HEIGHT

    part = "part.html"
    changes = True

    async def fill(self, asking: Call) -> None:
        if asking.posted:
            if self.action not in ("start", "stop", "new"):
                raise InvalidInput(f"There is no action {self.action!r}.")
            if self.action != "start" and asking.job is not None:
                await asking.job.stop()
            if self.action == "new":
                await asyncio.to_thread(shutil.rmtree, folder(), ignore_errors=True)
            if self.action != "stop":
                asking.start("train", str(folder()))
        else:
            self.entries = await asyncio.to_thread(entries)
            self.running = asking.job is not None and asking.job.running
            if asking.job is not None and asking.job.problem:
                self.problem = f"The training ended early: {asking.job.problem}"

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


DEMO = Demo(
    package=__name__,
    topic="4.2",
    title="Watch a training",
    heading="Watch a model learn",
    lead="A Llama of 400,000 parameters reads generated stories of a small town. At first it throws tokens about; "
    "soon it tells.",
    look_for="Compare the text of step 0 with the last one, and the two curves: the broken one is the loss on stories "
    "that are held out.",
    limits="A run takes about a minute. The model then knows the stories of one small town and nothing else.",
    views={"": TrainingView},
)
