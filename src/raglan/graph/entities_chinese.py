"""Names in Chinese text, by what they end in, what brackets them, and the lists of countries and surnames.

Chinese writes no capitals and no spaces: where a name begins is told by what cannot be part of it, such as 在, 由 or 的, so
what is found is less than in English and its left edge is sometimes wrong; docs/graph.md gives the share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from raglan.graph.found import Mention
from raglan.graph.gazetteer import CITIES, COUNTRIES, SURNAMES
from raglan.graph.names import key
from raglan.text.script import simplified
from raglan.types import Span

__all__ = ["named_chinese"]

_BREAK = (
    "的了在是由与與和及或于於从從向对對将將把被为為以到至而但就都也并並且其该該此这這那等让讓使给給称稱叫当當时"
    "時后後前中里裡上下内內外曾已"
)
_HAN = rf"[一-鿿](?<![{_BREAK}])"
_ORGANISATION = (
    "有限责任公司|有限公司|集团公司|公司|集团|集團|大学|大學|学院|學院|中学|中學|小学|小學|研究院|"
    "研究所|银行|銀行|医院|醫院|委员会|"
    "委員會|法院|检察院|檢察院|政府|协会|協會|学会|學會|基金会|基金會|联合会|聯合會|总局|總局|"
    "出版社|电视台|電視台|报社|報社|博物馆|"
    "博物館|图书馆|圖書館|俱乐部|俱樂部|乐团|樂團|联盟|聯盟|联会|聯會|总会|總會|足球队|国民党|國民黨|共产党|共產黨"
)
_PLACE = (
    "特别行政区|特別行政區|自治区|自治區|自治州|自治县|省|市|县|縣|区|區|镇|鎮|乡|鄉|街道|村|岛|"
    "島|半岛|山脉|山|湖|江|河|海峡|海|高原|平原|盆地|机场|機場|车站|車站|大桥|大橋|公园|公園|群岛|"
    "群島|半島"
)
_PERSON = (
    "总统|總統|主席|总理|總理|部长|部長|市长|市長|教授|博士|先生|女士|导演|導演|皇帝|院士|书记|"
    "書記|局长|主任|经理|記者|记者"
)
_ORG = re.compile(rf"(?:{_HAN}){{2,14}}?(?:{_ORGANISATION})(?![一-鿿]{{0,2}}(?:公司|集团))")
_AT = re.compile(rf"(?:{_HAN}){{1,5}}?(?:{_PLACE})(?!长|長)")
_WHO = re.compile(
    rf"(?:{_PERSON})([{SURNAMES}](?:{_HAN}){{1,2}})(?![一-鿿]{{0}}·)|([{SURNAMES}](?:{_HAN}){{1,2}})(?={_PERSON}"
    r")"
)
_FOREIGN = re.compile(r"[一-鿿]{1,8}(?:·[一-鿿]{1,8})+")
_BOOK = re.compile(r"[《〈]([^》〉\n]{1,40})[》〉]|「([^」\n]{2,15})」")
_LATIN = re.compile(r"(?<![\w-])[A-Z][A-Za-z]+(?:[ -][A-Z][A-Za-z]+)*(?![\w-])")


def named_chinese(text: str, title: str = "") -> Iterator[Mention]:
    """The names of a Chinese ``text``, in no order and perhaps one within another.

    >>> [one.said for one in named_chinese("苏州大学位于江苏省，由王明教授创办，著有《园林史》。")]
    ['苏州', '江苏省', '苏州大学', '王明', '园林史']
    """
    for match in _places().finditer(simplified(text)):
        yield _mention(text, Span(*match.span()), "place")
    for pattern, kind in ((_AT, "place"), (_ORG, "organisation"), (_FOREIGN, "person")):
        for match in pattern.finditer(text):
            yield _mention(text, Span(*match.span()), kind)
    for match in _WHO.finditer(text):
        yield _mention(text, Span(*match.span(1 if match[1] else 2)), "person")
    for match in _BOOK.finditer(text):
        yield _mention(text, Span(*match.span(1 if match[1] else 2)), "work")
    for match in _LATIN.finditer(text):
        yield _mention(text, Span(*match.span()), "name")
    if len(title) > 1 and not title.isascii():
        for match in re.finditer(re.escape(title), text):
            yield _mention(text, Span(*match.span()), "name")


def _mention(text: str, span: Span, kind: str) -> Mention:
    said = span.of(text)
    return Mention(span, kind, key(said), said)


@lru_cache(maxsize=1)
def _places() -> re.Pattern[str]:
    known = sorted((name for name in COUNTRIES | CITIES if not name.isascii()), key=lambda name: (-len(name), name))
    return re.compile("|".join(known))
