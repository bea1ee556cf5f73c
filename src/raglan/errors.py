"""Everything that can go wrong, on one screen.

::

    RaglanError
    ├── ConfigError       a name or option that means nothing here
    ├── MissingExtra      a library that an optional part needs is not installed
    ├── ReadError         a document that cannot be read: .source, .reason, .hint
    ├── DataError         a row of a dataset that is not what it should be: .place
    ├── StoreError        a store that cannot be opened or written: .path
    ├── ModelError        weights that are missing, damaged or not what they claim to be
    └── GeneratorError    a generator, or the server behind it, that gave no usable answer

Every message names the value, the place and the way out.
"""

__all__ = [
    "ConfigError",
    "DataError",
    "GeneratorError",
    "MissingExtra",
    "ModelError",
    "RaglanError",
    "ReadError",
    "StoreError",
]


class RaglanError(Exception):
    """The root: catch this to catch everything that Raglan raises on purpose."""


class ConfigError(RaglanError):
    """A name, option or value that means nothing here."""


class MissingExtra(RaglanError, ImportError):  # noqa: N818 (says what is missing)
    """A library that an optional part needs is not installed."""


class ReadError(RaglanError):
    """A document that cannot be read: which, why, and what to do about it."""

    def __init__(self, reason: str, *, source: str, hint: str = "") -> None:
        super().__init__(f"{source}: {reason}" + (f"; {hint}" if hint else ""))
        self.source = source
        self.reason = reason
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a reader's process."""
        return _read_error, (self.reason, self.source, self.hint)


def _read_error(reason: str, source: str, hint: str) -> ReadError:
    return ReadError(reason, source=source, hint=hint)


class DataError(RaglanError):
    """A row of a dataset that is not what it should be; ``place`` is file and row."""

    def __init__(self, message: str, *, place: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place


class StoreError(RaglanError):
    """A store that cannot be opened or written."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class ModelError(RaglanError):
    """Weights that are missing, damaged or not what they claim to be."""


class GeneratorError(RaglanError):
    """A generator, or the server behind it, that gave no usable answer."""
