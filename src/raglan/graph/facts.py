"""Facts in English sentences, by pattern: what something is, what was done by whom, where and when, and how much.

A little open information extraction in the manner of ReVerb (Fader et al. 2011), without a tagger: a relation is a verb with
its preposition from closed lists, and the subject is the whole start of the sentence (:mod:`raglan.graph.subjects`). Each
fact names its rule, so that precision is measured rule by rule (bench/graph.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from raglan.graph.entities import NAME
from raglan.graph.found import Fact
from raglan.graph.quantities import DATE, QUANTITY
from raglan.graph.subjects import object_of, phrase, subject
from raglan.types import Span

__all__ = ["DEFINITE", "stated"]

DEFINITE = ", the"  # ends the rule's name where the subject is one that only its document makes clear: "the film"

_BE = re.compile(r"\s(?P<be>is|was|are|were)\s(?P<rest>(?:an?|the|one of the|a type of)\s\S.*)", re.DOTALL)
_MEANS = re.compile(
    r"\s(?P<verb>means|refers to|stands for|is defined as|are defined as|is the term for)\s(?P<rest>.+)", re.DOTALL
)
_DONE = (
    "founded|established|created|built|constructed|designed|written|directed|produced|published|"
    "released|discovered|invented|"
    "developed|introduced|launched|owned|operated|acquired|bought|sold|composed|recorded|painted|"
    "located|situated|based|"
    "headquartered|born|buried|killed|elected|appointed|named|formed|organized|organised|incorporated|opened|completed|"
    "signed|adopted|awarded|bordered|surrounded|caused|transmitted|spread|inherited|treated|diagnosed|characterized|"
    "characterised|covered|governed|administered|managed|manufactured|distributed|starred|played|"
    "voiced|hosted|broadcast|"
    "premiered|divided|used|married|raised|educated|assassinated|destroyed|abolished|dissolved|merged|renamed"
)
_PASSIVE = re.compile(
    r"\s(?P<be>is|was|are|were)\s(?:(?:originally|first|officially|mainly|primarily|usually|typically|"
    r"also|mostly|jointly|"
    rf"formally|currently|initially|commonly|generally|often)\s)?(?P<verb>{_DONE})\s(?P<rest>.+)",
    re.DOTALL,
)
_ACTIVE = re.compile(
    r"\s(?P<verb>founded|established|wrote|directed|invented|discovered|designed|developed|published|"
    r"released|composed|won|"
    r"acquired|bought|joined|married|contains|contain|includes|include|consists of|consist of|comprises|"
    r"causes|cause|treats|"
    r"affects|affect|requires|require|provides|provide|produces|produce|covers|supports|features|"
    r"stars|belongs to|weighs|"
    r"costs|lasts|measures|borders|owns|operates|manufactures|sells|represents|governs|administers|"
    r"became|received|defeated|"
    r"succeeded|replaced|flows into|lies in|lies on|ranges from|occurs in|occur in|results from|"
    r"result from|graduated from|"
    r"died in|died on|died of|served as|works as|worked as|serves as|acts as|has a population of|had a population of|"
    r"holds|is home to|is part of|is capable of|is responsible for|was responsible for|appeared in|"
    r"attended)\s(?P<rest>.+)",
    re.DOTALL,
)
_HERE = re.compile(r" (?:under|of|in|for|by) (?:these|this) \w+$")  # "the period under these terms": the document's own
_LISTING = frozenset("contains contain includes include consists consist comprises features stars".split())
# "The cause of it is unknown", "features can include": the word was a noun.
_NO_OBJECT = re.compile(
    r"(?:of|can|may|could|will|should|must|in|on|for|and|or|is|are|was|were|has|have|had|to|that|"
    r"which|by|not|from)\b"
)
_CLAUSE = re.compile(r" (?:is|are|was|were|can|may|has|have|had|will) ")
_BARE = re.compile(r"(?:the|an?) [a-z]+")  # "the country": which one is told elsewhere
_NARROWS = re.compile(
    r"\s(?:that|which|who|whose|where|when|in which)\b"
)  # "the first province to pass a law [which ...]"
_PAST = frozenset(
    "was were founded established wrote directed became received won defeated succeeded replaced joined".split()
)
_NUMBER = re.compile(
    r"\s(?P<verb>is|was|are|were|has|have|lasts|costs|takes|weighs|holds|measures|reaches|expires after|"
    r"ends after|are covered for|"
    r"is covered for|is valid for|are valid for|is limited to)\s(?:about |approximately |around |"
    r"up to |at least |at most |over |"
    rf"nearly )?(?P<rest>{QUANTITY}(?: (?:from|of|after|per|a|in) [^.;,()]{{2,60}})?)(?=[.,;()]|\s|$)"
)
_AFTER = (
    r"\s*(?:[,.;()]|$)|\s(?:by|in|on|at|from|for|near|between|into|as|with|and|during|to|when|under|"
    r"after|before|of)\b"
)
_LISTED = re.compile(r", [^,.;]+(?:, [^,.;]+)*,? (?:and|or) ")  # only the first of several would be told
_TO = ("married", "sold", "awarded", "renamed", "transmitted", "spread")
_PREPOSITION = re.compile(
    rf"(?:^|\s)(?P<how>by|in|on|at|from|for|near|into|of|to)\s(?P<tail>{DATE}|(?:1\d|20)\d\d(?![\d.,%]\d)|"
    rf"(?:the )?(?:{NAME})(?={_AFTER})|[^,.;()]+)"
)
_LIVED = re.compile(
    rf"^\s?[(](?:[^();]{{0,60}}; )?(?P<born>{DATE}|1\d\d\d)\s?[-–—]\s?(?P<died>{re.sub(r'[(][?]P<[a-z0-9]+>', '(?:', DATE)}"
    r"|(?:1\d|20)\d\d)[)]"
)
_BORN = re.compile(rf"^\s?[(](?:[^();]{{0,60}}[;,] )?born (?:in )?(?P<born>{DATE}|(?:1\d|20)\d\d)")
_CALLED = re.compile(
    r"\b(?P<verb>also known as|formerly known as|better known as|commonly known as|also called|"
    r"formerly|abbreviated as|abbreviated)\s[\"“]?"
    rf"(?P<tail>(?:the )?(?:{NAME}))"
)
_APPOSED = re.compile(
    rf"(?P<head>{NAME}), (?P<tail>(?:an? [a-z][\w-]*(?: [\w-]+){{1,7}}|the (?:[a-z][\w-]* ){{1,4}}(?:of|"
    rf"in|for) (?:the )?(?:{NAME}))), (?=[a-z])(?!an? |and |or |the )"
)
_START = re.compile(rf"^(?:the )?(?P<head>{NAME})", re.IGNORECASE)


def stated(text: str, sentence: Span) -> Iterator[Fact]:
    """The facts of one English sentence of ``text``.

    >>> text = "Acme Corp. (ACME) was founded in 1998 by Ann Lee. The warranty lasts 24 months from delivery."
    >>> for span in (Span(0, 49), Span(50, 95)):
    ...     for fact in stated(text, span):
    ...         print(fact.head, "|", fact.relation, "|", fact.tail)
    Acme Corp | founded in | 1998
    Acme Corp | founded by | Ann Lee
    warranty | lasts | 24 months from delivery
    """
    said = " ".join(sentence.of(text).split())
    if len(said) > 600 or said.endswith("?"):
        return
    there: set[tuple[str, str, str]] = set()
    for rule, head, relation, tail in _all(said):
        head, tail = head.rstrip(" .,"), tail.strip(" ,;")
        if tail.endswith(".") and not re.search(r"[A-Z]\.$|Inc\.$|Corp\.$|Ltd\.$|Jr\.$", tail):
            tail = tail[:-1]
        if head and len(tail) > 1 and head.lower() != tail.lower() and (head, relation, tail) not in there:
            there.add((head, relation, tail))
            # "The film": which one, the document knows.
            local = said.startswith("The ") and head.islower() and rule != "apposition"
            yield Fact(sentence, head, relation, tail, f"{rule}{DEFINITE}" if local else rule)


def _all(said: str) -> Iterator[tuple[str, str, str, str]]:
    yield from _copular(said)
    yield from _meaning(said)
    yield from _passive(said)
    yield from _active(said)
    yield from _measured(said)
    yield from _bracketed(said)
    yield from _apposed(said)


def _before(said: str, match: re.Match[str]) -> str:
    return subject(said[: match.start()])


def _unknown(said: str, verb: str) -> bool:
    """Whether the subject is one that the sentence brings up: "a new version was ...". Which one, only its text tells."""
    return said.startswith(("A ", "An ")) and verb in _PAST


def _copular(said: str) -> Iterator[tuple[str, str, str, str]]:
    match = _BE.search(said)
    if match and (head := _before(said, match)):
        tail = object_of(_joined(match["rest"]))
        narrowed = tail.startswith("the ") and (_BARE.fullmatch(tail) or _NARROWS.match(match["rest"], len(tail)))
        if len(tail.split()) > 1 and phrase(tail) and not narrowed and not _parted(match["be"], match["rest"]):
            yield "copular", head, match["be"], tail


def _parted(be: str, rest: str) -> bool:
    """Whether the phrase is the first of several that are all meant: "are the metre, the kilogram and ..."."""
    return be in ("are", "were") and re.match(r"[^,.;:()]+(?:,|:) (?:the|an?|and)\b|[^,.;]+:", rest) is not None


def _joined(rest: str) -> str:
    """Adjectives with commas between them, without the commas: the phrase does not end there."""
    return (
        re.sub(r"^((?:an?|the) (?:[\w-]+, )+)(?=[a-z][\w-]* )", lambda m: m.group().replace(",", ""), rest)
        if re.match(
            r"(?:an?|the) [\w-]+, (?!an?\b|the\b|and\b|or\b|which|who|that|where|[a-z]+(?:ing|ed)\b|in\b|"
            r"on\b|at\b|with\b|by\b|of\b|for\b)",
            rest,
        )
        else rest
    )


def _meaning(said: str) -> Iterator[tuple[str, str, str, str]]:
    match = _MEANS.search(said)
    if match and (head := _before(said, match).strip("\"“”'‘’")):
        tail = object_of(match["rest"], most=24)
        if len(tail.split()) > 1 and phrase(tail):
            yield "meaning", head, match["verb"], tail


def _passive(said: str) -> Iterator[tuple[str, str, str, str]]:
    match = _PASSIVE.search(said)
    if not match or not (head := _before(said, match)) or _unknown(said, match["be"]):
        return
    rest = re.sub(r"\s*[(][^()]*[)]", "", match["rest"])
    rest = re.split(r";(?:\s|$)| (?:and|but|which|who|that|where|when|after|before|while) (?![A-Z])", rest, maxsplit=1)[
        0
    ]
    taken = 0
    for found in _PREPOSITION.finditer(rest):
        # What stands between two prepositional phrases may belong to neither.
        if found.start() - taken > 2 and not re.fullmatch(r"[\s,]*", rest[taken : found.start()]):
            break
        tail = object_of(found["tail"], most=8)
        if _LISTED.match(rest, found.end()):
            break
        late = found["how"] in ("of", "to", "for") and taken
        if not phrase(tail) or _BARE.fullmatch(tail) or late or (found["how"] == "to" and match["verb"] not in _TO):
            break
        yield "passive", head, f"{match['verb']} {found['how']}", tail
        taken = found.end()


def _active(said: str) -> Iterator[tuple[str, str, str, str]]:
    match = _ACTIVE.search(said)
    if (
        match
        and not _NO_OBJECT.match(match["rest"])
        and not _unknown(said, match["verb"])
        and (head := _before(said, match))
    ):
        listing = match["verb"].split()[0] in _LISTING
        tail = object_of(match["rest"], most=24 if listing else 14, listing=listing)
        if phrase(tail) and not _CLAUSE.search(tail) and not _BARE.fullmatch(tail):
            yield "active", head, match["verb"], tail


def _measured(said: str) -> Iterator[tuple[str, str, str, str]]:
    match = _NUMBER.search(said)
    if match and (head := subject(_HERE.sub("", said[: match.start()]))):
        yield "quantity", head, match["verb"], match["rest"]


def _bracketed(said: str) -> Iterator[tuple[str, str, str, str]]:
    start = _START.match(said)
    if not start:
        return
    head = subject(start["head"])
    rest = said[start.end() :]
    lived = _LIVED.match(rest)
    born = lived or _BORN.match(rest)
    if head and born and len(head.split()) > 1:
        yield "lived", head, "born", born["born"]
        if lived:
            yield "lived", head, "died", lived["died"]
    called = _CALLED.search(rest[:160])
    if head and called and re.fullmatch(r"\s*[(,]\s*(?:or |[^()]{0,40}[;,] )?", rest[: called.start()]):
        yield "called", head, called["verb"], called["tail"]


def _apposed(said: str) -> Iterator[tuple[str, str, str, str]]:
    for match in _APPOSED.finditer(said):
        head = subject(match["head"])
        if head and phrase(match["tail"]) and not _CLAUSE.search(match["tail"]):
            yield "apposition", head, "is", match["tail"]
