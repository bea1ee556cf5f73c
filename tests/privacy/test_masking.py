"""Masked, veiled and turned back: nothing personal stays, places stay true, nothing else changes."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from raglan.errors import ConfigError
from raglan.privacy.finding import find
from raglan.privacy.masking import Veiling, masked, unmasked, values, veiled
from raglan.privacy.vault import Vault, key_of
from raglan.types import Span
from tests.privacy.cases import cases

KEY = "0123456789abcdef0123456789abcdef"
LETTER = "Dear Sir, call 07700 900123 or write to jane@example.org about IBAN GB29NWBK60161331926819. Yours, Jo"
SENTENCES = [case.text for case in cases()]
TEXTS = st.lists(st.sampled_from([*SENTENCES, "\n", "…", "。"]), max_size=6).map(" ".join)


@pytest.fixture
def vault():
    pytest.importorskip("cryptography", reason="the extra privacy is not installed")
    made = Vault(None, KEY)
    yield made
    made.close()


def test_names_of_kinds_stand_in_the_place_of_data() -> None:
    assert masked(LETTER).text == "Dear Sir, call [PHONE] or write to [EMAIL] about IBAN [IBAN]. Yours, Jo"
    assert masked("本人身份证11010519491231002X，手机13812345678。").text == "本人身份证[ID]，手机[PHONE]。"


@settings(deadline=None, max_examples=50, derandomize=True)
@given(TEXTS)
def test_nothing_personal_stays_and_nothing_else_changes(text: str) -> None:
    made = masked(text)
    rest, at = "", 0
    for one in made.found:
        rest += text[at : one.span.start]
        at = one.span.end
    left = made.text
    for token in made.tokens:
        left = left.replace(token, "", 1)
    assert left == rest + text[at:] or any(token in rest for token in made.tokens)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(TEXTS, st.data())
def test_places_move_with_the_text(text: str, data: st.DataObject) -> None:
    made = masked(text)
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    moved = made.moved(span)
    assert 0 <= moved.start <= moved.end <= len(made.text)
    if not any(one.span.overlaps(span) for one in made.found) and len(span):
        assert moved.of(made.text) == span.of(text)
    for one, token in zip(made.found, made.tokens, strict=True):
        assert made.moved(one.span).of(made.text) == token
        assert made.moved(Span(one.span.start + 1, one.span.start + 2)).of(made.text) == token


@settings(deadline=None, max_examples=50, derandomize=True)
@given(TEXTS)
def test_a_veil_is_as_long_as_what_it_hides(text: str) -> None:
    hidden = veiled(text)
    assert len(hidden) == len(text)
    covered = {at for one in find(text, again=True) for at in range(one.span.start, one.span.end)}
    assert all(a == b for at, (a, b) in enumerate(zip(text, hidden, strict=True)) if at not in covered)
    assert not any(value in hidden for value in values(text))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(TEXTS, st.integers(5, 60))
def test_a_veil_over_a_stream_is_that_over_the_whole(text: str, size: int) -> None:
    assume(find(text) == find(text, again=True))
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    veil = Veiling()
    assert "".join([*map(veil.add, parts), veil.end()]) == veiled(text)


def test_what_is_known_from_elsewhere_is_veiled_without_its_words() -> None:
    evidence = "Her phone number is 4155550199."
    quote = "It is 4155550199."
    assert veiled(quote) == quote
    assert veiled(quote, values(evidence)) == "It is ••••••••••."


def test_tokens_turn_back(vault: Vault) -> None:
    made = masked(LETTER, vault)
    assert "jane" not in made.text
    assert "07700" not in made.text
    assert unmasked(made.text, vault) == LETTER
    assert masked(made.text, vault).text == made.text


def test_equal_data_have_equal_tokens_and_others_do_not(vault: Vault) -> None:
    first, second = masked("jane@example.org, joe@example.org, jane@example.org", vault).tokens[:2]
    assert masked("jane@example.org", vault).tokens == (first,)
    assert first != second


def test_another_key_gives_other_tokens(vault: Vault) -> None:
    other = Vault(None, KEY[::-1])
    text = "jane@example.org"
    assert masked(text, other).text != masked(text, vault).text
    foreign = masked(text, other).text
    assert unmasked(foreign, vault) == foreign
    other.close()


def test_data_that_share_a_token_get_longer_ones(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("raglan.privacy.vault._LENGTH", 0)
    tokens = vault.keep([("ID", str(number)) for number in range(300)])
    assert len(set(tokens)) == 300
    assert vault.keep([("ID", "7")]) == [tokens[7]]
    assert vault.open(tokens)[tokens[7]] == "7"


def test_the_file_of_a_vault_holds_no_datum_and_opens_with_its_key_alone(tmp_path) -> None:
    pytest.importorskip("cryptography", reason="the extra privacy is not installed")
    path = tmp_path / "vault.sqlite"
    first = Vault(path, KEY)
    text = masked(LETTER, first).text
    first.close()
    assert path.stat().st_mode & 0o077 == 0
    assert b"jane" not in path.read_bytes()
    again = Vault(path, KEY)
    assert unmasked(text, again) == LETTER
    again.close()
    with pytest.raises(ConfigError, match="sealed with another key"):
        Vault(path, KEY[::-1])


def test_a_key_must_be_there_and_long() -> None:
    assert key_of("K", {"K": KEY}) == KEY
    with pytest.raises(ConfigError, match="variable K, is not set"):
        key_of("K", {})
    with pytest.raises(ConfigError, match="has 5 characters; make one of 32 or more"):
        key_of("K", {"K": "short"})
