"""What owners call their devices."""

import re
import unicodedata
from collections.abc import Collection

LONGEST_NAME = 60
# Controls, and what turns the direction of the text around a name.
_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def read_name(text: str) -> str | None:
    """A name as it is kept, empty if nothing was typed. None if it is too long."""
    # Before NFC, which can make a text three times longer.
    if len(text) > 4 * LONGEST_NAME:
        return None
    name = " ".join(_UNWANTED.sub(" ", unicodedata.normalize("NFC", text)).split())
    return name if len(name) <= LONGEST_NAME else None


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or with the first number that makes it differ from the other names."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted} {number}" in taken:
        number += 1
    return f"{wanted} {number}"
