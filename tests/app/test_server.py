"""The server without a browser: who may come in, what is refused, what stays alive."""

from __future__ import annotations

import http.cookiejar
import importlib
import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from pathlib import Path

import psutil
import pytest

from nlpjourney.app.demos import demos
from nlpjourney.study.paths import ROOT
from nlpjourney.study.practice import practice
from nlpjourney.study.roadmap import Topic

from .conftest import Server

DEMOS = [f"/demos/{demo.slug}" for demo in demos()]
PAGES = [
    "",
    "/topics/1.2",
    "/topics/1.2/prove",
    "/review",
    "/reset",
    "/demos",
    *DEMOS,
    "/demos/search/style.css",
    "/htmx.js",
]
POSTS = [
    "/topics/1.2/notebook", "/topics/1.2/prove", "/topics/1.2/reset", "/reset", "/exercises/1.2.a/check",
    "/exercises/1.2.a/hint", "/exercises/1.2.a/solution", "/exercises/1.2.a/reset", "/questions/1.2.q1",
    *DEMOS, "/demos/tokenizer/merges",
]  # fmt: skip


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


class Client:
    """A browser without a screen: cookies, and the XSRF token that pages hand out."""

    def __init__(self, server: Server, signed_in: bool = True) -> None:
        self.server = server
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), NoRedirect)
        if signed_in:
            self.get(f"?token={server.token}")
            self.get("")

    @property
    def xsrf(self) -> str:
        return next(c.value or "" for c in self.jar if c.name == "_xsrf")

    def get(self, path: str) -> tuple[int, str, Message]:
        return self._send(urllib.request.Request(self.server.url(path)))

    def post(self, path: str, htmx: bool = True, xsrf: bool = True, **fields: str) -> tuple[int, str, Message]:
        data = urllib.parse.urlencode(fields).encode()
        headers = {"HX-Request": "true"} if htmx else {}
        headers |= {"X-XSRFToken": self.xsrf} if xsrf else {}
        return self._send(urllib.request.Request(self.server.url(path), data, headers))

    def _send(self, request: urllib.request.Request) -> tuple[int, str, Message]:
        try:
            with self.opener.open(request, timeout=400) as reply:
                return reply.status, reply.read().decode(), reply.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_those_who_signed_in(server: Server, client: Client, path: str) -> None:
    assert client.get(path)[0] == 200
    status, text, headers = Client(server, signed_in=False).get(path)
    assert status == 302 and "/login" in headers["Location"]
    assert "Tokenization" not in text


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_done_for_strangers_or_without_the_xsrf_token(server: Server, client: Client, path: str) -> None:
    status, text, _ = client.post(path, xsrf=False)
    assert status == 403 and "Load it again" in text
    stranger = Client(server, signed_in=False)
    stranger.jar = client.jar.__class__()
    assert stranger.post(path, xsrf=False)[0] == 403


def test_pages_allow_no_inline_script(client: Client) -> None:
    _, text, headers = client.get("")
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", text)


def test_nothing_comes_from_elsewhere(client: Client) -> None:
    for path in PAGES[:-2]:
        text = client.get(path)[1]
        assert re.findall(r'(?:src|<link[^>]*href)="(https?:)?//', text) == []


def test_unknown_addresses_are_a_sentence(client: Client) -> None:
    status, text, _ = client.get("/topics/9.9")
    assert status == 404 and "There is no topic" in text
    status, text, _ = client.post("/exercises/1.2.z/check", source="x")
    assert status == 404 and "has no exercise" in text and "Traceback" not in text
    status, text, _ = client.post("/exercises/7.16.a/check", source="x")
    assert status == 404 and "no practice yet" in text
    status, text, _ = client.get("/demos/search?in=nothing&q=x")
    assert status == 404 and "There is no collection" in text
    for nothing in ("/demos/nothing", "/demos/search/nothing", "/demos/nothing/style.css", "/demos/search/script.js"):
        status, text, _ = client.get(nothing)
        assert status == 404 and "There is no" in text


def test_a_megabyte_is_refused_with_a_sentence(client: Client) -> None:
    status, text, _ = client.post("/exercises/1.2.a/check", source="x" * 1_000_000)
    assert status == 413 and "100,000 characters at most; this has 1,000,000" in text
    assert client.post("/demos/tokenizer", text="x" * 1_000_000)[0] == 413
    assert "300 characters at most" in client.get("/demos/search?in=django&q=" + "x" * 1000)[1]


@pytest.mark.parametrize(
    "source",
    ["", "def (", "\0", "while True: pass", "import os; os._exit(0)", "def {f}(*a):\n    import os; os._exit(0)",
     "def {f}(*a):\n    raise SystemExit", "é" * 5000, "(" * 5000],
)  # fmt: skip
def test_no_answer_kills_the_page(client: Client, source: str) -> None:
    name = practice("1.2").exercises[0].function
    status, text, _ = client.post("/exercises/1.2.a/check", source=source.replace("{f}", name))
    assert status == 200
    assert 'class="verdict failed"' in text
    assert "not yet" in text
    assert client.get("/topics/1.2")[0] == 200


def test_an_endless_loop_is_ended_and_the_server_answers_meanwhile(client: Client) -> None:
    name = practice("1.2").exercises[0].function
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(client.post, "/exercises/1.2.a/check", source=f"def {name}(*a):\n    while True: pass")
        time.sleep(1)
        assert client.get("/htmx.js")[0] == 200
        assert not slow.done()  # the server did not wait for its end
        status, text, _ = slow.result()
    assert status == 200
    assert 'class="verdict failed"' in text
    assert "not yet" in text
    assert client.get("/topics/1.2")[0] == 200


def test_no_page_waits_behind_answers_that_do_not_end(client: Client) -> None:
    name = practice("1.2").exercises[0].function
    with ThreadPoolExecutor(6) as threads:
        slow = [
            threads.submit(client.post, "/exercises/1.2.a/check", source=f"def {name}(*a):\n    while True: pass # {i}")
            for i in range(6)
        ]
        time.sleep(2)
        for path in ("", "/topics/1.2", "/review"):
            assert client.get(path)[0] == 200
        assert not any(one.done() for one in slow)
        assert all("not yet" in one.result()[1] for one in slow)


def test_half_characters_and_monsters_are_sentences(client: Client) -> None:
    name = practice("1.2").exercises[0].function
    for body in (r"print('\ud800')", r"raise ValueError('\ud800')", "return 10**5000"):
        status, text, _ = client.post("/exercises/1.2.a/check", source=f"def {name}(*a):\n    {body}")
        assert status == 200 and "not yet" in text, body
    assert client.post("/exercises/1.2.a/check", source="x=" + "-" * 50_000 + "1")[0] == 200
    assert client.post(f"/questions/{practice('1.2').questions[0].id}", choice="1" * 5_000)[0] == 400
    assert client.post("/topics/1.2/prove", **{practice("1.2").questions[0].id: "9" * 5_000})[0] == 200
    status, text, _ = client.post("/demos/chat", text="hello", history="[" * 5_000)
    assert status == 200 and "could not be read" in text


def test_a_server_that_is_stopped_ends_the_checks(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    assert server.process is not None
    client, name = Client(server), practice("1.2").exercises[0].function
    with ThreadPoolExecutor(4) as threads:
        for _ in range(4):
            threads.submit(client.post, "/exercises/1.2.a/check", source=f"def {name}(*a):\n    while True: pass")
        time.sleep(3)
        children = psutil.Process(server.process.pid).children(recursive=True)
        assert children
        server.process.terminate()
        server.process.wait(60)
        assert psutil.wait_procs(children, timeout=60)[1] == []


def test_the_cookie_is_not_sent_from_other_sites(server: Server) -> None:
    client = Client(server, signed_in=False)
    cookies = client.get(f"?token={server.token}")[2].get_all("Set-Cookie") or []
    assert any("username-" in cookie and "SameSite=Lax" in cookie and "HttpOnly" in cookie for cookie in cookies)


def test_another_host_name_is_told_so(client: Client) -> None:
    request = urllib.request.Request(client.server.url(), headers={"Host": "evil.example"})
    status, text, _ = client._send(request)
    assert status == 403 and "own address" in text and "signed in" not in text


def test_a_question_needs_a_choice(client: Client) -> None:
    question = practice("1.2").questions[0]
    assert client.post(f"/questions/{question.id}")[0] == 400
    assert client.post(f"/questions/{question.id}", choice="99")[0] == 400
    status, text, _ = client.post(f"/questions/{question.id}", choice=str(question.answer), htmx=False)
    assert status == 200 and "Right." in text


def test_news_are_off_and_the_session_is_made_before_the_notebook_opens(fresh_server: Server) -> None:
    client = Client(fresh_server)
    base = fresh_server.address
    with client.opener.open(f"{base}/lab/api/settings") as reply:
        settings = {s["id"]: s for s in json.load(reply)["settings"]}
    news = settings["@jupyterlab/apputils-extension:notification"]["schema"]["properties"]
    assert news["fetchNews"]["default"] == "false"
    for _ in range(2):  # the second time, the same session is used
        status, _, headers = client.post("/topics/1.2/notebook", htmx=False)
        assert status == 303
        path = headers["Location"].removeprefix("/notebooks/")
        with client.opener.open(f"{base}/api/sessions") as reply:
            sessions = json.load(reply)
        assert [s["path"] for s in sessions] == [urllib.parse.unquote(path)]
    with client.opener.open(f"{base}/api/contents/{path}") as reply:
        cells = json.load(reply)["content"]["cells"]
    assert all(c["metadata"].get("trusted") for c in cells if c["cell_type"] == "code")  # its pictures show at once
    assert fresh_server.workspace.joinpath(urllib.parse.unquote(path)).exists()


def test_a_grader_that_fails_is_a_sentence_and_keeps_the_answer(small_practice: Topic, tmp_path: Path) -> None:
    file = small_practice.folder / "exercises.py"
    file.write_text(file.read_text().replace("return a + b", "return 1 / 0", 1))  # the reference itself is broken
    server = Server(tmp_path)
    server.start()
    try:
        client = Client(server)
        status, text, _ = client.post("/exercises/1.2.a/check", source="def add(a, b):\n    return a")
        assert status == 200 and "The grader itself failed" in text and "ZeroDivisionError" not in text
        status, text, _ = client.post("/exercises/1.2.a/check", htmx=False, source="def add(a, b):\n    return a")
        assert status == 200 and "The grader itself failed" in text and "return a</textarea>" in text
        assert "ZeroDivisionError" in server.log()
    finally:
        server.stop()


def test_without_data_and_network_pages_work_and_say_what_is_missing(tmp_path: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": ""}
    server = Server(tmp_path, NLP_JOURNEY_CACHE=str(tmp_path / "cache"), **nowhere)
    server.start()
    try:
        client = Client(server)
        assert client.get("/topics/1.2")[0] == 200
        status, text, _ = client.get("/htmx.js")
        assert status == 404 and "could not be fetched" in text
        status, text, _ = client.post("/demos/tokenizer", text="hello")
        assert status == 200 and text.count("not on this machine and could not be fetched") == 5
        status, text, _ = client.get("/demos/search?in=django&q=hello")
        assert status == 200 and "not on this machine and could not be fetched" in text
        assert "Traceback" not in text
    finally:
        server.stop()


def test_a_base_url_is_kept_in_every_address(tmp_path: Path) -> None:
    """JupyterHub serves each learner under an address of their own."""
    folder = tmp_path / "jupyter_config_dir"
    folder.mkdir()
    (folder / "jupyter_server_config.json").write_text('{"ServerApp": {"base_url": "/user/ada/"}}')
    server = Server(tmp_path)
    server.base = "/user/ada"
    server.start()
    try:
        client = Client(server)
        for path in PAGES[:-2]:
            status, text, _ = client.get(path)
            assert status == 200
            addresses = re.findall(r'\s(?:href|src|action|formaction|hx-get|hx-post|data-href)="(/[^"]*)"', text)
            assert addresses and all(a.startswith("/user/ada/") for a in addresses)
    finally:
        server.stop()


def test_no_process_outlives_a_killed_server(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    assert server.process is not None
    client = Client(server)
    assert client.post("/demos/tokenizer/merges", vocabulary="gpt2", word="hello")[0] == 200
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert children  # the worker is one of them
    server.process.kill()
    server.process.wait(60)
    assert psutil.wait_procs(children, timeout=120)[1] == []


def test_the_installed_settings_name_an_extension_that_exists() -> None:
    settings = json.loads((ROOT / "etc/jupyter/jupyter_server_config.d/nlpjourney.json").read_text())
    [name] = settings["ServerApp"]["jpserver_extensions"]
    points = importlib.import_module(name)._jupyter_server_extension_points()
    assert [point["app"].name for point in points] == ["nlpjourney"]
