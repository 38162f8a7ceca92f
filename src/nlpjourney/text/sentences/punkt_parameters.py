"""What Punkt has learned from a text, and NLTK's `punkt_tab` files that hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.files import write_text

# In which case a word was seen, and where: at the beginning of a sentence, inside one, or where that cannot be said.
BEGIN_UPPER, INSIDE_UPPER, UNSURE_UPPER, BEGIN_LOWER, INSIDE_LOWER, UNSURE_LOWER = (1 << i for i in range(1, 7))
ANY_UPPER = BEGIN_UPPER | INSIDE_UPPER | UNSURE_UPPER
ANY_LOWER = BEGIN_LOWER | INSIDE_LOWER | UNSURE_LOWER


@dataclass(frozen=True)
class PunktParameters:
    """Punkt's four tables; the names are NLTK's. All words are types: lower case, numbers as `##number##`.

    abbrev_types: abbreviations without their final period. collocations: pairs (word without period, word) that belong
    together although a period stands between. sent_starters: words that often begin a sentence. ortho_context: for each word the
    sum of the flags above that it was seen with.
    """

    abbrev_types: frozenset[str] = frozenset()
    collocations: frozenset[tuple[str, str]] = frozenset()
    sent_starters: frozenset[str] = frozenset()
    ortho_context: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path | str) -> PunktParameters:
        """Read the four files of a language of NLTK's `punkt_tab`.

        Raises FileNotFoundError for a folder without them, ValueError for a row that is not in their format.
        """
        folder = Path(folder)
        collocations = [_fields(row, folder / "collocations.tab") for row in _rows(folder / "collocations.tab")]
        file = folder / "ortho_context.tab"
        contexts: dict[str, int] = {}
        for row in _rows(file):
            type_, flags = _fields(row, file)
            if not flags.isdecimal():
                raise FileFormatError(f"{file}: {row!r} should be a word, a tab and a number")
            contexts[type_] = int(flags)
        return cls(
            abbrev_types=frozenset(_rows(folder / "abbrev_types.txt")),
            collocations=frozenset(collocations),
            sent_starters=frozenset(_rows(folder / "sent_starters.txt")),
            ortho_context=contexts,
        )

    def save(self, folder: Path | str) -> None:
        """Write the four files, rows in alphabetical order; the folder is made when missing."""
        folder = Path(folder)
        contexts = {type_: str(flags) for type_, flags in self.ortho_context.items()}
        for name, rows in (
            ("abbrev_types.txt", self.abbrev_types),
            ("sent_starters.txt", self.sent_starters),
            ("collocations.tab", ["\t".join(pair) for pair in self.collocations]),
            ("ortho_context.tab", ["\t".join(item) for item in contexts.items()]),
        ):
            write_text(folder / name, "\n".join(sorted(rows)))


def _rows(file: Path) -> list[str]:
    if not file.exists():
        raise MissingFile(f"{file} is missing: a language of punkt_tab has four files, see PunktParameters.save")
    # Only "\n" ends a row: a word may hold any other of Unicode's line ends.
    return [row for row in file.read_bytes().decode("utf-8").split("\n") if row]


def _fields(row: str, file: Path) -> tuple[str, str]:
    first, tab, second = row.partition("\t")
    if not tab:
        raise FileFormatError(f"{file}: {row!r} should have two fields with a tab between")
    return first, second
