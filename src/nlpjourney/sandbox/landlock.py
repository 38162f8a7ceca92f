"""Files out of reach by the kernel's own rule: Landlock (Linux 5.13, 2021).

A process gives up, for itself and for ever, all access to files but those it names. No code in it can take that back,
whatever it patches: it is the kernel that refuses. Standard library only at import: the sandboxed runner loads this file by
itself.

What Landlock does not rule: metadata (`stat`, `chmod`), and before its third version (Linux 6.2) `truncate`. `seccomp` refuses
`chmod` and `truncate`; whether a file exists, and its size, can be found out.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable, Iterator

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls, of the same number on every architecture
VERSION_FLAG, PATH_BENEATH = 1, 1
NO_NEW_PRIVILEGES = 38  # of prctl: without it only root may give up access

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG = 1, 2, 4, 8, 1 << 5, 1 << 8
TRUNCATE = 1 << 14
ALL_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many access rights each version knows; later ones know no more
READ = READ_FILE | READ_DIR | EXECUTE  # libraries are mapped as executable
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
SCOPED = 3  # version 6: no abstract sockets of others, no signals to others


def version() -> int:
    """The version of Landlock that this kernel has; 0 where it has none, or a container forbids it."""
    try:
        return max(0, _system_call(CREATE_RULESET, None, 0, VERSION_FLAG))
    except (OSError, AttributeError):  # no such call; no C library of that kind
        return 0


def restrict(readable: Iterable[str], writable: Iterable[str], secret: Iterable[str]) -> None:
    """Give up all files but those below `readable` and `writable` folders; `secret` ones stay shut inside of them.

    In a `writable` folder files can be made, written and removed, folders cannot. Raises OSError where there is no Landlock.
    """
    has = version()
    handled = (1 << ALL_RIGHTS.get(has, max(ALL_RIGHTS.values()))) - 1
    ruleset = struct.pack("=QQQ", handled, 0, SCOPED)
    size = 24 if has >= 6 else 8
    handle = _system_call(CREATE_RULESET, ruleset[:size], size, 0)
    try:
        shut = [os.path.realpath(folder) for folder in secret]
        for place in readable:
            for path, rights in _around(os.path.realpath(place), shut):
                _allow(handle, path, rights & handled)
        for place in writable:
            _allow(handle, place, (READ_FILE | READ_DIR | WRITE_FILE | MAKE_REG | REMOVE_FILE | TRUNCATE) & handled)
        _prctl(NO_NEW_PRIVILEGES)
        _system_call(RESTRICT_SELF, handle, 0)
    finally:
        os.close(handle)


def _around(place: str, secret: list[str]) -> Iterator[tuple[str, int]]:
    """The place, or when something secret lies in it the things beside that. Their names may be listed: imports look for them."""
    if any(_is_inside(place, folder) for folder in secret):
        return
    if not any(_is_inside(folder, place) for folder in secret):
        yield place, READ
        return
    yield place, READ_DIR
    with os.scandir(place) as entries:
        for entry in entries:
            yield from _around(os.path.realpath(entry.path), secret)


def _is_inside(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip(os.sep) + os.sep)


def _allow(handle: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # nothing there, nothing to be allowed
        return
    try:
        is_folder = os.path.isdir(path)
        _system_call(
            ADD_RULE, handle, PATH_BENEATH, struct.pack("=Qi", rights if is_folder else rights & OF_FILES, place), 0
        )
    finally:
        os.close(place)


def _system_call(number: int, *arguments: int | bytes | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _prctl(option: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
