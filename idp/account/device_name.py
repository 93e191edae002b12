"""What owners call their devices."""

from collections.abc import Collection

from idp.spec.visible_text import tidy_line

LONGEST_NAME = 60


def read_name(text: str) -> str | None:
    """A name as it is kept, empty if nothing was typed. None if it is too long."""
    return tidy_line(text, longest=LONGEST_NAME)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or with the first number that makes it differ from the other names."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted} {number}" in taken:
        number += 1
    return f"{wanted} {number}"
