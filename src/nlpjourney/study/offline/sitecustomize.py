"""Python imports this at start when its folder is on PYTHONPATH: from then on the network is refused.

The tests execute every practice this way, and what it starts inherits it. An audit hook cannot be taken off again.
Addresses of this machine are let through: a notebook talks to its kernel, and to servers that it started itself.
"""

import sys
from typing import Any

LOCAL = ("localhost", "127.", "::1", "0.0.0.0")


def refuse(event: str, args: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(LOCAL):
            raise OSError(f"the network is switched off: no connection to {address[0]}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0].decode() if isinstance(args[0], bytes) else args[0]
        if host is not None and not str(host).startswith(LOCAL):
            raise OSError(f"the network is switched off: no look-up of {host}")


sys.addaudithook(refuse)
