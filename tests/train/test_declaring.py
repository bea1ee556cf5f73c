"""Questions and answers become sentences where it is sure how, and nothing where it is not."""

import pytest

from raglan.train.declaring import declared
from raglan.train.verbs import BASES, PARTICIPLES, PASTS, past, singular, third


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        ("Who wrote the report?", "Ann Berg", "Ann Berg wrote the report."),
        ("who sings in the chapel", "the choir", "The choir sings in the chapel."),
        ("What is the capital of Norway?", "Oslo", "The capital of Norway is Oslo."),
        ("Who is the king of Norway?", "Harald V", "Harald V is the king of Norway."),
        ("What's the name of the pump?", "FX-200", "The name of the pump is FX-200."),
        ("What are the low hills called?", "downs", "The low hills are called downs."),
        ("What was the old mill originally called?", "Kvern", "The old mill was originally called Kvern."),
        ("What is the roof made of?", "slate", "The roof is made of slate."),
        ("Who was elected in 1990?", "Ann Berg", "Ann Berg was elected in 1990."),
        ("When was the tower in Lund finished?", "1145", "The tower in Lund was finished in 1145."),
        ("When was the bridge first opened?", "3 May 1902", "The bridge was first opened on 3 May 1902."),
        ("When did the oil crisis begin?", "October 1973", "The oil crisis began in October 1973."),
        ("In what year did the choir sing at court?", "1902", "The choir sang at court in 1902."),
        ("What year was the mill built?", "1820s", "The mill was built in the 1820s."),
        ("Where was Ann Berg born?", "Bergen", "Ann Berg was born in Bergen."),
        ("Where is the museum?", "on the hill", "The museum is on the hill."),
        ("Where does the name come from?", "Latin", "The name comes from Latin."),
        ("What did Tesla invent in 1888?", "a motor", "Tesla invented a motor in 1888."),
        ("Who did Berg write to?", "her son", "Berg wrote to her son."),
        ("How many people live in Moss?", "32,000", "32,000 people live in Moss."),
        ("How many people live in Moss?", "32,000 inhabitants", "32,000 inhabitants live in Moss."),
        ("How many wells are there in Moss?", "three", "There are three wells in Moss."),
        ("How many days does the fair include?", "nine", "The fair includes nine days."),
        ("Which team won the cup in 1990?", "Moss", "Moss won the cup in 1990."),
        ("What company was founded in 1999?", "Acme", "Acme was founded in 1999."),
    ],
)
def test_what_is_sure(question: str, answer: str, sentence: str) -> None:
    assert declared(question, answer) == sentence


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("when does the shop clatter", "1990"),  # a verb that is not known
        ("Why did the oil crisis begin?", "an embargo"),
        ("How is slate cut?", "by hand"),
        ("What did Berg want to build?", "a mill"),
        ("When did the show start and the rain stop?", "1990"),
        ("When did the war end?", "when peace was made"),
        ("What is a mule?", "animal of burden"),
        ("Who is Ann?", "is a painter"),
        ("Who writes the rules?", "teachers and judges"),
        ("Where did the army travel?", "Moss"),
        ("When was it named Moss founded?", "1990"),
        ("What is your name?", "Ann"),
        ("What is the effect of frost?", "reduce the yield"),
        ("", "Ann"),
        ("Who wrote it all?", ""),
    ],
)
def test_what_is_not_is_left_out(question: str, answer: str) -> None:
    assert declared(question, answer) == ""


def test_every_verb_has_its_forms() -> None:
    for base in BASES:
        assert past(base) in PASTS | {"saw", "felt", "lay", "put", "spread", "happened"}
        assert singular(third(base)) == base
    assert {"built", "written", "born"} <= PARTICIPLES
    assert "left" not in PARTICIPLES, "what is left is a side, too"
