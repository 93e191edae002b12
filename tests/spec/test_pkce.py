"""PKCE: RFC 7636, S256 alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec.errors import InvalidGrant, InvalidRequest
from idp.spec.pkce import challenge_of, check_challenge, check_verifier

# Appendix B.
_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
_VERIFIERS = st.text("ABCxyz019-._~", min_size=43, max_size=128)


def test_the_example_of_the_specification() -> None:
    assert challenge_of(_VERIFIER) == _CHALLENGE
    check_challenge(_CHALLENGE, "S256")
    check_verifier(_VERIFIER, _CHALLENGE)


@given(verifier=_VERIFIERS)
def test_a_verifier_fits_its_own_challenge(verifier: str) -> None:
    check_challenge(challenge_of(verifier), "S256")
    check_verifier(verifier, challenge_of(verifier))


@pytest.mark.requirement("S8")
@given(verifier=st.one_of(st.text(max_size=140), _VERIFIERS))
def test_no_other_verifier_fits(verifier: str) -> None:
    if verifier != _VERIFIER:
        with pytest.raises(InvalidGrant):
            check_verifier(verifier, _CHALLENGE)


@pytest.mark.requirement("S8")
def test_one_without_the_other_is_a_downgrade() -> None:
    check_verifier("", "")
    for verifier, challenge in ((_VERIFIER, ""), ("", _CHALLENGE)):
        with pytest.raises(InvalidGrant):
            check_verifier(verifier, challenge)


@pytest.mark.requirement("S7")
@given(challenge=st.text(max_size=50), method=st.sampled_from(["", "plain", "S256", "s256", "S512"]))
def test_only_s256_challenges_are_accepted(challenge: str, method: str) -> None:
    if method != "S256" or len(challenge) != 43 or not challenge.isascii():
        with pytest.raises(InvalidRequest):
            check_challenge(challenge, method)
