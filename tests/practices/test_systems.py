"""Every named tool of a topic with a practice, really run, or remembered as green with the same inputs (`study.verdicts`)."""

import socket

import pytest

from nlpjourney.study import verdicts
from nlpjourney.study.selection import built, tool, with_script

TOOLS = [(t, s) for t in built() for s in with_script(t)]


def is_online() -> bool:
    try:
        socket.getaddrinfo("pypi.org", 443)
    except OSError:
        return False
    return True


@pytest.mark.parametrize(("t", "system"), TOOLS, ids=lambda x: getattr(x, "id", None) or x.slug)
def test_tool_runs_green(t, system, remembered, record_property):
    record_property("name", tool(t, system))
    if remembered and not remembered["again"]:
        record_property("tool", "memory")
        record_property("days", remembered["days"])
        record_property("seconds", remembered["seconds"])
        return
    record_property("tool", "audited" if remembered else "executed")
    run, not_kept = verdicts.run(t, system)
    record_property("not kept", not_kept)
    if system.how == "script" and not run.ok and not is_online():
        pytest.skip(f"an environment for {system.name} cannot be made without the network: {run.line}")
    if "No module named 'hnswlib'" in run.result:
        pytest.skip("hnswlib needs a C++ compiler to install")
    if remembered and not run.ok:
        verdicts.forget(system.how)
        pytest.fail(
            f"remembered as green, red with the same inputs: the key lacks something. All that was remembered of tools "
            f"used as {system.how!r} is dropped; run the tests again.\n{run.result}"
        )
    assert run.ok, run.result
    assert run.version and len(run.result) > 20
