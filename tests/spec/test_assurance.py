"""`amr` and `acr` say what was proven, and never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec.assurance import (
    ACR_VALUES_SUPPORTED,
    SECOND_FACTORS,
    WHOLE_SIGN_INS,
    Acr,
    Amr,
    Proof,
    acr_of,
    amr_of,
    reaches,
)

_PROOFS = st.lists(st.sampled_from(list(Proof)), max_size=5)
_REGISTERED = {"pwd", "otp", "sms", "hwk", "swk", "user", "mfa"}


@pytest.mark.parametrize(
    ("proofs", "amr", "acr"),
    [
        ("pwd", "pwd", "1"),
        ("pwd email-code", "pwd email", "1"),
        ("pwd totp", "pwd otp mfa", "2"),
        ("pwd sms", "pwd sms mfa", "2"),
        ("pwd backup-code", "pwd recovery mfa", "2"),
        ("pwd security-key", "pwd hwk user mfa", "3"),
        ("pwd synced-key", "pwd swk user mfa", "3"),
        ("pwd passkey", "pwd hwk user mfa", "3"),
        ("passkey", "hwk user mfa", "3"),
        ("synced-passkey", "swk user mfa", "3"),
        ("pwd email-code totp", "pwd email otp mfa", "2"),
        ("pwd totp security-key", "pwd otp hwk user mfa", "3"),
        # What says nothing of who somebody is.
        ("", "", "0"),
        ("email-code", "email", "0"),
        ("totp", "otp", "0"),
        ("security-key", "hwk user", "0"),
        ("totp sms backup-code email-code", "otp sms recovery email", "0"),
    ],
)
def test_what_proofs_reach(proofs: str, amr: str, acr: str) -> None:
    assert amr_of(proofs.split()) == tuple(amr.split())
    assert acr_of(amr_of(proofs.split())) == acr


@given(_PROOFS)
def test_mailed_code_adds_no_rung_and_is_never_a_second_factor(proofs: list[Proof]) -> None:
    with_code = amr_of([*proofs, Proof.EMAIL_CODE])
    assert acr_of(with_code) == acr_of(amr_of(proofs))
    assert (Amr.MULTIPLE_FACTORS in with_code) == (Amr.MULTIPLE_FACTORS in amr_of(proofs))
    assert Amr.EMAIL in with_code


@given(_PROOFS)
def test_two_rungs_take_two_kinds_of_factor(proofs: list[Proof]) -> None:
    reached = acr_of(amr_of(proofs))
    has_whole = bool({*proofs} & WHOLE_SIGN_INS)
    has_password = Proof.PASSWORD in proofs
    has_second = bool({*proofs} & SECOND_FACTORS)
    assert reaches(reached, Acr.TWO_FACTORS) == (has_whole or (has_password and has_second))
    if reaches(reached, Acr.PHISHING_RESISTANT):
        assert {*proofs} & {Proof.SECURITY_KEY, Proof.SYNCED_KEY, Proof.PASSKEY, Proof.SYNCED_PASSKEY}


@given(before=_PROOFS, after=_PROOFS)
def test_raising_a_session_is_the_same_as_proving_at_once(before: list[Proof], after: list[Proof]) -> None:
    raised = amr_of(after, before=amr_of(before))
    assert set(raised) == set(amr_of([*before, *after]))
    assert acr_of(raised) >= acr_of(amr_of(before))


@given(_PROOFS)
def test_each_method_is_named_once_and_is_registered_or_documented(proofs: list[Proof]) -> None:
    amr = amr_of(proofs)
    assert len(set(amr)) == len(amr)
    assert set(amr) <= _REGISTERED | {"email", "recovery"}
    assert "mfa" not in amr[:-1]


def test_rungs_are_ordered_and_the_lowest_is_not_offered() -> None:
    assert sorted(Acr) == list(Acr)
    assert [*Acr] == ["0", *ACR_VALUES_SUPPORTED]
    for lower, higher in zip(Acr, list(Acr)[1:], strict=False):
        assert reaches(higher, lower)
        assert not reaches(lower, higher)
        assert reaches(lower, "")
