"""Which digits can be a telephone number of a person; free and emergency numbers are nobody's."""

from __future__ import annotations

__all__ = ["english", "european", "international", "north_american"]

# Ten digits follow the codes of North America and of Russia with Kazakhstan.
_TEN_MORE = "17"
# 4xx with two equal digits behind it is no area; China's service numbers look like one.
_NO_AREA = frozenset({"400", "800", "822", "833", "844", "855", "866", "877", "888", "900"})
_NO_PERSON = ("0800", "0808", "0900", "0180", "0137", "0138", "0700")


def international(digits: str) -> bool:
    """Digits behind a plus or two zeros: country, then at least seven more, or as many as the country has.

    >>> international("442079460018"), international("1234567")
    (True, False)
    """
    digits = digits.removeprefix("00")
    if digits[0] in _TEN_MORE:
        return len(digits) >= 11 and not (digits[0] == "1" and digits[1:4] in _NO_AREA)
    return 8 <= len(digits) <= 19


def north_american(digits: str) -> bool:
    """Ten digits with an area that is given out, perhaps with a 1 before.

    >>> north_american("2125550172"), north_american("18005550199")
    (True, False)
    """
    area = digits.removeprefix("1")[:3]
    return area not in _NO_AREA and area[1:] != "11"


def english(digits: str) -> bool:
    """Ten or eleven digits, the zero before the area among them.

    >>> english("02079460018"), english("0207946001")
    (True, True)
    """
    return 10 <= len(digits) <= 11


def european(digits: str) -> bool:
    """Seven to thirteen digits, the zero before the area among them, and not of a service.

    >>> european("03023125101"), european("08001234567")
    (True, False)
    """
    return 7 <= len(digits) <= 13 and not digits.startswith(_NO_PERSON)
