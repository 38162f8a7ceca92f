"""A hint is true or silent: answers with other faults than the known ones get none (each was once told something false)."""

import pytest

from nlpjourney.study.grade import grade
from nlpjourney.study.practice import practice

OTHER_FAULTS = {
    "y after y": ("1.3.b", """
def measure(word):
    kinds = [c in "aeiou" or (c == "y" and i > 0 and word[i - 1] not in "aeiou") for i, c in enumerate(word)]
    return sum(a and not b for a, b in zip(kinds, kinds[1:]))
"""),
    "clipped scores": ("1.6.f", """
import numpy as np
def mix_layers(layers, scores, gamma):
    weights = np.exp(np.clip(scores, -700, 700))
    return gamma * np.tensordot(weights / weights.sum(), layers, 1)
"""),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_FAULTS)
@pytest.mark.parametrize("seed", range(3))
def test_fault_that_nobody_foresaw_is_not_called_another(name, seed):
    id, source = OTHER_FAULTS[name]
    verdict = grade(practice(id).exercise(id), source, seed=seed)
    assert (verdict.status, verdict.misconception, verdict.hint) == ("failed", "", "")


PYTORCH = {
    "4.1.a": "def softmax(scores):\n    return torch.softmax(torch.as_tensor(scores), -1)",
    "4.2.a": """
def next_token_loss(logits, ids):
    return F.cross_entropy(torch.from_numpy(logits[:-1]), torch.from_numpy(ids[1:]))
""",
    "4.2.a in single precision": """
def next_token_loss(logits, ids):
    return float(F.cross_entropy(torch.from_numpy(logits[:-1]).float(), torch.from_numpy(ids[1:])))
""",
}


@pytest.mark.parametrize("name", PYTORCH)
def test_answers_may_use_pytorch(name):
    id = name.split()[0]
    verdict = grade(practice(id).exercise(id), "import torch\nimport torch.nn.functional as F\n" + PYTORCH[name])
    assert verdict.passed, verdict
