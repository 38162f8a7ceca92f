import json
import urllib.error
import urllib.request

import pytest

from nlpjourney.tasks.search.server import SearchServer


@pytest.fixture
def server(tmp_path):
    with SearchServer(tmp_path) as running:
        yield running


@pytest.fixture
def ask(server):
    """(status, content) of one plain request: what no client would send."""

    def send(method, path, body=b"", content_type="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(server.url + path, data or None, {"Content-Type": content_type}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    return send
