"""What people type about themselves, as claims: OpenID Connect Core §5.1. Pure.

Every field may stay empty; its claim is left out then. Fields are named as the claims are, and the members of `address`
(§5.1.1); but `profile_page` is the claim `profile`. `organization` is no standard claim: it is what a company signed up
as, and no application is told.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from idp.account.phones import read_number
from idp.spec.visible_text import tidy_line
from idp.web.locale import Message

LONGEST = 120
_LONGEST_URL = 400
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_DAY = re.compile(r"((?:19|20)[0-9]{2})-([0-9]{2})-([0-9]{2})")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

TEXTS = (
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "nickname",
    "preferred_username",
    "organization",
)
WEB = ("profile_page", "website", "picture")
ADDRESS = ("street_address", "postal_code", "locality", "region", "country")
GENDERS = ("female", "male", "other")
FIELDS = (*TEXTS, "gender", "birthdate", "zoneinfo", "phone_number", *WEB, *ADDRESS)
"""`country` here is the one of the postal address, in words; that of the account is no claim."""

_CLAIM = {field: field for field in FIELDS if field not in ADDRESS} | {"profile_page": "profile"}

_CHOSEN = frozenset({"gender", "zoneinfo"})
_TOO_LONG = Message("That is too long. Use at most %(most)s characters.", {"most": LONGEST})
_NO_DAY = Message("Enter a date as year, month and day, such as 1984-02-29, or the year alone")
_NO_NUMBER = Message("Enter the number with its country code, such as +33 1 99 00 00 00")
_NO_WEB_ADDRESS = Message("Enter a web address in full, beginning with https")
_NO_CHOICE = Message("Choose one of the list")


def read_profile(
    form: Mapping[str, str], former: Mapping[str, Any], *, zones: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Message]]:
    """The claims, and what is wrong by field. What no field is about stays as it was in `former`."""
    values, errors = {}, {}
    for field in FIELDS:
        typed = form.get(field, "")
        value, problem = _read(field, typed, former, zones)
        values[field] = value
        if problem is not None:
            errors[field] = problem
    return _claims(values, former), errors


def typed_of(profile: Mapping[str, Any]) -> dict[str, str]:
    """The fields as a profile fills them in."""
    address = profile.get("address", {})
    typed = {field: str(profile.get(claim, "")) for field, claim in _CLAIM.items()}
    return typed | {field: str(address.get(field, "")) for field in ADDRESS}


def _read(
    field: str, typed: str, former: Mapping[str, Any], zones: frozenset[str]
) -> tuple[str, Message | None]:
    if field in _CHOSEN:
        offered = {*(zones if field == "zoneinfo" else GENDERS), str(former.get(field, "")), ""}
        return (typed, None) if typed in offered else ("", _NO_CHOICE)
    text = _line(typed)
    if text is None:
        return "", _TOO_LONG
    reader, problem = _READERS.get(field, (None, _TOO_LONG))
    if reader is None or not text:
        return text, None
    value = reader(text)
    return (value, None) if value is not None else ("", problem)


def _line(typed: str) -> str | None:
    """One line of visible text, empty if nothing was typed. None if it is too long."""
    return tidy_line(typed, longest=_LONGEST_URL if typed.strip().startswith("https://") else LONGEST)


def _web_address(text: str) -> str | None:
    """`https` alone, without a user, at a name on the internet: applications show it as a link, or as a picture."""
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        return None
    is_plain = parts.username is None and port is None and " " not in text and '"' not in text
    return text if parts.scheme == "https" and is_plain and _HOST.fullmatch(host) else None


def _birthdate(text: str) -> str | None:
    if _YEAR.fullmatch(text):
        return text
    if not (found := _DAY.fullmatch(text)):
        return None
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= month <= len(_MONTHS) or not 1 <= day <= _MONTHS[month - 1]:
        return None
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return None if (month, day) == (2, 29) and not is_leap else text


_READERS: Mapping[str, tuple[Callable[[str], str | None], Message]] = {
    "birthdate": (_birthdate, _NO_DAY),
    "phone_number": (read_number, _NO_NUMBER),
    **dict.fromkeys(WEB, (_web_address, _NO_WEB_ADDRESS)),
}


def _claims(values: Mapping[str, str], former: Mapping[str, Any]) -> dict[str, Any]:
    replaced = {*_CLAIM.values(), "address"}
    claims = {name: value for name, value in former.items() if name not in replaced}
    claims |= {claim: values[field] for field, claim in _CLAIM.items() if values[field]}
    if read_number(str(former.get("phone_number", ""))) != (values["phone_number"] or None):
        # Whoever verified the other number did not verify this one.
        claims.pop("phone_number_verified", None)
    if address := {field: values[field] for field in ADDRESS if values[field]}:
        claims["address"] = {"formatted": _formatted(address), **address}
    return claims


def _formatted(address: Mapping[str, str]) -> str:
    """As an envelope has it."""
    town = " ".join(filter(None, (address.get("postal_code"), address.get("locality"))))
    lines = (address.get("street_address"), town, address.get("region"), address.get("country"))
    return "\n".join(filter(None, lines))
