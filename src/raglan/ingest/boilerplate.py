"""What of a web page is its text, and what stands on every page of its site.

Tags and roles are believed; names of classes only for parts without the bulk of the text, and lists of links only
outside of what is marked as the main part. The rules are few and can be wrong: who asks compares with a wider choice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Boilerplate", "Element", "letters", "main_part"]

Element = Any  # lxml has no types of its own

# Never text.
_SILENT = frozenset(
    """script style template svg math iframe object embed canvas audio video map head noscript button select option
    datalist input textarea progress meter dialog""".split()
)
_TAGS = frozenset({"nav", "footer", "aside", "header", "menu"})
_ROLES = frozenset("navigation banner contentinfo complementary search dialog alertdialog menu menubar toolbar".split())
_NAMES = frozenset(
    """nav navbar navigation navigator menu sidebar footer breadcrumb breadcrumbs cookie cookies consent gdpr banner
    share sharing social related recommended comments advert advertisement ads promo popup modal overlay newsletter
    subscribe pagination pager toolbar skip skiplink masthead hatnote noprint navbox editsection headerlink
    permalink""".split()
)
_CALLOUTS = frozenset({"note", "warning", "tip", "caution", "important", "admonition", "callout", "hint"})
_MAIN_NAMES = frozenset(
    "content main maincontent article bodycontent mw-content-text main-content post-content".split()
)
_LISTS = frozenset({"ul", "ol", "dl", "div", "section", "table", "p"})
_WHOLE = frozenset({"html", "body", "main", "article"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+")


class Boilerplate:
    """Answers for each element whether it and all within it is to be left out.

    ``tags`` leaves out what tags and roles call navigation and the like, ``names`` also what classes call so.
    """

    def __init__(self, root: Element, *, tags: bool, names: bool) -> None:
        self._tags = tags
        self._sizes = _sizes(root) if names else {}
        self._all = self._sizes[root][0] if names else 0

    def __contains__(self, element: Element) -> bool:
        if element.tag in _WHOLE:
            return False  # some sites hide the page until their scripts have run
        if element.tag in _SILENT or _is_hidden(element):
            return True
        return (self._tags and _by_tag(element)) or (element in self._sizes and self._by_name(element))

    def _by_name(self, element: Element) -> bool:
        size, links = self._sizes[element]
        # A wrapper called "with-sidebar" holds the text too.
        if 2 * size > self._all:
            return False
        named = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
        if not _NAMES.isdisjoint(_WORD.findall(named)):
            return True
        return element.tag in _LISTS and links > 0.85 * size and links > 60 and not _within_main(element)


def letters(root: Element, boilerplate: Boilerplate) -> int:
    """How many characters of text ``root`` holds without the boilerplate and white space."""
    count = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            count += _letters(element.tail)
        elif element in boilerplate:
            walk.skip_subtree()
        else:
            count += _letters(element.text)
    return count


def main_part(root: Element) -> Element:
    """The element that holds the main part of the page, or ``root`` where none says so and is large enough."""
    sizes = _sizes(root)
    for candidates, share in ((_marked(root), 0.2), (list(root.iter("article")), 0.5), (_named_main(root), 0.5)):
        # What lies in a script or the like has no size.
        found = max((sizes[element][0] for element in candidates if element in sizes), default=0)
        if found > share * sizes[root][0]:
            return next(element for element in candidates if sizes.get(element, (0, 0))[0] == found)
    return root


def _marked(root: Element) -> list[Element]:
    return [element for element in root.iter("*") if element.tag == "main" or element.get("role") == "main"]


def _named_main(root: Element) -> list[Element]:
    return [element for element in root.iter("*") if (element.get("id") or "").lower() in _MAIN_NAMES]


def _is_hidden(element: Element) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style") or ""))
    )


def _by_tag(element: Element) -> bool:
    if element.get("role") in _ROLES:
        return True
    if element.tag not in _TAGS:
        return False
    if element.tag == "header":
        # An article's header holds its title.
        return not _within_main(element)
    return element.tag != "aside" or _CALLOUTS.isdisjoint(_WORD.findall((element.get("class") or "").lower()))


def _within_main(element: Element) -> bool:
    return any(above.tag in {"main", "article"} or above.get("role") == "main" for above in element.iterancestors())


def _sizes(root: Element) -> dict[Element, tuple[int, int]]:
    """For each element how many characters of text it holds, and how many of them are links."""
    sizes: dict[Element, tuple[int, int]] = {}
    open_: list[tuple[int, int]] = []
    text = links = depth = 0
    for event, element, said in _events(root):
        if event == "start":
            open_.append((text, links))
            depth += element.tag == "a"
        text += said
        links += said if depth else 0
        if event == "end":
            before = open_.pop()
            sizes[element] = text - before[0], links - before[1]
            depth -= element.tag == "a"
            tail = _letters(element.tail) if element is not root else 0
            text += tail
            links += tail if depth else 0
    return sizes


def _events(root: Element) -> Iterator[tuple[str, Element, int]]:
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        silent = element.tag in _SILENT
        if silent and event == "start":
            walk.skip_subtree()
        yield event, element, _letters(element.text) if event == "start" and not silent else 0


def _letters(text: str | None) -> int:
    return len("".join(text.split())) if text else 0
