"""What holds for every demo: one folder, light to import, said in full, refusing what it cannot read in a sentence."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from nlpjourney.app.demos import demo as base
from nlpjourney.app.demos import demos, find
from nlpjourney.app.demos.demo import Demo, View, asked
from nlpjourney.app.handlers.demos import MISSING
from nlpjourney.app.views.demos import sections
from nlpjourney.errors import UnknownName
from nlpjourney.study.roadmap import topics

from .test_server import Client, client  # noqa: F401  (a fixture)

SLUGS = [demo.slug for demo in demos()]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_demo_says_what_it_is(slug: str) -> None:
    demo = find(slug)
    assert demo.topic in {t.id for t in topics()}
    for text in (demo.lead, demo.look_for, demo.limits):
        assert text[0].isupper() and text[-1] == "." and len(text) > 40
    assert len(demo.look_for) < 140  # the list shows it
    assert demo.has("work.py") and "" in demo.views
    for view in demo.views.values():
        assert demo.has(view.page) and (not view.part or demo.has(view.part))
        assert view.read(lambda name, strip: None).problem == ""


def test_every_folder_is_found_and_listed_under_its_topic() -> None:
    folders = {f.parent.name.replace("_", "-") for f in base.Path(base.__file__).parent.glob("*/__init__.py")}
    assert set(SLUGS) == folders
    listed = [(section.topic.id, demo.slug) for section in sections(demos()) for demo in section.demos]
    assert sorted(listed) == sorted((demo.topic, demo.slug) for demo in demos())
    assert [id for id, _ in listed] == sorted((id for id, _ in listed), key=lambda id: [*map(int, id.split("."))])
    with pytest.raises(UnknownName, match="there are: "):
        find("nothing")


def test_the_server_imports_neither_pytorch_nor_numba() -> None:
    """They take seconds and 300 MB: models are for worker processes."""
    code = "import sys, nlpjourney.app.handlers as h; h.demos.demos(); print({'torch', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()"]


@dataclass
class Form(View):
    text: str = asked("text", 5, strip=False)
    kind: str = asked("kind", 9, "plain", name="as", among=("plain", "bold"))


def read(**given: str) -> Any:
    return Form.read(lambda name, strip: given[name].strip() if strip and name in given else given.get(name))


def test_fields_are_read_as_the_view_says() -> None:
    assert (read().text, read().kind) == ("", "plain")
    assert (read(text=" a\r\nb", **{"as": "bold "}).text, read(**{"as": " bold "}).kind) == (" a\nb", "bold")
    assert read(**{"as": ""}).kind == "plain"
    long = read(text="123456")
    assert (
        long.too_long
        and long.problem == "The text may have 5 characters at most; this has 6."
        and long.text == "123456"
    )
    assert not read(text="12345").too_long
    with pytest.raises(UnknownName, match=r"there is no kind 'x{60}'"):
        read(**{"as": "x" * 1000})


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_too_long_is_a_sentence_on_the_page(client: Client, slug: str) -> None:  # noqa: F811
    for name, view in find(slug).views.items():
        fields: Mapping[str, Any] = {
            f.name: f.metadata["asked"] for f in dataclasses.fields(view) if "asked" in f.metadata
        }
        for attribute, what in fields.items():
            if what.among:
                continue
            path = f"/demos/{slug}/{name}".rstrip("/")
            status, text, _ = client.get(f"{path}?{what.name or attribute}={'7' * (what.limit + 1)}")
            assert status == 413 and f"may have {what.limit:,} characters at most; this has {what.limit + 1:,}." in text


def test_a_demo_without_its_data_says_so_once() -> None:
    """The sentence of the page is the handler's: no demo brings one of its own for a missing model, or a dead worker."""
    for demo in demos():
        for file in demo.folder.glob("*.py"):
            text = file.read_text(encoding="utf-8")
            assert MISSING not in text and "WorkerDied" not in text


def test_a_call_is_named_after_the_demos_own_work() -> None:
    demo = find("tokenizer")
    heard: list[tuple[Any, ...]] = []

    class Ear:
        async def run(self, *args: Any) -> str:
            heard.append(args)
            return "done"

    asking = base.Call(demo, Ear(), posted=True)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(asking.run("tokenize", "a"))).result() == "done"
    assert heard == [("tokenizer", base.call, "nlpjourney.app.demos.tokenizer.work", "tokenize", "a")]
    assert isinstance(demo, Demo)
