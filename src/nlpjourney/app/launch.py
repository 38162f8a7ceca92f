"""The launcher: a Jupyter server whose first page is the roadmap and whose files are the learner's workspace."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from nlpjourney.study.paths import ROOT, workspace

EXTENSIONS = ("jupyterlab", "notebook", "nlpjourney.app")


def configuration(port: int | None, open_browser: bool, folder: Path) -> Config:
    """What the server is told; everything else is Jupyter's own default."""
    config = Config()
    server = config.ServerApp
    server.root_dir = str(folder)
    server.default_url = "/journey"
    server.open_browser = open_browser
    server.log_level = "WARN"  # a learner wants the address, not the list of what was loaded
    config.IdentityProvider.cookie_options = {"samesite": "Lax"}  # other sites' pages act without it
    config.LabApp.log_level = "WARN"
    server.answer_yes = True  # the first Ctrl-C stops it: progress and notebooks are on disk
    server.allow_root = True  # in a container one often is root; the server listens to this machine only
    server.jpserver_extensions = dict.fromkeys(EXTENSIONS, True)
    if port is not None:
        server.port = port
        server.port_retries = 0  # who names a port wants that one, or an error
    return config


def use_shared_data() -> None:
    """Let Jupyter find our settings (`etc/jupyter`) in a checkout too; a wheel installs them where it looks anyway."""
    settings = ROOT / "etc" / "jupyter"
    if settings.is_dir():
        known = os.environ.get("JUPYTER_CONFIG_PATH", "")
        os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(settings), known]))


def launch(port: int | None = None, open_browser: bool = True) -> None:
    """Start the server and serve until Ctrl-C."""
    use_shared_data()
    server = ServerApp.instance(config=configuration(port, open_browser, workspace()))
    # argv is ours, not Jupyter's: `journey start --port 9000` must not be read a second time.
    sys.argv = sys.argv[:1]
    server.initialize(argv=[])
    print(f"Your notebooks and progress are kept in {workspace()}. Ctrl-C stops the server.", flush=True)
    server.start()
    end_tasks(server.io_loop.asyncio_loop)  # type: ignore[attr-defined]


def end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left on a loop that has been stopped, and let it end, as `asyncio.run` does.

    AnyIO, which Jupyter reads files with, keeps a thread for each task that used one, until that task ends. A request that was
    being answered when the loop stopped would never end, and its thread would keep the process alive after Ctrl-C.
    """
    if tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=5))
