"""How many guesses a password takes whoever knows what people choose, as zxcvbn estimates it (Wheeler, 2016)."""

from collections.abc import Iterable

# Fewer are no password: limits of tries hold off a guesser for long, but a leaked table not for a second.
_FEWEST = 10**6
# The estimate takes the square of the length, and who begins with so much that is easy goes on like that.
_LONGEST = 32


def is_easily_guessed(password: str, words: Iterable[str] = ()) -> bool:
    """Whether a password is made of what is guessed first: common ones, words, names, rows of keys, dates, repeats.
    `words` are guessed for this person. A second of processor for who
    means harm, 10 ms otherwise: call it in a thread, and only for those whose tries are counted.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - 30 ms and 10 MB, for the first password

    return bool(zxcvbn(password[:_LONGEST], user_inputs=list(words))["guesses"] < _FEWEST)
