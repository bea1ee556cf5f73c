import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError
from raglan.talk.intents import Intent, Intents, intents

TOML = """
[[intent]]
name = "hours"
examples = ["When are you open?", "What are your opening hours?", "你们几点开门？", "营业时间是什么时候？"]
answer = { en = "Nine to five.", zh = "九点到五点。" }

[[intent]]
name = "thanks"
examples = ["Thank you", "谢谢"]
answer = "你好 / You are welcome."
"""


@pytest.fixture
def known(tmp_path):
    (tmp_path / "service.toml").write_text(TOML, encoding="utf-8")
    return intents(tmp_path / "service.toml")


@pytest.mark.parametrize("encoder", [None, HashingEncoder()], ids=["words", "vectors"])
@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("what are the opening hours", "hours"),
        ("When do you open?", "hours"),
        ("请问你们几点开门", "hours"),
        ("营业时间？", "hours"),
        ("Thank you!", "thanks"),
        ("谢谢", "thanks"),
    ],
)
def test_the_nearest_is_found(known, encoder, said, name):
    match = Intents(known, encoder).nearest(said)
    assert match is not None
    assert (match.intent.name, match.score >= 0.6) == (name, True)


@pytest.mark.parametrize("said", ["How do I open the water tank?", "保修期是多久？", "", "open"])
def test_other_things_are_not_near(known, said):
    match = Intents(known).nearest(said)
    assert match is not None
    assert match.score < 0.6 or said == "open"


def test_the_answer_is_in_the_language_of_the_question(known):
    hours, thanks = known
    assert hours.answer("几点开门？") == "九点到五点。"
    assert hours.answer("When?") == "Nine to five."
    assert thanks.answer("When?") == "你好 / You are welcome."
    assert Intent("x", ("a",), (("zh", "好"),)).answer("Good?") == "好"


def test_lines_of_json(tmp_path):
    (tmp_path / "s.jsonl").write_text('{"name": "a", "examples": ["b"], "answer": "c"}\n\n', encoding="utf-8")
    assert intents(tmp_path / "s.jsonl") == [Intent("a", ("b",), (("", "c"),))]


def test_no_intents_match_nothing():
    assert Intents([]).nearest("hello") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no intents"),
        ("[[intent]]\nname = 3", "name is 3"),
        ('[[intent]]\nname = "a"', "examples is None"),
        ('[[intent]]\nname = "a"\nexamples = []\nanswer = "x"', r"examples is \[\]"),
        ('[[intent]]\nname = "a"\nexamples = ["q"]\nanswer = 3', "answer is 3"),
        ("intent = [1]", "must be a table"),
        ("[[intent", "Expected"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, text, told):
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        intents(tmp_path / "s.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        intents(tmp_path / "none.toml")
