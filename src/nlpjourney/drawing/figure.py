"""A plot with a text alternative: what Matplotlib drew, and in words what it shows."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Described:
    """A picture that a notebook shows as PNG, a screen reader and a terminal as `description`."""

    def __init__(self, png: bytes, description: str) -> None:
        self.png, self.description = png, description

    def __repr__(self) -> str:
        return self.description

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """What a notebook stores: the picture, and the words as its alternative text."""
        picture = base64.b64encode(self.png).decode()
        return {"image/png": picture, "text/plain": self.description}, {"image/png": {"alt": self.description}}


def described(figure: Figure, description: str) -> Described:
    """The finished figure with its description in words; the figure is closed, so that nothing shows it a second time.

    Raises ValueError without a description.
    """
    if not description:
        raise ValueError("a plot needs a description in words, for those who cannot see it")
    import matplotlib.pyplot as plt

    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    plt.close(figure)
    return Described(file.getvalue(), description)
