"""The kinds of personal data that are found: how each is written, what checks it, and the words that tell of it.

One table. A form's sureness is a probability by judgement, not by counting: 0.5 and more is found as it stands, less only
beside words of its kind. Forms without a check are for numbers that were mistyped, and for kinds that have no check digit.
"""

from __future__ import annotations

import re
from itertools import groupby

from raglan.privacy import checksums
from raglan.privacy.addresses import ip4, ip6
from raglan.privacy.forms import FROM, TO, Form, Kind, form, phone, spread, words
from raglan.privacy.phones import english, european, international, north_american

__all__ = ["KINDS"]


def _iban() -> str:
    lengths = sorted(checksums.IBAN_LENGTHS.items(), key=lambda pair: pair[1])
    return "|".join(
        f"(?:{'|'.join(name for name, _ in same)})[0-9]{{2}}(?:[ \n-]?[0-9A-Z]){{{length - 4}}}"
        for length, same in groupby(lengths, key=lambda pair: pair[1])
    )


_LOCAL = r"(?<![A-Za-z0-9À-ɏ._%+'-])[A-Za-z0-9À-ɏ_][A-Za-z0-9À-ɏ._%+'-]{0,63}"
_END = r"(?:xn--[a-z0-9-]{2,40}|[a-z]{2,24})(?![A-Za-z0-9])"
_DOT = r"(?:\.|\s?[\[({]dot[\])}]\s?|\sdot\s)"

KINDS: tuple[Kind, ...] = (
    Kind(
        "email",
        "EMAIL",
        (
            spread(rf"{_LOCAL}@(?:[a-z0-9À-ɏ-]{{1,63}}\.){{1,8}}{_END}", 0.95, "@"),
            spread(rf"{_LOCAL}\s?[\[({{]at[\])}}]\s?[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{1,63}}){{0,5}}{_DOT}{_END}", 0.8, r"[\[({]at[\])}]"),
            spread(rf"{_LOCAL}(?:\sdot\s[a-z0-9-]{{1,63}}){{0,3}}\sat\s[a-z0-9-]{{1,63}}(?:\sdot\s[a-z0-9-]{{2,63}}){{1,4}}", 0.6, r"\sat\s[a-z0-9-]{1,63}\sdot\s"),
        ),
        words("e-?mails?|mail", "邮箱|邮件|电邮"),
    ),
    Kind(
        "phone",
        "PHONE",
        (
            phone(r"\(?(?:\+\s?\(?|\+\()[1-9](?:[ .\-/()\n]{0,3}[0-9]){6,14}", 0.8, international),
            phone(r"00[1-9](?:[ .\-/()]{0,3}[0-9]){9,13}", 0.55, international),
            # United States, Canada
            phone(r"\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[ .-]?[0-9]{4}", 0.7, north_american),
            phone(r"(?:1[ .-])?[2-9][0-9]{2}([ .-])[2-9][0-9]{2}\1[0-9]{4}", 0.6, north_american),
            phone(r"1?[2-9][0-9]{2}[2-9][0-9]{6}", 0.2, north_american),
            phone(r"[2-9][0-9]{2}-[0-9]{4}", 0.15),
            # United Kingdom
            phone(r"07[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}", 0.6),
            phone(r"\(?0(?:2[0-9]|1[0-9]1|11[0-9]|3[0-9]{2})\)?[ -][0-9]{3,4}[ -][0-9]{4}", 0.6, english),
            phone(r"\(?01[0-9]{3}\)?[ -][0-9]{5,6}", 0.5),
            # Germany
            phone(r"01[5-7][0-9]{1,2}[ /-]?[0-9]{3,4}[ ]?[0-9]{3,5}", 0.55, european),
            phone(r"\(?0[2-9][0-9]{1,4}\)?(?:/| / )[0-9]{3,}(?:[ -]?[0-9]{1,4}){0,3}", 0.6, european),
            phone(r"\(?0[2-9][0-9]{1,4}\)?[ -][0-9]{3,}(?:[ -]?[0-9]{1,4}){0,3}", 0.4, european),
            # France
            phone(r"0[1-9]([ .-])[0-9]{2}(?:\1[0-9]{2}){3}(?!\1[0-9])", 0.65),
            phone(r"0[1-9][0-9]{8}", 0.2),
            # China: mobile, landline, landline without its area
            phone(r"1[3-9][0-9]{9}", 0.6),
            phone(r"1[3-9][0-9]([ -])[0-9]{4}\1[0-9]{4}", 0.75),
            phone(r"(?:\(0(?:10|2[0-9]|[3-9][0-9]{2})\) ?|0(?:10|2[0-9]|[3-9][0-9]{2})-)[2-9][0-9]{2,3}[ -]?[0-9]{4}", 0.65),
            phone(r"0(?:10|2[0-9]|[3-9][0-9]{2}) ?[2-9][0-9]{2,3} ?[0-9]{4}", 0.3),
            phone(r"[2-9][0-9]{7}", 0.12),
        ),
        words(
            r"phones?|telephone|tel|mobile|cell|fax|call(?:ed|ing)?|dial|ring|text me|whatsapp|handy|telefon|büro|privat|mobil|erreichbar|rufnummer"
            r"|téléphone|portable|appelez|mon numéro|móvil|teléfono|contact",
            "电话|手机|致电|拨打|座机|固话|传真|微信|联系方式|联系",
        ),
    ),
    Kind(
        "card",
        "CARD",
        (
            form(r"[0-9]{4}([ -])[0-9]{4}(?:\1|\n)[0-9]{4}(?:\1|\n)[0-9]{4}(?:\1?[0-9]{1,3})?", 0.9, checksums.card, digits=14),
            form(r"3[0-9]{3}([ -])[0-9]{6}\1[0-9]{4,5}", 0.9, checksums.card, digits=14),
            form(r"[0-9]{14,19}", 0.6, checksums.card, digits=14),
            form(r"[0-9]{4}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{3,7}", 0.15, digits=15),
        ),
        words(
            "card|cards|credit|debit|visa|mastercard|amex|pan|maestro|kreditkarte|carte",
            "卡号|银行卡|信用卡|储蓄卡|工资卡|借记卡|账户|账号|转账|开户",
        ),
    ),
    Kind(
        "iban",
        "IBAN",
        (Form(re.compile(rf"{FROM}(?:{_iban()})(?![A-Za-z0-9])", re.ASCII | re.IGNORECASE), 0.95, checksums.iban),),
        words("iban|account|bank|transfer|konto", "账号|账户|汇款"),
    ),
    Kind(
        "id-cn",
        "ID",
        (
            form(r"[0-9]{6}[ -]?(?:19|20)[0-9]{2}[01][0-9][0-3][0-9][ -]?[0-9]{3}[0-9Xx]", 0.92, checksums.resident_id),
            form(r"[0-9]{6}[ -]?(?:19|20)[0-9]{2}[01][0-9][0-3][0-9][ -]?[0-9]{3}[0-9Xx]", 0.2),
            form(r"[0-9]{8}[01][0-9][0-3][0-9]{4}", 0.12),
        ),
        words("id card|id number|identity|resident id", "身份证|公民身份|证件号"),
    ),
    Kind(
        "id-us",
        "ID",
        (
            form(r"[0-9]{3}-[0-9]{2}-[0-9]{4}", 0.6, checksums.ssn),
            form(r"[0-9]{3} [0-9]{2} [0-9]{4}", 0.35, checksums.ssn),
            form(r"[0-9]{9}", 0.15, checksums.ssn),
        ),
        words("ssn|social security|social|itin|taxpayer", "社保号|社会安全|社会保障号"),
    ),
    Kind(
        "id-uk",
        "ID",
        (
            Form(
                re.compile(
                    rf"{FROM}(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ -]?[0-9]{{2}}){{3}}[ -]?[A-D]{TO}",
                    re.ASCII | re.IGNORECASE,
                ),
                0.65,
            ),
        ),
        words("nino|ni number|national insurance", "国民保险"),
    ),
    Kind(
        "id-de",
        "ID",
        (
            form(r"[1-9][0-9] [0-9]{3} [0-9]{3} [0-9]{3}", 0.75, checksums.steuer_id),
            form(r"[1-9][0-9]{10}", 0.55, checksums.steuer_id),
            form(r"[1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", 0.12),
        ),
        words(
            r"steuer-?id|steuerliche|identifikationsnummer|idnr|steueridentifikationsnummer|tin|tax id", "德国税号|税号"
        ),
    ),
    Kind(
        "id-fr",
        "ID",
        (
            form(r"[12] [0-9]{2} [0-9]{2} [0-9][0-9AB] [0-9]{3} [0-9]{3} [0-9]{2}", 0.85, checksums.nir, digits=12),
            form(r"[12][0-9]{5}[0-9AB][0-9]{6} ?[0-9]{2}", 0.6, checksums.nir, digits=12),
        ),
        words("nir|sécurité sociale|numéro de sécu|assurée?|insee|french social security", "法国社保"),
    ),
    Kind(
        "id-es",
        "ID",
        (
            form(r"[0-9]{8}[ -]?[A-HJ-NP-TV-Z]", 0.55, checksums.dni),
            form(r"[XYZ][ -]?[0-9]{7}[ -]?[A-HJ-NP-TV-Z]", 0.7, checksums.dni),
        ),
        words("dni|nie|nif|documento", "西班牙身份证"),
    ),
    Kind(
        "id-it",
        "ID",
        (
            Form(
                re.compile(
                    rf"{FROM}[A-Z]{{6}}[0-9LMNPQRSTUV]{{2}}[ABCDEHLMPRST][0-9LMNPQRSTUV]{{2}}[A-Z][0-9LMNPQRSTUV]{{3}}[A-Z]{TO}",
                ),
                0.9,
                checksums.codice_fiscale,
                hint=re.compile("[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST]"),
            ),
        ),
        words("codice fiscale|cf", "意大利税号"),
    ),
    Kind(
        "id-nl",
        "ID",
        (
            form(r"[0-9]{9}", 0.15, checksums.bsn),
            form(r"[0-9]{4}([. -])[0-9]{2}\1[0-9]{3}", 0.35, checksums.bsn),
        ),
        words("bsn|burgerservicenummer|sofinummer|citizen service number", "荷兰公民服务号"),
    ),
    Kind(
        "id-in",
        "ID",
        (
            form(r"[2-9][0-9]{3}([ -])[0-9]{4}\1[0-9]{4}", 0.55, checksums.aadhaar),
            form(r"[2-9][0-9]{11}", 0.25, checksums.aadhaar),
        ),
        words("aadhaar|aadhar|uidai|kyc", "印度身份"),
    ),
    Kind(
        "id-br",
        "ID",
        (
            form(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", 0.85, checksums.cpf),
            form(r"[0-9]{11}", 0.35, checksums.cpf),
        ),
        words("cpf|cadastro de pessoas", "巴西税号"),
    ),
    Kind(
        "id-jp",
        "ID",
        (
            form(r"[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}", 0.35, checksums.my_number),
            form(r"[0-9]{12}", 0.2, checksums.my_number),
        ),
        words("my number|individual number|mynumber", "マイナンバー|個人番号|个人编号"),
    ),
    Kind(
        "id-sg",
        "ID",
        (form(r"[STFGM][0-9]{7}[A-Z]", 0.65, checksums.nric),),
        words("nric|fin|ic number", "新加坡身份证"),
    ),
    Kind(
        "id-kr",
        "ID",
        (
            form(r"[0-9]{6}-[1-8][0-9]{6}", 0.65, checksums.rrn),
            form(r"[0-9]{6} ?[1-8][0-9]{6}", 0.15, checksums.rrn),
        ),
        words("rrn|resident registration", "居民登记|주민등록번호"),
    ),
    Kind(
        "ip",
        "IP",
        (
            Form(
                re.compile(r"(?<![A-Za-z0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![A-Za-z0-9/])(?!\.[0-9])", re.ASCII),
                0.55,
                ip4,
                hint=re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]"),
                whole=True,
            ),
            Form(
                re.compile(r"(?<![A-Za-z0-9:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![A-Za-z0-9:/])", re.ASCII | re.IGNORECASE),
                0.65,
                ip6,
                hint=re.compile(":[0-9a-f]{0,4}:", re.IGNORECASE),
                whole=True,
            ),
        ),
        words("ip|login|client|host|server|from|blocked|address|ssh", "登录|来自|地址|服务器|客户端"),
    ),
    Kind(
        "passport",
        "PASSPORT",
        (
            form(r"[A-Z]{1,2}[0-9]{6,9}|[0-9]{8,9}|[0-9]{2}[A-Z]{2}[0-9]{5}", 0.15),
            Form(
                re.compile(rf"{FROM}[CFGHJKLMNPRTVWXYZ](?=[A-Z0-9]{{0,8}}[0-9])[CFGHJKLMNPRTVWXYZ0-9]{{8}}{TO}"),
                0.15,
                hint=re.compile("[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}"),
            ),
        ),
        words("passports?|reisepass|passeport|pasaporte|passaporto", "护照|通行证"),
    ),
)  # fmt: skip
