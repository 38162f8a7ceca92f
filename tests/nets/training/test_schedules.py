"""The learning rate against torch's schedulers and by its corners."""

import pytest
import torch

from nlpjourney.nets.training import learning_rate


def test_cosine_is_torchs():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=0.03)
    for step in range(50):
        assert learning_rate(step, 50, 0.3, schedule="cosine") == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("schedule", ["cosine", "wsd", "constant"])
def test_warm_up_is_linear_and_reaches_the_peak(schedule):
    rates = [learning_rate(step, 100, 1.0, schedule=schedule, warmup=10) for step in range(100)]
    assert rates[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert max(rates) == pytest.approx(1.0)
    assert all(a >= b - 1e-12 for a, b in zip(rates[10:], rates[11:]))  # never up again


def test_wsd_stays_then_goes_down():
    rates = [learning_rate(step, 100, 1.0, schedule="wsd", warmup=10, decay=0.2, final=0.0) for step in range(100)]
    assert rates[9:81] == pytest.approx([1.0] * 72)
    assert rates[85] == pytest.approx(1 - (5 / 20) ** 0.5)
    assert 0 < rates[99] < 0.03


def test_wrong_settings_are_refused():
    for settings in ({"warmup": 101}, {"final": 2.0}, {"decay": 0.0}, {"schedule": "saw"}):
        with pytest.raises(ValueError):
            learning_rate(50, 100, 1.0, **settings)
