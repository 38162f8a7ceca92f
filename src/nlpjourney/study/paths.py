"""Where things lie: the checkout's practices, and the learner's workspace."""

from __future__ import annotations

import os
from pathlib import Path

from nlpjourney.errors import InvalidInput

SOURCE = Path(__file__).resolve().parents[1]  # the package
ROOT = SOURCE.parents[1]  # the checkout
PRACTICES = Path(os.environ.get("NLP_JOURNEY_PRACTICES") or ROOT / "practices")
BENCH = ROOT / "bench"
DOCS = ROOT / "docs"


def workspace() -> Path:
    """The learner's folder: `NLP_JOURNEY_WORKSPACE`, or `nlp-journey-workspace` in the home folder; made when missing.

    Raises InvalidInput where no folder can be made.
    """
    folder = Path(os.environ.get("NLP_JOURNEY_WORKSPACE") or Path.home() / "nlp-journey-workspace").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"{folder} cannot be your workspace ({error.strerror}): set NLP_JOURNEY_WORKSPACE to a folder in which you may write"
        ) from error
    return folder
