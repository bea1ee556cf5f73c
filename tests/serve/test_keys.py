"""Keys: kept as hashes, shown once, told apart, ended at once."""

import re

import pytest

from raglan.errors import ConfigError, StoreError
from raglan.serve.keys import DATABASE, Key, Keys, group_names


class Clock:
    """A time that tests set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(tmp_path, clock):
    made = Keys(tmp_path, clock=clock)
    yield made
    made.close()


def test_a_key_opens_what_it_was_made_for(keys):
    key, secret = keys.add("ann", ["read", "write"], ["hr", "研发"], expires=2_000.0)
    assert keys.check(secret) == key
    assert re.fullmatch(r"rgl_[\w-]{55}", secret)
    assert (key.scopes, key.groups, key.created) == ({"read", "write"}, {"hr", "研发"}, 1_000.0)
    assert key.may("read")
    assert key.may("write")
    assert not key.may("admin")


def test_only_a_hash_is_kept(keys, tmp_path):
    _, secret = keys.add("ann")
    keys.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in kept
    assert secret[16:].encode() not in kept
    assert secret not in repr(keys.all())
    assert (tmp_path / DATABASE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("change", [lambda s: s[:-1] + ("A" if s[-1] != "A" else "B"), lambda s: s + "x", str.upper])
def test_a_changed_secret_opens_nothing(keys, change):
    _, secret = keys.add("ann")
    assert keys.check(change(secret)) is None


@pytest.mark.parametrize("secret", ["", "rgl_", "rgl_" + "0" * 55, "x" * 10_000, "rgl_\x00", "rgl_\ud800", "钥匙"])
def test_what_is_no_key_opens_nothing(keys, secret):
    keys.add("ann")
    assert keys.check(secret) is None


def test_the_beginning_alone_opens_nothing(keys):
    key, secret = keys.add("ann")
    _, other = keys.add("bob")
    assert keys.check(secret[:16] + other[16:]) is None
    assert keys.check("rgl_" + key.id) is None


def test_it_ends_when_it_expires(keys, clock):
    _, secret = keys.add("ann", expires=1_500.0)
    clock.now = 1_499.9
    assert keys.check(secret)
    clock.now = 1_500.0
    assert keys.check(secret) is None


def test_a_revocation_holds_at_once_elsewhere(keys, tmp_path):
    key, secret = keys.add("ann")
    other = Keys(tmp_path)
    assert other.check(secret)
    assert keys.revoke("ann")
    assert other.check(secret) is None
    other.close()
    assert not keys.revoke(key.id)
    [left] = keys.all()
    assert left.revoked == 1_000.0


def test_when_it_was_used_is_noted_now_and_then(keys, clock):
    _, secret = keys.add("ann")
    keys.check(secret)
    clock.now += 59
    keys.check(secret)
    assert keys.all()[0].used == 1_000.0
    clock.now += 1
    keys.check(secret)
    assert keys.all()[0].used == 1_060.0


def test_once_guarded_always_guarded(keys):
    assert not keys.guarded
    keys.add("ann")
    assert keys.guarded
    keys.revoke("ann")
    assert keys.guarded


def test_looking_leaves_no_file_behind(keys, tmp_path):
    assert not keys.guarded
    assert keys.all() == []
    assert keys.check("rgl_" + "0" * 55) is None
    assert not keys.revoke("ann")
    assert list(tmp_path.iterdir()) == []


def test_admin_may_all_but_unmask():
    admin = Key("root", frozenset({"admin"}))
    assert admin.may("read")
    assert admin.may("write")
    assert not admin.may("unmask")
    assert admin.sees_all
    assert Key("all", frozenset({"read"}), frozenset({"*"})).sees_all
    assert not Key("ann", frozenset({"read"}), frozenset({"hr"})).sees_all


@pytest.mark.parametrize(
    ("name", "scopes", "groups", "told"),
    [
        ("", ["read"], [], "name"),
        ("a\nb", ["read"], [], "name"),
        ("ann", [], [], "scopes are none"),
        ("ann", ["root"], [], "scopes are root"),
        ("ann", ["read"], ["a,b"], "'a,b'"),
        ("ann", ["read"], [""], "group ''"),
        ("ann", ["read"], ["x" * 65], "group"),
    ],
)
def test_what_makes_no_key(keys, name, scopes, groups, told):
    with pytest.raises(ConfigError, match=told):
        keys.add(name, scopes, groups)


def test_a_name_is_taken_once(keys):
    keys.add("ann")
    with pytest.raises(ConfigError, match="already"):
        keys.add("ann")


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / DATABASE).write_bytes(b"nothing of the kind" * 100)
    keys = Keys(tmp_path)
    with pytest.raises(StoreError, match=re.escape(str(tmp_path))):
        keys.check("rgl_" + "0" * 55)
    keys.close()


@pytest.mark.parametrize("name", ["研发", "विभाग", "แผนก", "Ünïcode", "a/b", "team@site:x", "x" * 64])
def test_groups_are_named_in_any_language(name):
    assert group_names([name]) == (name,)


@pytest.mark.parametrize(
    "name", ["h r", "", "x" * 65, "a,b", "\u202ehr", "hr\x00", "a\u200bb", "**", "a+b", "\U0001f600"]
)
def test_what_is_no_group(name):
    with pytest.raises(ConfigError, match="group"):
        group_names([name])


def test_letters_that_look_alike_are_one_group():
    assert group_names(["Cafe\u0301"]) == group_names(["Caf\u00e9"])
    assert group_names("hr") == ("hr",)
