"""A writer that dies in the middle of a write: every committed document is found, nothing half-written is.

This file is also the program that the test starts: it forks writers, kills them, and looks at what is left (in a process of its
own, because forking a process with threads, such as pytest's, is not safe).
"""

import itertools
import multiprocessing
import os
import random
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from nlpjourney.ann import array_file
from nlpjourney.tasks.search import commit
from nlpjourney.tasks.search.disk import IndexWriter
from nlpjourney.tasks.search.disk_search import IndexReader


def changes(c: int) -> tuple[dict[str, str], list[str]]:
    """What commit number c adds and deletes: different for each, known beforehand."""
    rng = random.Random(c)
    added = {str(rng.randrange(80)): f"word common{rng.randrange(5)} u{c}x{i}" for i in range(rng.randrange(1, 25))}
    return {**added, "counter": f"{c}"}, [str(rng.randrange(80)) for _ in range(4)]


def contents(c: int) -> dict[str, str]:
    """The documents after commit number c."""
    documents: dict[str, str] = {}
    for number in range(1, c + 1):
        added, deleted = changes(number)
        for doc_id in deleted:
            documents.pop(doc_id, None)
        documents.update(added)
    return documents


def write_commit(writer: IndexWriter, c: int) -> None:
    added, deleted = changes(c)
    for doc_id in deleted:
        writer.delete(doc_id)
    for doc_id, text in added.items():
        writer.add(doc_id, text)
    writer.commit()
    if c % 10 == 0:
        writer.merge()


def number_of(folder: Path) -> int:
    """The number of the commit that a reader sees; every file and every document is compared with what it should be."""
    reader = IndexReader(folder, verify=True)
    counter = reader.get("counter")
    c = int(counter.text) if counter else 0
    expected = contents(c)
    assert set(reader.ids()) == set(expected) and len(reader) == len(expected), c
    for doc_id, text in expected.items():
        document = reader.get(doc_id)
        assert document is not None and document.text == text, (c, doc_id)
        assert [hit.doc_id for hit in reader.search(text.split()[-1], 100)] == [doc_id], (c, doc_id)
    assert set(reader.scores("word")) == set(expected) - {"counter"}, c
    return c


def write_for_ever(folder: Path, start: int, done: Connection) -> None:
    writer = IndexWriter(folder)
    for c in itertools.count(start + 1):
        write_commit(writer, c)
        done.send(c)


def kill_at_random(folder: Path, n: int, fork) -> tuple[int, int]:
    """Kill at least n writers at random moments, until n commits were made; returns the number of commits, and of kills that
    left unfinished files.
    """
    rng, c, kills, leftovers = random.Random(0), 0, 0, 0
    while kills < n or c < n:
        kills += 1
        receive, send = fork.Pipe(duplex=False)
        child = fork.Process(target=write_for_ever, args=(folder, c, send))
        child.start()
        send.close()
        time.sleep(rng.uniform(0.0, 0.15))
        child.kill()  # SIGKILL: no clean-up, no exit handlers
        child.join()
        reported = c
        try:
            while receive.poll():
                reported = receive.recv()
        except EOFError:
            pass
        if not (folder / "manifest.json").exists():
            assert reported == 0  # killed before the index was made
            continue
        now = number_of(folder)
        # What commit() returned for is there; at most the one that was under way has come as well.
        assert reported <= now <= reported + 1, (reported, now)
        needed = commit.read_manifest(folder).files | {"manifest.json", "write.lock"}
        leftovers += bool({file.name for file in folder.iterdir()} - needed)
        c = now
    return c, leftovers


class Dying:
    """Counts what is done to files, and ends the process, without any clean-up, at operation number `at`; a write is then
    half done."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self) -> bool:
        self.left -= 1
        return self.left < 0

    def call(self, function):
        def wrapped(*args, **kwargs):
            if self.step():
                os._exit(1)
            return function(*args, **kwargs)

        return wrapped

    def open(self, path, mode):
        file = open(path, mode)  # noqa: SIM115 (whoever asked for it closes it)
        whole = file.write

        class Half:
            def __getattr__(_, name):
                return getattr(file, name)

            def __enter__(half):
                return half

            def __exit__(_, *error):
                file.close()

            def write(_, data):
                if self.step():
                    whole(memoryview(data)[: len(data) // 2])
                    file.flush()
                    os._exit(1)
                return whole(data)

        return Half()


def commit_and_die(folder: Path, c: int, at: int) -> None:
    dying = Dying(at)
    array_file.open = commit.open = dying.open
    for name in ("fsync", "replace"):
        setattr(os, name, dying.call(getattr(os, name)))
    Path.unlink = dying.call(Path.unlink)
    writer = IndexWriter(folder)
    write_commit(writer, c)
    os._exit(0)


def kill_everywhere(folder: Path, fork) -> tuple[int, int]:
    """Let a commit with a merge die at each of its operations; returns how many there are, and how often the old state stayed."""
    for c in range(1, 10):
        with IndexWriter(folder) as writer:
            write_commit(writer, c)
    now, stayed = number_of(folder), 0
    for at in itertools.count():
        if now == 10:  # the commit came through: begin again from the state before it
            for file in folder.iterdir():
                file.unlink()
            for c in range(1, 10):
                with IndexWriter(folder) as writer:
                    write_commit(writer, c)
        child = fork.Process(target=commit_and_die, args=(folder, 10, at))
        child.start()
        child.join()
        now = number_of(folder)
        assert now in (9, 10)
        stayed += now == 9
        if child.exitcode == 0:
            assert now == 10
            return at, stayed
    raise AssertionError


def main(folder: Path) -> None:
    with IndexWriter(folder / "warm") as writer:
        write_commit(writer, 10)  # compiled before the forks
    IndexReader(folder / "warm").search("word")
    fork = multiprocessing.get_context("fork")
    (folder / "random").mkdir()
    print("random", *kill_at_random(folder / "random", 16, fork))
    print("everywhere", *kill_everywhere(folder / "everywhere", fork))


def test_survives_kill(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    kills, everywhere = (line.split() for line in done.stdout.splitlines())
    commits, leftovers = int(kills[1]), int(kills[2])
    assert commits >= 16 and leftovers >= 1, kills  # writers got on with their work, and some were hit in the middle
    operations, stayed = int(everywhere[1]), int(everywhere[2])
    assert operations > 20 and 0 < stayed < operations, everywhere


if __name__ == "__main__":
    main(Path(sys.argv[1]))
