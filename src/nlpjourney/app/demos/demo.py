"""What a demo is: a folder that says what it shows, what its form asks, and what its worker process does.

`demos/<slug>/` holds `__init__.py` with a `Demo` and its views (light: the server imports it), `work.py` (the models: worker
processes alone import it), `page.html` with its parts, and `style.css` and `script.js` where it has them. It is found by
walking the folders and served by one handler; nothing else in the app knows of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from nlpjourney.app.worker import call
from nlpjourney.app.workers import Job, Place, Workers
from nlpjourney.errors import UnknownName


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What the pages say of a demo.

    package: the folder's `__name__`; topic: the id of the one that it belongs to; look_for: one sentence, which the list of demos
    shows too; limits: what it cannot show; views: what is served: "" at the demo's own address, "x" at `<slug>/x`; holds: a
    name for what its worker loads, where other demos load the same.
    """

    package: str
    topic: str
    title: str
    heading: str
    lead: str
    look_for: str
    limits: str
    views: Mapping[str, type[View]]
    holds: str = ""

    @property
    def folder(self) -> Path:
        return Path(__file__).parent / self.package.rpartition(".")[2]

    @property
    def slug(self) -> str:
        """Its place in the address: the folder's name, with hyphens."""
        return self.folder.name.replace("_", "-")

    def has(self, file: str) -> bool:
        """Whether its folder has such a file."""
        return (self.folder / file).is_file()


class Asked(NamedTuple):
    """What `asked` was told of a field."""

    noun: str
    limit: int
    default: str
    name: str
    strip: bool
    among: Collection[str]


def asked(
    noun: str, limit: int, default: str = "", *, name: str = "", strip: bool = True, among: Collection[str] = ()
) -> Any:
    """A field of a view's dataclass that is filled from the address or the form.

    noun: what messages call it ("The text may have …"); limit: characters; default: what an empty field means; name: in the
    address, if it is another than the attribute's; strip: whether white space around it counts for nothing; among: the values
    that there are, if not any.
    """
    return dataclasses.field(default=default, metadata={"asked": Asked(noun, limit, default, name, strip, among)})


@dataclass
class View:
    """What a page shows, as plain data. Fields by `asked` come from the address or the form, the others from `fill`."""

    problem: str = ""
    too_long: bool = False  # a field had more characters than it may have

    page: ClassVar[str] = "page.html"
    part: ClassVar[str] = ""  # what htmx gets: a part of the page, or ("") the whole one
    changes: ClassVar[bool] = False  # whether a form that was sent changes something: then its answer leads to the page

    @classmethod
    def read(cls, field: Callable[[str, bool], str | None]) -> View:
        """The view of a request. field(name, strip): what a field holds, or None.

        Raises UnknownName for a value that is not among those that there are.
        """
        given, problem = {}, ""
        for f in dataclasses.fields(cls):
            if "asked" in f.metadata:
                what: Asked = f.metadata["asked"]
                text = (field(what.name or f.name, what.strip) or "").replace("\r\n", "\n") or what.default
                if what.among and text not in what.among:
                    raise UnknownName(f"there is no {what.noun} {text[:60]!r}")
                if len(text) > what.limit:
                    problem = f"The {what.noun} may have {what.limit:,} characters at most; this has {len(text):,}."
                given[f.name] = text
        return cls(**given, problem=problem, too_long=bool(problem))

    async def fill(self, asking: Call) -> None:
        """Compute what the page shows. A JourneyError becomes the page's `problem`."""


class StreamedView(View):
    """A view whose answer can be sent as it comes into being."""

    def stream(self, asking: Call) -> AsyncIterator[Mapping[str, object]]:
        """The answer's pieces, each a JSON object; what `fill` puts together."""
        raise NotImplementedError


class Call:
    """What a view may ask for while it is filled. Functions are named as in the demo's `work.py`."""

    def __init__(self, demo: Demo, workers: Workers, posted: bool = False) -> None:
        self.posted = posted  # the form was sent, and not only looked at
        self._workers, self._module = workers, f"{demo.package}.work"
        self._name, self._holds = demo.slug, demo.holds or demo.slug

    async def run(self, function: str, *args: object, at: Place | None = None) -> Any:
        """A function's result, out of a worker process: any that is free, or `at`."""
        if at is not None:
            return await self._workers.run_at(at, self._holds, call, self._module, function, *args)
        return await self._workers.run(self._holds, call, self._module, function, *args)

    async def place(self) -> Place:
        """A worker process for several calls, each of which goes on from what the one before has left there."""
        return await self._workers.place(self._holds)

    def start(self, function: str, *args: object) -> None:
        """Begin the demo's job, a call of minutes in a process of its own, unless it is running."""
        self._workers.start(self._name, call, self._module, function, *args)

    @property
    def job(self) -> Job | None:
        """The demo's job, if it was started on this server."""
        return self._workers.jobs.get(self._name)
