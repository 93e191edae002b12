"""Text of somebody else's as one line of ours: nothing that is invisible, or that turns what stands around it."""

import unicodedata

# Some scripts need them inside words.
_JOINERS = "\u200c\u200d"
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
