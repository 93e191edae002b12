"""Names that look alike, though their letters differ: as Unicode Technical Standard 39 §4, as far as letters like ours
go. What the eye can't tell apart is folded together; nothing that people see is ever changed by this.
"""

import unicodedata
from collections.abc import Iterable

# A letter of ours, and letters of other scripts that are drawn like it.
_DRAWN_ALIKE = {
    "a": "\u0430\u0251\u03b1",
    "A": "\u0410\u0391",
    "B": "\u0412\u0392",
    "b": "\u042c\u03b2",
    "c": "\u0441\u03f2",
    "C": "\u0421\u03f9",
    "d": "\u0501\u0111\u00f0",
    "D": "\u0110\u00d0",
    "e": "\u0435\u0454\u03b5",
    "E": "\u0415\u0395",
    "g": "\u0261\u0581",
    "h": "\u04bb\u0570\u0127",
    "H": "\u041d\u0397",
    "i": "\u0456\u03b9\u0269\u0131\u026a",
    "I": "\u0406\u0399\u04c0",
    "j": "\u0458\u03f3",
    "J": "\u0408",
    "k": "\u043a\u03ba",
    "K": "\u041a\u039a",
    "l": "\u04cf\u0142\u01c0",
    "M": "\u041c\u039c\u043c",
    "n": "\u0578\u03b7",
    "N": "\u039d",
    "o": "\u043e\u03bf\u0585\u03c3\u00f8",
    "O": "\u041e\u039f\u0555\u00d8",
    "p": "\u0440\u03c1",
    "P": "\u0420\u03a1",
    "q": "\u051b",
    "r": "\u0433",
    "s": "\u0455",
    "S": "\u0405",
    "t": "\u0442\u03c4",
    "T": "\u0422\u03a4",
    "u": "\u057d\u03c5",
    "v": "\u0475\u03bd",
    "w": "\u051d\u03c9\u0461",
    "W": "\u051c",
    "x": "\u0445\u03c7",
    "X": "\u0425\u03a7",
    "y": "\u0443\u03b3",
    "Y": "\u0423\u03a5\u04ae",
    "Z": "\u0396",
}
_DRAWN = str.maketrans({other: letter for letter, others in _DRAWN_ALIKE.items() for other in others})
# Whatever its case is, one stroke is one stroke, and a ring a ring.
_STROKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l"})


def poses(name: str, taken: Iterable[str]) -> bool:
    """Whether a name reads like one that is taken, or like something of that name."""
    shown = drawn(name)
    return any(letters in shown for one in taken if (letters := drawn(one)))


def drawn(name: str) -> str:
    """A name as it reads: without accents, spaces, signs and capitals, and whoever's its letters are."""
    plain = unicodedata.normalize("NFKD", name.translate(_DRAWN)).translate(_DRAWN)
    return "".join(letter for letter in plain.casefold().translate(_STROKES) if letter.isalnum())
