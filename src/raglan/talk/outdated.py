"""Whether a document calls itself out of date, or says that it takes another's place; and who asks for the old one.

Only what is said of the document itself counts: a banner at its head ("SUPERSEDED", 本办法已废止), a sentence about "these
terms", a mark in its title or in its file's name. Its dates say nothing: which of two holds they leave open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from raglan.graph.names import key
from raglan.graph.versions import plainly
from raglan.text.script import simplified
from raglan.text.sentences import sentences
from raglan.types import Span

__all__ = ["HEAD", "asks_for_old", "older_name", "outdated", "replaced", "replacing"]

HEAD = 600  # characters of a document in which it says what has become of it

_GONE = (
    r"superseded(?! (?:the|all|any|every)\b)|obsolete|outdated|out of date"
    r"|no longer (?:valid|in force|in effect|appl\w+)"
)
_ENDED = r"withdrawn|repealed|revoked|rescinded"
# One of these is in every head that says so: looked for first, because few heads hold any.
_HINTS = (
    *"superseded obsolete outdated withdrawn repealed revoked rescinded archived replaced until".split(),
    "out of date",
    "no longer",
    *"废止 作废 失效 过期 停用 不再 取代 代替 替代".split(),
)
_WORK = (
    r"documents?|pages?|versions?|editions?|terms|polic(?:y|ies)|rules?|guides?|guidelines?|procedures?|instructions?|notices?"
    r"|regulations?|conditions|agreements?|leaflets?|handbooks?|manuals?|lists?|acts?|laws?|orders?|standards?|articles?"
)
_ITSELF = r"[本此该](?:文件|版本|版|办法|规定|条款|条例|规范|标准|说明|制度|细则|页面?|政策|指南|手册|通知|协议|须知)"
_TITLE = re.compile(
    rf"\b(?:{_GONE}|repealed|withdrawn)\b|[(（\[](?:old|旧版?|作废|已作废|废止|已废止|失效)[)）\]]", re.IGNORECASE
)
_NAME = re.compile(r"(?:^|[\s_.(（-])(?:old|superseded|obsolete|outdated|旧版?|作废|废止)(?:[\s_.)）-]|$)")
# Of the document itself: what it says of others comes behind "that", a comma, or their names.
_SAYS = re.compile(
    rf"^\W*(?:(?:status|note|notice)\W+)?(?:{_GONE}|{_ENDED}|archived)\b"
    rf"|\bth(?:is|ese|e present)\s+(?:[\w-]+\s+){{0,3}}?(?:{_WORK})\b(?:(?!\b(?:that|which)\b)[^.;,]){{0,40}}?\b(?:{_GONE}"
    rf"|{_ENDED}|(?:has|have) been replaced|(?:is|are) replaced by|(?:was|were) (?:valid|in force|in effect) until)"
    r"|^\W*(?:状态\W+)?(?:本?(?:文件|版)?)?(?:已|现已)?(?:废止|作废|失效|过期|停用)"
    rf"|{_ITSELF}[^。；，《原]{{0,24}}?(?:已(?:经)?于?[^。；，《]{{0,16}}(?:废止|作废|失效|过期|停用)"
    r"|不再(?:适用|有效|执行|使用)|(?:已|现)?[被由][^。；]{1,30}?(?:取代|代替|替代))",
    re.IGNORECASE,
)
_TAKES = re.compile(
    rf"\bth(?:is|ese|e present)\s+(?:[\w-]+\s+){{0,3}}?(?:{_WORK})\b[^.;]{{0,60}}?\b(?:replac|supersed)(?:es?|ing)\b"
    r"|^\W*(?:it |they )?(?:replac|supersed)es?\b"
    rf"|{_ITSELF}[^。；]{{0,40}}?(?:取代|代替|替代)|同时废止|予以废止",
    re.IGNORECASE,
)
_TAKING = ("replac", "supersed", "取代", "代替", "替代", "废止")
_OLD = re.compile(
    r"(?<!\d)(?:1[89]|20)\d\d(?!\d)|\b(?:older?|oldest|previous|previously|former|formerly|earlier|superseded|obsolete|outdated"
    r"|used to|was|were|did|had|back then|versions?|v\.?\s?\d)\b"
    r"|[旧舊]|以前|从前|從前|之前|过去|過去|原来|原來|原先|原本|曾|当时|當時|废止|廢止|作废|作廢|失效|版本|上一版|历年|歷年|\d年[前以]",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![a-z])(?:v|version|rev)[\s._-]?(\d+(?:\.\d+)*)|第(\d+)版")


def outdated(title: str, name: str, head: str) -> Span | None:
    r"""Where the ``head`` of a document says that it is out of date; an empty span where its title or name does.

    >>> head = "# Terms\n\nThese terms have been withdrawn. See the new ones."
    >>> outdated("Terms", "terms.md", head).of(head), outdated("Terms (old)", "terms.md", "")
    ('These terms have been withdrawn.', Span(start=0, end=0))
    >>> head = "保修条款。本条款已于2023年1月1日废止。"
    >>> outdated("", "保修.md", head).of(head), outdated("Old Trafford", "old-trafford.md", "This machine replaces another.")
    ('本条款已于2023年1月1日废止。', None)
    """
    plain = simplified(head)
    told = sentences(plain) if _holds(plain, _HINTS) else []
    found = next((span for span in told if _SAYS.search(span.of(plain))), None)
    if found is None and (_TITLE.search(simplified(title)) or _marked(name)):
        return Span(0, 0)
    return found


def _holds(text: str, words: Sequence[str]) -> bool:
    low = text.lower()
    return any(word in low for word in words)


def _marked(name: str) -> bool:
    """Whether a file's name ends in a mark such as "old"; what begins with it is called so."""
    stem = simplified(PurePosixPath(name).stem.lower())
    found = _NAME.search(stem)
    return bool(found and found.start() > 0)


def replacing(head: str) -> list[str]:
    r"""The sentences in the ``head`` of a document which say that it takes the place of another.

    >>> replacing("# Terms\n\nIn force. This version replaces [warranty-2021.md](warranty-2021.md).")
    ['This version replaces [warranty-2021.md](warranty-2021.md).']
    """
    plain = simplified(head)
    if not _holds(plain, _TAKING):
        return []
    return [said for span in sentences(plain) if _TAKES.search(said := span.of(plain))]


def replaced(told: Sequence[str], title: str, name: str) -> bool:
    """Whether one of these sentences names the document that is called so.

    >>> replaced(["This version replaces warranty-2021.md."], "", "terms/warranty-2021.md")
    True
    >>> replaced(["自本办法施行之日起，《差旅费管理规定》同时废止。"], "差旅费管理规定", "t.md")
    True
    """
    called = [one for one in (PurePosixPath(name).name, key(title)) if len(one) > 3]
    return any(one in said or one in key(said) for said in told for one in called)


def older_name(one: str, other: str) -> bool:
    """Whether two names are one but for the numbers of their versions, and the first one's is less.

    >>> older_name("terms-v1.md", "terms-v2.md"), older_name("terms-v2.md", "terms-v1.md"), older_name("a-v1.md", "b-v2.md")
    (True, False, False)
    """
    if plainly(one) != plainly(other):
        return False
    found = [_NUMBER.search(name.lower()) for name in (one, other)]
    numbers = [tuple(map(int, (match[1] or match[2]).split("."))) if match else None for match in found]
    return numbers[0] is not None and numbers[1] is not None and numbers[0] < numbers[1]


def asks_for_old(text: str) -> bool:
    """Whether a question names a year or a version, or asks how things were.

    >>> asks_for_old("How long was the warranty?"), asks_for_old("2021年的保修期"), asks_for_old("How long is it?")
    (True, True, False)
    """
    return bool(_OLD.search(text))
