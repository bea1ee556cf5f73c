"""Near documents: duplicates, and versions that disagree."""

import pytest

from raglan.graph.digest import digest
from raglan.graph.following import refreshed
from raglan.graph.sketch import alike, joined, near, sketched
from raglan.graph.versions import disagreements, nearest
from raglan.store.store import Store
from raglan.types import Document, Passage, Span

TERMS = (
    "The warranty lasts {} months from the date of delivery. It covers faults of material and of workmanship. "
    "Claims are made in writing to the service desk at Weirside. The desk answers every claim within {} working days."
)
ZH = (
    "所有机器的保修期为{}个月，自购买之日起计算。保修范围包括材料和工艺上的缺陷。"
    "客户须以书面形式向服务部门提出申请。服务部门在{}个工作日内答复。"
)


def put(store, name, text):
    store.put(Document(name, text, name), [Passage(f"{name}:0", text, name, Span(0, len(text)))], file=name)


def told(texts):
    store = Store()
    for name, text in texts.items():
        put(store, name, text)
    found = digest(refreshed(store))
    store.close()
    return found


@pytest.mark.parametrize("terms", [TERMS, ZH])
def test_two_versions_disagree(terms):
    found = told(
        {
            "a.txt": terms.format(24, 2),
            "b.txt": terms.format(12, 2),
            "c.txt": "Nothing of the kind is said here at all.",
        }
    )
    assert [one.values for one in found.disagreements] == [
        ("24 months", "12 months") if terms is TERMS else ("24个月", "12个月")
    ]
    [one] = found.disagreements
    assert [place[0] for place in one.places] == ["a.txt:0", "b.txt:0"]
    assert not found.duplicates


def test_the_same_text_twice():
    found = told({"a.txt": TERMS.format(24, 2), "b.txt": TERMS.format(24, 2), "c.txt": ZH.format(24, 2)})
    assert [(one.one, one.other) for one in found.duplicates] == [("a.txt", "b.txt")]
    assert not found.disagreements


def test_versions_by_name_with_other_words():
    found = told(
        {
            "warranty-2021.md": "The warranty period under these terms was 12 months, counted from delivery.",
            "warranty.md": "The warranty for all machines is 24 months from the date of purchase.",
            "leave.md": "The warranty of nobody is 30 months.",
        }
    )
    assert [one.values for one in found.disagreements] == [("12 months", "24 months")]


def test_what_both_say_is_no_disagreement():
    found = told({"old/a-v1.txt": TERMS.format(24, 2), "old/a-v2.txt": TERMS.format(24, 2)})
    assert not found.disagreements


def test_sketches_of_parts_are_the_sketch_of_the_whole():
    one, other = "one two three four five six", "seven eight nine ten eleven"
    whole = joined([sketched(one), sketched(other)])
    assert alike(whole, joined([sketched(other), sketched(one)])) == 1.0
    assert joined([]) == b""
    assert alike(b"", whole) == 0.0


def test_likeness_is_about_the_share_of_shingles():
    words = [f"w{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(400)]
    one, other = " ".join(words[:300]), " ".join(words[100:])
    own, theirs = ({tuple(text.split()[at : at + 3]) for at in range(len(text.split()) - 2)} for text in (one, other))
    exact = len(own & theirs) / len(own | theirs)
    assert abs(alike(sketched(one), sketched(other)) - exact) < 0.2


def test_bands_find_what_is_near():
    texts = [TERMS.format(n, n + 1) for n in range(5)] + [ZH.format(1, 2), "quite another text with other words in it"]
    pairs = {(a, b) for a, b, _ in near([sketched(text) for text in texts], 0.9)}
    assert pairs == {(a, b) for a in range(5) for b in range(a + 1, 5)}


def test_an_empty_store():
    store = Store()
    tables = refreshed(store)
    assert nearest(tables) == []
    assert list(disagreements(tables, [])) == []
    assert digest(tables).documents == ()
    store.close()


@pytest.mark.parametrize(("one", "other"), [("Squadron 740", "Squadron 812"), ("1982 in Norway", "1983 in Norway")])
def test_two_things_told_in_the_same_words_are_no_versions(one, other):
    store = Store()
    for name, title in (("a.txt", one), ("b.txt", other)):
        text = f"The year of {title} was a good one for all. " + TERMS.format(24 if name == "a.txt" else 12, 2)
        found = Passage(f"{name}:0", text, name, Span(0, len(text)), meta={"title": title})
        store.put(Document(name, text, name, meta={"title": title}), [found], file=name)
    assert not digest(refreshed(store)).disagreements
    store.close()
