"""The text of a password: what is hashed and what its length is counted in.

NFKC (NIST SP 800-63B §3.1.1.2), so that a password matches however a keyboard or a browser composes its characters.
Nothing is cut off, trimmed or folded otherwise.
"""

import unicodedata
from collections.abc import Iterator

# Stream-Safe Text Format, UAX #15 §13.
_LONGEST_RUN = 30
_JOINER = "\N{COMBINING GRAPHEME JOINER}"


def password_text(password: str) -> str:
    """The normal form of `password`, in time proportional to its length.

    Sorting a run of combining marks takes time that grows with its square: seconds for what fits into one request.
    So runs are broken as Unicode's stream-safe format says; no language has marks in runs of thirty.
    """
    if password.isascii():
        return password
    return unicodedata.normalize("NFKC", "".join(_stream_safe(password)))


def _stream_safe(text: str) -> Iterator[str]:
    run = 0
    for character in text:
        decomposed = unicodedata.normalize("NFKD", character)
        marks = [unicodedata.combining(part) != 0 for part in decomposed]
        leading = marks.index(False) if False in marks else len(marks)
        if run + leading > _LONGEST_RUN:
            yield _JOINER
            run = 0
        run = run + len(marks) if all(marks) else marks[::-1].index(False)
        yield character
