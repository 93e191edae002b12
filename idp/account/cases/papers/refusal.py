"""Why an uploaded file is refused, and the signs that betray a file which is two things at once."""

import re
from enum import StrEnum


class Refusal(StrEnum):
    """Each has its sentence on the page."""

    EMPTY = "empty"
    OTHER_TYPE = "other-type"
    INCOMPLETE = "incomplete"
    """It ends early, or is damaged."""
    SOMETHING_ELSE = "something-else"
    """It is a second kind of file too, or something hangs on it."""
    ACTIVE = "active"
    """It holds scripts or files, or starts programs."""
    PROTECTED = "protected"
    """Nobody reads it without a password."""
    TOO_DETAILED = "too-detailed"
    """It unpacks to more than anybody has to look at."""


class DocumentRefused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


# Readers of archives look for this record within the longest comment from the end.
_END_OF_ARCHIVE, _LONGEST_COMMENT = b"PK\x05\x06", 65_557
_ARCHIVE_HEADS = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_HEAD_BYTES = 1_024
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|iframe|svg|\?php)[\s>/]", re.IGNORECASE)


def hides_archive(content: bytes) -> bool:
    """Whether programs may take it for an archive (so-called GIFARs are Java archives behind a picture)."""
    head = content[:_HEAD_BYTES]
    return _END_OF_ARCHIVE in content[-_LONGEST_COMMENT:] or any(sign in head for sign in _ARCHIVE_HEADS)


def hides_markup(content: bytes) -> bool:
    """Whether a program that guesses may take it for a page."""
    return _MARKUP.search(content) is not None
