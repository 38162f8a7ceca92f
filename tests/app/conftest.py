"""A real server on a free port, with folders of its own, and Chromium to look at it."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from .looks import DESK

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 120_000  # milliseconds: a server that starts, or a page that changes, on a busy machine
ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
}  # other tests want a core
JUPYTER_FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


class Server:
    """`journey start` in a process of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = settings  # more of the environment
        self.workspace = folder / "workspace"
        self.token = secrets.token_hex(12)
        self.port = 0
        self.base = ""  # the address that everything stands under
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}{self.base}"

    def url(self, path: str = "") -> str:
        return f"{self.address}/journey{path}"

    def start(self) -> None:
        for _ in range(3):  # the port that was free a moment ago may be another's by now
            self._begin()
            if self._answers():
                return
        raise AssertionError(f"the server did not start:\n{self.log()}")

    def _begin(self) -> None:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        env = os.environ | {name: str(self.folder / name.lower()) for name in JUPYTER_FOLDERS}
        env |= {"NLP_JOURNEY_WORKSPACE": str(self.workspace), "JUPYTER_TOKEN": self.token}
        env |= ONE_THREAD | self.settings
        code = f"from nlpjourney.app import start; start({self.port}, False)"
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=log, stderr=log)

    def _answers(self) -> bool:
        """Whether the server is there before it ends: this one, which knows the token, and no other that has the port."""
        assert self.process is not None
        until = time.monotonic() + PATIENCE / 1000
        while self.process.poll() is None:
            assert time.monotonic() < until, f"the server did not answer:\n{self.log()}"
            try:
                urllib.request.urlopen(f"{self.address}/api/status?token={self.token}", timeout=5).close()
                return True
            except OSError:
                time.sleep(0.1)
        return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE / 1000)
            self.process = None

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a server, or a demo's model, run in one process of pytest's: each model is loaded once."""
    for item in items:
        if item.path.parent == Path(__file__).parent and "fresh_server" not in item.fixturenames:  # type: ignore[attr-defined]
            group = "server" if "server" in item.fixturenames else item.path.name  # type: ignore[attr-defined]
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of one test's own, which may be stopped or start kernels, with an empty workspace."""
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave no traces in each other's way."""
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def empty_server(server: Server) -> Server:
    """The server of all, for somebody who has done nothing yet: its workspace is emptied."""
    for path in server.workspace.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("Chromium is not installed")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        browser.close()


class Visitor:
    """Someone signed in, with a page; what the page's console complains of is kept."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.server = server
        self.context: BrowserContext = browser.new_context(viewport=DESK, color_scheme="light", reduced_motion="reduce")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{server.url()}?token={server.token}")

    def go(self, path: str = "") -> Page:
        self.page.goto(self.server.url(path))
        return self.page


@pytest.fixture
def visitor(browser: Browser, server: Server) -> Iterator[Visitor]:
    someone = Visitor(browser, server)
    yield someone
    someone.context.close()
    assert someone.complaints == []
