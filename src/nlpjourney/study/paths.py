"""Where things lie: the checkout's practices, and the learner's workspace."""

from __future__ import annotations

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]  # the package
ROOT = SOURCE.parents[1]  # the checkout
PRACTICES = Path(os.environ.get("NLP_JOURNEY_PRACTICES") or ROOT / "practices")
BENCH = ROOT / "bench"
DOCS = ROOT / "docs"


def workspace() -> Path:
    """The learner's folder: `NLP_JOURNEY_WORKSPACE`, or `nlp-journey-workspace` in the home folder; made when missing."""
    folder = Path(os.environ.get("NLP_JOURNEY_WORKSPACE") or Path.home() / "nlp-journey-workspace").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
