"""Parts by name: ours and strangers' come in by one door, and what does not exist is told kindly."""

from importlib.metadata import EntryPoint

import pytest

from raglan import plugins
from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError
from raglan.plugins import factory, make, names

KINDS = ["chunker", "critic", "encoder", "fusion", "generator", "index", "merge", "reader", "reranker"]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS for name in names(kind)])
def test_every_built_in_part_loads(kind: str, name: str) -> None:
    assert callable(factory(kind, name))


def test_every_kind_has_a_part() -> None:
    assert all(names(kind) for kind in KINDS)
    assert names("nonsense") == []


def test_making_with_options() -> None:
    made = make("encoder", "hashing", {"dim": 32})
    assert isinstance(made, HashingEncoder)
    assert made.dim == 32


class Stranger:
    """A stranger's encoder; it asks for a store and a flavour."""

    def __init__(self, store: str, *, flavour: str = "plain") -> None:
        if flavour == "bad":
            raise ValueError("bad is no flavour")
        self.store, self.flavour = store, flavour


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("strange", f"{__name__}:Stranger", "raglan.encoder")
    monkeypatch.setattr(plugins, "_found", lambda kind: {"strange": entry} if kind == "encoder" else {})


@pytest.mark.usefixtures("stranger")
def test_a_stranger_gets_the_parts_that_it_asks_for() -> None:
    made = make("encoder", "strange", {"flavour": "sweet"}, {"store": "the store", "encoder": "not asked for"})
    assert isinstance(made, Stranger)
    assert (made.store, made.flavour) == ("the store", "sweet")
    assert make("encoder", "strange", {"store": "mine"}, {"store": "the store"}).store == "mine"


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize(
    ("kind", "name", "options", "told"),
    [
        ("encoder", "strage", {}, "no encoder is called 'strage'; did you mean 'strange'?"),
        ("encoder", "zzz", {}, "no encoder is called 'zzz'; there are strange"),
        ("merge", "zzz", {}, "no merge is called 'zzz'; there are none"),
        ("encoder", "strange", {"flavor": "x"}, "encoder 'strange' has no option 'flavor'; did you mean 'flavour'?"),
        (
            "encoder",
            "strange",
            {"store": "x", "flavour": "bad"},
            "encoder 'strange' cannot be made of these options: bad is no flavour",
        ),
        ("encoder", "strange", {}, "cannot be made of these options: .*'store'"),
    ],
)
def test_what_is_wrong_is_told(kind: str, name: str, options: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told.replace("?", r"\?")):
        make(kind, name, options)
