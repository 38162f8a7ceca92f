"""A few processes that all demos share: one that has already loaded what a demo needs is preferred.

A model takes seconds to load and hundreds of megabytes to keep, and most demos are looked at now and then. So there are few
processes; each starts when it is needed and ends when nobody has asked it anything for some minutes, and what several demos load
alike is loaded once in it. Nobody waits behind what takes long:

- a job of minutes (a training) runs in a process of its own, which ends with it (`start`);
- a call waits for the process that holds what it needs; but when that one has been busy with something else for more than a
  moment (it loads another demo's model, say), the call goes to another process, which loads what it needs once more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from nlpjourney.app.worker import Worker, WorkerDied

T = TypeVar("T")

N_PROCESSES = 2
IDLE = 600.0  # seconds without a call after which a process ends
MOMENT = 1.0  # seconds that a call waits behind another demo's


class Place:
    """One of the shared processes: what it holds, and with what it has been busy since when."""

    def __init__(self) -> None:
        self.worker = Worker()
        self.holds: set[str] = set()
        self.busy_with = ""
        self.since = 0.0
        self.end: asyncio.TimerHandle | None = None

    def is_soon_free(self, holds: str) -> bool:
        """Whether it is worth waiting for it with a call that needs `holds`."""
        return self.busy_with == holds or time.monotonic() - self.since < MOMENT


class Job:
    """A call of minutes in a process of its own."""

    def __init__(self, worker: Worker, task: asyncio.Task[object]) -> None:
        self._worker, self._task = worker, task

    @property
    def running(self) -> bool:
        return not self._task.done()

    @property
    def problem(self) -> str:
        """What ended it early, if not `stop`; or nothing."""
        error = self._task.exception() if self._task.done() and not self._task.cancelled() else None
        return "" if error is None else str(error) or type(error).__name__

    async def stop(self) -> None:
        """End its process, whatever it is doing."""
        self.kill()
        await asyncio.wait([self._task])

    def kill(self) -> None:
        self._task.cancel()
        self._worker.stop()


class Turn(NamedTuple):
    """Somebody who waits for a process: which one will do, for what, and where it is handed over."""

    choose: Callable[[], Place | None]
    holds: str
    place: asyncio.Future[Place]


class Workers:
    """The processes of one server, to be used from its event loop."""

    def __init__(self, n: int = N_PROCESSES, idle: float = IDLE) -> None:
        self.n, self.idle = n, idle
        self.jobs: dict[str, Job] = {}
        self._places: list[Place] = []
        self._waiting: list[Turn] = []  # first come, first served
        self._clock: asyncio.TimerHandle | None = None

    async def run(self, holds: str, function: Callable[..., T], /, *args: Any) -> T:
        """The function's result, or its exception. `holds`: a name for what the function loads and keeps in its process."""
        return await self._run(await self._take(lambda: self._choose(holds), holds), function, *args)

    async def place(self, holds: str) -> Place:
        """A process for several calls of `run_at`, each of which goes on from what the one before has left there."""
        found = await self._take(lambda: self._choose(holds), holds)
        self._free(found)
        return found

    async def run_at(self, place: Place, holds: str, function: Callable[..., T], /, *args: Any) -> T:
        """The same as `run`, in that very process; others have their calls in between."""
        if place not in self._places:
            raise WorkerDied("The worker process was ended, since nobody had asked it anything for long. Try again.")
        return await self._run(await self._take(lambda: None if place.busy_with else place, holds), function, *args)

    def start(self, name: str, function: Callable[..., object], /, *args: Any) -> Job:
        """Begin the job `name`, unless it is running."""
        if name not in self.jobs or not self.jobs[name].running:
            worker = Worker()
            self.jobs[name] = Job(worker, asyncio.ensure_future(_alone(worker, function, *args)))
        return self.jobs[name]

    def stop(self) -> None:
        """End all processes, whatever they are doing."""
        if self._clock is not None:
            self._clock.cancel()
        for job in self.jobs.values():
            job.kill()
        for place in list(self._places):
            self._end(place)

    async def _take(self, choose: Callable[[], Place | None], holds: str) -> Place:
        """Wait until `choose` finds a process, and make it ours."""
        turn = Turn(choose, holds, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        self._hand_out()
        try:
            return await turn.place
        except asyncio.CancelledError:
            if turn.place.done() and not turn.place.cancelled():
                self._free(turn.place.result())
            raise

    def _hand_out(self) -> None:
        """Give free processes to those who wait, and look again in a moment if somebody still does."""
        self._waiting = [turn for turn in self._waiting if not turn.place.cancelled()]
        for turn in list(self._waiting):
            place = turn.choose()
            if place is not None:
                place.busy_with, place.since = turn.holds, time.monotonic()
                place.holds.add(turn.holds)
                if place.end is not None:
                    place.end.cancel()
                self._waiting.remove(turn)
                turn.place.set_result(place)
        if self._clock is not None:
            self._clock.cancel()
        self._clock = asyncio.get_running_loop().call_later(MOMENT, self._hand_out) if self._waiting else None

    def _choose(self, holds: str) -> Place | None:
        """The process for a call that needs `holds`; None: wait until one is free."""
        free = [place for place in self._places if not place.busy_with]
        holders = [place for place in self._places if holds in place.holds]
        if ready := [place for place in holders if place in free]:
            return ready[0]
        if any(place.is_soon_free(holds) for place in holders):
            return None
        if free:
            return min(free, key=lambda place: len(place.holds))
        if len(self._places) < self.n:
            self._places.append(Place())
            return self._places[-1]
        return None

    async def _run(self, place: Place, function: Callable[..., T], *args: Any) -> T:
        try:
            return await place.worker.run(function, *args)
        except WorkerDied:
            place.holds.clear()
            raise
        finally:
            self._free(place)

    def _free(self, place: Place) -> None:
        place.busy_with = ""
        if place in self._places:  # it is not when the server stops
            place.end = asyncio.get_running_loop().call_later(self.idle, self._end, place)
        self._hand_out()

    def _end(self, place: Place) -> None:
        if place.end is not None:
            place.end.cancel()
        place.worker.stop()
        self._places.remove(place)


async def _alone(worker: Worker, function: Callable[..., object], *args: Any) -> object:
    try:
        return await worker.run(function, *args)
    finally:
        worker.stop()
