"""Text of somebody else's as one line of ours: nothing that is invisible, or that turns what stands around it."""

import re
import unicodedata

# Some scripts need them inside words.
_JOINERS = "\u200c\u200d"
_LONGEST_PLAIN, _MOST_DIGITS = 60, 7
_ADDRESS = re.compile(r"//|@|\bwww\b|\w[.\u3002][^\W\d_]{2}", re.IGNORECASE)
_UNWRITTEN = frozenset({"Cs", "Cn", "Co"})


def one_line(text: str) -> str:
    """`text` without line breaks, control characters and marks that turn the direction of what follows."""
    return "".join(_shown(letter) for letter in text).strip()


def tidy_line(text: str, *, longest: int) -> str | None:
    """The same as it is kept: NFC, one space between its words. None if it is too long, or no text in any script."""
    # Before NFC, which can make a text three times longer.
    if len(text) > 4 * longest:
        return None
    line = " ".join(one_line(unicodedata.normalize("NFC", text)).split())
    is_text = not any(unicodedata.category(letter) in _UNWRITTEN for letter in text)
    return line if is_text and len(line) <= longest else None


def is_plain_name(text: str) -> bool:
    """Whether a name that somebody chose may stand in a mail of ours: short, and nowhere to go or to call. Programs
    make links of addresses and numbers in mails, whatever stands around them.
    """
    plain = unicodedata.normalize("NFKC", text)
    digits = sum(letter.isdigit() for letter in plain)
    return len(plain) <= _LONGEST_PLAIN and digits < _MOST_DIGITS and not _ADDRESS.search(plain)


def _shown(letter: str) -> str:
    match unicodedata.category(letter):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cf" if letter not in _JOINERS:
            return ""
        case "Cs":
            return ""
        case _:
            return letter
