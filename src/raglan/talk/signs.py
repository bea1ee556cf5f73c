"""The words by which a question shows that it leans on what was said before, in English and Chinese.

The classes of pronouns are those that the weights of models/rewriting go by; Chinese words belong to the same classes.
"""

from __future__ import annotations

import re

__all__ = [
    "ABOUT",
    "BEING",
    "CLASSES",
    "FUNCTION",
    "FUNCTION_CHINESE",
    "LEANING",
    "MORE",
    "POSSESSIVE",
    "PRONOUN_CHINESE",
    "WH",
    "classed",
]

# Class of a pronoun to its words.
CLASSES = {
    "person": "he him his she her hers 他 她 您的".split(),
    "they": "they them their theirs 他们 她们 它们 他們 她們 它們".split(),
    "it": "it its 它 其 该 該 牠".split(),
    "this": "this that these those 这个 那个 这些 那些 这种 那种 這個 那個 這些 這種 那種 此 这 那 這".split(),
    "there": "there 那里 那儿 这里 这儿 那裡 那兒 這裡 這兒".split(),
}
POSSESSIVE = frozenset("his her its their".split())
_CLASS = {word: name for name, words in CLASSES.items() for word in words}

# Longest first: 它们 is not 它. Not within 其他, 其中, 尤其; 那么, 这样, 这么 point at no thing.
PRONOUN_CHINESE = re.compile(
    r"(?:他们|她们|它们|他們|她們|它們|这个|那个|这些|那些|这种|那种|這個|那個|這些|這種|那種|那里|那儿|这里|这儿|那裡|那兒|這裡|這兒"
    r"|(?<!其)[他她它牠]|(?<![尤极極])其(?![他她它中实實次余餘])|[该該](?=[\u4e00-\u9fff])(?<!应该)(?<!應該)|此(?![外次时時前后後])|[这這](?![么麼样樣时時天年月])|(?<!^)那(?![么麼样樣时時天年月]))"
)

# Who a pronoun for a person may mean, and one for a thing may not.
BEING = re.compile(
    r"\b(?:adult|baby|boy|buyer|candidate|child|customer|doctor|driver|employee|employer|girl|guest|guy|husband|infant|judge"
    r"|landlord|landlady|lawyer|manager|man|member|mother|father|nurse|owner|parent|passenger|patient|person|pharmacist"
    r"|physician|president|seller|student|teacher|tenant|user|visitor|wife|woman|worker)s?$"
    r"|\b(?:children|men|women|people|babies|staff)$|[人者员員师師家妇婦童户戶]$|[医醫]生$|学生$|學生$|老板$",
    re.IGNORECASE,
)

# What carries a sentence and names nothing: between such words stand the things that can be meant.
FUNCTION = frozenset(
    """a an the this that these those my your his her its their our i you he she it we they me him us them who whom whose
    what which when where why how is are was were be been being am do does did done doing have has had having can could
    will would shall should may might must not no nor and or but if then than so as of in on at by for with about against
    between into through during before after above below to from up down out off over under again further once here there
    all any both each few more most other some such only own same too very just also ever else besides s t don now
    long often far old tall soon one get got go went gone come came make made take took give gave given say said tell told know knew see saw seen
    become became begin began begun start started happen happened want wanted like liked think thought use used let
    ask asks asked need keep enter live pay buy sell send try allow require include contain kept held built wrote written met led won lost left felt brought bought found put set ran spent taught caught fell
    drew grew threw heard sold sent stood chose spoke broke paid went within without per upon since
    because until while although though however another many much whether yes please i'm it's didn't don't wasn't
    there's what's who's where's did't isn't aren't can't doesn't""".split()
)
WH = frozenset("what which who whom whose when where why how".split())

# Words after which something is left out.
MORE = re.compile(
    r"\b(?:else|other|others|another|more|besides|aside|also|as well|too)\b|其他|别的|別的|另外|还有|還有|以外"
)
# Runs of blanks and marks are bounded: three of them that meet would take the cube of their length.
ABOUT = re.compile(
    r"^\s{0,9}(?:(?:and|or|but|so|ok|okay)[ ,]+)*(?:(?:what|how) about|and(?: what)?(?: about)?)\s+(?:(?P<word>in|for|of|on|at|with|by|from|after|before|during)\s+)?(?P<thing>[^?？]+?)\s{0,9}[?？.]{0,9}\s{0,9}$"
    r"|^\s{0,9}(?:那么?|那麼|那|还有|還有)?[,，]?\s{0,9}(?P<东西>[^?？]{1,20}?)\s{0,9}呢\s{0,9}[?？。]{0,9}\s{0,9}$",
    re.IGNORECASE,
)
LEANING = re.compile(
    r"\b(?:he|him|his|she|her|hers|it|its|they|them|their|theirs|this|that|these|those|there|then|else|other|others|same"
    r"|next|latter|former|one|ones|above|mentioned|article|anything|again|another|more|also|both|instead)\b"
    r"|[他她它牠其该該此这那這]|呢|同样|同樣|后来|後來|之后|之後|然后|然後|上述|前者|后者|後者",
    re.IGNORECASE,
)

FUNCTION_CHINESE = re.compile(
    r"为什么|為什麼|是什么|是什麼|什么时候|什麼時候|什么|什麼|怎么样|怎麼樣|怎么办|怎麼辦|怎么|怎麼|怎样|怎樣|如何|多少|多久|多长|多長|多大|多远|多高|几次|幾次|几个|幾個"
    r"|哪些|哪个|哪個|哪里|哪裡|哪儿|哪一|哪年|哪位|是否|可以|可不可以|能否|能不能|有没有|有沒有|是不是|需要|应该|應該|必须|必須|不得|不能|不可|请问|請問|请|請|如果|因为|因為|所以|但是|而且|或者|以及|关于|關於"
    r"|对于|對於|根据|根據|按照|由于|由於|最多|最少|至少|一天|每天|每次|每年|每月|一次|一个|一個|一年|超过|超過|进行|進行|没有|沒有|我们|我們|你们|你們|他们|她们|它们|他們|这个|那个|这些|那些"
    r"|这种|那种|后来|後來|之后|之後|以后|以後|之前|以前|然后|然後|还有|還有|其他|别的|可能|告诉|告訴|知道|介绍|介紹|包括|属于|屬於|位于|位於|成为|成為|称为|稱為|時候|时候|不要|不会|不會|出生|建立|成立"
    r"|(?<![自理])由"
    r"|[的了是在和与與或及吗嗎呢吧啊呀有就也都还還很太最更把被让讓给給對对從从到向往于於而但若则則并並且等我你您他她它这那這哪谁誰何几幾为為要会會能吃里内裡內]"
)


def classed(word: str) -> str:
    """The class of a pronoun; empty for any other word.

    >>> classed("Their"), classed("它"), classed("lamp")
    ('they', 'it', '')
    """
    return _CLASS.get(word.lower(), "")
