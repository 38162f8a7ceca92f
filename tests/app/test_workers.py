"""Worker processes: few, shared, kept while they are needed; nobody waits behind what takes long."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from nlpjourney.app import workers as module
from nlpjourney.app.worker import Worker, WorkerDied
from nlpjourney.app.workers import Workers


def played(story: Callable[[], Awaitable[None]]) -> None:
    """Run it in a loop of its own: Playwright's may run in this thread."""

    async def all_of_it() -> None:
        await story()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(all_of_it())).result()


def test_a_worker_keeps_what_it_has_and_comes_back_after_a_death() -> None:
    async def story() -> None:
        worker = Worker()
        try:
            first = await worker.run(os.getpid)
            assert first != os.getpid()
            assert await worker.run(os.getpid) == first
            with pytest.raises(ValueError, match="invalid literal"):
                await worker.run(int, "x")
            with pytest.raises(WorkerDied):
                await worker.run(os._exit, 1)
            assert await worker.run(os.getpid) not in (first, os.getpid())
        finally:
            worker.stop()

    played(story)


def test_one_process_serves_all_until_two_are_needed() -> None:
    async def story() -> None:
        workers = Workers(n=2)
        try:
            first = await workers.run("a", os.getpid)
            assert await workers.run("b", os.getpid) == first
            slow = asyncio.ensure_future(workers.run("b", time.sleep, 3))
            await asyncio.sleep(0)
            second = await workers.run("c", os.getpid)  # a new one does not wait
            assert second != first and not slow.done()
            assert await workers.run("c", os.getpid) == second
            await slow
            assert await workers.run("a", os.getpid) == await workers.run("b", os.getpid) == first
            pids = await asyncio.gather(*(workers.run(f"d{i}", os.getpid) for i in range(6)))
            assert set(pids) <= {first, second}
        finally:
            workers.stop()

    played(story)


def test_a_call_waits_a_moment_for_what_is_loaded_but_not_behind_another_demos_loading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOMENT", 0.3)

    async def story() -> None:
        workers = Workers(n=2)
        try:
            first = await workers.run("a", os.getpid)
            short = asyncio.ensure_future(workers.run("b", time.sleep, 0.1))
            await asyncio.sleep(0)
            assert await workers.run("a", os.getpid) == first  # after the short one
            assert short.done()
            long = asyncio.ensure_future(workers.run("b", time.sleep, 30))
            await asyncio.sleep(0)
            elsewhere = await workers.run("a", os.getpid)
            assert elsewhere != first and not long.done()
            same = asyncio.ensure_future(workers.run("b", os.getpid))  # what is being loaded is not loaded twice
            await asyncio.sleep(1)
            assert not same.done()
            same.cancel()
        finally:
            workers.stop()

    played(story)


def test_calls_that_build_on_each_other_stay_in_one_process() -> None:
    async def story() -> None:
        workers = Workers(n=2)
        try:
            place = await workers.place("a")
            first = await workers.run_at(place, "a", os.getpid)
            slow = asyncio.ensure_future(workers.run("b", time.sleep, 1))
            await asyncio.sleep(0)
            assert await workers.run_at(place, "a", os.getpid) == first and slow.done()
        finally:
            workers.stop()
        with pytest.raises(WorkerDied, match="was ended"):
            await workers.run_at(place, "a", os.getpid)

    played(story)


def test_whoever_waits_has_a_turn_before_the_next_piece_of_a_long_answer() -> None:
    async def story() -> None:
        workers = Workers(n=1)
        order: list[str] = []

        async def call(name: str, seconds: float) -> None:
            await workers.run_at(place, "a", time.sleep, seconds)
            order.append(name)

        async def answer() -> None:
            for _ in range(4):
                await call("piece", 0.2)

        try:
            place = await workers.place("a")
            await workers.run_at(place, "a", os.getpid)
            writing = asyncio.ensure_future(answer())
            await asyncio.sleep(0.1)
            await call("other", 0)
            given_up = asyncio.ensure_future(call("given up", 0))
            await asyncio.sleep(0.01)
            given_up.cancel()
            await writing
            assert order == ["piece", "other", "piece", "piece", "piece"]
        finally:
            workers.stop()

    played(story)


def test_a_process_that_nobody_asks_ends_and_one_that_died_has_forgotten() -> None:
    async def story() -> None:
        workers = Workers(n=2, idle=0.5)
        try:
            first = await workers.run("a", os.getpid)
            await workers.run("a", time.sleep, 1)  # at work, it is not idle
            assert await workers.run("a", os.getpid) == first
            process = psutil.Process(first)
            await asyncio.to_thread(process.wait, 60)
            second = await workers.run("a", os.getpid)
            assert second != first
            with pytest.raises(WorkerDied):
                await workers.run("a", os._exit, 1)
            assert workers._places[0].holds == set()
            assert await workers.run("a", os.getpid) not in (first, second)
        finally:
            workers.stop()

    played(story)


def test_a_job_has_a_process_of_its_own_which_ends_with_it() -> None:
    async def story() -> None:
        workers = Workers(n=1)
        try:
            job = workers.start("training", time.sleep, 60)
            assert job.running and workers.start("training", time.sleep, 60) is job
            assert await asyncio.wait_for(workers.run("a", int, "7"), 60) == 7  # nobody waits behind it
            await job.stop()
            assert not job.running and job.problem == ""
            failed = workers.start("training", int, "x")
            while failed.running:
                await asyncio.sleep(0.05)
            assert "invalid literal" in failed.problem
            children = psutil.Process().children()
            done = workers.start("training", int, "1")
            while done.running:
                await asyncio.sleep(0.05)
            assert done.problem == ""
            assert {p.pid for p in psutil.Process().children() if p.status() != "zombie"} <= {p.pid for p in children}
        finally:
            workers.stop()

    played(story)
