"""Which words before a verb are the whole subject of an English sentence, and where what follows it ends.

A pattern that takes the nearest noun gives "France was founded" for "The capital of France was founded". So the subject is
all that stands between the start of the sentence and the verb, and only where it is short and plainly a noun phrase.
"""

from __future__ import annotations

import re

__all__ = ["object_of", "phrase", "subject"]

# Never a subject that can stand alone: it points elsewhere, counts, or is no noun.
_POINTS = frozenset(
    """
    it this that these those he she they we you i his her their our your my its itself who which what where when
    why how there here one ones some many most much few several all both each every any other others another
    such none neither either if although though while because since as after before during until unless once
    whether however instead then thus hence so but and or nor yet not no only even also just still in on at by
    for from to with without within between among through under over about according despite unlike like upon
    per via against toward towards following people someone anyone everyone something anything everything
    nothing more less whoever whatever former latter same first second third last next two three four five six
    seven eight nine ten common recent question answer part result example reason fact way thing things case
    point time times today
    """.split()
)
# Nouns that say nothing without what went before.
_VAGUE = frozenset(
    """
    exception aim goal purpose results examples reasons problem problems difference differences term name number
    total rest idea ideas design underlying exact genetic unprecedented best-known distinctive notable main
    major figure table section study authors author work change changes decision event events issue issues
    effort efforts attempt addition amount answer choice effect effects impact focus symptoms signs
    complications treatment treatments methods method options factors types features characteristics samples
    sample data patients cases individuals participants findings limitations objective advantages disadvantages
    benefits risks causes causes steps reasons responsibilities duties activities services
    """.split()
)
# Words that cannot stand within a plain noun phrase.
_WITHIN = frozenset(
    """
    it this that these those he she they we you i who which whose whom what where when why how is are was were
    be been being has have had do does did can could may might must shall should will would if although though
    while because since after before during until unless whether but or nor not to by from with without through
    between among than then as so upon including such also only when more most
    """.split()
)
_BRACKETS = re.compile(r"(?:(?<=\s)|\s+)[(\[][^()\[\]]*[)\]]|（[^（）]*）")
_ADJECTIVE = frozenset(
    "rare small large new common genetic chronic severe short long acute serious major minor young old great g"
    "ood high low simple "
    "strong single special important popular inherited progressive benign".split()
)
_ASIDE = re.compile(
    r"^([^,]{2,60}), (?:also |formerly |commonly |often |officially |born |sometimes |better )[^,]{2,80},?$"
)
_LIST_END = re.compile(
    r"[;:!?](?=\s|$)|\s[-–—]+\s|—|,? (?:that|which|who|whose|where|when|while|because|although|"
    r"but|if|since)\b"
)
_END = re.compile(
    r"[;:!?](?=\s|$)|[(\[\"“”]|\s[-–—]+\s|—|,? (?:rather than|such as|that|which|who|whom|whose|"
    r"where|when|while|because|although|though|but|if|since|"
    r"until|after|before|whereas|so|unless|than|as well as|as|however|during|and (?:is|was|are|"
    r"were|has|have|had|can|may|will|"
    r"then|also|its|his|her|their|in|it|he|she|they|to|which|who|became|won|later|served|[a-z]+(?:ed|es))|"
    r"or (?:is|are|was|by|to|it))\b|, (?:and|or|by|in|on|at|with|including|located|based|known|"
    r"born|the|an?|to|for|from|such|"
    r"not|then|later|also|[a-z]+(?:ing|ed))\b"
)
# "A film written [and directed]", "by George R.R. [Martin]", "the moon six hours [after]": the phrase goes on.
_CUT_SHORT = re.compile(
    r"\s(?:written|formed|directed|produced|called|named|known|made|found|held|designed|created|"
    r"developed|released|published|born|"
    r"built|observed|used|taken|given|(?:\w+ )?(?:hours|days|weeks|months|years|minutes))$|\s[A-Z]\.[A-Z]\.?$"
)
_DANGLING = re.compile(
    r"[\s,]+(?:and|or|of|the|a|an|in|on|at|by|for|from|to|with|is|are|was|were|that|which|its|his|"
    r"her|their|more|very|most|some|any|"
    r"such|both|either|only|not|also|than|about|into|over|between|under|per|as|be|been|being|rather|"
    r"longer|larger|smaller|greater|less|other|"
    r"higher|lower|older|younger|fewer|therefore|thus|instead)$",
    re.IGNORECASE,
)


def subject(text: str, *, most: int = 9) -> str:
    """``text``, all that stands before a verb, as a subject; empty if it is none that can stand alone.

    >>> subject("The World Health Organization (WHO)"), subject("Some of them"), subject("In 1998 the firm")
    ('World Health Organization', '', '')
    """
    text = _BRACKETS.sub("", text).strip()
    aside = _ASIDE.match(text)
    text = aside[1] if aside else text
    words = text.split()
    if not words or len(words) > most or re.search(r"[;:?!\"“”\d]{2}|[;:?!\"“”,/=<>|*•]|\.\s|\s[-–—]\s|--", text):
        return ""
    if words[0].lower() in ("the", "a", "an"):
        words = words[1:]
    low = [word.lower().strip("'’") for word in words]
    if not words or low[0] in _POINTS or low[-1] in _POINTS or any(word in _WITHIN for word in low):
        return ""
    if not words[0][0].isalpha() or not re.search(r"[A-Za-z]{2}", text) or low[0].endswith("ly"):
        return ""
    if _verbal(words, low) or (low[0] in _VAGUE and "of" not in low) or low[-1] in _VAGUE:
        return ""
    if len(words) > 1 and re.search(
        r"(?:al|ent|ar|ous|ant|ive|able|ib|ic|ri|ed|st|ite|ate|ef|im|ick|ong)ly$", words[-1]
    ):
        words = words[:-1]
    return " ".join(words)


def _verbal(words: list[str], low: list[str]) -> bool:
    """Whether something in a noun phrase in small letters looks like a verb, or like the end of a clause before it."""
    return any(
        word.endswith(("ed", "ing")) and own.islower() for own, word in zip(words[1:], low[1:], strict=True)
    ) or (low[0].endswith("ing") and len(low) > 1 and words[1].islower())


def object_of(text: str, *, most: int = 14, listing: bool = False) -> str:
    """The phrase that ``text``, all that stands after a verb, begins with; empty if it does not end within ``most`` words.

    What stands in brackets is left out. With ``listing``, a list is taken whole.

    >>> object_of("a film directed by Ann Lee, who wrote it")
    'a film directed by Ann Lee'
    """
    text = _BRACKETS.sub("", text)
    end = (_LIST_END if listing else _END).search(text)
    said = text[: end.start()] if end else text
    said = " ".join(said.split()).rstrip(" ,.;:")
    while (cut := _DANGLING.sub("", said)) != said:
        said = cut
    words = said.split()
    if (
        not words
        or (words[-1] in _ADJECTIVE and len(words) < 4)
        or _CUT_SHORT.search(said)
        or (end and end.group()[0] in '"“”')
    ):
        return ""
    if len(words) > most or re.search(r"[\[\]{}<>|*•=]", said):
        return ""
    return said


def phrase(said: str) -> bool:
    """Whether ``said`` names something: it is no pronoun and does not lean on what went before.

    >>> phrase("a small town"), phrase("it"), phrase("their own house"), phrase("the latter")
    (True, False, False, False)
    """
    words = said.lower().split()
    if not words or words[0] in _POINTS - {"one", "part", "first", "second", "third", "last", "people", "more"}:
        return False
    if words[0] == "one" and (len(words) < 3 or words[1] != "of"):
        return False
    rest = words[1:] if words[0] in ("the", "a", "an") else words
    if not rest or rest[0] in (
        "same",
        "latter",
        "former",
        "following",
        "case",
        "result",
        "reason",
        "way",
        "only",
        "one",
        "most",
        "main",
    ):
        return bool(rest) and rest[0] in ("most", "only", "main") and len(rest) > 2
    if {"other", "another"} & set(words[:4]) or re.search(r"[a-z]{3}ly$", words[0]):
        return False
    return not set(words) & {
        "this",
        "that",
        "these",
        "those",
        "his",
        "her",
        "their",
        "our",
        "your",
        "my",
        "its",
        "it",
        "they",
        "them",
        "him",
        "such",
    }
