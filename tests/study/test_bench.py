"""The measuring itself: in alternation, checked first, written down with its spread."""

from dataclasses import replace

import pytest

from nlpjourney.study import bench
from nlpjourney.study.bench import Comparison, Disagreement


def comparison(log, agree=True, **more):
    return Comparison(
        work="work", peer="peer", topic="1.2", goal=1.0, repeat=4, packages=("numpy",), agree=lambda a, b: agree,
        ours=lambda *a: log.append("ours"), theirs=lambda *a: log.append("theirs"), **more,
    )  # fmt: skip


def test_checked_first_then_in_alternation_with_changing_first():
    log = []
    row = bench.measure("sample", comparison(log))
    assert log == ["ours", "theirs"] + ["ours", "theirs", "theirs", "ours"] * 2
    assert row.ratio_low <= row.ratio <= row.ratio_high and row.versions.startswith("numpy 2")


def test_different_results_are_not_timed():
    log = []
    with pytest.raises(Disagreement, match="no speed is compared"):
        bench.measure("sample", comparison(log, agree=False))
    assert log == ["ours", "theirs"]


def test_preparation_is_done_for_each_run_and_not_timed():
    prepared = []
    row = bench.measure("sample", comparison([], prepare=lambda: prepared.append(sum(range(10**6)))))
    assert len(prepared) == 10 and row.ours < 1e-3


def test_rows_replace_older_ones_and_make_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "DOCS", tmp_path)
    first = bench.measure("sample", comparison([], amount=50.0, unit="MB"))
    bench.save([first])
    bench.save([bench.measure("sample", comparison([], amount=50.0, unit="MB"))])
    assert len(bench.rows()) == 1
    text = (tmp_path / "benchmarks.md").read_text()
    assert (
        "| 1.2 | work | peer (numpy" in text and "MB/s against" in text and f"1. {first.machine}; {first.day}" in text
    )
    assert "| 1 | 1 | " in text  # the goal, and which of the machines it was


def test_rows_of_comparisons_that_are_gone_are_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "DOCS", tmp_path)
    row = bench.measure("sample", comparison([]))
    bench.save([replace(row, work="gone"), replace(row, bench="other", work="another's"), row])
    bench.forget_others("sample", [row])
    assert {(r.bench, r.work) for r in bench.rows()} == {("sample", row.work), ("other", "another's")}


def test_unknown_benchmark_names_those_there_are():
    with pytest.raises(LookupError, match="hnsw"):
        bench.load("nothing")


@pytest.mark.parametrize(("value", "text"), [(1.234, "1.23 s"), (0.0123, "12.3 ms"), (4.5e-5, "45 µs")])
def test_seconds_in_words(value, text):
    assert bench.seconds(value) == text
