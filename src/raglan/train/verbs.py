"""English verbs that questions are made of, and their forms; what may as well be a noun in a question is no base here."""

from __future__ import annotations

__all__ = ["BASES", "PARTICIPLES", "PASTS", "past", "singular", "third"]

# Base, past and participle.
_IRREGULAR = """
become became become|begin began begun|blow blew blown|bring brought brought|build built built|buy bought bought
catch caught caught|choose chose chosen|come came come|deal dealt dealt|draw drew drawn|drive drove driven|eat ate eaten
fall fell fallen|feel felt felt|fight fought fought|find found found|fly flew flown|forbid forbade forbidden|get got got
give gave given|go went gone|grow grew grown|hang hung hung|hear heard heard|hide hid hidden|hold held held|keep kept kept
know knew known|lay laid laid|lead led led|leave left left|lend lent lent|lose lost lost|make made made|mean meant meant
meet met met|overcome overcame overcome|overthrow overthrew overthrown|pay paid paid|ride rode ridden|rise rose risen
run ran run|say said said|see saw seen|seek sought sought|sell sold sold|send sent sent|shoot shot shot|sing sang sung
sink sank sunk|speak spoke spoken|spend spent spent|spread spread spread|stand stood stood|steal stole stolen
take took taken|teach taught taught|tell told told|think thought thought|throw threw thrown|undergo underwent undergone
understand understood understood|wear wore worn|win won won|withdraw withdrew withdrawn|write wrote written|bear bore born
break broke broken|swear swore sworn|strike struck struck|found founded founded|flee fled fled|set set set|put put put
"""
_REGULAR = """
abandon abolish accept accomplish achieve acquire adapt add admit adopt advise air allow announce appear apply appoint
approach approve arrive assassinate attend attract author ban believe belong capture carry cause celebrate challenge
collapse combine compare complete compose conquer consider consist construct contain continue contribute convert cover
create criticize decide declare defeat defend define deliver demand deny depict describe design destroy develop die
direct disappear discover discuss dominate earn edit elect eliminate emerge employ enact encourage end enter establish
evolve exclude exist expand expel explain express favor feature finish follow form function fund gain generate graduate
handle happen help host identify illustrate impose improve include increase influence inhabit inherit inspire install
intend introduce invade invent join kill launch legalize live locate love manufacture marry measure merge migrate move
need observe obtain occupy occur offer open operate oppose organize originate own participate pass perform persuade play
predict prefer premiere present prevent produce promote propose protect prove provide publish receive recognize record
recover reduce refer refuse reject relate release rely remain remove rename replace represent require reside resign
result retire retreat return reveal rule seize separate serve settle shape share sign sponsor start stay stop succeed
suffer suggest supply surrender survive symbolize translate travel treat try unite use view visit want
"""
_DOUBLED = frozenset("admit ban expel prefer refer stop".split())
# Nouns as often, or forms of other verbs: they are known as verbs behind "who", and not behind "did".
_DOUBTFUL = frozenset(
    "found air host form fund function result rule share sign supply view cause mean lead record feature influence measure "
    "need design challenge set put spread present ban love own".split()
)
_MORE = frozenset(
    "based born arrested buried filmed signed ratified divided crowned named called associated awarded cast".split()
)


def _regular(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return base + base[-1] + "ed" if base in _DOUBLED else base + "ed"


_FORMS = {base: (_regular(base), _regular(base)) for base in _REGULAR.split()}
_FORMS |= {
    base: (was, done) for base, was, done in (one.split() for one in _IRREGULAR.strip().replace("\n", "|").split("|"))
}

BASES = frozenset(_FORMS) - _DOUBTFUL
PASTS = frozenset(was for was, _ in _FORMS.values()) - frozenset("saw felt lay put spread happened".split())
PARTICIPLES = frozenset(done for _, done in _FORMS.values()) | _MORE
PARTICIPLES -= frozenset("run become come left spread put happened".split())


def past(base: str) -> str:
    """The past of a verb that is known.

    >>> past("begin"), past("carry")
    ('began', 'carried')
    """
    return _FORMS[base][0]


def third(base: str) -> str:
    """The form of a verb behind "he".

    >>> third("write"), third("carry"), third("go")
    ('writes', 'carries', 'goes')
    """
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return base + "es"
    return base[:-1] + "ies" if base.endswith("y") and base[-2] not in "aeiou" else base + "s"


def singular(form: str) -> str:
    """The base of what stands behind "he"; empty for another form.

    >>> singular("writes"), singular("carries"), singular("write")
    ('write', 'carry', '')
    """
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if form.endswith(ending) and (base := form.removesuffix(ending) + instead) in _FORMS:
            return base
    return ""
