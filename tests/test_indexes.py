"""What pip is configured for, and that uv then finds the same packages."""

import ast
import os
import subprocess
import sys

import pytest

from nlpjourney import indexes
from tests.package_index import write_index, write_wheel


@pytest.fixture(autouse=True)
def own_settings(monkeypatch):
    """No setting of this machine, neither pip's nor uv's, and none remembered from before."""
    for name in os.environ:
        if name.startswith(("PIP_", "UV_", "SSL_CERT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    indexes.pip_settings.cache_clear()
    yield
    indexes.pip_settings.cache_clear()


def test_needs_only_the_standard_library():
    """The bootstrap uses it before anything is installed."""
    with open(indexes.__file__, encoding="utf-8") as f:
        tree = ast.parse(f.read())
    names = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    names |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_settings_of_files_and_environment_the_stronger_ones_win(monkeypatch, tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://all.example/simple\ntimeout = 7\nfind-links =\n    /a/folder\n    /another\n"
        "[install]\nindex-url = https://install.example/simple\nconstraint = it's.txt\n"
        "[download]\nproxy = nobody.example\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    settings = indexes.pip_settings()
    assert settings["index-url"] == "https://install.example/simple" and settings["constraint"] == "it's.txt"
    assert settings["timeout"] == "7" and settings["find-links"].split() == ["/a/folder", "/another"]
    assert "proxy" not in settings

    monkeypatch.setenv("PIP_INDEX_URL", "https://environment.example/simple")
    monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "9")
    indexes.pip_settings.cache_clear()
    assert indexes.pip_settings()["index-url"] == "https://environment.example/simple"
    assert indexes.pip_settings()["timeout"] == "9"


def test_uv_is_told_each_in_its_own_way_and_what_it_was_told_already_stays(monkeypatch):
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "5")
    told = indexes.for_uv(
        {
            "index-url": "https://mirror.example/simple",
            "extra-index-url": "\nhttps://one.example\nhttps://two.example",
            "find-links": "/a /b",
            "constraint": "x.txt y.txt",
            "cert": "/my certificates/all.pem",
            "proxy": "http://proxy.example:3128",
            "trusted-host": "one.example",
            "timeout": "60",
            "no-color": "1",
        }
    )
    assert told == {
        "UV_SYSTEM_CERTS": "1",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "https://one.example https://two.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/a,/b",
        "UV_CONSTRAINT": "x.txt y.txt",
        "SSL_CERT_FILE": "/my certificates/all.pem",
        "ALL_PROXY": "http://proxy.example:3128",
        "UV_INSECURE_HOST": "one.example",
    }


def chosen(monkeypatch, tmp_path, package: str) -> str:
    """What uv says it would install, with pip's settings of now."""
    indexes.pip_settings.cache_clear()
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--target", str(tmp_path / "target"), package],
        env=os.environ | indexes.for_uv(indexes.pip_settings()),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    return done.stderr


def test_uv_takes_the_best_of_indexes_and_folders_as_pip_does(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_INDEX_URL", write_index(tmp_path / "main", ("walnut", "1.1")))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", write_index(tmp_path / "extra", ("walnut", "1.0"), ("hazel", "2.0")))
    assert "walnut==1.1" in chosen(monkeypatch, tmp_path, "walnut")
    assert "hazel==2.0" in chosen(monkeypatch, tmp_path, "hazel")

    write_wheel(tmp_path / "wheels", "walnut", "1.1+cpu")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    assert "walnut==1.1+cpu" in chosen(monkeypatch, tmp_path, "walnut==1.1")

    constraints = tmp_path / "constraints.txt"
    constraints.write_text("walnut<1.1\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(constraints))
    assert "walnut==1.0" in chosen(monkeypatch, tmp_path, "walnut")


def test_without_an_index_folders_of_wheels_serve(monkeypatch, tmp_path):
    write_wheel(tmp_path / "wheels", "walnut", "3.0")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://nowhere.invalid/simple")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert "walnut==3.0" in chosen(monkeypatch, tmp_path, "walnut")
