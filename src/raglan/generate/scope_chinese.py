"""How Chinese asks to count, list, compare or summarise."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["chinese_scope"]

Found = tuple[str, list[str], str, str]  # kind, subjects, noun, aspect
Known = Callable[[str], bool]

_POLITE = re.compile(
    r"^(?:请问|請問|请|請|麻烦你?|麻煩你?|帮我|幫我|帮忙|你?能不能|能否|可以|给我|給我|我想(?:知道)?|我要|,|，|\s)+"
)
_TAIL = re.compile(r"(?:[吗嗎呢吧啊]|谢谢|謝謝|[\s。？！?!，,.])+$")
# What a collection holds many of; the others may also be a thing that one passage tells the number of.
_HELD = ("文档", "文檔", "文件", "段落", "记录", "記錄", "紀錄", "条目", "條目", "工单", "工單", "数据行", "文本")
# Of these nothing else is counted: what stands before them is what they are about.
_ALONE = ("段落", "记录", "記錄", "紀錄", "条目", "條目", "工单", "工單")
_OFTEN = (
    "问题 問題 产品 產品 案例 邮件 郵件 消息 訊息 文章 报告 報告 投诉 投訴 订单 訂單 合同 发票 發票 评论 評論 笔记 筆記 "
    "资料 資料 条款 條款 页面 頁面"
).split()
_UNIT = "[条條份篇行张張封段个個项項件]"
_MANY = re.compile(rf"(?:一共|总共|總共|共计|共計|总计|總計|共|大概|大约|大約)*有?(?:多少|几|幾){_UNIT}(?:[是呢]|$)?")
_COUNTS = re.compile(r"的(?:总数|總數|数量|數量|条数|條數|份数|份數)(?:[是有](?:多少|几|幾))?$")

_ABOUT = r"(?:提到了?|提及了?|涉及到?|包含了?|含有|讲到了?|講到了?|谈到了?|談到了?|说到了?|說到了?|关于|關於|有关|有關|写到了?)"
_WITH = re.compile(
    rf"^(?:是|都|里面?|裡面?|中)*(?:{_ABOUT}(?P<a>.+?)|[与和跟](?P<b>.+?)(?:有关|有關|相关|相關))(?:的|的有)?$"
)
_WITHIN = re.compile(r"(?:里面?|裡面?|中|当中|當中|之中)$")

_LIST = re.compile(
    r"^(?:列出|列举|列舉|罗列|羅列|找出|显示|顯示|给出|給出|告诉我|告訴我|查找)(?:一下|下)?(?P<all>所有|全部|每一?[个個条條份篇项項张張]|一切)?的?(?P<np>.+)$"
)
_ALL_WHICH = re.compile(
    r"^(?P<pre>.*?)(?:所有|全部)的?(?P<np>.+?)(?:都|分别|分別)?(?:[有是]哪些|有什么|有什麼|是什么|是什麼)$"
)
_WHICH = re.compile(r"^有?哪些(?P<np>.+)$")
_ARE = re.compile(r"^(?P<np>.+?)(?:一共|总共|總共|都)?[有是]哪些$")

_AND = r"[和与與跟同及]|以及|、|对比|對比|相比|[Vv][Ss]\.?"
_DIFFERENT = r"(?:区别|區別|不同|差别|差別|差异|差異)(?:之处|之處)?"
_COMPARE = (
    re.compile(r"^(?:比较|比較|对比|對比)(?:一下|下)?(?P<both>.+)$"),
    re.compile(
        rf"^(?P<both>.+?)(?:之间|之間|两者|兩者)?(?:在(?P<in>.{{1,12}}?)(?:上|方面))?(?:都|到底|究竟)?有(?:什么|什麼|何|哪些|啥)(?:主要|本质|明显)?的?{_DIFFERENT}$"
    ),
    re.compile(
        rf"^(?P<both>.+?)(?:之间|之間|两者|兩者)?的(?:主要|本质|最大)?(?:{_DIFFERENT}(?:[是在](?:什么|什麼|哪里|哪裡|哪儿|哪|于什么|何处)|有哪些)?|比较|比較|对比|對比)$"
    ),
)
_SUMMARY = (
    re.compile(r"^(?:总结|總結|概括|概述|归纳|歸納|小结)(?:一下|下)?(?P<x>.+)$"),
    re.compile(
        r"^(?:写|寫|做|生成|给出|給出)?(?:一份|一个|一個)?(?P<x>.+?)的(?:摘要|总结|總結|概要|概述|小结)(?:是什么|是什麼)?$"
    ),
)
_CONTENT = re.compile(
    r"的?(?:所有|全部|主要|相关|相關|有关|有關)?的?(?:内容|內容|信息|資訊|说法|规定|規定|要点|要點|情况)$"
)


def chinese_scope(question: str, known: Known) -> Found | None:
    """Kind, subjects, noun and aspect of a Chinese question, or ``None``; see :func:`raglan.generate.scope.scope`."""
    asked = _TAIL.sub("", _POLITE.sub("", question.strip()))
    return _count(asked, known) or _summary(asked, known) or _compare(asked) or _list(asked, known)


def _count(asked: str, known: Known) -> Found | None:
    many = _MANY.search(asked) or _COUNTS.search(asked)
    if many is None:
        return None
    before, behind = asked[: many.start()].strip(" ，,"), asked[many.end() :].strip(" ，,")
    # What stands before a bare "how many" is its subject: "an applicant must hand in how many documents".
    if before and "有" not in many.group() and not many.group().startswith(("的", "共", "一共", "总", "總")):
        return None
    if behind and (begins := _noun_first(behind, known)):
        return _counted(begins[0], before, begins[1], known)
    if behind and (ends := _noun_last(behind, known)):
        return _counted(ends[0], before, ends[1], known)
    if before and (ends := _noun_last(_WITHIN.sub("", before), known)):
        return _counted(ends[0], ends[1], behind, known)
    return None


def _counted(noun: str, before: str, behind: str, known: Known) -> Found | None:
    """The noun, and what is said of it on either side of it: nothing, what it mentions, or what it is of."""
    said = []
    mentions = False
    for part in (before, behind):
        part = part.strip(" ，,")
        if not part:
            continue
        about = _WITH.match(part)
        owner = re.match(r"^(?P<x>.+?)(?:的|里面?|裡面?|中)$", part)
        if about:
            said.append(_subject(about["a"] or about["b"]))
        elif owner or (noun in _ALONE and part == before and not behind):
            said.append(_subject(owner["x"] if owner else part))
        else:
            return None
        mentions = mentions or bool(about)
    if noun in _OFTEN and not mentions and not known(noun):
        return None
    subject = " ".join(filter(None, said))
    return "count", [subject] if subject else [], noun, ""


def _noun_first(text: str, known: Known) -> tuple[str, str] | None:
    """A noun at the beginning of ``text``, and what follows."""
    for noun in (*_HELD, *_OFTEN):
        if text.startswith(noun):
            return noun, text[len(noun) :]
    cut = re.search(rf"{_ABOUT}|$", text)
    head = text[: cut.start()] if cut else text
    return (head, text[len(head) :]) if 2 <= len(head) <= 8 and known(head) else None


def _noun_last(text: str, known: Known) -> tuple[str, str] | None:
    """A noun at the end of ``text``, and what stands before it; the longest that is known."""
    for size in range(min(8, len(text)), 1, -1):
        if known(text[-size:]):
            return text[-size:], text[:-size]
    return next(((noun, text[: -len(noun)]) for noun in (*_HELD, *_OFTEN) if text.endswith(noun)), None)


def _list(asked: str, known: Known) -> Found | None:
    if (match := _LIST.match(asked)) and (match["all"] or _noun_last(match["np"], known)):
        return _listed(match["np"], known)
    if match := _ALL_WHICH.match(asked):
        return _listed(match["pre"].removesuffix("的") + ("的" if match["pre"] else "") + match["np"], known)
    if (match := _WHICH.match(asked)) and (first := _noun_first(match["np"], known)):
        about = _WITH.match(first[1])
        return ("list", [_subject(about["a"] or about["b"])], first[0], "") if about else None
    if (match := _ARE.match(asked)) and (last := _noun_last(match["np"], known)):
        about = _WITH.match(last[1]) if last[1] else None
        if about or (known(last[0]) and not last[1]):
            return "list", [_subject(about["a"] or about["b"])] if about else [], last[0], ""
    return None


def _listed(phrase: str, known: Known) -> Found | None:
    noun, said = _noun_last(phrase, known) or ("", phrase)
    about = _WITH.match(said)
    subject = _subject(about["a"] or about["b"]) if about else _subject(said)
    if not subject and not noun:
        return None
    return "list", [subject] if subject else [], noun, ""


def _compare(asked: str) -> Found | None:
    match = next((found for pattern in _COMPARE if (found := pattern.match(asked))), None)
    if match is None:
        return None
    groups = match.groupdict()
    *sides, last = re.split(rf"\s*(?:{_AND})\s*", match["both"])
    aspect = groups.get("in") or ""
    owner = re.match(r"^(?P<x>.+?)(?:之间|之間)?(?:的|在)(?P<aspect>[^的]{1,12}?)(?:上|方面)?$", last)
    if owner and not aspect:
        # "所含有的亚硫酸盐": the verb belongs to neither.
        last, aspect = re.sub(r"所.{1,4}$", "", owner["x"]) or owner["x"], owner["aspect"]
    subjects = [_subject(side) for side in (*sides, last)]
    return ("compare", subjects, "", aspect) if len(subjects) > 1 and all(subjects) else None


def _summary(asked: str, known: Known) -> Found | None:
    match = next((found for pattern in _SUMMARY if (found := pattern.match(asked))), None)
    if match is None:
        return None
    said = re.sub(r"^(?:所有|全部|一切)的?", "", match["x"])
    noun, rest = _noun_last(said, known) or ("", said)
    rest = _CONTENT.sub("", rest)
    # "关于请假的内容": what is about leave, wherever it stands.
    within = re.match(rf"^(?:(?:所有|全部)?(?:{'|'.join(_HELD)})(?:里面?|中))(?P<rest>{_ABOUT}.+)$", rest)
    rest = within["rest"] if within else rest
    about = _WITH.match(rest)
    subject = _subject(about["a"] or about["b"]) if about else _subject(rest)
    return ("summary", [subject] if subject else [], noun, "") if subject or noun else None


def _subject(phrase: str) -> str:
    found = re.sub(r"^(?:所有|全部)的?|^(?:这|這|那)些|^的", "", phrase.strip(" ，,、：:"))
    found = re.sub(r"的(?:所有|全部)?(?:内容|內容|信息|資訊)?$", "", found)
    return found.strip('“”"「」『』《》 ')
