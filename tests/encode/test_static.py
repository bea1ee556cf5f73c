"""Vectors without a network: sums of words, and where each text goes."""

import numpy as np
import pytest

from raglan.encode import builtin as box
from raglan.encode.builtin import builtin, static
from raglan.encode.static import SHIPPED_TABLES, StaticEncoder, grams, hashed
from raglan.errors import ModelError
from raglan.models.shipped import SHIPPED, digest, shipped
from raglan.models.static import StaticTable, packed, unpacked
from raglan.plugins import make

WORDS = ["保修", "修期", "电池", "保", "修", "期", "warranti"]
VECTORS = np.random.default_rng(0).normal(size=(len(WORDS), 8)).astype(np.float32)
TABLE = StaticTable.of(WORDS, VECTORS, "Hani")


@pytest.fixture
def encoder(tmp_path):
    path = tmp_path / "mine.npz"
    path.write_bytes(packed(TABLE))
    return StaticEncoder(str(path))


def test_a_vector_is_the_sum_of_its_words_of_unit_length(encoder):
    [found] = encoder.encode(["保修期 warranty"], role="query")
    expected = VECTORS[[0, 1, 6, 3, 4, 5]].sum(axis=0)
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=0.01)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)
    assert encoder.dim == 8


def test_words_that_are_not_known_change_nothing(encoder):
    first, second = encoder.encode(["保修期", "xyzzy 保修期"], role="passage")
    assert (first == second).all()


def test_a_text_of_unknown_words_has_a_vector_of_zeros(encoder):
    assert not encoder.encode(["xyzzy", ""], role="query").any()
    assert encoder.encode([], role="query").shape == (0, 8)


@pytest.fixture
def open_encoder(tmp_path):
    """One that gives unknown words a vector of length 2."""
    path = tmp_path / "open.npz"
    path.write_bytes(packed(TABLE._replace(unknown=2.0)))
    return StaticEncoder(str(path))


def test_an_unknown_word_is_found_again(open_encoder, encoder):
    [found] = open_encoder.encode(["xyzzy 保修 xyzzy"], role="passage")
    expected = 4 * hashed(grams("xyzzy"), 8)[0] + VECTORS[[0, 3, 4]].sum(axis=0)
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=0.01)
    same, alone = open_encoder.encode(["保修期", "xyzzy"], role="query")
    assert same == pytest.approx(encoder.encode(["保修期"], role="query")[0], abs=1e-6)
    assert alone == pytest.approx(hashed(grams("xyzzy"), 8)[0], abs=1e-6)


def test_directions_of_words_are_always_the_same_and_far_apart():
    words = [f"word{number}" for number in range(300)]
    vectors = hashed(words, 250)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    nearness = vectors @ vectors.T - np.eye(300)
    assert np.abs(nearness).max() < 0.35
    assert abs(nearness.mean()) < 0.002
    # Stores hold them.
    assert "".join("+" if one > 0 else "-" for one in hashed(["xyzzy"], 16)[0]) == "--+--++++++-+-++"
    assert hashed([], 16).shape == (0, 16)


def test_the_order_of_texts_makes_no_difference(encoder):
    texts = ["保修期", "电池", "电池保修"]
    assert (encoder.encode(texts[::-1], role="query")[::-1] == encoder.encode(texts, role="query")).all()


def test_a_file_gives_back_what_was_kept():
    again = unpacked(packed(TABLE), "x")
    assert list(again.words) == WORDS
    assert (again.rows == TABLE.rows).all()
    assert (again.scales == TABLE.scales).all()
    assert (again.script, again.unknown) == ("Hani", 0)
    assert unpacked(packed(TABLE._replace(unknown=2.5)), "x").unknown == 2.5


def test_what_is_rounded_off_is_little():
    kept = TABLE.rows * TABLE.scales[:, None]
    assert np.abs(kept - VECTORS).max() <= np.abs(VECTORS).max() / 254 + 1e-6


def test_another_table_is_another_identity(tmp_path, encoder):
    other = tmp_path / "other" / "mine.npz"
    other.parent.mkdir()
    other.write_bytes(packed(TABLE._replace(rows=TABLE.rows[::-1])))
    assert StaticEncoder(str(other)).identity != encoder.identity
    assert encoder.identity == f"static:mine:{digest(packed(TABLE))[:16]}:simplified"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK nothing",
        packed(TABLE)[:-40],
        packed(TABLE._replace(words=WORDS[:-1])),
        packed(TABLE._replace(scales=TABLE.scales * np.float32("nan"))),
        packed(TABLE._replace(rows=TABLE.rows[0])),
    ],
)
def test_a_damaged_file_is_named(data, tmp_path):
    path = tmp_path / "bad.npz"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"bad\.npz"):
        StaticEncoder(str(path)).encode(["保修"], role="query")


def test_a_missing_file_is_named():
    with pytest.raises(ModelError, match=r"nowhere\.npz is no shipped encoder"):
        StaticEncoder("nowhere.npz").encode(["x"], role="query")


def test_a_line_break_cannot_be_a_word():
    with pytest.raises(ValueError, match="line break"):
        packed(TABLE._replace(words=["a\nb", *WORDS[1:]]))


def test_grams_are_those_of_search_and_single_characters():
    assert grams("FX-200的保修期") == ["fx", "200", "的保", "保修", "修期", "的", "保", "修", "期"]


def test_each_text_goes_to_the_encoder_that_reads_it():
    encoder = builtin()
    english, chinese, both = encoder.encode(["the warranty", "保修期是多久", "iPad 的保修期是多久呢"], role="query")
    assert np.linalg.norm([english, chinese, both], axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    alone = StaticEncoder()
    assert chinese[: alone.dim] == pytest.approx(alone.encode(["保修期是多久"], role="query")[0])
    assert not chinese[alone.dim :].any()
    assert english[alone.dim :].any()
    assert not both[alone.dim :].any()


def test_what_neither_reads_is_not_covered():
    shares = builtin().covers(["warranty", "保修期", "гарантия", "24"])
    assert shares == [1.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.startswith("static-")])
def test_what_is_known_of_a_shipped_table_stands_in_it(name):
    table = unpacked(shipped(name), name)
    assert SHIPPED_TABLES[name.removesuffix(".npz")] == (table.script, table.rows.shape[1])


def test_static_is_every_table_in_the_box():
    encoder, texts = make("encoder", "static", {}), ["保修期是多久", "离婚后孩子归谁"]
    assert encoder.identity == "+".join(StaticEncoder(name).identity for name in SHIPPED_TABLES)
    assert encoder.dim == max(dim for _, dim in SHIPPED_TABLES.values())
    alone = StaticEncoder("static-zh")
    assert encoder.encode(texts, role="query")[:, : alone.dim] == pytest.approx(alone.encode(texts, role="query"))
    assert encoder.covers(["保修期", "гарантия"]) == [1.0, 0.0]
    scripts = [script for script, _ in SHIPPED_TABLES.values()]
    assert scripts == sorted(scripts, key="Latn".__ne__), "Latin first, as MiniLM stands before the Chinese table"


def test_a_second_table_gets_what_it_reads(tmp_path, monkeypatch, encoder):
    """An English table, as it will come: of another size, and routed as it is where MiniLM reads English."""
    path = tmp_path / "static-en.npz"
    words = ["warranti", "month", "24"]
    path.write_bytes(packed(StaticTable.of(words, np.eye(3, 12, dtype=np.float32), "Latn")))
    chinese = tmp_path / "mine.npz"
    # By their paths: nothing of them is in the table of what is shipped.
    monkeypatch.setattr(box, "SHIPPED_TABLES", {str(path): None, str(chinese): None})
    both = static()
    assert both.dim == 12
    assert both.identity == f"{StaticEncoder(str(path)).identity}+{encoder.identity}"
    assert both.covers(["warranty", "保修期", "гарантия", "24"]) == [1.0, 1.0, 0.0, 1.0]
    texts = ["The warranty", "保修期", "24", "FX-200 的保修期", "warranty 保修期"]
    english, han, number, mixed, half = both.encode(texts, role="passage")
    assert english == pytest.approx(np.eye(12)[0])
    assert number == pytest.approx(np.eye(12)[2])
    assert han[:8] == pytest.approx(encoder.encode(["保修期"], role="passage")[0])
    assert mixed[:8] == pytest.approx(encoder.encode(["的保修期"], role="passage")[0])
    assert half == pytest.approx(np.eye(12)[0])
    assert not han[8:].any()


def test_a_table_of_ones_own_is_named(tmp_path, encoder):
    assert static(str(tmp_path / "mine.npz")).identity == encoder.identity
    assert static("static-zh").identity == StaticEncoder().identity


def test_near_in_meaning_is_near_in_space():
    texts = ["离婚后孩子归谁", "父母与子女间的关系，不因父母离婚而消除。", "建筑工程应当符合消防技术标准。"]
    query, near, far = StaticEncoder().encode(texts, role="query")
    assert query @ near > query @ far + 0.2
