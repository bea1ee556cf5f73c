"""Which questions count, list, compare or summarise, and which only look like it."""

import json
from pathlib import Path

import pytest

from raglan.generate.scope import Scope, scope

HANDBOOK = Path(__file__).parents[2] / "examples" / "handbook.questions.jsonl"
TABLES = {"tickets", "support tickets", "error codes", "spare parts", "employees", "工单", "备件", "错误代码", "员工"}


def known(noun: str) -> bool:
    return noun.lower() in TABLES


# kind, subjects, noun, aspect
YES = {
    "How many tickets are there about leaks?": ("count", ["leaks"], "tickets", ""),
    "How many records are there?": ("count", [], "records", ""),
    "how many documents mention descaling": ("count", ["descaling"], "documents", ""),
    "Please, how many entries do we have on the FX-300 in total?": ("count", ["FX-300"], "entries", ""),
    "Can you tell me how many files contain the word vinegar?": ("count", ["word vinegar"], "files", ""),
    "How many support tickets do we have?": ("count", [], "support tickets", ""),
    "How many open tickets are there?": ("count", ["open"], "tickets", ""),
    "How many questions are about payment?": ("count", ["payment"], "questions", ""),
    "How many employees are there in Suzhou?": ("count", ["Suzhou"], "employees", ""),
    "What is the number of error codes?": ("count", [], "error codes", ""),
    "Count the tickets that mention a leak.": ("count", ["leak"], "tickets", ""),
    "How many passages refer to the boiler?": ("count", ["boiler"], "passages", ""),
    "List all tickets about leaks": ("list", ["leaks"], "tickets", ""),
    "list every passage that mentions the drip tray": ("list", ["drip tray"], "passage", ""),
    "List all spare parts for the FX-200": ("list", ["FX-200"], "spare parts", ""),
    "Show me all error codes": ("list", [], "error codes", ""),
    "Give me a list of all public holidays.": ("list", ["public holidays"], "", ""),
    "Which documents mention the warranty?": ("list", ["warranty"], "documents", ""),
    "What are all the limits on hotel nights?": ("list", ["limits on hotel nights"], "", ""),
    "Which error codes are there?": ("list", [], "error codes", ""),
    "List the error codes of the FM-10": ("list", ["FM-10"], "error codes", ""),
    "Compare the FX-100 and the FX-200": ("compare", ["FX-100", "FX-200"], "", ""),
    "Compare the price of the FX-100 and the FX-200": ("compare", ["FX-100", "FX-200"], "", "price"),
    "compare FX-100, FX-200 and FX-300 in price": ("compare", ["FX-100", "FX-200", "FX-300"], "", "price"),
    "What is the difference between annual leave and parental leave?": (
        "compare",
        ["annual leave", "parental leave"],
        "",
        "",
    ),
    "What are the differences in price between A4 and A3?": ("compare", ["A4", "A3"], "", "price"),
    "How does the FX-100 differ from the FX-200?": ("compare", ["FX-100", "FX-200"], "", ""),
    "How do arabica and robusta differ?": ("compare", ["arabica", "robusta"], "", ""),
    "FX-100 vs FX-200": ("compare", ["FX-100", "FX-200"], "", ""),
    "Compare the Bank of England and the Fed": ("compare", ["Bank of England", "Fed"], "", ""),
    "Summarise the leave policy": ("summary", ["leave policy"], "", ""),
    "Please summarize what the documents say about descaling.": ("summary", ["descaling"], "", ""),
    "Give me a short summary of warranty.md in three sentences": ("summary", ["warranty.md"], "", ""),
    "Summarise all tickets about leaks": ("summary", ["leaks"], "tickets", ""),
    "Summarise everything we know about the FX-300": ("summary", ["FX-300"], "", ""),
    "一共有多少条工单？": ("count", [], "工单", ""),
    "有多少条工单提到漏水？": ("count", ["漏水"], "工单", ""),
    "请问有多少条关于漏水的工单？": ("count", ["漏水"], "工单", ""),
    "关于漏水的工单一共有多少条？": ("count", ["漏水"], "工单", ""),
    "提到除垢的段落有几段": ("count", ["除垢"], "段落", ""),
    "多少份文档提到了FX-300？": ("count", ["FX-300"], "文档", ""),
    "備件一共有多少條記錄？": ("count", ["備件"], "記錄", ""),
    "备件一共有多少条？": ("count", [], "备件", ""),
    "列出所有提到除垢的段落": ("list", ["除垢"], "段落", ""),
    "请列出所有备件": ("list", [], "备件", ""),
    "列出全部法定节假日。": ("list", ["法定节假日"], "", ""),
    "所有关于漏水的工单有哪些？": ("list", ["漏水"], "工单", ""),
    "哪些文件提到了保修期？": ("list", ["保修期"], "文件", ""),
    "错误代码有哪些": ("list", [], "错误代码", ""),
    "比较FX-100和FX-200": ("compare", ["FX-100", "FX-200"], "", ""),
    "请比较一下FX-100和FX-200的价格。": ("compare", ["FX-100", "FX-200"], "", "价格"),
    "年假和病假有什么区别？": ("compare", ["年假", "病假"], "", ""),
    "商號與企業名稱的區別是什麼？": ("compare", ["商號", "企業名稱"], "", ""),
    "对比一下年假、病假和产假": ("compare", ["年假", "病假", "产假"], "", ""),
    "白葡萄酒和红葡萄酒所含有的亚硫酸盐有什么区别？": ("compare", ["白葡萄酒", "红葡萄酒"], "", "亚硫酸盐"),
    "总结退货政策": ("summary", ["退货政策"], "", ""),
    "请概括一下关于请假的规定": ("summary", ["请假"], "", ""),
    "总结所有关于漏水的工单": ("summary", ["漏水"], "工单", ""),
    "员工请假制度的摘要": ("summary", ["员工请假制度"], "", ""),
}

NO = """How many days of leave do I get?
How many minutes does descaling take?
How many litres does the tank hold?
How many employees does Ferndale have?
How many people are there in the company?
How many machines were sold in Germany in 2025?
How many settings does the grinder of the FX-200 have?
How many documents must I bring?
How many files can I upload?
How many documents do I have to sign?
How many tickets were sold for the concert?
How many questions are on the test?
How many times is the word mentioned?
How many articles are there in the constitution?
How many rows does the table have?
What is the number of the ticket office?
What did Cohen note about crime?
List price of the FX-200?
List three causes of scale.
List the steps to descale the machine
Which ticket do I need?
Which product may be used?
What are the core hours?
What author argues pitching the conscience versus the collective?
How does the pump compare?
Is the FX-100 better than the FX-200?
Compare notes.
Who wrote the summary?
Where is the summary of the meeting kept?
What time do all employees start?
Which records did Elvis sell?
warranty

?
员工每年有多少天年假？
产假有多少天？
公司有多少人？
旧机器可以抵扣多少钱？
申请人要提交多少份文件？
需要几份文件？
这个村有多少条河？
一天有多少个小时？
FX-100和FX-200哪个比较好？
机器多久需要除垢一次？
文件有哪些要求？
苏州有哪些景点？
他总结了什么经验？
什么是合同？
谁写了这份总结？
所有人都要参加吗？
比较贵的是哪一个？
保修期""".split("\n")


@pytest.mark.parametrize("question", YES)
def test_is_asked_of_many_passages(question: str) -> None:
    kind, subjects, noun, aspect = YES[question]
    assert scope(question, known) == Scope(kind, tuple(subjects), noun, aspect)


@pytest.mark.parametrize("question", NO)
def test_one_passage_may_answer(question: str) -> None:
    assert scope(question, known) is None


def test_there_are_enough_of_each() -> None:
    assert len(YES) + len(NO) >= 60
    chinese = sum(not question.isascii() for question in [*YES, *NO])
    assert chinese >= 30


def test_only_what_is_known_names_a_table() -> None:
    assert scope("How many employees are there?", known) == Scope("count", (), "employees")
    assert scope("How many employees are there?") is None
    assert scope("备件一共有多少条？") is None


def test_questions_of_the_handbook_stay_as_they_were() -> None:
    rows = [json.loads(line) for line in HANDBOOK.read_text(encoding="utf-8").splitlines()]
    # Whatever tables there are: a noun that is always known is the worst case.
    assert [row["question"] for row in rows if scope(row["question"], lambda _: True)] == []


def test_long_texts_and_long_subjects_are_none() -> None:
    assert scope("List all " + "leaks " * 200) is None
    assert scope("Summarise " + " ".join(f"word{n}" for n in range(11))) is None
    assert scope("how many " * 40) is None
