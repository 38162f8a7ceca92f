"""Every named tool of a topic with a practice, really run: green, or the reason why not."""

import socket

import pytest

from nlpjourney.study import systems
from nlpjourney.study.roadmap import topics

TOOLS = [(t, s) for t in topics() if t.source.exists() for s in t.systems if t.system_script(s).exists()]


def is_online() -> bool:
    try:
        socket.getaddrinfo("pypi.org", 443)
    except OSError:
        return False
    return True


@pytest.mark.parametrize(("t", "system"), TOOLS, ids=lambda x: getattr(x, "id", None) or x.slug)
def test_tool_runs_green(t, system):
    run = systems.run(t, system)
    if system.how == "script" and not run.ok and not is_online():
        pytest.skip(f"an environment for {system.name} cannot be made without the network: {run.result}")
    if "No module named 'hnswlib'" in run.result:
        pytest.skip("hnswlib needs a C++ compiler to install")
    assert run.ok, run.result
    assert run.version and len(run.result) > 20
