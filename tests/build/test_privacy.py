"""A store that holds no personal data: masked when read, in step with its folder, and never half of it."""

import json
import os

import pytest

from raglan.build.parts import library
from raglan.build.privacy import plain_roots
from raglan.build.roots import root_name
from raglan.config import Config
from raglan.errors import ConfigError
from raglan.privacy.documents import VAULT
from raglan.privacy.masking import unmasked
from raglan.privacy.vault import Vault

NAMES = ("jane@example.org", "13812345678", "GB29NWBK60161331926819")
KEY = "0123456789abcdef" * 2


def config(privacy=None, **more):
    return Config.of({"encoder": {"use": "hashing"}, **({"privacy": privacy} if privacy else {}), **more})


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "docs"
    place.mkdir()
    (place / "staff.md").write_text(
        "# Staff of jane@example.org\n\nWrite to jane@example.org about the pump.\n\n"
        "| name | account |\n|---|---|\n| Jo | GB29NWBK60161331926819 |\n",
        encoding="utf-8",
    )
    (place / "员工.txt").write_text("值班电话13812345678，请先看泵。", encoding="utf-8")
    (place / "pump.txt").write_text("The pump holds two litres.", encoding="utf-8")
    return place


@pytest.fixture
def opened(tmp_path):
    made = []

    def opened(privacy=None):
        made.append(library(tmp_path / "store", config(privacy)))
        return made[-1]

    yield opened
    for one in made:
        one.close()


def everything(store):
    """All text and meta that a store's documents and passages hold."""
    return str(store.rows("SELECT text, meta, layout FROM document")) + str(
        store.rows("SELECT text, meta FROM passage")
    )


def test_nothing_personal_is_kept_and_every_span_is_true(folder, opened):
    made = opened("mask")
    made.sync(folder)
    assert not any(name in everything(made.store) for name in NAMES)
    for name in made.store.documents():
        document = made.store.document(name)
        for passage in made.store.passages(name).values():
            assert passage.span.of(document.text) == passage.text
    assert "[EMAIL] about the pump" in made.store.document("staff.md").text
    assert made.store.document("staff.md").meta["title"] == "Staff of [EMAIL]"
    row = next(p for p in made.store.passages("staff.md").values() if p.meta.get("row"))
    assert "[IBAN]" in row.text
    assert "[IBAN]" in row.meta["reading"]


def test_without_it_nothing_changes(folder, opened):
    made = opened()
    made.sync(folder)
    assert all(name in everything(made.store) for name in NAMES)
    assert made.store.setting("privacy") is None


def test_switched_on_later_every_file_is_read_again_once(folder, opened):
    opened().sync(folder)
    report = opened("mask").sync(folder)
    assert (report.changed, report.unchanged) == (3, 0)
    made = opened("mask")
    assert not any(name in everything(made.store) for name in NAMES)
    assert made.sync(folder).unchanged == 3
    report = opened("none").sync(folder)
    assert report.changed == 3
    assert NAMES[0] in everything(made.store)


def test_who_names_nothing_masks_as_before(folder, opened):
    opened("mask").sync(folder)
    (folder / "new.txt").write_text("Mail jim@example.org.", encoding="utf-8")
    made = opened()
    report = made.sync(folder)
    assert (report.added, report.unchanged) == (1, 3)
    assert "jim@" not in everything(made.store)


def test_a_store_with_text_that_should_be_masked_is_told_of(folder, opened):
    made = opened()
    made.sync(folder)
    assert not plain_roots(made.store, config())
    assert plain_roots(made.store, config("mask")) == [root_name(made.store, folder)]
    masked = opened("mask")
    masked.sync(folder)
    assert not plain_roots(masked.store, config("mask"))
    assert not plain_roots(masked.store, config())


def test_interrupted_it_goes_on(folder, opened, monkeypatch):
    opened().sync(folder)
    made, read = opened("mask"), []

    def stopped(progress):
        read.append(progress)
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.sync(folder, watch=stopped)
    report = opened("mask").sync(folder)
    assert report.changed + report.unchanged == 3
    assert report.unchanged >= 1, "what was read before is not read again"
    assert not any(name in everything(made.store) for name in NAMES)


def test_only_the_kinds_that_are_named(folder, opened):
    made = opened({"use": "mask", "kinds": ["email"]})
    made.sync(folder)
    text = everything(made.store)
    assert NAMES[0] not in text
    assert NAMES[1] in text
    with pytest.raises(ConfigError, match="knows no kind 'e-mail'; there are email, phone"):
        opened({"use": "mask", "kinds": ["e-mail"]}).sync(folder)


def test_with_a_vault_who_has_the_key_reads_the_original(folder, opened, monkeypatch, tmp_path):
    pytest.importorskip("cryptography", reason="the extra privacy is not installed")
    monkeypatch.setenv("VAULT_KEY", KEY)
    made = opened({"use": "mask", "vault": "VAULT_KEY"})
    made.sync(folder)
    text = made.store.document("staff.md").text
    assert NAMES[0] not in text
    assert NAMES[0].encode() not in (tmp_path / "store" / VAULT).read_bytes()
    vault = Vault(tmp_path / "store" / VAULT, KEY)
    assert unmasked(text, vault) == (folder / "staff.md").read_text(encoding="utf-8")
    vault.close()
    monkeypatch.delenv("VAULT_KEY")
    with pytest.raises(ConfigError, match="VAULT_KEY, is not set"):
        opened().sync(folder)


def test_after_any_edits_as_from_scratch(folder, opened, tmp_path):
    made = opened("mask")
    made.sync(folder)
    (folder / "pump.txt").write_text("Ask joe@example.org for the pump.", encoding="utf-8")
    os.utime(folder / "pump.txt", ns=(1, 1))
    made.sync(folder)
    scratch = library(None, config("mask"))
    scratch.sync(folder)
    assert everything(made.store).count("[EMAIL]") > 1
    assert sorted(scratch.store.documents()) == sorted(made.store.documents())
    for name in made.store.documents():
        assert made.store.document(name) == scratch.store.document(name)
    scratch.close()


@pytest.mark.parametrize("form", ["psgs", "corpus"])
def test_files_of_passages_are_masked_row_by_row(form, opened, tmp_path):
    if form == "psgs":
        path = tmp_path / "psgs_w100.tsv"
        path.write_text(
            f'id\ttext\ttitle\n1\t"Write to {NAMES[0]} now"\tStaff\n2\t"It leaks"\tStaff\n', encoding="utf-8"
        )
    else:
        path = tmp_path / "corpus.jsonl"
        rows = [
            {"id": "a:0", "document": "a", "start": 0, "end": 29, "text": f"Write to {NAMES[0]} now.", "title": "t"},
            {"id": "a:1", "document": "a", "start": 40, "end": 48, "text": "It leaks", "title": "t"},
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    made = opened("mask")
    made.sync(path)
    assert len(made.store) == 2
    assert NAMES[0] not in everything(made.store)
    for name in made.store.documents():
        for passage in made.store.passages(name).values():
            document = made.store.document(name)
            assert document is not None
            assert passage.span.of(document.text) == passage.text
    assert made.sync(path).unchanged == 1
    assert opened("none").sync(path).changed == 1
