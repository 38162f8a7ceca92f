"""AdamW and Muon against torch's."""

import pytest
import torch
from torch import nn

from nlpjourney.nets.training import AdamW, Muon, orthogonalise


def run(make, n_steps=25, seed=0):
    """Train two matrices and a vector on a fixed task; the weights after each step."""
    torch.manual_seed(seed)
    w, v, b = (nn.Parameter(torch.randn(*shape) * 0.5) for shape in ((12, 20), (30, 12), (30,)))
    x, y = torch.randn(64, 20), torch.randn(64, 30)
    optimizers, path = make([w, v], [b]), []
    for step in range(n_steps):
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = 0.02 * (1 - step / n_steps)
            optimizer.zero_grad()
        loss = ((torch.tanh(x @ w.T) @ v.T + b - y) ** 2).mean()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        path.append(torch.cat([p.detach().flatten() for p in (w, v, b)]))
    return torch.stack(path), float(loss.detach())


@pytest.mark.parametrize(("betas", "eps", "decay"), [((0.9, 0.95), 1e-8, 0.1), ((0.0, 0.5), 1e-3, 0.0)])
def test_adamw_is_torchs(betas, eps, decay):
    settings = {"lr": 0.02, "betas": betas, "eps": eps, "weight_decay": decay}
    ours, _ = run(lambda m, v: [AdamW([*m, *v], **settings)])
    theirs, _ = run(lambda m, v: [torch.optim.AdamW([*m, *v], **settings)])
    assert (ours - theirs).abs().max() < 1e-6
    assert (ours[0] - ours[-1]).abs().max() > 0.05  # something moved


def test_adamw_with_groups_is_torchs():
    def groups(m, v):
        return [{"params": m, "weight_decay": 0.3}, {"params": v, "weight_decay": 0.0}]

    ours, _ = run(lambda m, v: [AdamW(groups(m, v), 0.02, (0.9, 0.99))])
    theirs, _ = run(lambda m, v: [torch.optim.AdamW(groups(m, v), 0.02, (0.9, 0.99))])
    assert (ours - theirs).abs().max() < 1e-6


@pytest.mark.parametrize(("scale", "theirs_scale"), [("rms", "match_rms_adamw"), ("original", "original")])
def test_muon_is_torchs(scale, theirs_scale):
    def rest(v):
        return torch.optim.SGD(v, 0.02)

    ours, _ = run(lambda m, v: [Muon(m, 0.02, scale=scale, dtype=torch.bfloat16), rest(v)], 6)
    theirs, _ = run(lambda m, v: [torch.optim.Muon(m, 0.02, adjust_lr_fn=theirs_scale), rest(v)], 6)
    assert (ours - theirs).abs().max() < 1e-6


@pytest.mark.parametrize("shape", [(40, 40), (20, 60), (60, 20)])
def test_steps_are_about_orthogonal(shape):
    """Singular values of any size come to about 1, along the same directions."""
    torch.manual_seed(0)
    u, s, v = torch.linalg.svd(torch.randn(*shape), full_matrices=False)
    s = torch.logspace(0, -1.5, len(s))
    out = orthogonalise(u * s @ v)
    in_its_basis = u.T @ out @ v.T
    assert (in_its_basis.diagonal() > 0.6).all() and (in_its_basis.diagonal() < 1.3).all()
    assert (in_its_basis - torch.diag(in_its_basis.diagonal())).abs().max() < 1e-4


def test_float32_and_bfloat16_train_alike():
    _, wide_loss = run(lambda m, v: [Muon(m, 0.02), torch.optim.SGD(v, 0.02)], 8)
    _, short_loss = run(lambda m, v: [Muon(m, 0.02, dtype=torch.bfloat16), torch.optim.SGD(v, 0.02)], 8)
    assert abs(wide_loss - short_loss) < 0.02 * wide_loss


def test_wrong_settings_are_refused():
    p = nn.Parameter(torch.zeros(3))
    with pytest.raises(ValueError, match="belongs to AdamW"):
        Muon([p])
    with pytest.raises(ValueError, match="betas"):
        AdamW([p], betas=(0.9, 1.0))
    with pytest.raises(ValueError, match="scale"):
        Muon([nn.Parameter(torch.zeros(2, 2))], scale="none")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="without a closure"):
        AdamW([p]).step(lambda: 0.0)
