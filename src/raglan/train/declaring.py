"""An English question and its short answer as one sentence, where a rule is sure of it; else nothing.

"Who discovered radium?" and "Marie Curie" are "Marie Curie discovered radium." What is asked for stands where a statement
has it: before the verb, if the question asks for its subject, else behind it, and then "did" gives its tense to the verb
(Demszky et al. 2018 do the same with a parser). There is no parser here: rules look at the first words, and at verbs that
they know (:mod:`raglan.train.verbs`); a question with two verbs that may be the one meant, or with none, is left out. So is
any other form: a quarter of SQuAD's questions is told, and two fifths of those that people type.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from raglan.train.verbs import BASES, PARTICIPLES, PASTS, past, singular, third

__all__ = ["declared"]

_BE = "is|was|are|were"
_NOT_VERBS = frozenset(
    "is was are were am be do does did has have had can could will would shall should may might must happens "
    "happened".split()
)
_PREPOSITIONS = frozenset(
    "in on at by of for from to with about after before during until since under over near between among around against "
    "into through within as because per via outside inside throughout".split()
)
_PARTICLES = frozenset("on in over about by".split())  # "it came on in May"
_ARTICLES = frozenset("the a an this that these those his her its their our my your some any".split())
_BEFORE_NOUNS = _ARTICLES | {"of", "to", "'s", "and", "or", "for", "no", "each", "every"}
_ADVERBS = frozenset("first also last once often still now formerly never".split())
_SCALES = frozenset("hundred thousand million billion trillion dozen".split())
_MOVING = frozenset("go move travel flee send bring".split())  # not "in" a place
_TIMELY = frozenset("in on at after before during until since by around between".split())
_NO_THINGS = _PREPOSITIONS | {"to", "because", "yes", "no", "if", "when"}
_LEFT_OUT = re.compile(
    r"\b(?:you|your|i|my|we|our|me|us|not|n't|if|whose|why|how|who|whom|what|which|when|where|being)\b|[;:]",
    re.IGNORECASE,
)
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_TIME = re.compile(
    r"(?:early |late |mid-?)?(?:(?:the )?(?:1\d{3}|20\d\d)(?P<more>s?)"
    rf"|{_MONTH}(?P<day> \d{{1,2}}(?:st|nd|rd|th)?)?(?:,? \d{{4}})?|(?P<turned>\d{{1,2}} {_MONTH}(?: \d{{4}})?))"
)

_SUBJECT = re.compile(r"(?:who|what)\s+(\w+)\s+(.+)", re.IGNORECASE)
_EQUALS = re.compile(rf"(?P<ask>who|what|where)(?:\s+(?P<be>{_BE})|'s)\s+(?P<rest>.+)", re.IGNORECASE)
_TURNED = re.compile(rf"(?P<ask>when|where)\s+(?P<be>{_BE})\s+(?P<rest>.+)", re.IGNORECASE)
_HELPED = re.compile(r"(?P<ask>when|where|what|who)\s+(?P<help>did|does|do)\s+(?P<rest>.+)", re.IGNORECASE)
_KIND = re.compile(r"(?:what|which)\s+(?P<noun>\w+)\s+(?P<verb>\w+)\s+(?P<rest>.+)", re.IGNORECASE)
_YEAR = re.compile(
    rf"(?:in\s+|on\s+)?(?:what|which)\s+(?:year|date|day|month|century|decade)\s+(?P<help>did|{_BE})\s+(?P<rest>.+)",
    re.IGNORECASE,
)
_MANY = re.compile(r"how\s+many\s+(?P<noun>\w+)\s+(?P<verb>\w+)\s+(?P<rest>.+)", re.IGNORECASE)


def declared(question: str, answer: str) -> str:
    """The sentence that both say; empty where no rule fits.

    >>> declared("Who discovered radium?", "Marie Curie")
    'Marie Curie discovered radium.'
    >>> declared("When did the oil crisis begin?", "October 1973")
    'The oil crisis began in October 1973.'
    >>> declared("Why did it begin?", "an embargo"), declared("Who did Ann see?", "her son")
    ('', 'Ann saw her son.')
    """
    asked, said = " ".join(question.split()).rstrip(" ?."), " ".join(answer.split()).rstrip(" .,;")
    if not said or not said[0].isalnum() or "?" in asked or _NOT_VERBS & set(said.split()):
        return ""
    if len(said) > 120 or len(asked.split()) > 24:
        return ""
    rules = (_dated, _counted, _named, _helped, _turned, _placed_at, _called, _equal, _subject)
    found = next((text for rule in rules if (text := rule(asked, said))), "")
    return f"{found[0].upper()}{found[1:]}." if found else ""


def _subject(asked: str, said: str) -> str:
    """From "who wrote Emma": "Jane Austen wrote Emma"."""
    match = _SUBJECT.fullmatch(asked)
    if not match or _LEFT_OUT.search(match[2]) or _no_thing(said):
        return ""
    verb = match[1].lower()
    return f"{said} {match[1]} {match[2]}" if _tensed(verb, participles=True) and not _disagree(verb, said) else ""


def _equal(asked: str, said: str) -> str:
    """From "what is the capital of France": "the capital of France is Paris"; "who is the king" begins with his name."""
    match = _EQUALS.fullmatch(asked)
    if not match or match["ask"].lower() == "where" or _LEFT_OUT.search(match["rest"]):
        return ""
    ask, be, rest = match["ask"].lower(), (match["be"] or "is").lower(), match["rest"]
    words = rest.split()
    if words[-1].lower() in _PREPOSITIONS:
        return _parted(words, be, said)
    if ask == "who" and _participle(words) == 0:
        return f"{said} {be} {rest}"
    if _no_thing(said) or not _is_noun(words) or (_unspecific(rest) and said[0].islower() and not _has_article(said)):
        return ""  # "a rose is flower"
    person = ask == "who" and words[0].lower() in ("the", "a", "an")
    return f"{said} {be} {rest}" if person else f"{rest} {be} {said}"


def _called(asked: str, said: str) -> str:
    """From "what is the area called": "the area is called a plain"."""
    match = _EQUALS.fullmatch(asked)
    words = match["rest"].split() if match else []
    if not match or words[-1].lower() not in ("called", "named") or _LEFT_OUT.search(match["rest"]):
        return ""
    return _parted(words, (match["be"] or "is").lower(), said, len(words) - 1)


def _placed_at(asked: str, said: str) -> str:
    """From "where is the museum": "the museum is in Oslo"."""
    match = _EQUALS.fullmatch(asked)
    if not match or match["ask"].lower() != "where" or _LEFT_OUT.search(match["rest"]) or not _placed(said):
        return ""
    words = match["rest"].split()
    moved = _verbs(words) or _participle(words) is not None or words[-1].lower() in _PREPOSITIONS
    return "" if moved else f"{match['rest']} {(match['be'] or 'is').lower()} {_placed(said)}"


def _turned(asked: str, said: str) -> str:
    """From "when was the tower finished": "the tower was finished in 1145"."""
    match = _TURNED.fullmatch(asked)
    if not match:
        return ""
    how = _when(said) if match["ask"].lower() == "when" else _placed(said)
    return _passive(match["rest"], match["be"].lower(), how)


def _helped(asked: str, said: str) -> str:
    """From "when did the war end": "the war ended in 1945"; "what did Tesla invent in 1888" is told the same way."""
    match = _HELPED.fullmatch(asked)
    if not match:
        return ""
    ask, help_ = match["ask"].lower(), match["help"].lower()
    if ask == "when" or (ask == "where" and not _MOVING & set(match["rest"].lower().split())):
        return _active(match["rest"], help_, _when(said) if ask == "when" else _placed(said))
    if ask == "where":
        return ""
    return "" if _no_thing(said) else _acting(match["rest"], help_, said)


def _dated(asked: str, said: str) -> str:
    """From "what year was the tower finished": "the tower was finished in 1145"."""
    match = _YEAR.fullmatch(asked)
    if not match:
        return ""
    told = _active if match["help"].lower() == "did" else _passive
    return told(match["rest"], match["help"].lower(), _when(said))


def _counted(asked: str, said: str) -> str:
    """From "how many people live there": "90 people live there"; "how many seats are in the hall" is told the same way."""
    match = _MANY.fullmatch(asked)
    if not match or _LEFT_OUT.search(match["rest"]) or _no_thing(said):
        return ""
    noun, verb, rest, last = match["noun"], match["verb"].lower(), match["rest"].split(), said.rsplit(maxsplit=1)[-1]
    whole = last.islower() and last not in _SCALES and any(map(str.isdigit, said))  # "90 inhabitants"
    counted = said if whole or noun.lower() in said.lower().split() else f"{said} {noun}"
    if verb in ("did", "does", "do"):
        return _acting(match["rest"], verb, counted)
    if verb not in ("are", "were"):
        return f"{counted} {match['verb']} {match['rest']}" if verb in BASES | PASTS else ""
    if rest[0].lower() == "there":
        return f"there {verb} {counted} {' '.join(rest[1:])}".rstrip()
    return f"{counted} {verb} {match['rest']}" if rest[0].lower() in PARTICIPLES | _PREPOSITIONS else ""


def _named(asked: str, said: str) -> str:
    """From "which team won the cup": "Denver won the cup"; "what company was founded in 1999" is told the same way."""
    match = _KIND.fullmatch(asked)
    if not match or _LEFT_OUT.search(match["rest"]) or _no_thing(said):
        return ""
    noun, verb, rest = match["noun"].lower(), match["verb"].lower(), match["rest"].lower().split()
    if noun in _NOT_VERBS | _PREPOSITIONS | {"time"} or _disagree(verb, said):
        return ""
    if verb in _BE.split("|"):
        fits = rest[0] in PARTICIPLES and rest[1:2] and rest[1] in _PREPOSITIONS
    else:
        fits = _tensed(verb, participles=rest[0] not in _PREPOSITIONS)
    return f"{said} {match['verb']} {match['rest']}" if fits else ""


def _passive(rest: str, be: str, how: str) -> str:
    """A subject and a participle, the verb between them, and ``how`` behind."""
    words = rest.split()
    return "" if not how or _LEFT_OUT.search(rest) or _verbs(words) else _parted(words, be, how)


def _parted(words: Sequence[str], be: str, how: str, at: int | None = None) -> str:
    """The verb before the participle, which stands ``at`` a place, and before its adverb."""
    at = _participle(words) if at is None else at
    at = at - 1 if at and _is_adverb(words[at - 1]) else at
    return f"{' '.join(words[:at])} {be} {' '.join(words[at:])} {how}" if at else ""


def _active(rest: str, help_: str, how: str) -> str:
    """A subject and a verb in its tense, and ``how`` at the end."""
    words, at = rest.split(), _verb(rest)
    if not at or not how:
        return ""
    after = words[at + 1 :]
    end = how.removeprefix("in ") if after and after[-1].lower() == "from" else how
    told = " ".join([*words[:at], _in_tense(words[at], help_), *after, end])
    return "" if _stumbles(after) or (after and _clash(after[-1].lower(), end.split()[0])) else told


def _acting(rest: str, help_: str, said: str) -> str:
    """A subject, a verb in its tense, and right behind it, or behind its preposition, what was ``said``."""
    words, at = rest.split(), _verb(rest)
    after = words[at + 1 :] if at else []
    # An object of its own would stand in the way; what may follow is a place, a time, or the verb's own preposition.
    if not at or _stumbles(after) or (after and after[0].lower() not in _PREPOSITIONS):
        return ""
    if after[1:] and after[0].lower() == "to" and after[1].lower() not in _ARTICLES:
        return ""  # "to do something"
    verb = _in_tense(words[at], help_)
    if after and after[-1].lower() in _PREPOSITIONS:
        return " ".join([*words[:at], verb, *after, said])
    return " ".join([*words[:at], verb, said, *after]) if len(after) != 1 else ""


def _verb(rest: str) -> int:
    """The place of the only verb; 0 where there is none, or more than one."""
    found = _verbs(rest.split())
    return found[0] if len(found) == 1 and not _LEFT_OUT.search(rest) else 0


def _verbs(words: Sequence[str]) -> list[int]:
    """The places of verbs in their base form, which stand neither behind an article nor behind "to"."""
    return [at for at, word in enumerate(words) if word.lower() in BASES and not (at and _before_noun(words[at - 1]))]


def _participle(words: Sequence[str]) -> int | None:
    """The place of the only participle that may close a subject; ``None`` where there is none, or more than one."""
    places = [
        at for at, one in enumerate(words) if one.lower() in PARTICIPLES and not (at and _before_noun(words[at - 1]))
    ]
    return places[0] if len(places) == 1 else None


def _before_noun(word: str) -> bool:
    return word.lower() in _BEFORE_NOUNS or word.endswith("'s")


def _is_adverb(word: str) -> bool:
    return word.lower() in _ADVERBS or word.endswith("ly")


def _has_article(text: str) -> bool:
    return text.split(maxsplit=1)[0].lower() in _ARTICLES


def _is_noun(words: Sequence[str]) -> bool:
    """Whether words are a thing, with no verb among them."""
    pairs = itertools.pairwise(words)
    moved = any(word.lower().endswith(("ing", "ed")) and not _before_noun(before) for before, word in pairs)
    begins = words[0].lower() in _ARTICLES or words[0][0].isupper()
    return begins and not moved and _participle(words) is None and not _verbs(words)


def _unspecific(rest: str) -> bool:
    return not rest.lower().startswith("the ") and "'s" not in rest


def _no_thing(said: str) -> bool:
    """Whether an answer is no thing, such as "by train", or "reduce the rate"."""
    first = said.split(maxsplit=1)[0]
    return first.lower() in _NO_THINGS or first in BASES or first in PARTICIPLES or first.endswith("ly")


def _tensed(verb: str, *, participles: bool) -> bool:
    """Whether it is a verb as it stands behind a subject, such as "writes" and "wrote"."""
    known = verb in PASTS or bool(singular(verb)) or (participles and verb in PARTICIPLES)
    return known and verb not in _NOT_VERBS


def _disagree(verb: str, said: str) -> bool:
    """Whether a verb is of one and a subject of several, such as "teachers writes"."""
    several = " and " in said or (said.endswith("s") and said[0].islower())
    return several and (verb in ("is", "was") or bool(singular(verb)))


def _in_tense(word: str, help_: str) -> str:
    base = word.lower()
    if help_ == "do":
        return base
    return past(base) if help_ == "did" else third(base)


def _stumbles(after: Sequence[str]) -> bool:
    """Whether two prepositions follow each other, so that something is missing between them."""
    return any(one in _PREPOSITIONS and other in _PREPOSITIONS for one, other in itertools.pairwise(after))


def _clash(last: str, first: str) -> bool:
    """Whether a preposition cannot stand before what follows."""
    return last == first or (last in _PREPOSITIONS - _PARTICLES and first in _PREPOSITIONS)


def _when(said: str) -> str:
    """A time as it stands behind a verb; empty for what is none."""
    if said.split(maxsplit=1)[0].lower() in _TIMELY:
        return said[0].lower() + said[1:]
    match = _TIME.fullmatch(said)
    if not match:
        return ""
    article = "the " if match["more"] and not said.startswith("the") else ""
    return f"on {said}" if match["day"] or match["turned"] else f"in {article}{said}"


def _placed(said: str) -> str:
    """A place as it stands behind a verb; empty for what may be none."""
    words = said.split()
    if words[0].lower() in _PREPOSITIONS:
        return said[0].lower() + said[1:]
    name = words[1] if words[0].lower() == "the" and len(words) > 1 else words[0]
    return f"in {said}" if name[0].isupper() and len(words) < 6 else ""
