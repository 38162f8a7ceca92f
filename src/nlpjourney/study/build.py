"""From `practice.py` to an executed notebook: the same bytes whenever the outputs are the same.

Cell ids are hashed from the topic and the cell's index; time stamps, the Python version and other traces of one run are
left out. What Git, the app and learners see are stubs; the tests execute the solutions as well.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from nlpjourney.assets import cache_folder
from nlpjourney.errors import FileFormatError
from nlpjourney.files import write_text
from nlpjourney.study.paths import ROOT
from nlpjourney.study.practice import Practice, practice, task_markdown
from nlpjourney.study.roadmap import Topic, readme_table, topics

OFFLINE = Path(__file__).with_name("offline")
CELL_SECONDS = 120
TOOLS = "from nlpjourney import check, hint, solution"

Version = Literal["stub", "solution"]


def notebook(p: Practice, version: Version = "stub") -> NotebookNode:
    """The practice as a notebook that has not run: exercise cells with their task above and their check at the end."""
    cells: list[NotebookNode] = []
    first = True
    for cell in p.cells:
        if cell.kind == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(cell.source))
            continue
        source = cell.source
        metadata: dict[str, Any] = {"tags": list(cell.tags)} if cell.tags else {}
        if cell.exercise:
            exercise = p.exercise(cell.exercise)
            if first:
                cells.append(nbformat.v4.new_code_cell(TOOLS))
                first = False
            cells.append(nbformat.v4.new_markdown_cell(task_markdown(exercise)))
            body = cell.stub if version == "stub" else cell.solution
            source = f'{body.rstrip()}\n\n\ncheck("{exercise.id}", {exercise.function})'
            metadata["exercise"] = exercise.id
        cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))
    for i, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{p.topic.id} {i}".encode()).hexdigest()[:8]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python", "file_extension": ".py"}}
    )


def execute(book: NotebookNode, *, offline: bool = False, workspace: Path | None = None) -> NotebookNode:
    """Run all cells in a fresh kernel in an empty folder; raises nbclient's CellExecutionError for the first that fails.

    offline: connections to other machines are refused. workspace: where attempts are recorded; by default nowhere that
    lasts, so that a build is not taken for somebody's progress.
    """
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="nlp-journey-build-") as folder:
        env = os.environ | {
            "NLP_JOURNEY_WORKSPACE": str(workspace or Path(folder) / "workspace"),
            "NLP_JOURNEY_CACHE": str(cache_folder()),
            "IPYTHONDIR": str(Path(folder) / "ipython"),
            "MPLCONFIGDIR": str(cache_folder() / "matplotlib"),
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_OFFLINE": "1",
            "TMPDIR": folder,  # what a kernel that is killed leaves behind goes with the folder
        }
        if offline:
            env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), env.get("PYTHONPATH", "")]))
        work = Path(folder) / "work"
        work.mkdir()
        client = NotebookClient(
            book,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            shutdown_kernel="immediate",  # a polite end takes PyTorch and Numba seconds
            resources={"metadata": {"path": str(work)}},
        )
        client.execute(env=env)
    return book


def normalise(book: NotebookNode) -> NotebookNode:
    """Take out what differs between two runs with the same results."""
    for cell in book.cells:
        cell["metadata"].pop("execution", None)
        if cell["cell_type"] == "code":
            cell["outputs"] = _joined([_plain(out) for out in cell["outputs"] if not _is_progress_bar(out)])
    book["metadata"]["language_info"] = {"name": "python", "file_extension": ".py"}
    return book


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Pieces of one stream arrive in chunks that depend on timing: put them together."""
    found: list[NotebookNode] = []
    for out in outputs:
        if found and out["output_type"] == "stream" and found[-1].get("name") == out["name"]:
            found[-1]["text"] += out["text"]
        else:
            found.append(out)
    return found


def _is_progress_bar(out: NotebookNode) -> bool:
    return bool(out["output_type"] == "stream" and out["name"] == "stderr" and "\r" in out["text"])


def _plain(out: NotebookNode) -> NotebookNode:
    out.pop("transient", None)
    return out


def build(t: Topic) -> Path:
    """Execute the practice and write its notebook."""
    book = normalise(execute(notebook(practice(t.id))))
    write_text(t.notebook, nbformat.writes(book, indent=1) + "\n")
    return t.notebook


def inputs(book: NotebookNode) -> list[tuple[Any, ...]]:
    """What a notebook was made of, without its outputs: to see whether it belongs to the present `practice.py`."""
    return [(c["id"], c["cell_type"], c["source"], c["metadata"].get("exercise", "")) for c in book.cells]


def is_current(t: Topic) -> bool:
    """Whether the committed notebook was built from the practice as it is now."""
    committed = nbformat.reads(t.notebook.read_text(encoding="utf-8"), as_version=4)
    return inputs(committed) == inputs(notebook(practice(t.id)))


HOW_MANY = re.compile(r"\d+ of the \d+ topics are finished so far")
TABLE = re.compile(r"(<!-- roadmap: made by `journey build` -->\n).*?(<!-- end of roadmap -->)", re.S)


def readme_with_table(text: str) -> str:
    """The README with the count and the table as `roadmap.toml` and the notebooks say. Raises ValueError without the marks."""
    if not TABLE.search(text):
        raise FileFormatError("README.md has lost the two comments between which the roadmap's table stands")
    finished = f"{sum(t.is_built for t in topics())} of the {len(topics())} topics are finished so far"
    return TABLE.sub(lambda m: f"{m[1]}\n{readme_table()}\n{m[2]}", HOW_MANY.sub(finished, text))


def update_readme() -> bool:
    """Rewrite the README's count of finished topics and its table; True when they changed."""
    file = ROOT / "README.md"
    old = file.read_text(encoding="utf-8")
    new = readme_with_table(old)
    if new != old:
        write_text(file, new)
    return new != old
