"""Tokens as they can be seen."""


def visible(token: str) -> str:
    """Spaces, ends of lines and other invisible characters by signs of their own."""
    return token.replace("\r", "␍").replace("\n", "⏎").replace("\t", "⇥").replace(" ", "␣").replace("\0", "␀")
