"""Loading what is large without tracing it: the marker `no_cover` spares a test, but not the fixtures it waits for."""

from collections.abc import Iterator
from contextlib import contextmanager

from coverage import Coverage


@contextmanager
def untraced() -> Iterator[None]:
    """For a fixture whose lines other tests cover as well: traced, it takes twice the time or more."""
    cover = Coverage.current()
    if cover:
        cover.stop()
    try:
        yield
    finally:
        if cover:
            cover.start()
