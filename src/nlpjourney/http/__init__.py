"""Local servers that speak the protocols of well-known products: routes over a state, on a free port of this machine.

A protocol is a list of routes, (pattern, class), whose classes extend `Handler` and say in `write_problem` what an error
looks like there. `LocalServer(routes, state)` serves any number of them. There is no access control: it listens on 127.0.0.1
only, and refuses what a web page of elsewhere sends there.
"""

from nlpjourney.http.handler import Handler, Problem, SocketHandler, read_json
from nlpjourney.http.server import LocalServer, Route

__all__ = ["Handler", "LocalServer", "Problem", "Route", "SocketHandler", "read_json"]
