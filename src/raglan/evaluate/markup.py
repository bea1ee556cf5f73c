"""HTML and SVG that escape by themselves: text stays text unless it was made here."""

from __future__ import annotations

import html
from collections.abc import Iterable

from raglan.text.surrogates import mended

__all__ = ["Html", "escaped", "join", "stylesheet", "tag"]

Attribute = str | float | None

# No browser shows them, and some parsers end the text there.
_CONTROLS = {code: "\ufffd" for code in (*range(32), 127) if chr(code) not in "\t\n\r"}
_VOID = frozenset({"meta", "wbr"})


class Html(str):
    """Markup that is ready to be shown; any other string is text."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """``text`` as markup that shows it.

    >>> escaped('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    >>> escaped(escaped("<"))
    '&lt;'
    """
    return text if isinstance(text, Html) else Html(html.escape(mended(text).translate(_CONTROLS)))


def join(parts: Iterable[str], between: str = "") -> Html:
    """Texts and markup, one after the other."""
    return Html(escaped(between).join(map(escaped, parts)))


def tag(name: str, /, *inside: str, **attributes: Attribute) -> Html:
    """An element. ``class_`` and ``text_anchor`` are ``class`` and ``text-anchor``; what is ``None`` is left out.

    >>> tag("p", "1 < 2", tag("b", "so"), class_="sum", title=None)
    '<p class="sum">1 &lt; 2<b>so</b></p>'
    >>> tag("line", x1=0.25, stroke_width=2)
    '<line x1="0.25" stroke-width="2"></line>'
    """
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    head = " ".join([name, *(f'{key}="{_attribute(value)}"' for key, value in given.items())])
    return Html(f"<{head}>") if name in _VOID else Html(f"<{head}>{join(inside)}</{name}>")


def _attribute(value: str | float) -> str:
    # Html is escaped text, quotes included: it may stand here as it is.
    return escaped(value) if isinstance(value, str) else f"{round(value, 2):g}"


def stylesheet(rules: str) -> Html:
    """A style element: the one whose text a browser does not unescape, so ``rules`` must be our own."""
    return Html(f"<style>\n{rules}</style>")
