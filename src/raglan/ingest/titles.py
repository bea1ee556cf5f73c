"""Which titles in a file's properties a person wrote, and which a program left there."""

from __future__ import annotations

import re

from raglan.ingest.noise import strange_share

__all__ = ["sensible"]

_LONGEST = 200
_JUNK = re.compile(
    r"""untitled.* | unbenannt.* | sans\ titre.* | 无标题.* | 未命名.* | 無標題.* | 未定標題.*
    | (?:word\ |excel\ |powerpoint\ )?(?:document|dokument|doc|presentation|präsentation|slide|sheet|workbook|book|page)
      [\s_-]*\d*
    | 文档\s*\d* | 文件\s*\d* | 演示文稿\s*\d* | 幻灯片\s*\d* | 工作簿\s*\d* | 簡報\s*\d*
    | title | titel | 标题 | none | null | n/a | test | new\ document | click\ to\ add\ title | about:blank
    | [\W\d_]*""",
    re.IGNORECASE | re.VERBOSE,
)
# What a print driver puts before a file's name, and what gives a file's name away.
_DRIVER = re.compile(r"^(?:microsoft (?:office )?(?:word|excel|powerpoint)\s*-\s*)", re.IGNORECASE)
_FILE = re.compile(
    r"^\S*[\w)\]]\.[a-z][a-z0-9]{1,4}$|\.(?:docx?|pptx?|xlsx?|pdf|tex|dvi|indd|qxd|fm|odt|rtf|html?|md|txt)$",
    re.IGNORECASE,
)


def sensible(title: str) -> str:
    r"""``title`` tidied, or nothing where it names no subject.

    >>> sensible(" Care of the\nAlder Kettle ")
    'Care of the Alder Kettle'
    >>> sensible("Microsoft Word - draft_7.doc"), sensible("untitled"), sensible("Presentation1")
    ('', '', '')
    """
    title = " ".join(title.replace("\x00", " ").split())
    if len(title) > _LONGEST or strange_share(title) or _JUNK.fullmatch(title):
        return ""
    return "" if _DRIVER.match(title) or _FILE.search(title) else title
