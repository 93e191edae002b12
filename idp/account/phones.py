"""Phone numbers in international format, ITU-T E.164: `+`, a country code, at most 15 digits altogether."""

import re
import unicodedata

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_BETWEEN = re.compile(r"[\s().\-/\u2010-\u2015]")
_LONGEST_TYPED = 64


def read_number(text: str) -> str | None:
    """The number as gateways take it. None if it has no country code, or can't be one."""
    if len(text) > _LONGEST_TYPED:
        return None
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return digits if _NUMBER.fullmatch(digits) else None
