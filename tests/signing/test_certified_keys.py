"""Keys that come with their certificates: RFC 7517 §4.7. A certificate that does not fit is none."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.signing.public_keys import read_key_set
from tests.support.certificates import authority, issued

OWN, OTHER = issued(), issued()
_ENCODED = b64encode(OWN.der).decode()


def _certificate(chain: object) -> bytes:
    [key] = read_key_set({"keys": [OWN.jwk(x5c=chain)]})
    return key.certificate


def test_the_first_of_a_chain_is_the_keys() -> None:
    above = b64encode(authority().der).decode()
    assert _certificate([_ENCODED]) == sha256(OWN.der).digest()
    assert _certificate([_ENCODED, above]) == sha256(OWN.der).digest()
    assert _certificate([above, _ENCODED]) == b""


_NO_CHAINS: tuple[object, ...] = (
    None,
    "",
    _ENCODED,
    [],
    [None],
    [1],
    [[_ENCODED]],
    {"0": _ENCODED},
    [""],
    ["!"],
    ["MAA="],
    [_ENCODED[:-8]],
    [_ENCODED + "AAAA"],
    [_ENCODED.replace("+", "-").replace("/", "_") + "-"],
    [b64encode(OTHER.der).decode()],
    [OWN.pem.decode()],
)


def test_what_is_no_certificate_of_the_key_is_none(subtests: pytest.Subtests) -> None:
    for chain in _NO_CHAINS:
        with subtests.test(chain=chain):
            assert _certificate(chain) == b""


@given(
    chain=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=4),
        max_leaves=8,
    )
)
def test_whatever_stands_there_the_key_is_read(chain: Any) -> None:
    assert _certificate(chain) == b""
