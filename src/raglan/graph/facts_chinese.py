"""Facts in Chinese sentences, by pattern: what something is, where it lies, when it began, by whom, what it is called.

The subject is all that stands before the verb, from the start of the sentence or, where the sentence goes on about the same
thing after a comma, that of its first clause. Simplified and traditional are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from raglan.graph.facts import DEFINITE
from raglan.graph.found import Fact
from raglan.graph.quantities import QUANTITY
from raglan.types import Span

__all__ = ["stated_chinese"]

_STOP = "。！？!?；;，,：:"
_TAIL = r"(?:[^。！？!?；;，,：:\n]|(?<=\d),(?=\d))"
_MEASURE = (
    "种|種|个|個|位|名|座|部|家|款|项|項|支|所|条|條|首|只|隻|本|类|類|片|间|間|套|场|場|颗|顆|"
    "届|屆|份|队|隊|员|員|类型|次|层|層|幅|辆|艘|台|枚|门|門|株|处|處|门|起|系列|档|檔|期|组|組|"
    "群"
)
_IS = re.compile(
    r"(?<![不但于於只还還也就总總都正乃而即若要凡可更算尤特老成作行认認名题題分以因改设設译譯意称稱视視列选選升"
    r"降评評定化转轉变變收命誉譽较較极極颇頗甚最高低约約深广廣])(?P<be>是指|系指|係指|是|為|为(?![了何什此止例期"
    rf"首由]))(?P<tail>{_TAIL}{{2,80}})"
)
_ONE = re.compile(
    rf"^(?:{_TAIL}{{0,30}}的)?[一两兩三](?:{_MEASURE})[^的]|^(?:{_TAIL}{{0,30}}的)?一(?:{_MEASURE}){_TAIL}+的[^的"
    rf"]{{1,14}}$|之一$"
)
_LAST = re.compile(r"的(?P<noun>[^的]{1,12})$")
_CLAUSE = re.compile(r"[给給了将將向把被对對在于於使让讓从從]")
_SORT = re.compile(
    r"(?:人|者|家|队|隊|会|會|县|縣|市|省|镇|鎮|科|属|屬|车站|公司|员|員|歌手|作品|游戏|遊戲|电影|"
    r"電影|动画|動畫|小说|小說|大学|大學|组织|組織|首都|首府|方法|疾病|物质|物質)$"
)
_AT = re.compile(
    r"(?P<verb>(?:坐落|座落|位|地处|地處|始建|创建|創建|建立|成立|创立|創立|创办|創辦|建|出生|(?<![发發产產])生"
    r"|毕业|畢業|逝世|去世|卒|属|屬|隶属|隸屬|发行|發行|发源|發源|起源|分布|注入|流入|设立|設立|"
    rf"完工|竣工|启用|啟用|开业|開業|通车|通車|上映|首播|当选|當選)(?:于|於))(?P<tail>{_TAIL}{{2,80}})"
)
_ON = re.compile(
    r"^(?:于|於|在)?(?P<when>(?:1\d|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?)(?:正式)?(?P<verb>成立|"
    r"创立|創立|创办|創辦|建成|建立|出生|逝世|去世|毕业|畢業|上映|首播|发行|發行|启用|啟用|开业|"
    r"開業|通车|通車|竣工|设立|設立|创建|創建|开播|開播)"
)
_BY = re.compile(
    rf"(?:是|系)?由(?P<who>{_TAIL}{{2,24}}?)(?:所|负责|負責|共同|联合|聯合)?(?P<verb>创办|創辦|创建|"
    r"創建|创立|創立|建立|设计(?![师師院公])|設計(?![師院公])|执导|執導|导演|導演|编剧|編劇|主演|"
    r"制作(?![人公组組])|製作(?![人公组組])|开发(?![公商区區])|開發(?![公商區])|发行(?![商公])|"
    r"發行(?![商公])|出版(?![社公商])|主办|主辦|承办|承辦|管理(?![局处處委公])|经营|經營|运营|營運|"
    r"撰写|撰寫|所著|作曲|作词|作詞|演唱|生产(?![商大建])|生產(?![商大建])|组成|組成|饰演|飾演|"
    r"发起|發起|兴建|興建)"
)
_CALLED = re.compile(
    r"(?P<verb>又称(?:为|作)?|又稱(?:為|作)?|亦称|亦稱|也称(?:为|作)?|也稱(?:為|作)?|又名|别称|"
    r"別稱|别名|別名|简称(?:为)?|簡稱(?:為)?|俗称|俗稱|原名|本名|全名|全称(?:为)?|全稱(?:為)?|英文名(?:称|"
    r"稱)?(?:为|為)?|旧称|舊稱|旧名|舊名|古称|古稱|字|号)[「“\"『]?(?P<tail>[^。！？；，、：」”\"』（(\n]{1,40"
    r"})(?=[。！？；，、：」”\"』（(\n]|$)"
)
_HAS = re.compile(
    r"(?P<what>(?:总|總)?(?:建筑|建築|占地|佔地|用地)?(?:面积|面積)|总?人口|總?人口|全长|全長|海拔|"
    r"高度|长度|長度|宽|寬|总部|總部|首都|省会|省會|首府|邮政编码|郵政編碼|保修期|有效期|期限|年薪|"
    r"票价|票價|容量|重量|体重|體重|身高|车速|車速|注册资本|註冊資本|营业额|所在地)(?:(?:设在|設在|"
    rf"位于|位於|约为|約為|约|約|达|達|共有|共|是|为|為|有|：|:)|(?=\d))(?P<tail>{_TAIL}{{1,40}})"
)
_VERB = re.compile(
    r"(?P<verb>包括|包含|(?<!部)分为|(?<!部)分為|毗邻|毗鄰|濒临|濒臨|盛产|盛產|擅长|擅長|毕业自|"
    rf"畢業自|任职于|任職於|荣获|榮獲|效力于|效力於)(?P<tail>(?!下列|以下|如下|但|了){_TAIL}{{2,80}})"
)
_ASKS = re.compile(r"[？?]\s*$|什么|什麼|哪[些个個里裡]")
_NAME = 10  # characters of a clause that is nothing but a name
_MUCH = re.compile(
    rf"(?P<be>均为|均為|为|為|是|长达|長達|不超过|不超過|不少于|不少於)(?:约|約|至少|最长|最長|最多|大约|大約)?"
    rf"(?P<tail>(?:自[^，。]{{2,12}}起)?{QUANTITY})$"
)
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")
_POINTS = re.compile(
    r"^(?:他|她|它|其|这|這|那|该|該|此|本|上述|前者|后者|後者|我|你|您|有|在|从|從|自|由|当|當|"
    r"如|若|但|而|因|虽|雖|所|一|两|兩|并|並|也|又|再|以|对|對|与|與|和|及|或|"
    r"其中|目前|现在|現在|同时|同時|另外|此外|最|第|每|各|某|任何|许多|許多|大部分|部分|不|没|沒|"
    r"为|為|被|将|將|把|至|到|据|據|根据|根據|按|经|經|随|隨|直到|之后|之後|"
    r"后来|後來|今|当时|當時|最初|最后|最後|原本|原来|由于|由於|所以|因此|然而|不过|不過|例如|通常|"
    r"一般|主要|曾|已|正|即|则|則|就|都|只|还|還|均|共|总|總|更|较|較|"
    r"前身|日前|近日|昨日|今日|如今|此前|随着|隨著|打开|打開|点击|點擊|图片|圖片|首先|其次|无论|"
    r"無論|不仅|不僅|比如|例如|另|辖区|轄區|生长|眼|头部|分别|分別|后|後|牠|大多|多数|多數|标题|"
    r"標題|内容|內容|目的|原因|结果|結果|特点|特點|父亲|母亲|父親|母親|面积|面積|人口|全长|全長|"
    r"原名|本名|[东西南北中東]{1,2}[部面侧側方]|\d|[A-Za-z]{1,2}$)"
)
_WITHIN = re.compile(
    r"[是为為了着著过過被把将將称稱认認说說]|[与與和及、].{8,}|的.{9,}|[“”「」『』\"]|[一二三四五六七八九十\d]+"
    r"[年月日]|于|於|以来|时$|時$|后$|後$|中$|上$|而|但|并|並|也|都|就|则|則|如果|的$|应当|應當|"
    r"应$|可以|不得|必须|必須|曾|所$|所获|所獲|成$|由$|大约|大約|负责|可$|能$|其|这|這|该|該|他|"
    r"她|它|不$|没有|沒有|[来來]自|下列|以下|各类|经$|目前$|约$|約$|最初$|[Aa]t$|一般$|主要$|通常$|现$|現$|长\d|長\d|"
    r"明知|虽然|雖然|虽$|雖$|却|卻|仍$|在|—|先$|不仅$|不僅$|[共总總]$|商定|\s|原本$|更像$|[实實]$|"
    r"係|按照|根据|根據|在.{2,6}$|另|他们|他們|她们|大小$|由[一-鿿]{2,6}$|：|持有的|[A-Za-z]+\.$"
)


def stated_chinese(text: str, sentence: Span) -> Iterator[Fact]:
    """The facts of one Chinese sentence of ``text``.

    >>> text = "台前县（英语：Taiqian）是河南省下属的一个县，位于黄河以北，面积454平方公里。"
    >>> for fact in stated_chinese(text, Span(0, len(text))):
    ...     print(fact.head, "|", fact.relation, "|", fact.tail)
    台前县 | 是 | 河南省下属的一个县
    台前县 | 位于 | 黄河以北
    台前县 | 面积 | 454平方公里
    """
    said = _BRACKETS.sub("", sentence.of(text)).strip(_STOP + " \n")
    if len(said) > 300 or "\n" in said or _ASKS.search(sentence.of(text)):
        return
    defined = _DEFINED.match(said)
    if defined and (subject := _subject(defined["head"].strip("，, "))):
        yield Fact(sentence, subject, "是指", defined["tail"].strip(), "zh 指")
        return
    if continued := _goes_on(said):
        yield Fact(sentence, continued[0], "是", continued[1], "zh 是")
        return
    head = ""
    there: set[tuple[str, str, str]] = set()
    for number, clause in enumerate(re.split(r"[，；;]|,(?!\d)", said)):
        found = list(_clause(clause, head, first=number == 0))
        for rule, subject, relation, tail in found:
            fact = (subject, relation, tail.strip(' 　"“”「」'))
            if fact[2] and fact not in there and subject != fact[2]:
                there.add(fact)
                yield Fact(sentence, *fact, rule)
        if number == 0:
            head = (
                found[0][1]
                if found
                else _subject(clause)
                if len(clause) <= _NAME and not re.search(r"[有\d]", clause)
                else ""
            )
        # A clause with a subject of its own: what follows may be about that.
        elif head and not found and not _CARRIES.match(clause):
            return


_DEFINED = re.compile(
    rf"^(?:[（(]?[一二三四五六七八九十\d]+[）)、.])?\s*(?P<head>{_TAIL}{{2,24}}?)[，,]?(?:是指|系指|"
    rf"係指|指的是)(?!在|当)(?P<tail>[^。；;]{{4,150}})$"
)
_CARRIES = re.compile(
    r"^(?:位|坐|座|成立|创|創|建|始|于|於|生|出|毕|畢|又|亦|也|简|簡|俗|别|別|原|英文|全|总|總|"
    r"面积|面積|人口|由|是|为|為|属|屬|隶|隸|现|現|主|曾)"
)


_LAST_NOUN = re.compile(r"的[^的]{1,6}$|之一$|一[种種个個位名座部家款项項条條]")
_LEANS = re.compile(r"[他她它其该該此这這那本牠]")
_GOES_ON = re.compile(rf"^(?P<head>{_TAIL}{{2,20}}?)是(?P<tail>[^，。；]+，[^。；]*的[^的，。；]{{1,6}})$")


def _goes_on(said: str) -> tuple[str, str] | None:
    """Subject and tail of "a contract is that one side does this, and the other that": the noun stands at the very end."""
    whole = _GOES_ON.match(said)
    if whole is None or len(whole["tail"]) > 80:
        return None
    start = whole["tail"].split("，")[0]
    if start.startswith("一") or start.endswith("的") or _LAST_NOUN.search(start):
        return None
    head = _subject(whole["head"])
    return (head, whole["tail"]) if head else None


def _torn(tail: str) -> bool:
    """Whether one of a pair of quotation marks or brackets is missing."""
    return any(tail.count(a) != tail.count(b) for a, b in ("「」", "“”", "《》", "『』"))


def _subject(before: str) -> str:
    """What stands before the verb, if it can stand alone."""
    before = before.strip(' 　「」『』“”"《》')
    if not 2 <= len(before) <= 24 or _POINTS.match(before) or _WITHIN.search(before):
        return ""
    return before


def _clause(clause: str, carried: str, *, first: bool) -> Iterator[tuple[str, str, str, str]]:
    """Rule, head, relation and tail of a clause; ``carried`` is the subject of the first one."""
    clause = clause.strip()
    for rule, pattern in (("是", _IS), ("于", _AT), ("称", _CALLED), ("有", _HAS), ("及", _VERB)):
        match = pattern.search(clause)
        if match is None:
            continue
        before = clause[: match.start()]
        head = (
            _subject(before)
            if first
            else (carried if before in ("", "现", "現", "也", "主要", "其", "总", "總") else "")
        )
        if not head or (rule == "是" and not _telling(match["be"], match["tail"])):
            continue
        if rule == "有" and len(head) < 3:
            continue
        if (
            len(match["tail"]) > 48
            or _LEANS.match(match["tail"])
            or _torn(match["tail"])
            or (rule == "及" and not first)
        ):
            continue
        if rule == "称" and match["verb"] in ("字", "号") and (first or len(match["tail"]) > 4):
            continue
        relation = match.groupdict().get("be") or match.groupdict().get("verb") or match["what"]
        yield f"zh {rule}", head, relation, _whole(match["tail"])
    yield from _dated(clause, carried, first=first)
    much = _MUCH.search(clause)
    if first and much and len(subject := _subject(clause[: much.start()])) > 2:
        # "The warranty is 24 months": whose, the document knows.
        yield f"zh 数{DEFINITE}", subject, much["be"], much["tail"]


def _dated(clause: str, carried: str, *, first: bool) -> Iterator[tuple[str, str, str, str]]:
    match = _ON.search(clause)
    if match and not first and carried and match.start() == 0:
        yield "zh 年", carried, match["verb"], match["when"]
    match = _BY.search(clause)
    if match:
        before = clause[: match.start()]
        head = _subject(before) if first else (carried if not before else "")
        if head and not _WITHIN.search(match["who"]):
            yield "zh 由", head, f"由{match['verb']}", match["who"]


def _telling(be: str, tail: str) -> bool:
    """Whether what follows 是 names a kind of thing, and does not begin a clause."""
    if len(tail) > 48:
        return False
    if be.endswith("指"):
        return not tail.startswith(("在", "当", "將", "将"))
    if re.search(r"\d[\d.]*(?:米|公里|公斤|元|平方公里|吨|噸)$", tail):
        return False
    if tail.startswith(("他", "她", "它", "其", "牠", "我", "你", "这", "這", "那", "该", "該")):
        return False
    last = _LAST.search(tail)
    if _ONE.search(tail):
        return not last or not _CLAUSE.search(last["noun"])
    if re.match(r"[为為以在因被从從由于於回通随隨每按根]", tail):
        return False
    if last:
        return not _CLAUSE.search(last["noun"]) and be == "是"
    return len(tail) <= 14 and bool(_SORT.search(tail)) and not _CLAUSE.search(tail)


def _whole(tail: str) -> str:
    return tail.strip(" 　")
