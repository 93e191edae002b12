"""How many guesses a password takes whoever knows what people choose, as zxcvbn estimates it (Wheeler, 2016)."""

from collections.abc import Iterable

from idp.spec.password_text import password_text

# Fewer are no password: limits of tries hold off a guesser for long, but a leaked table not for a second.
_FEWEST = 10**6
# The estimate takes the square of the length, and who begins with so much that is easy goes on like that.
_LONGEST = 32


def is_easily_guessed(password: str, words: Iterable[str] = ()) -> bool:
    """Whether a password is made of what is guessed first: common ones, words, names, rows of keys, dates, repeats.
    `words` are guessed for this person. It takes 10 ms of processor, and a second for who means harm: call it in a
    thread, and only for those whose tries are counted.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - 30 ms and 10 MB, for the first password

    judged = password_text(password)[:_LONGEST]
    return not judged or bool(zxcvbn(judged, user_inputs=list(words))["guesses"] < _FEWEST)
