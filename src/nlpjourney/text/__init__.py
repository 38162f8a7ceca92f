"""Text into units and back: the first floor of the library. `tokenize` turns strings into the ids a model reads."""


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words."""
    from nlpjourney.text.tokenize import WordPiece

    WordPiece({"[UNK]": 0, "a": 1, "##b": 2}).encode_with_offsets("ab é")
