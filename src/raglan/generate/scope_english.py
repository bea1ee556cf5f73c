"""How English asks to count, list, compare or summarise."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["Found", "english_scope"]

Found = tuple[str, list[str], str, str]  # kind, subjects, noun, aspect
Known = Callable[[str], bool]

_POLITE = re.compile(
    r"^(?:(?:please|kindly|now|ok(?:ay)?|hi|hello)[,\s]+|(?:can|could|would|will) you (?:please )?(?=\w)"
    r"|i (?:want|need|would like|'d like) (?:you )?to |i'd like (?:you )?to |help me (?:to )?)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:[\s,]+(?:please|for me|in total|altogether|overall|briefly|in short|side by side"
    r"|in (?:a few|one|two|three|four|five|\d+) (?:sentences|words|lines|points|paragraphs?)"
    r"|in (?:the|these|this|our|my|your|all) (?:documents?|files|collection|corpus|store|knowledge base|data ?set|data)))*"
    r"[\s.?!]*$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"^(?:(?:all|every|each|both|any|of|the|a|an|our|my|your|these|those|this|that)\s+)+", re.IGNORECASE
)

# What a collection holds many of. The others may also be a thing that one passage tells the number of.
_HELD = r"(?:documents?|passages?|records?|entry|entries|rows?|tickets?|files?)"
_OFTEN = (
    r"(?:messages?|questions?|products?|cases?|e-?mails?|issues?|notes?|articles?|reports?|pages?|paragraphs?|sections?|"
    r"incidents?|complaints?|reviews?|posts?|papers?|orders?|invoices?|contracts?|lines?|faqs?|texts?)"
)
# A number of these is a measure, never a number of rows.
_MEASURE = re.compile(
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centuries|times?|percent|points?|people|persons?|"
    r"lit(?:er|re)s?|met(?:er|re)s?|miles?|feet|inch(?:es)?|(?:kilo)?grams?|pounds?|euros?|dollars?|yuan|degrees?|cups?)$",
    re.IGNORECASE,
)
_VERBS = frozenset(
    "is are was were be do does did has have had can could will would should must may might of than".split()
)
_MENTION = (
    r"(?:(?:that|which|who) )?(?:mention|contain|include|discuss|describe|concern|cover|refer to|talk about|deal with|"
    r"speak of|are about|is about|are related to|relate to|regard)(?:s|ed|ing)?\b"
    r"|(?:that |which )?(?:refer(?:s|ring) to|talk(?:s|ing) about|deal(?:s|ing) with)|about|regarding|concerning"
)
_THERE = (
    r"(?:are|is) there\b|exist\b|do (?:we|you) have\b(?! to)|have (?:we|you) (?:got )?\b(?! to)"
    r"|are (?:on|listed|recorded|stored|indexed)\b"
)
_LINK = re.compile(
    rf"^(?P<np>[\w'’-]+(?: [\w'’-]+){{0,4}}?) (?:(?P<mention>{_MENTION})|(?P<there>{_THERE}))(?P<rest>.*)$",
    re.IGNORECASE,
)
_OF = re.compile(rf"^(?:{_MENTION}|on|for|of|with|from|in|by|to|where|whose)\s+", re.IGNORECASE)
_END_THERE = re.compile(rf"\s*(?:{_THERE})\s*$", re.IGNORECASE)

_COUNT = re.compile(
    r"^(?:(?:tell me |do you know )?how many|what(?: is|'s) the (?:total )?number of|(?:the )?(?:total )?number of"
    r"|count(?: up)?)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"^(?:list|enumerate|name|show|give|find|display|tell|get|return)(?: me| us)?(?: (?:a |the |an )?(?:complete |full )?list of)?"
    r" (?:all|every|each)(?: of)?(?: the| our| my)? (?P<rest>.+)$|^(?:(?:what|which) are|(?:a |the )?(?:complete |full )?list of)"
    r" all(?: of)?(?: the| our| my)? (?P<other>.+)$",
    re.IGNORECASE,
)
_SOME = re.compile(
    r"^(?:list|enumerate|show(?: me)?|give(?: me)?(?: a| the) list of|(?:a |the )?list of)(?: the| our)? (?!price)(?P<rest>.+)$",
    re.IGNORECASE,
)
_WHICH = re.compile(r"^(?:which|what|in which|in what|all|every)(?: of)?(?: the| our)? (?P<rest>.+)$", re.IGNORECASE)

_AND = re.compile(r"\s*,?\s+(?:and|with|to|versus|vs\.?|against|or)\s+|\s*,\s*", re.IGNORECASE)
_COMPARE = (
    re.compile(r"^compare (?P<both>.+)$", re.IGNORECASE),
    re.compile(r"^(?:give me |make |draw |write )?(?:a |the )?comparison (?:of|between) (?P<both>.+)$", re.IGNORECASE),
    re.compile(
        r"^(?:(?:what(?: is| are|'s)|explain|describe|list|show(?: me)?|tell me|give me) )?(?:all )?(?:the )?"
        r"(?:main |key |biggest |major )?differences? (?:in (?P<in>[a-z -]+?) )?between (?P<both>.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^how (?:do|does|did) (?P<one>.+?) (?:differ from|compare (?:to|with|against)) (?P<other>.+)$", re.IGNORECASE
    ),
    re.compile(
        r"^how (?:do|are) (?P<both>.+? and .+?) (?:differ|different|compare)(?: from (?:each other|one another))?$",
        re.IGNORECASE,
    ),
    # A bare "A versus B" is one only where the two are names: a longer one is about something else.
    re.compile(
        r"^(?!wh|how|is |are |do|did)(?P<one>[^\s,]+(?: [^\s,]+){0,3}) (?:vs\.?|versus) (?P<other>[^\s,]+(?: [^\s,]+){0,3})$",
        re.IGNORECASE,
    ),
)
# In small letters: "the Bank of England" is one thing, "the price of the FX-100" names an aspect.
_ASPECT = re.compile(r"^(?:(?:the|their) )?(?P<aspect>[a-z][a-z -]{1,40}?) (?:of|for|in|between) (?P<rest>.+)$")
_ASPECT_LAST = re.compile(
    r"^(?P<rest>.+?),? (?:in terms of|with (?:regard|respect) to|regarding|by|in) (?:the |their )?(?P<aspect>[a-z][a-z -]{1,40})$"
)

_SUMMARY = re.compile(
    r"^(?:summari[sz]e|sum up|recap"
    r"|(?:give|write|provide|make|create)(?: me| us)? (?:a |an |the )?(?:short |brief |quick |concise )?(?:summary|overview|synopsis) (?:of|on|about|for)"
    r"|(?:a |the )?(?:short |brief |quick )?summary (?:of|on|about))\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_SAID = re.compile(
    rf"^(?:what(?: all)? (?:the|our|these|my)? ?(?:{_HELD}|we|they|you) (?:say|says|tell us|state|know|have)s? (?:about|on|of)"
    r"|(?:everything|anything|all|what)(?: that)?(?: (?:there is|we have|we know|is known|is said))?(?: (?:about|on|regarding))"
    r"|(?:the )?(?:information|content|contents|text)s? (?:of|on|about|in)) ",
    re.IGNORECASE,
)


def english_scope(question: str, known: Known) -> Found | None:
    """Kind, subjects, noun and aspect of an English question, or ``None``; see :func:`raglan.generate.scope.scope`."""
    asked = _TAIL.sub("", _POLITE.sub("", question.strip()))
    return _count(asked, known) or _summary(asked, known) or _compare(asked) or _list(asked, known)


def _count(asked: str, known: Known) -> Found | None:
    match = _COUNT.match(asked)
    if match is None:
        return None
    link = _LINK.match(_bare(match["rest"]))
    if link is None:
        bare = _bare(match["rest"])
        # "count the tickets", "the number of records": nothing else is said of them.
        noun = _noun(bare, known, often=False) if not asked.lower().startswith("how") else None
        return ("count", noun[1], noun[0], "") if noun else None
    return _linked("count", link, known)


def _linked(kind: str, link: re.Match[str], known: Known) -> Found | None:
    rest = _END_THERE.sub("", link["rest"]).strip()
    noun = _noun(link["np"], known, often=bool(link["mention"] and rest))
    if noun is None or (link["mention"] and not rest):
        return None
    subject = " ".join([*noun[1], _subject(_OF.sub("", rest))]).strip()
    return kind, [subject] if subject else [], noun[0], ""


def _noun(phrase: str, known: Known, *, often: bool) -> tuple[str, list[str]] | None:
    """What is counted, and what is said of it before: the longest end of ``phrase`` that is known, or held by its name."""
    words = phrase.split()
    if not words or len(words) > 5 or _MEASURE.match(words[-1]) or _VERBS & {word.lower() for word in words}:
        return None
    for at in range(len(words)):
        if known(" ".join(words[at:])):
            return " ".join(words[at:]), [" ".join(words[:at])] if at else []
    nouns = rf"{_HELD}|{_OFTEN}" if often else _HELD
    if re.fullmatch(nouns, words[-1], re.IGNORECASE):
        return words[-1], [" ".join(words[:-1])] if words[1:] else []
    return None


def _list(asked: str, known: Known) -> Found | None:
    if match := _ALL.match(asked):
        return _listed(_bare(match["rest"] or match["other"]), known)
    if match := _WHICH.match(asked):
        link = _LINK.match(match["rest"])
        found = _linked("list", link, known) if link else None
        if found:
            return found
    if (match := _SOME.match(asked)) and _told_apart(_bare(match["rest"]), known):
        return _listed(_bare(match["rest"]), known)
    return None


def _listed(phrase: str, known: Known) -> Found | None:
    if not phrase:
        return None
    apart = _told_apart(phrase, known)
    if apart is None:
        return "list", [_subject(phrase)], "", ""
    noun, subject = apart
    return "list", [subject] if subject else [], noun, ""


def _told_apart(phrase: str, known: Known) -> tuple[str, str] | None:
    """Noun and subject of "tickets about leaks", where the noun is one that can be listed."""
    parts = re.match(
        rf"^(?P<np>[\w'’-]+(?: [\w'’-]+){{0,3}}?)(?: (?:{_MENTION}|on|for|of|with|from|in|by)\s+(?P<rest>.+))?$",
        phrase,
        re.IGNORECASE,
    )
    noun = _noun(parts["np"], known, often=bool(parts["rest"])) if parts else None
    if parts is None or noun is None:
        return None
    return noun[0], " ".join([*noun[1], _subject(parts["rest"] or "")]).strip()


def _compare(asked: str) -> Found | None:
    match = next((found for pattern in _COMPARE if (found := pattern.match(asked))), None)
    if match is None:
        return None
    groups = match.groupdict()
    aspect = groups.get("in") or ""
    if groups.get("one"):
        sides = [groups["one"], groups["other"]]
    else:
        both = re.sub(r"^and contrast ", "", groups["both"])
        if last := _ASPECT_LAST.match(both):
            both, aspect = last["rest"], aspect or last["aspect"]
        first = _ASPECT.match(both)
        if first and not aspect and _AND.search(first["rest"]):
            both, aspect = first["rest"], first["aspect"]
        sides = _AND.split(both)
    subjects = [side for part in sides if (side := _subject(part))]
    return ("compare", subjects, "", aspect) if len(subjects) == len(sides) > 1 else None


def _summary(asked: str, known: Known) -> Found | None:
    match = _SUMMARY.match(asked)
    if match is None:
        return None
    rest = _SAID.sub("", match["rest"])
    bare = _bare(rest)
    noun, subject = _told_apart(bare, known) or ("", _subject(bare))
    return ("summary", [subject] if subject else [], noun, "") if subject or noun else None


def _bare(phrase: str) -> str:
    return _ARTICLE.sub("", phrase.strip(" ,.;:")).strip()


def _subject(phrase: str) -> str:
    return _bare(_TAIL.sub("", phrase)).strip("\"'“”‘’ ")
