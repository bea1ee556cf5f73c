"""A configuration file: what it leaves out stays, what it gets wrong is named with its place."""

from pathlib import Path

import pytest

from raglan.config import Config, Spec
from raglan.errors import ConfigError


def test_nothing_is_the_default() -> None:
    assert Config.of({}) == Config()
    assert Config().specs["encoder"] == Spec("builtin")
    assert Config.of({}).specs == Config().specs


def test_what_was_named_is_known() -> None:
    assert Config().named == Config.of({"k": 3}).named == frozenset()
    config = Config.of({"encoder": "builtin", "merge": {"use": "rrf"}, "k": 3})
    assert config.named == {"encoder", "merge"}
    other = config.using("segmenter", Spec("neighbours", {"around": 0}))
    assert other.named == {"encoder", "merge", "segmenter"}
    assert other.specs == {**config.specs, "segmenter": Spec("neighbours", {"around": 0})}
    assert (config.specs["segmenter"], other.k) == (Spec("none"), 3)


def test_names_tables_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "raglan.toml"
    path.write_text(
        """
        generator = { use = "openai", base_url = "http://127.0.0.1:8080/v1", model = "千问" }
        reranker = "mmr"
        k = 10
        threshold = 0.5
        refine = 2
        """,
        encoding="utf-8",
    )
    config = Config.read(path)
    assert config.specs["generator"].use == "openai"
    assert config.specs["generator"].options == {"base_url": "http://127.0.0.1:8080/v1", "model": "千问"}
    assert config.specs["reranker"] == Spec("mmr")
    assert config.specs["merge"] == Config().specs["merge"]
    assert (config.k, config.threshold, config.refine) == (10, 0.5, 2)
    assert isinstance(config.k, int)


@pytest.mark.parametrize(
    ("text", "value", "way_out"),
    [
        ("encodr = 'hashing'", "'encodr' means nothing here", "there are chunker, encoder"),
        ("encoder = 3", "it is 3", 'must be a name, or a table with use = "name"'),
        ("encoder = { dim = 64 }", "it is {'dim': 64}", 'use = "name"'),
        ("encoder = { use = 1 }", "it is {'use': 1}", 'use = "name"'),
        ("k = 'ten'", "it is 'ten'", "must be a number"),
        ("k = true", "it is True", "must be a number"),
        ("threshold = -0.5", "it is -0.5", "0 or more"),
        ("risk = 1", "risk is a share", "it is 1"),
        ("risk = 0.1\nthreshold = 0.5", "risk stands for threshold", "leave one"),
        ("refine = 1.5", "it is 1.5", "refine must be a whole number"),
        ("refine = -1", "it is -1", "0 or more"),
        ("risk = 0.1\nrefine = 1", "risk is known of drafts as they are written", "leave out refine"),
        ("k = = 3", "cannot be read as TOML", "line 1"),
    ],
)
def test_errors_name_value_place_and_way_out(tmp_path: Path, text: str, value: str, way_out: str) -> None:
    path = tmp_path / "raglan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Config.read(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    assert value in told
    assert way_out in told


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"k = '\xe4'"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "raglan.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be read as TOML") as caught:
        Config.read(path)
    assert str(path) in str(caught.value)


def test_a_table_without_a_file_has_a_place_too() -> None:
    with pytest.raises(ConfigError, match=r"^configuration: 'x' means nothing here"):
        Config.of({"x": 1})
