"""What is shown while it is written is what is written in the end, and no word is cut."""

import re
from collections.abc import Callable, Sequence
from collections.abc import Generator as Stream
from itertools import accumulate
from pathlib import Path

import pytest
import torch

from raglan.encode.hashing import HashingEncoder
from raglan.generate.attending import ATTENTION, Attending
from raglan.generate.calibrated import Calibration
from raglan.generate.either import Either
from raglan.generate.features import candidates
from raglan.generate.fusing import BY_VECTORS, FUSIONS
from raglan.generate.pointer import PointerGenerator
from raglan.generate.reader import ReaderGenerator
from raglan.generate.routed import Routed
from raglan.generate.sentence import Scored, SentenceGenerator
from raglan.generate.showing import in_parts, in_words, whole_words
from raglan.models.folder import CALIBRATION, supplemented
from raglan.models.pointer import Pointer, packed
from raglan.models.reader import ReaderGraph
from raglan.nn.pointer import PointerNetwork
from raglan.nn.writer import Writer
from raglan.protocols import Generator, Repeats, hurries
from raglan.serve.drafting import drafts
from raglan.types import Citation, Draft, Evidence, Query, Span
from tests.laws import STREAM_LAWS, StreamLaw
from tests.models.samples import pointer_table, reader, saved
from tests.nn.samples import lively
from tests.samples import ENGLISH, WRITTEN, passage

QUESTION = Query("How long does the warranty last?")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader that weighs by vectors, too, and whose sentences are as likely right as what it points at.

    Beside it lies "telling", which has learned to write sentences.
    """
    made = saved(reader(5), tmp_path_factory.mktemp("readers") / "tiny")
    both = reader(3)
    both.writer = lively(Writer.beside(both, rank=3))
    saved(both, made.with_name("telling"))
    encoder = HashingEncoder(32)
    supplemented(made, ATTENTION, Attending(torch.eye(32).numpy(), encoder.identity).data())
    even = Calibration((0.3, *[0.0] * 6, 0.0), sentences=(*[0.0] * 7, 0.2), either=((0.0, 0.3),))
    supplemented(made, CALIBRATION, even.text().encode())
    return made


def pointer() -> PointerGenerator:
    table = pointer_table()
    net = PointerNetwork(torch.from_numpy(table.rows), width=16, seed=1)
    return PointerGenerator(
        Pointer(packed({k: v.detach().numpy() for k, v in net.state_dict().items()}), "drawn", table)
    )


def made_of(name: str, place: Path) -> Generator:
    kind, _, fusion = name.partition(" ")
    encoder = HashingEncoder(32)
    if kind == "reader":
        return ReaderGenerator(place, fusion=fusion, beams=1, encoder=encoder)
    if kind == "beams":
        return ReaderGenerator(place, fusion="decoder", beams=3)
    if kind == "telling":
        return ReaderGenerator(place.with_name(kind), form="sentence")
    if kind == "copies":
        return ReaderGenerator(place, fusion="decoder", copies=True)
    plain: dict[str, Callable[[], Generator]] = {
        "sentence": lambda: SentenceGenerator(encoder),
        "pointer": pointer,
        "either": lambda: Either(ReaderGenerator(place), leeway=0),
        "routed": lambda: Routed([pointer(), ReaderGenerator(place, fusion="decoder")], SentenceGenerator()),
        "shared": lambda: drafts(Either(ReaderGenerator(place), leeway=0), most=3),
    }
    return plain[kind]()


EVERY = ["sentence", "pointer", "either", "routed", "shared", "beams", "copies", "telling", "reader"]
EVERY += [f"reader {fusion}" for fusion in FUSIONS]


@pytest.mark.parametrize("law", STREAM_LAWS)
@pytest.mark.parametrize("name", EVERY)
def test_laws(name: str, law: StreamLaw, place: Path) -> None:
    law(made_of(name, place))


@pytest.mark.parametrize("fusion", [one for one in FUSIONS if one not in BY_VECTORS])
def test_first_words_come_while_the_rest_is_decoded(place: Path, fusion: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    plain = ReaderGraph.next

    def counted(graph: ReaderGraph, *given: object) -> object:
        nonlocal steps
        steps += 1
        return plain(graph, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(ReaderGraph, "next", counted)
    given = [Evidence(passage(" ".join(ENGLISH[at:] + ENGLISH[:at]), f"{at}"), 0.5) for at in (0, 9)]
    at = []
    for piece in ReaderGenerator(place, fusion=fusion).stream(QUESTION, given):
        at.append(steps)
        assert piece
    assert len(at) > 2
    assert at[0] < at[-1] / 2


def test_who_knows_the_whole_first_need_not_hurry(place: Path) -> None:
    early = {name for name in EVERY if hurries(made_of(name, place))}  # type: ignore[arg-type]
    assert early == {"routed", "copies", "telling", *(f"reader {fusion}" for fusion in FUSIONS)}
    for name in EVERY:
        made = made_of(name, place)
        assert name == "shared" or (isinstance(made, Repeats) and made.repeats)

    class Plain:
        def stream(self, query: Query, evidence: Sequence[Evidence]) -> None: ...

    assert hurries(Plain())  # type: ignore[arg-type]


def test_sentences_come_one_by_one() -> None:
    found = candidates(QUESTION, given := [Evidence(one, 0.25) for one in (*WRITTEN[:2], *WRITTEN[5:7])])
    draft = Scored(tuple(found), tuple(0.9 for _ in found), 0.9, ()).draft(given)
    pieces = list(in_parts(draft))
    assert len(pieces) == len(draft.citations) > 1
    assert [one.strip() for one in pieces] == [one.span.of(draft.text) for one in draft.citations]


def test_parts_of_what_is_cited_anyhow() -> None:
    def cited(start: int, end: int) -> Citation:
        return Citation(Span(start, end), WRITTEN[0], Span(0, 3))

    assert list(in_parts(Draft("Hello."))) == ["Hello."]
    assert list(in_parts(Draft(""))) == []
    twice = Draft("One. Two.", (cited(5, 9), cited(0, 4), cited(5, 9), cited(9, 9)))
    assert list(in_parts(twice)) == ["One. ", "Two."]


def test_no_word_is_shown_before_its_end() -> None:
    text = "The boiler-pump, model FX-200, costs 3.50 a piece. 保修期24个月。 Ünïcode naïve"
    whole = re.findall(r"\s*(?:[^\s\u2e80-\u9fff]+|[\u2e80-\u9fff])", text)
    assert "".join(whole) == text

    def growing(read: str) -> Stream[str, None, list[str]]:
        yield from ("".join(read[:at]) for at in range(len(read)))
        return ["".join(read)]

    said = list(in_words(growing(text), str))
    assert "".join(said) == text
    assert set(accumulate(map(len, said))) < set(accumulate(map(len, whole)))
    assert len(said) > 10
    assert whole_words("The") == ""
