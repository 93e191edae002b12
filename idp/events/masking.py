"""Addresses and numbers as logs and pages may show them: enough for their owner to recognise, too little to use."""

_HIDDEN = "•••"
_SHOWN_DIGITS = 2


def masked_email(address: str) -> str:
    """`a•••@d•••.test` for `alice@demo.test`."""
    local_part, _, domain = address.rpartition("@")
    name, _, last = domain.rpartition(".")
    return f"{local_part[:1]}{_HIDDEN}@{name[:1]}{_HIDDEN}.{last}" if name else f"{local_part[:1]}{_HIDDEN}"


def masked_number(number: str) -> str:
    """`•••78` for `+33612345678`."""
    return _HIDDEN + number[-_SHOWN_DIGITS:]
