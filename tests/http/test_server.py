"""The base of all local servers, through a plain client: JSON, streams, a socket, and which status an error gets."""

import asyncio
import http.client
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from tornado.websocket import websocket_connect

from nlpjourney.errors import InvalidInput
from nlpjourney.http import Handler, LocalServer, Problem, SocketHandler, server


class Echo(Handler):
    def post(self, name):
        self.state.append(name)
        self.reply({"name": name, "got": self.fields()})


class Breaks(Handler):
    def get(self, how):
        if how == "problem":
            raise Problem("there is none", 404, "absent")
        if how == "input":
            raise InvalidInput("three is too many")
        if how == "argument":
            self.get_query_argument("needed")
        raise {"value": ValueError, "key": KeyError}[how]("secret detail")


class Streams(Handler):
    async def get(self, how):
        if how == "events":
            await self.send_event({"n": 1})
            await self.send_event("two\nlines", event="text")
        else:
            await self.send_line({"n": 1})
            await self.send_line({"ü": "\n"})


class Doubles(SocketHandler):
    async def receive(self, message):
        if message == "fault":
            raise KeyError(message)
        if not isinstance(message, int):
            raise InvalidInput("send a number")
        await self.send(2 * message)


ROUTES = [(r"/echo/([^/]+)", Echo), (r"/breaks/(\w+)", Breaks), (r"/streams/(\w+)", Streams), (r"/socket", Doubles)]


@pytest.fixture
def running():
    with LocalServer(ROUTES, []) as it:
        yield it


def ask(running, method, path, body=None, headers=None):
    """(status, content type, body) of one request."""
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=20)
    connection.request(method, path, body, headers or {})
    reply = connection.getresponse()
    found = reply.status, reply.headers.get("Content-Type", ""), reply.read().decode()
    connection.close()
    return found


def test_json_in_and_out(running):
    status, kind, body = ask(running, "POST", "/echo/a", json.dumps({"x": [1, "ü"]}))
    assert (status, kind, json.loads(body)) == (200, "application/json", {"name": "a", "got": {"x": [1, "ü"]}})
    assert json.loads(ask(running, "POST", "/echo/b")[2])["got"] == {}
    assert running.state == ["a", "b"]


@pytest.mark.parametrize("body", ["{", "[1]", "3", "[" * 100_000, b"\xff", '{"x": NaN}', '{"x": -Infinity}'])
def test_other_bodies_are_refused(running, body):
    status, _, said = ask(running, "POST", "/echo/a", body)
    assert status == 400 and "JSON" in json.loads(said)["error"]["message"]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/breaks/problem", 404, "there is none"),
        ("/breaks/input", 400, "three is too many"),
        ("/breaks/argument", 400, "Missing argument needed"),
        ("/nowhere", 404, "no route /nowhere"),
        ("/echo/a", 405, "Method Not Allowed"),
    ],
)
def test_what_the_client_can_mend_is_told_and_not_logged(running, caplog, path, status, message):
    found, _, body = ask(running, "GET", path)
    assert found == status and message in json.loads(body)["error"]["message"]
    assert caplog.records == []


@pytest.mark.parametrize("how", ["value", "key"])
def test_a_fault_of_ours_is_a_500_without_details_and_is_logged(running, caplog, how):
    with caplog.at_level(logging.ERROR, "nlpjourney.http"):
        status, _, body = ask(running, "GET", f"/breaks/{how}")
    assert status == 500 and "secret" not in body
    assert "secret detail" in caplog.text and f"/breaks/{how}" in caplog.text


def test_too_large_a_body_is_refused(monkeypatch):
    monkeypatch.setattr(server, "MAX_BODY_BYTES", 1000)
    with LocalServer(ROUTES, []) as it:
        with pytest.raises(OSError):  # the connection is closed before all is sent, or answered with 400
            if ask(it, "POST", "/echo/a", b"x" * 5_000_000)[0] == 400:
                raise OSError
        assert ask(it, "POST", "/echo/a")[0] == 200


@pytest.mark.parametrize("path", ["/echo/a", "/breaks/problem", "/nowhere"])
@pytest.mark.parametrize(
    "header",
    [{"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example:80"}, {"Host": "[::1"}, {"Origin": "http://evil.example"},
     {"Origin": "null"}, {"Origin": "http://127.0.0.1@evil.example"}, {"Origin": ""}],
)  # fmt: skip
def test_a_page_of_another_machine_is_refused(running, path, header):
    status, _, body = ask(running, "POST", path, "{}", {"Content-Type": "text/plain"} | header)
    assert status == 403 and "of its own machine" in json.loads(body)["error"]["message"]
    assert running.state == []


@pytest.mark.parametrize("name", ["127.0.0.1:1", "localhost", "LOCALHOST:8888", "[::1]:80"])
def test_pages_of_this_machine_are_served(running, name):
    assert ask(running, "POST", "/echo/a", "{}", {"Host": name, "Origin": f"http://{name}"})[0] == 200


def test_a_socket_of_another_machines_page_is_refused(running):
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x"}
    evil = {"Host": "evil.example", "Origin": "http://evil.example"}  # the same name: Tornado's own check is content
    assert ask(running, "GET", "/socket", headers=upgrade | evil)[0] == 403


def test_streams(running):
    status, kind, body = ask(running, "GET", "/streams/events")
    assert status == 200 and kind.startswith("text/event-stream")
    assert body == 'data: {"n": 1}\n\nevent: text\ndata: two\ndata: lines\n\n'
    _, kind, body = ask(running, "GET", "/streams/lines")
    assert kind.startswith("application/x-ndjson") and [json.loads(x) for x in body.splitlines()] == [
        {"n": 1},
        {"ü": "\n"},
    ]


def test_socket(running):
    async def talk():
        socket = await websocket_connect(running.url.replace("http", "ws") + "/socket")
        for message in ("21", '"text"', "{", '"fault"', "1"):
            await socket.write_message(message)
        found = [await socket.read_message() for _ in range(4)]
        return found, socket.close_code

    with ThreadPoolExecutor(1) as thread:  # this one may hold a browser's event loop, from another file's tests
        found, code = thread.submit(asyncio.run, talk()).result()
    double, refused, no_json, closed = found
    assert json.loads(double) == 42
    assert json.loads(refused)["error"]["message"] == "send a number"
    assert "JSON" in json.loads(no_json)["error"]["message"]
    assert closed is None and code == 1011


def test_it_ends_with_the_block():
    with LocalServer(ROUTES, []) as it:
        assert ask(it, "POST", "/echo/a")[0] == 200
    with pytest.raises(OSError):
        ask(it, "POST", "/echo/a")
