"""What kind of answer a question wants, and whether a sentence has something of that kind."""

from __future__ import annotations

import re

__all__ = ["fits", "has_wanted", "subject", "wanted"]

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"
_NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand|"
    r"million|billion|half|dozen)"
)
_ZH_NUMBER = r"[0-9０-９一二两三四五六七八九十百千万亿]+"
_UNIT_OF_TIME = r"(?:second|minute|hour|day|week|month|year|decade|centur(?:y|ie))s?"

# Question to kind, the first that fits; then what a sentence with such an answer holds.
_QUESTIONS = (
    (
        "duration",
        r"\bhow (?:long|often)\b|\bhow many (?:\w+ )?(?:second|minute|hour|day|week|month|year)s\b|多久|多长|多長|几[天年月周]|多少[天年个]",
    ),
    (
        "money",
        r"\bhow much (?:does|do|did|is|are|was|were|will|money)\b|\b(?:price|cost|fee|salary)\b|多少[钱錢元]|价格|价钱|費用|费用",
    ),
    ("percent", r"\bpercent|\bwhat (?:share|proportion|rate)\b|百分|比例|率是"),
    (
        "number",
        r"\bhow (?:many|much|old|far|tall|high|deep|big|large|fast|heavy|hot)\b|多少|[几幾][个個名位次条條只支部人]|多[大高远遠重深]",
    ),
    (
        "date",
        r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b|何时|何時|什么时候|什麼時候|哪[一]?[年天月日]|几[年月日]|何年",
    ),
    ("person", r"\bwho(?:m|se)?\b|谁|誰|哪[一]?位|何人|什么人|什麼人"),
    (
        "place",
        r"\bwhere\b|\b(?:what|which) (?:city|country|state|town|place|county|region|location)\b|哪里|哪裡|哪儿|何处|何處|什么地方|什麼地方|位于哪|哪[一个個]*(?:国|國|省|市|地)",
    ),
    ("reason", r"\bwhy\b|为什么|為什麼|为何|為何|原因"),
)
_SIGNS = {
    "duration": rf"\b(?:\d[\d,.]*|{_NUMBER_WORD})[\s-]+(?:\w+\s)?{_UNIT_OF_TIME}\b|{_ZH_NUMBER}个?(?:秒|分钟|分鐘|小时|小時|天|日|周|星期|月|年)|\b(?:daily|weekly|monthly|yearly|annually)\b|\bevery (?:other )?(?:\w+ )?(?:hour|day|week|month|year)s?\b|每[天日周月年]",
    "money": rf"[$€£¥]\s?\d|\d[\d,.]*\s?(?:dollars?|euros?|pounds?|usd|eur|gbp|cny|rmb|yuan)|{_ZH_NUMBER}\s?(?:元|美元|欧元|歐元|块|塊)",
    "percent": rf"\d\s?%|\bpercent|百分之|{_ZH_NUMBER}成",
    "number": rf"\d|\b{_NUMBER_WORD}\b|{_ZH_NUMBER}[个個名位次条條只支部人岁歲米公]",
    "date": rf"\b(?:1[0-9]|20)\d\d\b|\b{_MONTH}\.?\s+\d|\d\s+{_MONTH}\b|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b|\d{{1,2}}:\d\d|\bcentury\b|[0-9０-９一二三四五六七八九〇零]+[年月日号號]|世纪|世紀",
    "person": r"(?<!^)(?<![.!?]\s)\b[A-Z][a-z]+(?:\s+(?:[A-Z]\.?\s+)?(?:de |von |van )?[A-Z][a-z]+)+|\b(?:team|office|manager|department|staff|he|she|president|king|queen)\b|[先女][生士]|经理|經理|教授|部门|部門|皇帝|总统|總統",
    "place": r"\b(?:in|at|near|from|to|of)\s+(?:the\s+)?[A-Z][a-z]+|位于|位於|在.{1,12}[省市县縣区區国國州城镇鎮村路]|[省市县縣区區国國州]",
    "reason": r"\b(?:because|since|due to|as a result|so that|in order to|therefore|caused? by|reason)\b|因为|因為|由于|由於|所以|因此|导致|導致|为了|為了",
}
_ASKED = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _QUESTIONS]
_HELD = {
    kind: re.compile(pattern, re.IGNORECASE if kind not in ("person", "place") else 0)
    for kind, pattern in _SIGNS.items()
}


# What asks, and is not looked for: an answer to "how long" need not say "long".
_ASKING = re.compile(
    r"\bhow (?:long|often|many|much|old|far|tall|high|deep|big|large|fast|heavy|hot|soon|late|early|wide|do|does|did|can|is|are)\b"
    r"|\b(?:what|which) (?:year|date|day|time|kind of|type of|sort of|percentage of|percent of|number of|amount of)\b"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how)\b|\b(?:happens?|called|named|mean|means|located)\b"
    r"|(?:什么|什麼)(?:时候|時候|地方|意思)?|为什么|為什麼|为何|為何|多少|多久|多长时间|多長時間|多[长長大高远遠重深]|哪(?:一)?[些个個里裡儿年月天位家种種]"
    r"|何[时時处處人年地]|怎么办|怎么|怎麼|怎样|怎樣|如何|[谁誰]|[几幾](?=[天年月周个個位次名岁歲])|是否|能否|请问|請問|[吗嗎呢]",
    re.IGNORECASE,
)


def subject(question: str) -> str:
    """``question`` without the words that only ask; all of it if nothing else is left.

    >>> subject("How long is the warranty?"), subject("员工每年有多少天年假？")
    ('  is the warranty?', '员工每年有 天年假？')
    """
    left = _ASKING.sub(" ", question)
    return left if re.search(r"\w", left) else question


def wanted(question: str) -> str:
    """The kind of answer that ``question`` asks for; empty if any would do.

    >>> wanted("How long is the warranty?"), wanted("什么时候发货？"), wanted("What is a grinder?")
    ('duration', 'date', '')
    """
    return next((kind for kind, pattern in _ASKED if pattern.search(question)), "")


def has_wanted(kind: str, sentence: str, question: str) -> bool:
    """Whether ``sentence`` holds something of the kind that the question does not say itself.

    >>> has_wanted("duration", "It lasts 24 months.", "How long does it last?")
    True
    """
    if not kind:
        return False
    return any(match.group() not in question for match in _HELD[kind].finditer(sentence))


def fits(answer: str, question: str) -> float:
    """1 if ``answer`` is of the kind that ``question`` asks for, -1 if it is not, 0 where any would do.

    >>> fits("24 months", "How long is the warranty?"), fits("blue", "How long is the warranty?"), fits("blue", "What colour?")
    (1.0, -1.0, 0.0)
    """
    kind = wanted(question)
    return (1.0 if has_wanted(kind, answer, question) else -1.0) if kind else 0.0
