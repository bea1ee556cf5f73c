"""A question made from the evidence, where no template fits: it asks for what tells answers apart that differ.

"How heavy is the machine?" where manuals of two machines tell it: "Which model do you mean?", with a choice for each;
"What is Mercury?" where documents know a planet and a metal. It is made only where the answer would change with the choice,
and names the slot where that has a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from raglan.talk.apart import Slot, told_apart
from raglan.talk.facets import MOST, Facet
from raglan.talk.mention import replaced
from raglan.talk.rivals import Rival, rivals
from raglan.talk.senses import senses
from raglan.text.words import is_chinese
from raglan.types import Clarify, Hit, Passage, Query

__all__ = ["differing"]

_NAMES = {
    "year": "年份",
    "model": "型号",
    "version": "版本",
    "country": "国家",
    "place": "地点",
    "city": "城市",
    "region": "地区",
    "product": "产品",
    "department": "部门",
    "company": "公司",
    "branch": "分店",
    "brand": "品牌",
    "edition": "版次",
    "category": "类别",
    "plan": "套餐",
}
_ENGLISH = {chinese: english for english, chinese in _NAMES.items()}


def differing(query: Query, hits: Sequence[Hit]) -> Facet | None:
    """Which of the answers that differ is meant; ``None`` where they agree, or where nothing tells them apart."""
    found = rivals(query, hits)
    slot = told_apart(query.text, found) if found else None
    if slot is None:
        return _meant(query, hits)
    groups = slot.groups[:MOST]
    labels = tuple(label for label, _ in groups)
    queries = tuple(_chosen(query, slot, label, group) for label, group in groups)
    asked = Clarify(_question(slot.name, labels, chinese=is_chinese(query.text)), labels, queries)
    return Facet("slot", asked, len(slot.groups) - len(groups))


def _meant(query: Query, hits: Sequence[Hit]) -> Facet | None:
    """Which of the things of one name."""
    found = senses(query, hits)
    if not found:
        return None
    kept = found[:MOST]
    said = kept[0].said
    question = f"您指的是哪一个“{said}”？" if is_chinese(query.text) else f'Which "{said}" do you mean?'
    queries = tuple(
        _among(replace(query, text=f"{query.text} ({one.tail.rstrip('…')})"), [one.passage]) for one in kept
    )
    return Facet("slot", Clarify(question, tuple(one.tail for one in kept), queries), len(found) - len(kept))


def _question(name: str, labels: Sequence[str], *, chinese: bool) -> str:
    """The question back.

    >>> _question("year", ("2021", "2022"), chinese=False), _question("", ("FX", "GX"), chinese=True)
    ('Which year do you mean?', '您指的是FX还是GX？')
    """
    if name:
        known = _NAMES if chinese else _ENGLISH
        said = known.get(name.casefold(), re.sub(r"[\s_]+", " ", name).strip())
        said = said if is_chinese(said) == chinese else f"“{said}”" if chinese else f'"{said}"'
        return f"您指的是哪个{said}？" if chinese else f"Which {said[:1].lower()}{said[1:]} do you mean?"
    if len(labels) == 2:
        one, other = labels
        return f"您指的是{one}还是{other}？" if chinese else f"Do you mean {one} or {other}?"
    return "您指的是以下哪一个？" if chinese else "Which of these do you mean?"


def _chosen(query: Query, slot: Slot, label: str, group: Sequence[Rival]) -> Query:
    """``query`` with the label put in, and among the documents that it stands for where these are its own."""
    text = replaced(query.text, label)
    if slot.by == "meta":
        value = group[0].passage.meta[slot.field]
        return replace(query, text=text, where={**query.where, slot.field: value})
    if slot.by != "title":
        return replace(query, text=text)
    return _among(replace(query, text=text), [one.passage for one in group])


def _among(query: Query, passages: Sequence[Passage]) -> Query:
    """``query`` among the documents of these passages: by their titles, or where one has none by themselves."""
    titles = {str(one.meta.get("title") or "") for one in passages}
    if all(titles):
        return replace(query, where={**query.where, "title": tuple(sorted(titles))})
    return replace(query, where={**query.where, "document": tuple(dict.fromkeys(one.document for one in passages))})
