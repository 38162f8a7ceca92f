"""Python imports this at start when its folder is on PYTHONPATH: from then on it is written down what a program reads.

The file named in NLP_JOURNEY_READS gets a line for each file that Python opens for reading, and one for whatever else may bear
on a result and cannot be told from files: another machine, a process that is started without this record. What is started
otherwise inherits it. A library of C or Rust that opens a file itself is not seen; the name it got came from Python.
"""

import os
import sys
from typing import Any

VARIABLE = "NLP_JOURNEY_READS"
LOCAL = ("localhost", "127.", "::1", "0.0.0.0", os.uname().nodename if hasattr(os, "uname") else "localhost")


def begin(log: str) -> None:
    seen: set[tuple[str, str]] = set()

    def note(kind: str, what: str) -> None:
        if (kind, what) in seen or what == log:
            return
        seen.add((kind, what))
        # Opened anew for each line: whoever becomes a server closes all that is open.
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{kind}\t{what}\n".encode(errors="surrogateescape"))
        os.close(handle)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            if isinstance(path, str | bytes | os.PathLike) and (flags or 0) & 3 != os.O_WRONLY:
                note("file", os.path.abspath(os.fsdecode(path)))
        elif event == "sqlite3.connect":
            note("file", os.path.abspath(os.fsdecode(args[0])))
        elif event in ("socket.connect", "socket.sendto"):
            if isinstance(args[1], tuple) and not str(args[1][0]).startswith(LOCAL):
                note("network", str(args[1][0]))
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = os.fsdecode(args[0] or "localhost")
            if not host.startswith(LOCAL):
                note("network", host)
        elif event == "subprocess.Popen" and args[3] is not None and VARIABLE not in args[3]:
            note("unrecorded process", os.fsdecode(args[0]))

    sys.addaudithook(hook)


if VARIABLE in os.environ:
    begin(os.environ[VARIABLE])
