"""WebAuthn: both ceremonies, and every way in which an answer can be wrong."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from os import urandom
from typing import Any

import pytest
from fido2 import cbor
from hypothesis import given
from hypothesis import strategies as st

from idp.account.passkeys import (
    Asserted,
    NewPasskey,
    PasskeyProblem,
    RelyingParty,
    Wrong,
    challenge_digest,
    read_assertion,
)
from idp.config.settings import Settings
from idp.records.account import SubjectId
from idp.records.factor import Passkey
from tests.support.authenticator import BE, BS, UP, UV, Refused, SoftwareKey

US = RelyingParty.of(Settings(issuer="http://localhost:8000"))
HANDLE = bytes(range(32))


class Ceremony:
    """One challenge of ours, and what a key answers to it."""

    def __init__(self, key: SoftwareKey) -> None:
        self.key = key
        self.challenge = urandom(32)
        self.digest = challenge_digest(self.challenge)

    def register(
        self, *, is_passkey: bool = False, existing: tuple[Passkey, ...] = (), **differently: Any
    ) -> NewPasskey:
        options = US.registration_options(
            challenge=self.challenge,
            user_handle=HANDLE,
            name="aa11111-ovh",
            display_name="Alice Martin",
            existing=existing,
            is_passkey=is_passkey,
        )
        text = self.key.create(json.loads(json.dumps(options)), **differently)
        return US.complete_registration(text, digest=self.digest, is_passkey=is_passkey)

    def asserted(
        self, passkey: Passkey, *, must_verify_user: bool = False, named: bool = True, **differently: Any
    ) -> Asserted:
        options = US.assertion_options(
            challenge=self.challenge,
            allowed=[passkey] if named else [],
            user_verification="required" if must_verify_user else "discouraged",
        )
        presented = read_assertion(self.key.get(json.loads(json.dumps(options)), **differently))
        return US.verify_assertion(presented, passkey, digest=self.digest, must_verify_user=must_verify_user)


def kept(new: NewPasskey) -> Passkey:
    return Passkey(
        passkey_id="p1",
        subject_id=SubjectId("s1"),
        name="My key",
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        aaguid=new.aaguid,
        transports=new.transports,
        is_discoverable=new.is_discoverable,
        verifies_user=new.verifies_user,
        is_synced=new.is_synced,
        created_at=0,
        used_at=None,
        flagged_at=None,
    )


def registered(key: SoftwareKey, *, is_passkey: bool = False) -> Passkey:
    return kept(Ceremony(key).register(is_passkey=is_passkey))


def wrong(problem: pytest.ExceptionInfo[PasskeyProblem]) -> Wrong:
    return problem.value.wrong


def test_a_passkey_registers_and_signs() -> None:
    key = SoftwareKey()
    new = Ceremony(key).register(is_passkey=True)
    assert (new.is_discoverable, new.verifies_user, new.is_synced, new.transports) == (
        True,
        True,
        False,
        "usb",
    )
    proven = Ceremony(key).asserted(kept(new), must_verify_user=True)
    assert proven == Asserted(sign_count=1, is_verified=True, is_synced=False, is_copied=False)


def test_a_key_from_before_passkeys_registers_and_signs() -> None:
    key = SoftwareKey.u2f()
    new = Ceremony(key).register()
    assert (new.is_discoverable, new.verifies_user, new.aaguid) == (False, False, "")
    assert not Ceremony(key).asserted(kept(new)).is_verified


def test_a_passkey_of_a_phone_counts_nothing_and_signs_for_ever() -> None:
    key = SoftwareKey.synced()
    passkey = registered(key, is_passkey=True)
    assert passkey.is_synced
    for _ in range(3):
        assert not Ceremony(key).asserted(passkey, must_verify_user=True).is_copied


def test_a_key_is_not_set_up_twice() -> None:
    key = SoftwareKey()
    passkey = registered(key)
    with pytest.raises(Refused):
        Ceremony(key).register(existing=(passkey,))


def test_a_key_that_cannot_verify_its_user_is_no_passkey() -> None:
    with pytest.raises(Refused):
        Ceremony(SoftwareKey.u2f()).register(is_passkey=True)
    with pytest.raises(PasskeyProblem) as problem:
        Ceremony(SoftwareKey(verifies_user=False)).register(is_passkey=True)
    assert wrong(problem) is Wrong.NOT_VERIFIED


def test_the_name_of_a_host_is_ours_and_the_origin_is_exact() -> None:
    ours = RelyingParty.of(Settings(issuer="https://login.example.com:8443"))
    assert (ours.rp_id, ours.origin) == ("login.example.com", "https://login.example.com:8443")


_COMMON = [
    ({"type": "webauthn.other"}, Wrong.TYPE),
    ({"type": ["webauthn.get"]}, Wrong.TYPE),
    ({"origin": "https://localhost:8000"}, Wrong.ORIGIN),
    ({"origin": "http://localhost"}, Wrong.ORIGIN),
    ({"origin": "http://localhost:8000/"}, Wrong.ORIGIN),
    ({"origin": "http://localhost:8000.evil.test"}, Wrong.ORIGIN),
    ({"origin": "http://sub.localhost:8000"}, Wrong.ORIGIN),
    ({"origin": "HTTP://LOCALHOST:8000"}, Wrong.ORIGIN),
    ({"origin": "null"}, Wrong.ORIGIN),
    ({"origin": None}, Wrong.ORIGIN),
    ({"cross_origin": True}, Wrong.FRAMED),
    ({"cross_origin": "false"}, Wrong.FRAMED),
    ({"top_origin": "https://evil.test"}, Wrong.FRAMED),
    ({"challenge": "A" * 43}, Wrong.CHALLENGE),
    ({"challenge": ""}, Wrong.CHALLENGE),
    ({"rp_id": "evil.test"}, Wrong.RP),
    ({"flags": UV}, Wrong.NOT_PRESENT),
    ({"flags": 0}, Wrong.NOT_PRESENT),
    ({"flags": UP | UV | BS}, Wrong.BACKUP_FLAGS),
    ({"client_data": b"\xff\xfe"}, Wrong.UNREADABLE),
    ({"client_data": b"[]"}, Wrong.UNREADABLE),
    ({"client_data": b"[" * 10_000}, Wrong.UNREADABLE),
]


@pytest.mark.requirement("S53", "S54", "S57")
@pytest.mark.parametrize(
    ("differently", "reason"),
    [
        *_COMMON,
        ({"type": "webauthn.get"}, Wrong.TYPE),
        ({"raw_id": b"another"}, Wrong.UNREADABLE),
        ({"credential_id": b"x" * 1_024}, Wrong.CREDENTIAL_ID),
        ({"credential_id": b""}, Wrong.CREDENTIAL_ID),
        ({"public_key": {1: 2, 3: -47, -1: 8, -2: b"x" * 32, -3: b"y" * 32}}, Wrong.KEY),
        ({"public_key": {1: 2, 3: -65535, -1: b"n", -2: b"e"}}, Wrong.KEY),
        ({"public_key": {1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32}}, Wrong.KEY),
        ({"public_key": {1: 2, 3: -7, -1: 2, -2: b"x" * 32, -3: b"y" * 32}}, Wrong.KEY),
        ({"public_key": {1: 2, 3: -7}}, Wrong.KEY),
        ({"public_key": {1: 3, 3: -257, -1: b"\xff" * 2_000, -2: b"\1\0\1"}}, Wrong.KEY),
        ({"public_key": {1: 2}}, Wrong.UNREADABLE),
        ({"public_key": [1, 2]}, Wrong.UNREADABLE),
    ],
)
def test_a_registration_that_is_not_ours_is_refused(differently: dict[str, Any], reason: Wrong) -> None:
    with pytest.raises(PasskeyProblem) as problem:
        Ceremony(SoftwareKey()).register(**differently)
    assert wrong(problem) is reason


@pytest.mark.requirement("S53", "S54", "S57")
@pytest.mark.parametrize(
    ("differently", "reason"),
    [
        *_COMMON,
        ({"type": "webauthn.create"}, Wrong.TYPE),
        ({"signature": b""}, Wrong.SIGNATURE),
        ({"signature": b"0" * 70}, Wrong.SIGNATURE),
        ({"credential_id": b"another"}, Wrong.OTHER_CREDENTIAL),
        ({"flags": UP | UV | BE}, Wrong.BACKUP_FLAGS),
    ],
)
def test_an_assertion_that_is_not_ours_is_refused(differently: dict[str, Any], reason: Wrong) -> None:
    key = SoftwareKey()
    passkey = registered(key)
    with pytest.raises(PasskeyProblem) as problem:
        Ceremony(key).asserted(passkey, **differently)
    assert wrong(problem) is reason


def test_the_longest_credential_id_is_taken() -> None:
    assert len(Ceremony(SoftwareKey()).register(credential_id=b"x" * 1_023).credential_id) == 1_023


def test_a_signature_of_another_key_is_refused() -> None:
    mine, other = SoftwareKey(), SoftwareKey()
    passkey, stolen = registered(mine), registered(other)
    with pytest.raises(PasskeyProblem) as problem:
        Ceremony(other).asserted(replace(passkey, credential_id=stolen.credential_id))
    assert wrong(problem) is Wrong.SIGNATURE


@pytest.mark.requirement("S55")
def test_a_signature_without_user_verification_is_no_whole_sign_in() -> None:
    key = SoftwareKey()
    passkey = registered(key, is_passkey=True)
    with pytest.raises(PasskeyProblem) as problem:
        Ceremony(key).asserted(passkey, must_verify_user=True, flags=UP)
    assert wrong(problem) is Wrong.NOT_VERIFIED


@pytest.mark.requirement("S56")
@pytest.mark.parametrize(
    ("stored", "presented", "is_copied"),
    [
        (0, 0, False),
        (0, 1, False),
        (5, 6, False),
        (5, 5, True),
        (5, 4, True),
        (5, 0, True),
        (2**32 - 1, 0, True),
    ],
)
def test_a_counter_has_to_rise(stored: int, presented: int, is_copied: bool) -> None:
    key = SoftwareKey()
    passkey = replace(registered(key), sign_count=stored)
    assert Ceremony(key).asserted(passkey, count=presented).is_copied is is_copied


@pytest.mark.requirement("S56")
def test_a_copy_of_a_key_shows_by_its_counter() -> None:
    key = SoftwareKey()
    passkey = registered(key)
    thief = key.copied()
    for expected in (1, 2, 3):
        proven = Ceremony(key).asserted(passkey)
        assert (proven.sign_count, proven.is_copied) == (expected, False)
        passkey = replace(passkey, sign_count=proven.sign_count)
    assert Ceremony(thief).asserted(passkey).is_copied


def test_a_passkey_answers_for_nobody_in_particular() -> None:
    key = SoftwareKey()
    passkey = registered(key, is_passkey=True)
    ceremony = Ceremony(key)
    options = US.assertion_options(challenge=ceremony.challenge, allowed=[], user_verification="required")
    presented = read_assertion(key.get(options))
    assert presented.user_handle == HANDLE
    assert US.verify_assertion(presented, passkey, digest=ceremony.digest, must_verify_user=True).is_verified


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.integers(-5, 5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=40), max_size=4) | st.text(max_size=400))
def test_any_text_is_refused_as_one_problem(sent: Any) -> None:
    for text in (sent if isinstance(sent, str) else json.dumps(sent), json.dumps({"response": sent})):
        with pytest.raises(PasskeyProblem):
            US.complete_registration(text, digest=b"", is_passkey=False)
        with pytest.raises(PasskeyProblem):
            read_assertion(text)


@given(_ANYTHING, st.binary(max_size=300))
def test_any_attestation_is_refused_as_one_problem(thing: Any, noise: bytes) -> None:
    ceremony = Ceremony(SoftwareKey())
    for sent in (noise, _cbor({"fmt": "none", "attStmt": {}, "authData": noise}), _cbor(thing)):
        answer = json.loads(_registration_text(ceremony))
        answer["response"]["attestationObject"] = urlsafe_b64encode(sent).decode()
        with pytest.raises(PasskeyProblem):
            US.complete_registration(json.dumps(answer), digest=ceremony.digest, is_passkey=False)


@given(_ANYTHING)
def test_any_public_key_is_refused_as_one_problem(thing: Any) -> None:
    with pytest.raises(PasskeyProblem):
        Ceremony(SoftwareKey()).register(public_key=thing if _is_cbor(thing) else {1: 2, 3: -7, -1: 1})


def test_an_answer_longer_than_any_key_gives_is_refused_unread() -> None:
    with pytest.raises(PasskeyProblem):
        read_assertion(json.dumps({"response": {"signature": "A" * 20_000}}))


def _registration_text(ceremony: Ceremony) -> str:
    options = US.registration_options(
        challenge=ceremony.challenge,
        user_handle=HANDLE,
        name="a",
        display_name="A",
        existing=(),
        is_passkey=False,
    )
    return ceremony.key.create(options)


def _cbor(thing: Any) -> bytes:
    return cbor.encode(thing) if _is_cbor(thing) else b"\xf6"


def _is_cbor(thing: Any) -> bool:
    try:
        cbor.encode(thing)
    except (ValueError, ArithmeticError, TypeError):
        return False
    except Exception as error:  # noqa: BLE001
        return type(error).__module__ == "none"
    return bool(thing)
