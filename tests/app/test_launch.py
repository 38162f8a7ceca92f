"""The launcher ends when the server has been stopped, whatever was going on."""

import subprocess
import sys

import pytest

# A request that read a file, as Jupyter does, and is being answered when the loop is stopped.
STOPPED = """
import asyncio
import anyio.to_thread
from nlpjourney.app.launch import end_tasks

async def answer():
    await anyio.to_thread.run_sync(len, "a file")
    loop.call_soon(loop.stop)
    {how}

loop = asyncio.new_event_loop()
loop.create_task(answer())
loop.run_forever()
end_tasks(loop)
print("ended")
"""
STUBBORN = """
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return
"""


@pytest.mark.parametrize("how", ["await asyncio.Event().wait()", STUBBORN.strip(), "pass"])
def test_a_stopped_server_leaves_no_thread_behind(how):
    done = subprocess.run([sys.executable, "-c", STOPPED.format(how=how)], capture_output=True, timeout=100, check=True)
    assert done.stdout.strip() == b"ended"
