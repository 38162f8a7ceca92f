"""Language models: how probable is a text, and what comes next.

`NGramModel` counts (add-k, Katz, Kneser–Ney), `read_arpa` and `write_arpa` speak the file format of SRILM and KenLM, `prune`
makes a model smaller. `neural` has a recurrent network and a Transformer trained on the same text; `play` lets them play
Shannon's game, and `copied_runs` finds what a text took from the training text.
"""

from nlpjourney.tasks.language_models.arpa import read_arpa, write_arpa
from nlpjourney.tasks.language_models.ngram import NGramModel, WordScore
from nlpjourney.tasks.language_models.pruning import prune

__all__ = ["NGramModel", "WordScore", "prune", "read_arpa", "write_arpa"]


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words."""
    model = prune(NGramModel(2).fit(["a cat sat", "a dog ran"]), 1e-3)
    model.score("a cat")
    model.full_scores("a cat")
    model.distribution(["a"])
    _arpa_kernels(model)


def _arpa_kernels(model: NGramModel) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        write_arpa(NGramModel(3).fit(["a cat sat"]), Path(folder) / "model.arpa")
        read_arpa(Path(folder) / "model.arpa")
