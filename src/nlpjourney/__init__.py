"""NLP Journey: learn language models by running them.

In a notebook: `from nlpjourney import check, hint, solution, progress`. The library itself (`nlpjourney.text`,
`nlpjourney.tasks`, …) knows nothing of learners and stands alone.
"""

from typing import Any

_FOR_LEARNERS = ("check", "hint", "solution", "progress")


def __getattr__(name: str) -> Any:
    # Looked up on first use: whoever imports only the library does not load the learner's side.
    if name in _FOR_LEARNERS:
        from nlpjourney.study import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'nlpjourney' has no attribute {name!r}")
