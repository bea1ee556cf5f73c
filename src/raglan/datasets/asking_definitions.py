"""Definitions, asked for: "A burr grinder is a mill ..." answers "What is a burr grinder?"."""

from __future__ import annotations

import re

from raglan.datasets.asking_leaning import leans, refers
from raglan.text.words import is_chinese

__all__ = ["definition"]

_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|can|will|may|must|should|would|does|do|if)\b")
_MEANS = re.compile(
    r"(?P<name>(?:(?:the|an?)\s+)?[^\s,;:()]+(?:\s+[^\s,;:()]+){0,5}?)\s+"
    r"(?:(?P<be>is|are)\s+(?=(?:an?|the|any)\s)|(?P<verb>means?|refers?\s+to|stands?\s+for)\s+(?!that\s))"
    r"(?P<what>.{12,300}?)[.!]?\Z",
    re.IGNORECASE | re.DOTALL,
)
_MEANS_ZH = re.compile(
    r"(?:\w{0,8}所[称稱]的?|所[谓謂]的?)?(?P<name>[^，。；：、！？\s（）()“”\"]{2,16}?)[，,]?"
    r"(?:是指|指的是|(?<=，)指|是(?=一[种種个個款类類项項门門名位套本部座家条條台]))(?P<what>.{4,150}?)[。！]?\Z",
    re.DOTALL,
)
_ENDS_OPEN_ZH = re.compile(r"[都也就还還只可不正总總便才的地得更最为為說说直]\Z")


def definition(sentence: str) -> tuple[str, str] | None:
    """A question for what ``sentence`` explains, with the explanation.

    >>> definition("A burr grinder is a mill that crushes beans.")
    ('What is a burr grinder?', 'a mill that crushes beans')
    >>> definition("本办法所称工作日，是指除法定节假日以外的日子。")
    ('工作日是什么？', '除法定节假日以外的日子')
    """
    return _definition_zh(sentence) if is_chinese(sentence) else _definition_en(sentence)


def _definition_en(sentence: str) -> tuple[str, str] | None:
    match = _MEANS.match(sentence)
    if match is None:
        return None
    name = " ".join(match["name"].split())
    article, _, bare = name.partition(" ")
    article, bare = (article.lower(), bare) if article.lower() in ("the", "a", "an") else ("", name)
    if _says_too_little(bare, article):
        return None
    named = f"{article} {bare}".strip()
    if match["be"]:
        return f"What {match['be'].lower()} {named}?", match["what"]
    verb = re.sub(r"s\b", "", match["verb"].lower())
    return f"What does {named} {verb}?", match["what"]


def _says_too_little(name: str, article: str) -> bool:
    """Whether ``name`` means something only to who has read what stands before it."""
    if leans(name) or refers(name) or not name[0].isalnum() or _VERB.search(name):
        return True
    # "The device" was named before, "the FX-200" is a name.
    return article == "the" and " " not in name and name[0].islower()


def _definition_zh(sentence: str) -> tuple[str, str] | None:
    match = _MEANS_ZH.match(sentence)
    if match is None or leans(match["name"]) or _ENDS_OPEN_ZH.search(match["name"]):
        return None
    return f"{match['name']}是什么？", match["what"]
