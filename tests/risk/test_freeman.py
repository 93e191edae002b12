"""`risk/freeman.py`: the counters say what counting every row again says."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.risk.freeman import ADDRESS, USER_AGENT, Freeman

Row = tuple[str, dict[str, str]]

_LEVELS = (*ADDRESS, *USER_AGENT)
# Few values, so that everything repeats, also an address under another AS number.
_ATTEMPTS = st.fixed_dictionaries({level: st.sampled_from("abc") for level in _LEVELS})
_HISTORIES = st.lists(
    st.tuples(st.sampled_from(["alice", "bob", "carol"]), _ATTEMPTS), min_size=1, max_size=30
)


def brute_force(history: Sequence[Row], subject: str, attempt: Mapping[str, str]) -> float:
    """The released notebook's arithmetic, row by row and with none of its or our shortcuts."""
    logs = [row for _, row in history]
    own = [row for whose, row in history if whose == subject]
    score = 1.0
    for weights in (ADDRESS, USER_AGENT):
        levels = list(weights)
        local = sum(weights[level] * _sub_likelihood(own, attempt, levels, level, False) for level in levels)
        anybody = sum(
            weights[level] * _sub_likelihood(logs, attempt, levels, level, level == levels[0])
            for level in levels
        )
        score *= anybody / (local if local > 0 else anybody / 4)
    return score * (1 / len({whose for whose, _ in history})) / (len(own) / len(logs))


def _sub_likelihood(
    logs: Sequence[Mapping[str, str]],
    attempt: Mapping[str, str],
    levels: Sequence[str],
    level: str,
    is_smoothed: bool,
) -> float:
    alike = [row for row in logs if row[level] == attempt[level]]
    return _likelihood(alike, attempt, levels, level, is_smoothed) * _likelihood(
        logs, attempt, levels, level, is_smoothed
    )


def _likelihood(
    logs: Sequence[Mapping[str, str]],
    attempt: Mapping[str, str],
    levels: Sequence[str],
    level: str,
    is_smoothed: bool,
) -> float:
    seen = sum(1 for row in logs if row[level] == attempt[level])
    below = levels[levels.index(level) + 1 :]
    unseen = sum(len({row[lower] for row in logs}) for lower in below) + 1 if is_smoothed else 0
    if seen:
        return seen / len(logs) * (1 - unseen / (len(logs) + unseen))
    return 1 / (len(logs) + unseen) if is_smoothed else 0.0


@given(history=_HISTORIES, attempt=_ATTEMPTS)
def test_counters_equal_the_brute_force(history: list[Row], attempt: dict[str, str]) -> None:
    freeman = Freeman()
    for subject, row in history:
        freeman.learn(subject, row)
    for subject in {subject for subject, _ in history}:
        assert freeman.score(subject, attempt) == pytest.approx(
            brute_force(history, subject, attempt), rel=1e-12
        )


@given(history=_HISTORIES, attempt=_ATTEMPTS)
def test_counters_equal_the_brute_force_at_every_step(history: list[Row], attempt: dict[str, str]) -> None:
    freeman = Freeman()
    for number, (subject, row) in enumerate(history, 1):
        freeman.learn(subject, row)
        assert freeman.score(subject, attempt) == pytest.approx(
            brute_force(history[:number], subject, attempt), rel=1e-12
        )


def test_score_by_hand() -> None:
    freeman = Freeman()
    known = dict.fromkeys(_LEVELS, "known")
    freeman.learn("alice", known)
    # Of one sign-in: everything below the address is certain, the address is smoothed over three values.
    address = 0.6 * (1 / 4) * (1 / 4) + 0.4
    agent = 0.5386653840551359 * (1 / 5) * (1 / 5) + (1 - 0.5386653840551359)
    assert freeman.score("alice", known) == pytest.approx(address * agent)


def test_wholly_unknown_feature_multiplies_by_four() -> None:
    freeman = Freeman()
    known = dict.fromkeys(_LEVELS, "known")
    freeman.learn("alice", known)
    elsewhere = {**known, **dict.fromkeys(ADDRESS, "elsewhere")}
    assert freeman.score("alice", {**elsewhere}) == pytest.approx(
        4 * freeman.score("alice", known) / (0.6 * (1 / 4) * (1 / 4) + 0.4)
    )


def test_subject_without_a_sign_in_has_no_score() -> None:
    with pytest.raises(KeyError):
        Freeman().score("nobody", dict.fromkeys(_LEVELS, "known"))
