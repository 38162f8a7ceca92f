"""The documentation of Django."""

from __future__ import annotations

from nlpjourney.assets.store import path


def django_docs() -> dict[str, str]:
    """Django's documentation by file name: technical English in reStructuredText."""
    folder = path("django-docs")
    return {str(f.relative_to(folder)): f.read_text(encoding="utf-8") for f in sorted(folder.rglob("*.txt"))}
