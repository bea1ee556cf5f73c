"""Why a file was not read, for programs: a code that stays, and values, read off the sentence that people are told.

A store keeps the sentence alone, so what an older one kept has a code as well; what a stranger's reader says is ``other``. A
surface in another language tells the code in its own words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["CODES", "Reason", "told"]

_MB = r"(?P<most>\d+) MB"
_PATTERNS = (
    ("no_text", r"empty: .+|holds no text"),
    ("no_rows", r"holds no rows"),
    ("empty", r"empty"),
    ("too_large", rf"larger than {_MB}"),
    ("unpacks_too_large", rf"unpacks to (?:(?P<size>\d+) MB, )?more than {_MB}"),
    ("bomb", r"unpacks to (?P<times>\d+) times its size .+"),
    ("too_many_files", r"an archive of too many files"),
    ("encrypted", r"encrypted(?:, or of the old kind)?"),
    ("cut_short", r"(?:damaged or )?cut short .+"),
    ("damaged", r"damaged: (?P<detail>.+)"),
    ("binary", r"is binary data or in an unknown encoding|binary data of an unknown kind"),
    ("misnamed", r"not a (?P<format>\w+) file, whatever its name says"),
    ("format", r"an image \((?P<format>SVG)\), not a text"),
    ("image", r"an? (?:image|scan) \((?P<format>\w+)\), not a text"),
    ("audio", r"audio, not a text"),
    ("video", r"video, not a text"),
    ("program", r"a program, not a text"),
    ("archive", r"an archive \((?P<format>\w+)\)(?:, not a text)?"),
    ("format", r"(?:a database|a table|rich text) \((?P<format>\w+)\), not a text"),
    ("format", r"(?P<format>PostScript), not a text"),
    ("format", r"an (?P<format>OpenDocument) (?:text|presentation)"),
    ("format", r"an e-book \((?P<format>EPUB)\)"),
    ("format", r"a (?:Word|PowerPoint) file of the old kind \((?P<format>\.\w+)\)"),
    ("format", r"an unknown file of the (?P<format>Office) family"),
    ("no_reader", r"there is no reader for (?P<format>.+) files"),
    ("scan", r"no text layer \(a scan\?\)"),
    ("garbled_fonts", r"garbled: its fonts do not say .+"),
    ("garbled", r"(?:(?P<document>.+) is )?garbled: (?P<detail>.+)"),
    ("bad_rows", r"(?P<bad>[\d,]+) of (?P<all>[\d,]+) rows cannot be read: (?P<detail>.+)"),
    ("memory", r"it needs more memory than there is|its reader was ended from outside \(out of memory\?\)"),
    ("too_slow", r"it took more than (?P<seconds>\d+) seconds"),
    ("reader_failed", r"its reader (?:failed|crashed|cannot be loaded) \((?P<detail>.+)\)"),
    ("not_a_file", r"a device or pipe, not a file"),
    ("no_permission", r"no permission to read it|permission denied|operation not permitted"),
    ("gone", r"no such file or directory"),
    ("bad_link", r"a link that leads in a circle or nowhere|a loop: .+"),
    ("read_elsewhere", r"a link to a folder that was read as (?P<folder>.+)"),
    ("name_empty", r"it has no name"),
    ("name_begins", r"its name begins with (?P<sign>.)"),
    ("name_characters", r"its name has characters that no file here may have"),
    ("name_reserved", r"its name means something else on some systems"),
    ("name_too_long", r"its name is longer than (?P<most>\d+) bytes"),
    ("name_twice", r"another file of this name came with it"),
)
_KNOWN = tuple((code, re.compile(pattern, re.DOTALL)) for code, pattern in _PATTERNS)
CODES = (*dict.fromkeys(code for code, _ in _PATTERNS), "other")


@dataclass(frozen=True, slots=True)
class Reason:
    """One of :data:`CODES`, and what the sentence says beside it, by name."""

    code: str
    values: dict[str, str] = field(default_factory=dict)


def told(reason: str) -> Reason:
    """What a sentence about a file that was not read means.

    >>> told("larger than 100 MB"), told("its shelf is empty")
    (Reason(code='too_large', values={'most': '100'}), Reason(code='other', values={}))
    """
    for code, pattern in _KNOWN:
        if found := pattern.fullmatch(reason):
            return Reason(code, {name: value for name, value in found.groupdict().items() if value is not None})
    return Reason("other")
