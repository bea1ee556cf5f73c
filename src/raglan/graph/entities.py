"""Names in English text, by their capitals, and codes: what is named, where, and of which kind as far as words tell.

No tagger: a name is a run of capitalised words with the small words that join them. The first word of a sentence is
capitalised anyway, so alone it counts only where other places of the passage, or its title, write it so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from raglan.graph.found import Mention
from raglan.graph.gazetteer import CITIES, COUNTRIES, GIVEN, ORGANISATION, PLACE, TITLES
from raglan.graph.names import key
from raglan.types import Span

__all__ = ["NAME", "codes", "kind_of", "named"]

_WORD = r"(?:(?:[A-ZÀ-ÖØ-Þ]\.){1,4}|(?:St|Dr|Mr|Mrs|Ms|Jr|Sr|Inc|Corp|Co|Ltd|Mt)\.|[A-ZÀ-ÖØ-Þ](?:[\w’'&-]*\w)?)"
_JOIN = r"(?:of the|of|de la|de|del|della|der|du|van der|van|von|di|da|al|el|bin|ibn|la|le|the|and the|&|for)"
# A name: capitalised words, joined by small ones; numbers within or at the end ("Apollo 11", "Version 2").
NAME = rf"{_WORD}(?:(?:[ ]|[ ]{_JOIN}[ ]){_WORD}|[ ]\d{{1,4}}(?![\d,.%]\d|\w))*"
_NAME = re.compile(rf"(?<![\w’'.-]){NAME}")
_CODE = re.compile(
    r"(?<![\w/.-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Z][A-Za-z]{0,9}(?:-?\d+)[A-Za-z]{0,3}(?:-[A-Z0-9]+)*(?![\w-])"
)
# Begin a sentence, or a name, without being part of one.
_PLAIN = frozenset(
    """
    the a an this that these those it its he she they we you i his her their our your my in on at by for from to
    of with as if when while where after before during since until although though because however but and or
    nor so yet not no yes there here then thus hence therefore moreover furthermore also both each every some
    any many most much several other others another such all one two three four five six seven eight nine ten
    first second third finally later early under over between among within without through what who whom whose
    which why how is are was were be been do does did can could may might must shall should will would have has
    had new according today now only even just like unlike despite about above below more less few once instead
    additionally similarly generally usually often sometimes please mr mrs ms dr
    """.split()
)
_QUOTED = re.compile(r"(?<!\w)[\"“]([A-Z][^\"”“\n]{1,60})[\"”]|《([^》\n]{1,40})》")
_WITHIN = re.compile(r"[a-z0-9,;]\s$|\b(?:of|in) the\s$")  # before a name that does not begin a sentence


def named(text: str, title: str = "") -> Iterator[Mention]:
    """The names of ``text``, in order.

    >>> text = "The works of Acme Corp. in Paris make boilers. Acme Corp. was founded by Ann Lee."
    >>> [(one.said, one.kind) for one in named(text)]
    [('Acme Corp.', 'organisation'), ('Paris', 'place'), ('Acme Corp.', 'organisation'), ('Ann Lee', 'person')]
    """
    known = set(title.split())
    runs = _NAME.finditer(text)
    known.update(match.group() for match in runs if _WITHIN.search(text[max(0, match.start() - 12) : match.start()]))
    for match in _NAME.finditer(text):
        span = _trimmed(text, Span(*match.span()))
        if span is None:
            continue
        said = span.of(text)
        if " " not in said and said not in known and not _marked(said):
            continue
        yield Mention(span, kind_of(said), key(said), said)
    for match in _QUOTED.finditer(text):
        group = 1 if match[1] else 2
        if match[group].count(" ") < 8 and match[group][-1] not in ".!?,":
            yield Mention(Span(*match.span(group)), "work", key(match[group]), match[group])


def _marked(word: str) -> bool:
    """Whether a word shows by its letters that it is a name, wherever it stands."""
    return sum(map(str.isupper, word)) > 1 or any(map(str.isdigit, word))


def _trimmed(text: str, span: Span) -> Span | None:
    """A run without the plain words at its start and the point at its end; ``None`` if nothing is left."""
    start, end = span.start, span.end
    while start < end:
        word = text[start:end].split(" ", 1)[0]
        if word.lower().strip(".'’") not in _PLAIN:
            break
        start = min(end, start + len(word) + 1)
        # What joined the plain word to the name goes with it.
        rest = re.match(rf"{_JOIN} ", text[start:end])
        start += rest.end() if rest else 0
    said = text[start:end]
    if said.endswith(".") and not re.search(r"(?:[A-Z]\.|\b(?:Inc|Corp|Co|Ltd|Jr|Sr|St)\.)$", said):
        end -= 1
    said = text[start:end]
    if said.endswith(("'s", "’s")):
        end -= 2
    said = text[start:end]
    if (
        len(said) < 2
        or said.lower() in _PLAIN
        or (said.isupper() and len(said) > 6 and " " not in said and len(said) > 12)
    ):
        return None
    return Span(start, end)


def codes(text: str) -> Iterator[Mention]:
    """Products and codes: letters with figures.

    >>> [one.said for one in codes("The FX-200 shows E-07; ask for part A1234-B. COVID-19 is none of ours.")]
    ['FX-200', 'E-07', 'A1234-B', 'COVID-19']
    """
    for match in _CODE.finditer(text):
        yield Mention(Span(*match.span()), "code", key(match.group()), match.group())


def kind_of(said: str) -> str:
    """Of which kind a name is, as far as its words tell.

    >>> [kind_of(name) for name in ("Bank of England", "Lake Como", "Sir Isaac Newton", "Brazil", "Zanzo")]
    ['organisation', 'place', 'person', 'place', 'name']
    """
    plain = key(said)
    words = plain.split()
    if plain in COUNTRIES or plain in CITIES:
        return "place"
    first, last = words[0], words[-1]
    heads = {last, first if len(words) > 1 and words[1] in ("of", "for") else last}
    if heads & ORGANISATION:
        return "organisation"
    if heads & PLACE or (first in ("lake", "mount", "river", "cape", "port") and len(words) > 1):
        return "place"
    if len(words) > 1 and (first in TITLES or (first in GIVEN and len(words) <= 4 and "of" not in words)):
        return "person"
    if re.fullmatch(r"[A-Z]{1,2}\.(?: ?[A-Z]\.)* [A-Z]\w+", said):
        return "person"
    return "name"
