"""What is commonly asked of a thing: how each is called in a choice, and asked in full. English and Chinese."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ASPECTS", "Aspect"]


class Aspect(NamedTuple):
    """One thing to ask of a topic, ``{}``: its label and its question in English, and in Chinese."""

    label: str
    asks: str
    label_zh: str
    asks_zh: str

    def told(self, *, chinese: bool) -> str:
        """The label in one of the languages."""
        return self.label_zh if chinese else self.label

    def asked(self, topic: str, *, chinese: bool) -> str:
        """The question about ``topic`` in one of the languages."""
        return (self.asks_zh if chinese else self.asks).format(topic)


ASPECTS = (
    Aspect("what it is", "What is {}?", "是什么", "{}是什么？"),
    Aspect("symptoms", "What are the symptoms of {}?", "症状", "{}有哪些症状？"),
    Aspect("causes", "What causes {}?", "原因", "{}的原因是什么？"),
    Aspect("treatment", "What are the treatments for {}?", "治疗", "{}怎么治疗？"),
    Aspect("diagnosis", "How is {} diagnosed?", "诊断", "{}怎么诊断？"),
    Aspect("prevention", "How can {} be prevented?", "预防", "怎样预防{}？"),
    Aspect("outlook", "What is the outlook for {}?", "预后", "{}的预后怎么样？"),
    Aspect("inheritance", "Is {} inherited?", "遗传", "{}会遗传吗？"),
    Aspect("genetic changes", "What are the genetic changes related to {}?", "基因变化", "{}与哪些基因变化有关？"),
    Aspect("frequency", "How many people are affected by {}?", "发病率", "有多少人患{}？"),
    Aspect("risk factors", "Who is at risk for {}?", "风险因素", "哪些人容易得{}？"),
    Aspect("complications", "What are the complications of {}?", "并发症", "{}有哪些并发症？"),
    Aspect("stages", "What are the stages of {}?", "阶段", "{}分哪些阶段？"),
    Aspect("research", "What research is being done for {}?", "研究", "{}有哪些研究？"),
    Aspect("what to do", "What to do for {}?", "应对办法", "遇到{}该怎么办？"),
    Aspect("price", "How much does {} cost?", "价格", "{}多少钱？"),
    Aspect("duration", "How long does {} take?", "时长", "{}需要多长时间？"),
    Aspect("requirements", "What are the requirements for {}?", "条件", "{}需要什么条件？"),
    Aspect("use", "How is {} used?", "使用方法", "{}怎么使用？"),
    Aspect("contact", "Who is the contact for {}?", "联系方式", "{}联系谁？"),
    Aspect("place", "Where is {}?", "地点", "{}在哪里？"),
    Aspect("safety", "Is {} safe?", "安全", "{}安全吗？"),
)
