"""What a check of `idp doctor` says."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    FINE = "fine"
    NOTE = "note"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`subject` is the part of the installation; `message` a sentence, with the fix if there is something to fix."""

    subject: str
    level: Level
    message: str


def fine(subject: str, message: str) -> Finding:
    return Finding(subject=subject, level=Level.FINE, message=message)


def note(subject: str, message: str) -> Finding:
    return Finding(subject=subject, level=Level.NOTE, message=message)


def warning(subject: str, message: str) -> Finding:
    return Finding(subject=subject, level=Level.WARNING, message=message)


def failure(subject: str, message: str) -> Finding:
    return Finding(subject=subject, level=Level.FAILURE, message=message)
