"""A package index on the disk, with packages that hold nothing: what installers choose can be tried without a network."""

import zipfile
from pathlib import Path


def write_wheel(folder: Path, name: str, version: str, python: str = ">=3") -> Path:
    """An empty package of that version, for these Pythons."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {python}\n"
    with zipfile.ZipFile(wheel, "w") as z:
        z.writestr(f"{info}/METADATA", metadata)
        z.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        z.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return wheel


def write_index(folder: Path, *packages: tuple[str, ...]) -> str:
    """An index of these packages (name, version, and for which Pythons if not for all); returns its address."""
    simple = folder / "simple"
    simple.mkdir(parents=True, exist_ok=True)
    for name, version, *python in packages:
        wheel = write_wheel(simple / name, name, version, *python)
        with (simple / name / "index.html").open("a") as page:
            page.write(f'<a href="{wheel.name}">{wheel.name}</a>\n')
    return simple.as_uri()
