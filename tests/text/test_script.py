"""Traditional characters, written simplified."""

from raglan.build.parts import library
from raglan.config import Config
from raglan.generate.pointer import PointerGenerator
from raglan.store.adding import add_passages
from raglan.text.script import _table, simplified
from raglan.types import Evidence, Passage, Query, Span

TRADITIONAL = "倉庫的鑰匙放在經理辦公室左邊的抽屜裡，共有三把。"


def test_places_stay_and_nothing_is_simplified_twice():
    table = _table()
    assert len(table) > 2_500
    assert all(len(one) == 1 and simplified(one) == one and ord(one) not in table for one in table.values())
    text = "Größe 24 個月，𠮷野家 🙂 \ud800"
    assert len(simplified(text)) == len(text)


def test_what_simplified_texts_write_as_well_stays():
    assert simplified("乾隆年间的著名小说，哪吒") == "乾隆年间的著名小说，哪吒"


def test_either_way_of_writing_finds_the_other():
    made = library(None, Config.of({"encoder": {"use": "none"}}))
    texts = {"t": TRADITIONAL, "s": "发动机过热时应当立即停车并联系维修人员。", "o": "員工每年有二十天的休假。"}
    add_passages(made.store, [Passage(name, text, name, Span(0, len(text))) for name, text in texts.items()])
    made.words.follower.refresh()
    for asked, wanted in (("仓库的钥匙", "t"), ("發動機過熱", "s"), ("员工休假", "o")):
        [hits] = made.words.search([Query(asked)], 1)
        assert [hit.passage.id for hit in hits] == [wanted], asked


def test_an_answer_is_told_as_its_document_writes_it():
    passage = Passage("t", TRADITIONAL, "t", Span(0, len(TRADITIONAL)))
    draft = PointerGenerator().write(Query("仓库的钥匙有几把？"), [Evidence(passage, 1.0)])
    assert draft.text in TRADITIONAL
    assert "三把" in draft.text
