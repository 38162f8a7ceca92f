"""What the pages show, without a server."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from markupsafe import escape

from nlpjourney.app import markdown, pages
from nlpjourney.app.demos import find
from nlpjourney.app.views.prerequisites import draw
from nlpjourney.app.views.review import review_view
from nlpjourney.app.views.roadmap import roadmap_view
from nlpjourney.app.views.story import Part, story
from nlpjourney.app.views.topic import topic_view
from nlpjourney.study import learner
from nlpjourney.study.progress import Progress
from nlpjourney.study.roadmap import Topic, topic, topics


def test_the_roadmap_has_every_topic_and_says_which_are_to_come(small_practice: Topic) -> None:
    view = roadmap_view(Progress().state())
    assert [card.topic.id for card in view.cards] == [t.id for t in topics()]
    assert (view.practices, view.coming) == (1, len(topics()) - 1)
    assert view.go_on is not None and view.go_on.topic == small_practice
    assert not view.begun
    words = {card.topic.id: card.words for card in view.cards}
    assert words["1.2"] == "Notebook: 0 of 2 exercises passed"
    assert words["1.1"] == "No notebook yet"


def test_the_roadmap_imports_no_exercises() -> None:
    """A second for twelve topics, and several for all."""
    code = """
import sys
from nlpjourney.app.views.roadmap import roadmap_view
from nlpjourney.study.progress import Progress
view = roadmap_view(Progress().state())
print(view.total, [name for name in sys.modules if name.startswith("nlpjourney_exercises")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    total, _, loaded = done.stdout.strip().partition(" ")
    assert int(total) > 10 and loaded == "[]"


def test_progress_shows_on_the_card(small_practice: Topic) -> None:
    log = Progress()
    log.record("attempt", "1.2.a", passed=True, source="…")
    view = roadmap_view(log.state())
    card = next(c for c in view.cards if c.topic == small_practice)
    assert (card.status, card.words, view.passed, view.total) == ("begun", "Begun: 1 of 2 exercises passed", 1, 2)
    log.record("attempt", "1.2.b", passed=True, source="…")
    card = next(c for c in roadmap_view(log.state()).cards if c.topic == small_practice)
    assert (card.status, roadmap_view(log.state()).go_on) == ("done", None)
    log.reset()
    log.record("proved", "1.2")
    card = next(c for c in roadmap_view(log.state()).cards if c.topic == small_practice)
    assert card.words == "Done: you proved that you know it"


def test_the_map_has_a_box_for_each_topic_and_a_line_for_each_prerequisite() -> None:
    drawn = draw({t.id: "coming" for t in topics()})
    boxes = {box.topic.id: box for box in drawn.boxes}
    assert set(boxes) == {t.id for t in topics()}
    assert {(line.source, line.target) for line in drawn.lines} == {(r, t.id) for t in topics() for r in t.requires}
    for box in drawn.boxes:
        assert box.x >= 0 and box.x + box.width <= drawn.width
        assert box.y >= 0 and box.y + box.height <= drawn.height
    places = [(box.x, box.y) for box in drawn.boxes]
    assert len(set(places)) == len(places)
    for line in drawn.lines:  # each line begins and ends at the right boxes
        a, b = boxes[line.source], boxes[line.target]
        x, y = map(float, line.path[1:].replace("V", "C").split("C")[0].split())
        assert a.x <= x <= a.x + a.width and a.y <= y <= a.y + a.height
        assert line.path.endswith(f"{b.y:g}") or line.path.endswith(f"{b.middle:g}")


def test_a_topic_shows_stubs_first_and_the_learners_own_answer_later(small_practice: Topic) -> None:
    view = topic_view(small_practice, Progress().state())
    assert [card.exercise.id for card in view.exercises] == ["1.2.a", "1.2.b"]
    assert "raise NotImplementedError" in view.exercises[0].source
    assert "return a + b" not in view.exercises[0].source
    learner.check_source("1.2.a", "def add(a, b):\n    return a - b\n")
    view = topic_view(small_practice, Progress().state())
    assert view.exercises[0].source == "def add(a, b):\n    return a - b\n"
    assert (view.exercises[0].passed, view.exercises[0].attempts) == (False, 1)


def test_a_topic_without_a_practice_has_its_links_and_tools() -> None:
    t = next(t for t in topics() if not t.is_built and t.systems and t.links)
    view = topic_view(t, Progress().state())
    assert (view.exercises, view.questions, view.story) == ((), (), ())
    assert [row.system for row in view.systems] == list(t.systems)
    html = pages.render("topic.html", view=view, shown=None, kept={}, due=0, path="", url=lambda *p: "/".join(p),
                        static=str, notebook_url="", xsrf="x")  # fmt: skip
    assert "no notebook yet" in html and "Tools this topic will use" in html
    assert "Each is really run" not in html and "Not run yet" not in html and "minutes" not in html
    assert all(str(escape(link.title)) in html for link in t.links)


def markdown_cell(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def code_cell(source: str, **data: str) -> dict[str, object]:
    outputs = [{"output_type": "display_data", "data": data}] if data else []
    return {"cell_type": "code", "metadata": {}, "source": [source], "outputs": outputs}


OPENING = Part("prose", "A short story.")
TITLE = markdown_cell("# Counting\nA short story.")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([TITLE, code_cell("x"), markdown_cell("Later.")], [OPENING]),
        (
            [TITLE, code_cell("x"), code_cell("ax.set(title='Two bars')", **{"image/png": "QUJD\n"}), markdown_cell("So."),
             markdown_cell("Later.")],
            [OPENING, Part("picture", "data:image/png;base64,QUJD", "Two bars"), Part("prose", "So.")],
        ),
        (
            [TITLE, code_cell("x", **{"image/svg+xml": "<svg/>"})],
            [OPENING, Part("picture", "data:image/svg+xml;base64,PHN2Zy8+", "First picture of the practice")],
        ),
        ([TITLE, *[code_cell("x")] * 20, code_cell("x", **{"image/png": "QUJD"})], [OPENING]),
        ([markdown_cell("# Only a title")], []),
        ([], []),
    ],
)  # fmt: skip
def test_the_story_is_the_opening_prose_and_the_first_picture(
    small_practice: Topic, cells: list[dict[str, object]], expected: list[Part]
) -> None:
    small_practice.notebook.write_text(json.dumps({"cells": cells}))
    assert list(story(small_practice)) == expected


def test_review_shows_the_longest_waiting_first_and_a_bare_stub(small_practice: Topic) -> None:
    log, now = Progress(), datetime.now(UTC)
    assert review_view(log.state()).next_day == ""
    log.record("attempt", "1.2.a", at=now - timedelta(days=5), passed=True, source="def add(a, b): return a + b")
    log.record("answer", "1.2.q1", at=now - timedelta(days=3), passed=True)
    view = review_view(log.state(), now)
    assert (view.due, view.question) == (2, None)
    assert view.exercise is not None and "raise NotImplementedError" in view.exercise.source
    log.record("attempt", "1.2.a", at=now, passed=True, source="…")
    view = review_view(log.state(), now)
    assert view.question is not None and view.question.question.id == "1.2.q1"
    log.record("answer", "1.2.q1", at=now, passed=True)
    assert review_view(log.state(), now).next_day == (now + timedelta(days=3)).date().isoformat()


def test_markdown_shows_raw_html_as_text() -> None:
    for found in (markdown.render("a <script>x</script> `b`"), markdown.render_inline("<b onclick=x>")):
        assert "<script" not in found and "<b " not in found
    assert "href" not in markdown.render("[x](javascript:alert(1))")
    assert markdown.render("\n    One.\n\n    `two`\n") == "<p>One.</p>\n<p><code>two</code></p>\n"
    assert "<h3>A</h3>" in markdown.render("# A") and "<h4>B</h4>" in markdown.render("# A\n## B")
    assert '<span class="k">def</span>' in markdown.render("```python\ndef f(): pass\n```")
    assert 'class="scroll"' in markdown.render("|a|b|\n|-|-|\n|1|2|")


def test_templates_escape_what_users_write() -> None:
    html = pages.environment().from_string("{{ text }}").render(text="<script>")
    assert html == "&lt;script&gt;"
    with pytest.raises(Exception, match="undefined"):
        pages.environment().from_string("{{ missing }}").render()


def test_demo_of_a_topic_is_linked() -> None:
    assert topic_view(topic("2.6"), Progress().state()).demos == (find("search"),)
