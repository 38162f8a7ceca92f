"""The verb `new`: the files of a topic, with what must be filled in."""

from __future__ import annotations

import click

from nlpjourney.cli.output import next_step, say


@click.command()
@click.argument("topic_id", metavar="TOPIC")
@click.option("--package", help="The package that its code goes to, like tasks.classification: gets a file of tests.")
def new(topic_id: str, package: str | None) -> None:
    """Write the files of a topic that has no practice yet; what must be filled in is marked."""
    from nlpjourney.study import new as topics
    from nlpjourney.study.paths import ROOT
    from nlpjourney.study.roadmap import topic

    for file in topics.write(topics.files(topic(topic_id), package)):
        say(str(file.relative_to(ROOT) if ROOT in file.parents else file))
    if package is None:
        say(
            "No tests: name the package that the topic's code goes to (--package tasks.classification) for a file of them."
        )
    say(f"Fill in what stands behind {topics.MARK}: the tests are red as long as one is left.")
    next_step(f"journey build {topic_id}, then journey test --topic {topic_id}")


COMMANDS = [new]
