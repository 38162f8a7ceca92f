"""The index on disk: equal to one in memory whatever was added, replaced, deleted and merged; snapshots; damaged files."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.ann.array_file import MAGIC, CorruptIndexError, open_arrays, write_arrays
from nlpjourney.assets import corpora
from nlpjourney.tasks.search import ENGLISH_STOP_WORDS, Analyzer, BM25Index
from nlpjourney.tasks.search.disk import IndexLockedError, IndexWriter
from nlpjourney.tasks.search.disk_search import IndexReader
from nlpjourney.tasks.search.phrase import PhraseIndex

words = st.sampled_from(["a", "b", "c", "d", "e", "the", "é", "東"])
texts = st.lists(words, max_size=10).map(" ".join)
ids = st.sampled_from(["1", "2", "ü", "x y"])  # few: most steps change a document that is already there
steps = st.one_of(
    st.tuples(st.just("add"), ids, texts), st.tuples(st.just("delete"), ids), st.just(("commit",)), st.just(("merge",))
)


def apply(writer: IndexWriter, expected: dict[str, str], step: tuple[str, ...]) -> None:
    """Do a step on the writer and on a plain dictionary (in which a replaced document moves to the end)."""
    if step[0] == "add":
        writer.add(step[1], step[2], stored=f"<{step[2]}>")
        expected.pop(step[1], None)
        expected[step[1]] = step[2]
    elif step[0] == "delete":
        writer.delete(step[1])
        expected.pop(step[1], None)
    else:
        getattr(writer, step[0])()


def assert_equal(reader: IndexReader, expected: dict[str, str], queries: list[str], method: str = "lucene") -> None:
    """The reader has exactly these documents, and scores them as an index in memory does."""
    assert len(reader) == len(expected)
    assert reader.ids() == list(expected)
    memory = PhraseIndex(reader.analyzer, method=method).fit(expected.values())
    names = list(expected)
    for query in queries:
        scores = memory.scores(query)
        found = reader.scores(query)
        assert found == pytest.approx({names[d]: scores[d] for d in np.flatnonzero(scores > 0)}, rel=1e-12)
        hits = reader.search(query, 3)
        in_memory = [names[h.doc] for h in memory.search(query, 3)]
        # Scores in memory are kept as float32: documents whose scores differ less may change places.
        assert [found[h.doc_id] for h in hits] == pytest.approx([found[name] for name in in_memory], rel=1e-6)
        phrases = [(h.doc_id, h.score) for h in reader.search_phrases(f'"{query}" a', 5)]
        assert phrases == [(names[h.doc], pytest.approx(h.score)) for h in memory.search_phrases(f'"{query}" a', 5)]
    for term in ("a", "東", "absent"):
        term_number = memory.vocabulary.find([term])[0]
        assert reader.df(term) == (memory.postings.df[term_number] if term_number >= 0 else 0)
    for doc_id, text in expected.items():
        document = reader.get(doc_id)
        assert document is not None and document.text == text and doc_id in reader


@settings(max_examples=50, deadline=None)
@given(st.lists(steps, min_size=1, max_size=60), st.sampled_from(["lucene", "bm25l", "bm25+", "atire", "robertson"]))
def test_equal_to_an_index_in_memory(tmp_path_factory, script: list[tuple[str, ...]], method: str) -> None:
    folder = tmp_path_factory.mktemp("index")
    expected: dict[str, str] = {}
    with IndexWriter(folder, Analyzer(stop_words={"the"})) as writer:
        for step in script:
            apply(writer, expected, step)
            assert all((doc_id in writer) == (doc_id in expected) for doc_id in ("1", "ü", "absent"))
    reader = IndexReader(folder, Analyzer(stop_words={"the"}), method=method, verify=True)
    assert_equal(reader, expected, ["a", "a b", "b the a", "東 é é", "absent", ""], method)
    assert all(reader.get(d).stored == f"<{t}>" for d, t in expected.items())
    assert set(reader.ids()) == set(expected) and "absent" not in reader


def test_real_news_in_many_commits(tmp_path: Path) -> None:
    news = corpora.lee_news()[0]
    expected: dict[str, str] = {}
    with IndexWriter(tmp_path, Analyzer(stop_words=ENGLISH_STOP_WORDS)) as writer:
        for i, text in enumerate(news):
            apply(writer, expected, ("add", f"n{i}", text))
            if i % 7 == 0:
                apply(writer, expected, ("delete", f"n{i // 2}"))
                writer.commit()
    reader = IndexReader(tmp_path, Analyzer(stop_words=ENGLISH_STOP_WORDS))
    assert_equal(reader, expected, ["sydney fire", "prime minister", news[3]])
    n_segments = len(list(tmp_path.glob("*.segment")))
    assert 1 < n_segments <= 10  # far fewer than commits
    with IndexWriter(tmp_path, Analyzer(stop_words=ENGLISH_STOP_WORDS)) as writer:
        writer.merge()
    assert len(list(tmp_path.glob("*.segment"))) == 1 and not list(tmp_path.glob("*.deletions"))
    assert reader.refresh() and not reader.refresh()
    assert_equal(reader, expected, ["sydney fire", news[3]])
    expanded = {"sydney": 1.0, "fire": 0.25}
    memory = BM25Index(reader.analyzer).fit(expected.values())
    assert reader.search(expanded)[0].score == pytest.approx(memory.search(expanded)[0].score, rel=1e-6)


def test_a_reader_keeps_its_picture(tmp_path: Path) -> None:
    with IndexWriter(tmp_path) as writer:
        writer.add("a", "cat")
        writer.add("b", "cat dog")
    reader = IndexReader(tmp_path)
    before = reader.scores("cat")
    with IndexWriter(tmp_path) as writer:
        writer.delete("a")
        writer.add("b", "bird")
        writer.add("c", "cat")
        assert reader.scores("cat") == before and not reader.refresh()  # nothing counts before the commit
        writer.merge()
        assert (
            reader.scores("cat") == before and reader.get("a").text == "cat"
        )  # its files are gone, its picture is not
    assert reader.refresh()
    assert reader.ids() == ["b", "c"] and list(reader.scores("cat")) == ["c"]
    assert reader.get("b").text == "bird" and reader.get("a") is None


def test_one_writer_and_what_was_not_committed(tmp_path: Path) -> None:
    writer = IndexWriter(tmp_path)
    with pytest.raises(IndexLockedError, match="another writer"):
        IndexWriter(tmp_path)
    writer.add("a", "cat")
    writer.close()  # not committed
    with pytest.raises(ValueError, match="closed"):
        writer.commit()
    with pytest.raises(RuntimeError, match="stop here"), IndexWriter(tmp_path) as second:
        second.add("b", "cat")
        raise RuntimeError("stop here")
    assert len(IndexReader(tmp_path)) == 0 and IndexReader(tmp_path).search("cat") == []
    with IndexWriter(tmp_path) as third:
        assert third.commit() == third.generation == 0  # no changes, no commit
        third.add("a", "")
    assert IndexReader(tmp_path).ids() == ["a"] and IndexReader(tmp_path).search_phrases('"a b"') == []


def test_a_failed_commit_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nlpjourney.tasks.search import commit

    with IndexWriter(tmp_path) as writer:
        writer.add("a", "cat")
        writer.commit()
        writer.add("b", "dog")
        writer.delete("a")
        with monkeypatch.context() as broken:
            broken.setattr(commit.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
            with pytest.raises(OSError, match="disk full"):
                writer.commit()
        assert IndexReader(tmp_path, verify=True).ids() == ["a"]
        writer.commit()  # the changes were kept
        assert IndexReader(tmp_path, verify=True).ids() == ["b"]
    assert len(list(tmp_path.glob("*.segment"))) == 1  # leftovers are gone


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no index"):
        IndexReader(tmp_path)
    with IndexWriter(tmp_path, Analyzer(stop_words={"the"})) as writer:
        with pytest.raises(ValueError, match="id must be a string"):
            writer.add("", "text")
        with pytest.raises(TypeError, match="must be strings"):
            writer.add("a", 1)  # type: ignore[arg-type]
        writer.add("a", "the cat")
    for make in (IndexReader, IndexWriter):
        with pytest.raises(ValueError, match=r"made with stop_words \['the'\]"):
            make(tmp_path)
    IndexWriter(tmp_path, Analyzer(stop_words={"the"})).close()  # the lock was given back
    with pytest.raises(ValueError, match="okapi"):
        IndexReader(tmp_path, method="okapi")
    with pytest.raises(ValueError, match="k must be at least 1"):
        IndexReader(tmp_path, Analyzer(stop_words={"the"})).search("cat", 0)


def damaged(folder: Path, pattern: str, change) -> None:
    """A fresh index whose one file that matches the pattern is changed."""
    for file in folder.glob("*"):
        file.unlink()
    with IndexWriter(folder) as writer:
        for i in range(200):
            writer.add(str(i), f"cat {i}")
        writer.commit()
        writer.delete("7")
    (file,) = folder.glob(pattern)
    data = bytearray(file.read_bytes())
    file.write_bytes(change(data))


def flipped(at: int):
    def change(data: bytearray) -> bytearray:
        data[at] ^= 1
        return data

    return change


@pytest.mark.parametrize("pattern", ["*.segment", "*.deletions", "manifest.json"])
@pytest.mark.parametrize("keep", [0.0, 0.001, 0.5, 0.999])
def test_a_file_that_was_cut_off(tmp_path: Path, pattern: str, keep: float) -> None:
    damaged(tmp_path, pattern, lambda data: data[: int(keep * len(data))])
    with pytest.raises(CorruptIndexError, match=r"damaged|cut off|beginning is lost"):
        IndexReader(tmp_path)


@pytest.mark.parametrize("pattern", ["*.segment", "*.deletions", "manifest.json"])
@pytest.mark.parametrize("at", [0, 20, 40, -1])
def test_a_bit_that_fell_over(tmp_path: Path, pattern: str, at: int) -> None:
    damaged(tmp_path, pattern, flipped(at))
    with pytest.raises(CorruptIndexError):
        IndexReader(tmp_path, verify=True)
    with pytest.raises(CorruptIndexError) if at >= 0 or pattern != "*.segment" else _nothing():
        IndexReader(tmp_path)  # without verify, a segment's arrays are not read


def _nothing():
    import contextlib

    return contextlib.nullcontext()


def rewritten(file: Path, change) -> None:
    """Write a file of arrays again, changed and with checksums that are right."""
    arrays = {name: array.copy() for name, array in open_arrays(file).items()}
    file.unlink()
    change(arrays)
    write_arrays(file, arrays)


def last(name: str, value: int):
    def change(arrays) -> None:
        arrays[name][-1] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        *(
            last(name, 2**62)
            for name in ("indptr", "starts", "terms.offsets", "ids.offsets", "texts.offsets", "stored.offsets")
        ),
        *(last(name, 2**30) for name in ("docs", "tf", "terms.slots", "ids.slots")),
        *(
            last(name, -5)
            for name in ("docs", "tf", "indptr", "starts", "positions", "doc_len", "terms.slots", "texts.offsets")
        ),
        last("doc_len", 0),
        last("terms.pool", 0xFF),
        lambda arrays: arrays["terms.slots"].fill(0),  # no place is free: looking for a word would never end
        lambda arrays: arrays["docs"].fill(0),
        lambda arrays: arrays.pop("terms.pool"),
        lambda arrays: arrays.pop("docs"),
        lambda arrays: arrays.update(more=np.zeros(1)),
        lambda arrays: arrays.update(docs=arrays["docs"].astype(np.float32)),
        lambda arrays: arrays.update(docs=arrays["docs"].reshape(1, -1)),
        lambda arrays: arrays.update(docs=arrays["docs"][:-1]),
        lambda arrays: arrays.update(doc_len=arrays["doc_len"][:-1]),
    ],
)
def test_arrays_that_do_not_fit_each_other(tmp_path: Path, change) -> None:
    damaged(tmp_path, "*.segment", lambda data: data)
    (file,) = tmp_path.glob("*.segment")
    rewritten(file, change)
    with pytest.raises(CorruptIndexError, match=r"damaged, its lists do not fit each other"):
        IndexReader(tmp_path)
    with pytest.raises(CorruptIndexError, match=re.escape(str(file))):
        IndexWriter(tmp_path)


def test_a_body_with_any_bits_changed_is_refused_or_answers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    damaged(tmp_path, "*.segment", lambda data: data)
    (file,) = tmp_path.glob("*.segment")
    whole = file.read_bytes()
    body = len(MAGIC) + 16 + int.from_bytes(whole[len(MAGIC) : len(MAGIC) + 8], "little")
    refused = 0
    for n in range(300):
        data = bytearray(whole)
        for at in rng.integers(body, len(data), 1 + n % 8):
            data[at] ^= 1 << int(rng.integers(8))
        if n % 3 == 0:  # a byte is inserted, and the last one falls out
            at = int(rng.integers(body, len(data)))
            data[at:at] = b"\x01"
            del data[-1]
        file.write_bytes(data)
        try:
            reader = IndexReader(tmp_path)
            reader.search('cat "cat 3"')
            reader.search_phrases('"cat 3"')
            for doc_id in reader.ids():
                reader.get(doc_id)
        except CorruptIndexError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    "place",
    [
        {"offset": -1},
        {"offset": 2**40},
        {"offset": 1.5},
        {"offset": None},
        {"shape": [-1]},
        {"shape": [2**62, 2**62]},
        {"shape": 3},
        {"dtype": "O"},
        {"dtype": "|S0"},
        {"dtype": "nonsense"},
        {"dtype": 5},
    ],
)
def test_a_header_without_sense(tmp_path: Path, place: dict[str, object]) -> None:
    import zlib

    damaged(tmp_path, "*.segment", lambda data: data)
    (file,) = tmp_path.glob("*.segment")
    data = file.read_bytes()
    length = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 8], "little")
    header = json.loads(data[len(MAGIC) + 16 :][:length])
    header["arrays"]["docs"] |= place
    for content in (header, {**header, "arrays": []}, {**header, "size": "big"}, [], {}):
        text = json.dumps(content).encode().ljust(length)
        start = MAGIC + len(text).to_bytes(8, "little") + zlib.crc32(text).to_bytes(8, "little")
        file.write_bytes(start + text + data[len(MAGIC) + 16 + length :])
        with pytest.raises(CorruptIndexError, match=r"header without sense|cut off or altered"):
            IndexReader(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"generation": "x"},
        {"generation": None},
        {"analyzer": []},
        {"analyzer": {"other": 1}},
        {"analyzer": None},
        {"segments": 3},
        {"segments": [3]},
        {"segments": [{"fil": "a"}]},
        {"segments": [{"file": 3}]},
        {"segments": [{"file": "../a.segment"}]},
        {"segments": [{"file": []}]},
        {"segments": [{"file": ""}]},
        {"segments": [{"file": ".."}]},
        {"segments": [{"file": "a.segment", "deletions": ""}]},
    ],
)
def test_a_manifest_without_sense(tmp_path: Path, change: dict[str, object]) -> None:
    import zlib

    IndexWriter(tmp_path).close()
    content = json.loads((tmp_path / "manifest.json").read_bytes().partition(b"\n")[2]) | change
    for changed in (content, [], "x", {}):
        body = json.dumps(changed).encode()
        (tmp_path / "manifest.json").write_bytes(f"{zlib.crc32(body):08x}\n".encode() + body)
        with pytest.raises(CorruptIndexError, match=r"manifest.json (makes no sense|is damaged)"):
            IndexReader(tmp_path)


def test_missing_files(tmp_path: Path) -> None:
    damaged(tmp_path, "*.segment", lambda data: data)
    next(tmp_path.glob("*.segment")).unlink()
    with pytest.raises(CorruptIndexError, match=r"file of the index is missing: .*segment"):
        IndexReader(tmp_path)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(FileNotFoundError, match="there is no index"):
        IndexReader(tmp_path)


def test_another_format(tmp_path: Path) -> None:
    import zlib

    IndexWriter(tmp_path).close()
    body = json.dumps({"format": 99}).encode()
    (tmp_path / "manifest.json").write_bytes(f"{zlib.crc32(body):08x}\n".encode() + body)
    with pytest.raises(CorruptIndexError, match="format 99"):
        IndexReader(tmp_path)


def test_arrays_come_back(tmp_path: Path) -> None:
    arrays = {
        "a": np.arange(10, dtype=np.int64),
        "empty": np.empty((0, 3), dtype=np.float32),
        "b": np.array([[True, False]]),
        "strided": np.arange(12, dtype=np.uint8).reshape(3, 4)[:, ::2],
    }
    size = write_arrays(tmp_path / "f", arrays)
    assert (tmp_path / "f").stat().st_size == size
    back = open_arrays(tmp_path / "f", verify=True)
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype and back[name].shape == array.shape
    back["a"][0] = 99  # does not reach the file
    assert open_arrays(tmp_path / "f", verify=True)["a"][0] == 0
    with pytest.raises(FileExistsError):
        write_arrays(tmp_path / "f", arrays)
