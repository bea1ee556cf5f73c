"""Check digits, against another library's on thousands of random numbers, and against one digit changed."""

import random
from collections.abc import Callable
from importlib import import_module

import pytest

from raglan.privacy import checksums

DIGITS = "0123456789"
# Our function, the other library's module, and how many random digits to try.
PAIRS = [
    ("luhn", "luhn", 16),
    ("ssn", "us.ssn", 9),
    ("steuer_id", "de.idnr", 11),
    ("bsn", "nl.bsn", 9),
    ("aadhaar", "in_.aadhaar", 12),
    ("cpf", "br.cpf", 11),
]


def numbers(length: int, seed: int = 0, count: int = 4000) -> list[str]:
    drawn = random.Random(seed)
    return ["".join(drawn.choices(DIGITS, k=length)) for _ in range(count)]


@pytest.mark.parametrize(("name", "other", "length"), PAIRS)
def test_as_another_library_has_it(name: str, other: str, length: int) -> None:
    pytest.importorskip("stdnum", reason="python-stdnum is not installed")
    ours, theirs = getattr(checksums, name), import_module(f"stdnum.{other}")
    drawn = numbers(length)
    assert [ours(number) for number in drawn] == [theirs.is_valid(number) for number in drawn]


@pytest.mark.parametrize("body", numbers(17, count=300))
def test_resident_ids_as_another_library_has_them(body: str) -> None:
    ric = pytest.importorskip("stdnum.cn.ric", reason="python-stdnum is not installed")
    born = f"{random.Random(body).randint(1930, 2020)}{random.Random(body[::-1]).randint(1, 12):02}15"
    number = f"110105{born}{body[:3]}"
    number += ric.calc_check_digit(f"{number}0")
    assert checksums.resident_id(number)
    assert not checksums.resident_id(number[:-1] + ("0" if number[-1] != "0" else "1"))
    assert not checksums.resident_id(f"{number[:10]}13{number[12:]}"), "the thirteenth month"


def test_letters_of_spain_and_italy_as_another_library_has_them() -> None:
    dni = pytest.importorskip("stdnum.es.dni", reason="python-stdnum is not installed")
    nie, fiscal = import_module("stdnum.es.nie"), import_module("stdnum.it.codicefiscale")
    for body in numbers(8, count=500):
        assert checksums.dni(body + dni.calc_check_digit(body))
        foreign = "XYZ"[int(body[0]) % 3] + body[1:]
        assert checksums.dni(foreign + nie.calc_check_digit(foreign))
        person = f"RCCMNL{body[:2]}S18D{body[2:5]}"
        assert checksums.codice_fiscale(person + fiscal.calc_check_digit(person))


def test_keys_of_france_as_another_library_has_them() -> None:
    nir = pytest.importorskip("stdnum.fr.nir", reason="python-stdnum is not installed")
    for body in numbers(10, count=500):
        number = f"2{body[:2]}07{body[2:]}"
        number += nir.calc_check_digits(number)
        assert checksums.nir(number)
        assert not checksums.nir(f"{number[:3]}13{number[5:]}"), "the thirteenth month"


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (checksums.luhn, "4111111111111111"),
        (checksums.iban, "GB29NWBK60161331926819"),
        (checksums.iban, "BE68539007547034"),
        (checksums.steuer_id, "36574261809"),
        (checksums.nir, "295109912611193"),
        (checksums.bsn, "111222333"),
        (checksums.aadhaar, "234123412346"),
        (checksums.my_number, "123456789018"),
        (checksums.resident_id, "11010519491231002X"),
    ],
)
def test_one_digit_changed_is_noticed(check: Callable[[str], bool], number: str) -> None:
    assert check(number)
    for place, character in enumerate(number):
        if character.isdigit():
            others = [number[:place] + digit + number[place + 1 :] for digit in DIGITS if digit != character]
            assert not any(check(other) for other in others), place


def test_neighbours_exchanged_are_noticed() -> None:
    assert not checksums.aadhaar("321423412346")
    assert not checksums.aadhaar("234132412346")


@pytest.mark.parametrize("number", ["4111111111111111", "5555555555554444", "378282246310005", "2223003122003222"])
def test_cards_of_networks(number: str) -> None:
    assert checksums.card(number)
    assert not checksums.card(number[:-1]), "a digit short"


def test_centuries_of_korea() -> None:
    assert checksums.rrn("0002294000000")
    assert not checksums.rrn("0102294000000"), "2001 had no 29 February"
