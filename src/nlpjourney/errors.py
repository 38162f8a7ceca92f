"""The errors that whoever called can do something about.

Every error class of this project has `JourneyError` as its second parent, beside the built-in one that callers of a library
expect (`GGUFError(FileFormatError)` is a ValueError, `UnknownTopic` a LookupError). Command line, app and servers show such an
error as one sentence. Everything else is a fault of ours: it keeps its stack trace, and is never told as the user's mistake.
"""


class JourneyError(Exception):
    """The message says what is wrong, what was expected, and what to do."""


class InvalidInput(ValueError, JourneyError):
    """What came from outside (a request, an option, data) is not what it has to be."""


class UnknownName(LookupError, JourneyError):
    """Nothing has the name that was asked for."""


class FileFormatError(ValueError, JourneyError):
    """A file does not hold what its reader can use."""


class MissingFile(FileNotFoundError, JourneyError):
    """A file or folder is not where it was looked for."""
