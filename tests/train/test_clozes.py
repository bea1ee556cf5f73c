"""Clozes: the answer stands in the passage and not in the question, whatever the language, and the seed says which."""

import itertools
import re

import pytest

from raglan.datasets.dataset import Dataset, alone
from raglan.errors import ConfigError
from raglan.text.sentences import sentences
from raglan.train.clozes import clozes
from raglan.train.lessons import gathered, standing
from raglan.types import Passage

ENGLISH = alone(
    "boiler",
    "The Aurora boiler was built by Henrik Solberg in 1987. It heats a house of nine rooms. Before that, Henrik Solberg had "
    "sold pumps. In 1987 the price of copper fell, and the AURORA boiler became cheap. Of the pumps nothing is left.",
    "Aurora",
)
SIMPLIFIED = alone(
    "泵站",
    "青石泵站由林远山于1962年主持修建。泵站有四组离心水泵。林远山后来调往省水利局工作，青石泵站改由他的学生管理。"
    "2004年更换了两台离心水泵，其余两台离心水泵保留至今！泵站现在对公众开放，每周六有人讲解。",
)
TRADITIONAL = alone(
    "燈塔",
    "北岬燈塔建於1891年，由工程師陳國棟設計。燈塔高二十三公尺。陳國棟還設計了港口的防波堤。後來防波堤在颱風中損毀了一大半。"
    "1931年北岬燈塔改用電燈，守塔人搬到鎮上居住。",
)
ALL = (ENGLISH, SIMPLIFIED, TRADITIONAL)


def made(*passages: Passage, seed: int = 0, each: int = 9, query_length: int = 0) -> Dataset:
    return clozes(passages, each=each, query_length=query_length, seed=seed)


def triples(data: Dataset) -> list[tuple[str, str, str]]:
    texts = {one.id: one.text for one in data.passages}
    return [(one.query.text, one.answers[0], texts[one.positives[0]]) for one in data.examples]


@pytest.mark.parametrize("passage", ALL, ids=lambda one: one.id)
@pytest.mark.parametrize(("seed", "query_length"), list(itertools.product(range(5), (0, 8, 20))))
def test_the_laws(passage: Passage, seed: int, query_length: int) -> None:
    found = triples(made(passage, seed=seed, query_length=query_length))
    assert found
    whole = [span.of(passage.text) for span in sentences(passage.text)]
    for question, answer, rest in found:
        assert standing([answer], rest)
        assert answer.casefold() not in question.casefold()
        assert "[MASK]" in question
        [asked] = [one for one in whole if one not in rest]
        assert re.sub(re.escape(answer), "[MASK]", asked).casefold().count(question.casefold()) == 1
        assert all(one in rest for one in whole if one != asked), "the rest of the text, whole"
    assert len({answer.casefold() for _, answer, _ in found}) == len(found)
    assert len({rest for *_, rest in found}) == len(found), "no two of one sentence"


def test_what_recurs_is_asked_for_as_long_as_it_is() -> None:
    answers = {answer for passage in ALL for seed in range(20) for _, answer, _ in triples(made(passage, seed=seed))}
    assert {"Henrik Solberg", "1987", "Aurora boiler", "AURORA boiler", "pumps"} <= answers
    assert {"青石泵站", "林远山", "泵站", "离心水泵"} <= answers
    assert {"北岬燈塔", "陳國棟", "防波堤"} <= answers
    assert not answers & {
        "Henrik",
        "Solberg",
        "The",
        "of",
        "石泵站",
        "两台离心水泵",
        "水泵",
        "国栋",
        "防波",
        "燈",
        "由",
    }


def test_no_answer_begins_or_ends_with_what_says_nothing() -> None:
    text = "大家都说，这里的水泵的声音很轻。第二天，水泵的旁边没有人看守。And of the pump he knew much. "
    text += "He spoke of the pump no more."
    assert {answer for seed in range(20) for _, answer, _ in triples(made(alone("a", text), seed=seed))} == {
        "水泵",
        "pump",
    }


def test_a_copied_sentence_is_no_question() -> None:
    text = "青石泵站由林远山主持修建而成今天仍在运行。中间隔着别的话。青石泵站由林远山主持修建而成今天仍在运行。"
    assert not made(alone("a", text)).examples
    assert not made(alone("b", "Old pumps of cast iron never rust here. " * 2)).examples


def test_a_sentence_that_says_little_else_is_no_question() -> None:
    assert not made(alone("a", "青石泵站。青石泵站。")).examples
    assert not made(alone("b", "Kettles! Kettles!")).examples
    assert not made(alone("c", ""), alone("d", "。")).examples


def test_every_place_of_an_answer_is_masked() -> None:
    text = "离心水泵坏了就换离心水泵，没有别的办法。仓库里还有三台离心水泵。"
    questions = {question for seed in range(9) for question, *_ in triples(made(alone("a", text), seed=seed))}
    assert "[MASK]坏了就换[MASK]，没有别的办法。" in questions
    assert clozes([alone("a", text)], mask="<mask>").examples[0].query.text.count("<mask>")


def test_the_seed_says_which() -> None:
    assert triples(made(*ALL, seed=3)) == triples(made(*ALL, seed=3))
    drawn = {tuple(triples(made(*ALL, each=1, seed=seed))) for seed in range(8)}
    assert len(drawn) > 1
    assert all(len(one) == len(ALL) for one in drawn)


def test_words_that_stand_in_every_text_are_asked_for_less() -> None:
    common = [alone(str(at), f"记者报道说泵{at}号在这里运转。记者报道说阀{at}号在那里停着。") for at in range(50)]
    own = alone("own", "记者报道说林远山在这里住过。记者报道说后来林远山搬到城里去了。")
    answers = [triples(clozes([own, *common], each=1, seed=seed))[0][1] for seed in range(40)]
    assert answers.count("林远山") > 30
    assert "记者报道说" in {triples(clozes([own], each=1, seed=seed))[0][1] for seed in range(40)}


def test_a_question_keeps_what_stands_around_its_mask() -> None:
    text = "一二三四五六七八九十甲乙丙丁离心水泵戊己庚辛壬癸子丑寅卯辰巳午未。仓库里还有三台离心水泵。"

    def kept(length: int) -> set[str]:
        drawn = (made(alone("a", text), query_length=length, seed=seed) for seed in range(9))
        return {question for one in drawn for question, *_ in triples(one)}

    assert kept(9) == {"甲乙丙丁[MASK]戊己庚辛", "仓库里还有三台[MASK]。"}
    assert kept(6) == {"丙丁[MASK]戊己庚", "里还有三台[MASK]。"}
    assert "一" in "".join(kept(0))
    again = "离心水泵坏了人就要去买离心水泵。仓库里还有三台离心水泵。"
    for seed, length in itertools.product(range(9), range(6, 14)):
        for question, *_ in triples(made(alone("a", again), query_length=length, seed=seed)):
            assert not set("离心水泵") & set(question), "no half of an answer is left"
    with pytest.raises(ConfigError, match="query_length is 5"):
        made(ENGLISH, query_length=5)


def test_what_is_made_teaches() -> None:
    data = made(*ALL)
    lessons = gathered([data])
    assert len(lessons.rows) == len(data.examples) == len(data.ids)
    assert not lessons.left
    assert all(row.right and not row.wrong for row in lessons.rows)
    assert {one.title for one in lessons.sources.values()} == {"Aurora", ""}
