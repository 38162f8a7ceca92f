"""A hint is true or silent, and PyTorch may be used: answers that were once judged wrongly."""

import pytest

from nlpjourney.study.grade import grade
from nlpjourney.study.practice import practice

OTHER_FAULTS = {
    "1.3.b y after y": """
def measure(word):
    kinds = [c in "aeiou" or (c == "y" and i > 0 and word[i - 1] not in "aeiou") for i, c in enumerate(word)]
    return sum(a and not b for a, b in zip(kinds, kinds[1:]))
""",
    "1.6.f clipped scores": """
import numpy as np
def mix_layers(layers, scores, gamma):
    weights = np.exp(np.clip(scores, -700, 700))
    return gamma * np.tensordot(weights / weights.sum(), layers, 1)
""",
}
PYTORCH = {
    "4.1.a": """
def softmax(scores):
    return torch.softmax(torch.as_tensor(scores), -1)
""",
    "4.2.a": """
def next_token_loss(logits, ids):
    return F.cross_entropy(torch.from_numpy(logits[:-1]), torch.from_numpy(ids[1:]))
""",
    "4.2.a in single precision": """
def next_token_loss(logits, ids):
    return float(F.cross_entropy(torch.from_numpy(logits[:-1]).float(), torch.from_numpy(ids[1:])))
""",
}


def answers(sources):
    """(exercise, source), as `--practice` looks for them."""
    for name, source in sources.items():
        id = name.split()[0]
        yield pytest.param(practice(id).exercise(id), source, id=name)


@pytest.mark.parametrize(("exercise", "source"), answers(OTHER_FAULTS))
def test_fault_that_nobody_foresaw_is_not_called_another(exercise, source):
    for seed in range(3):
        verdict = grade(exercise, source, seed=seed)
        assert (verdict.status, verdict.misconception, verdict.hint) == ("failed", "", "")


@pytest.mark.parametrize(("exercise", "source"), answers(PYTORCH))
def test_answers_may_use_pytorch(exercise, source):
    verdict = grade(exercise, "import torch\nimport torch.nn.functional as F\n" + source)
    assert verdict.passed, verdict
