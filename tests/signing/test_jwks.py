import json

from idp.records.key import ALGORITHMS, Algorithm, KeyState, OwnKey
from idp.signing.jwks import build_jwks
from idp.signing.keys import KeyPair


def row(pair: KeyPair, state: KeyState, *, created_at: int = 0, unpublished_at: int | None = None) -> OwnKey:
    return OwnKey(
        kid=pair.kid,
        algorithm=pair.algorithm,
        state=state,
        public_jwk=pair.public_jwk,
        sealed=b"",
        root_key_id="",
        created_at=created_at,
        activated_at=None,
        retired_at=None,
        unpublished_at=unpublished_at,
    )


def test_the_set_does_not_depend_on_the_order_of_rows(pairs: dict[Algorithm, KeyPair]) -> None:
    rows = [row(pair, "active") for pair in pairs.values()]
    forwards = build_jwks(rows, now=0, max_age_seconds=900)
    assert forwards == build_jwks(reversed(rows), now=7, max_age_seconds=900)
    assert [key["alg"] for key in json.loads(forwards.body)["keys"]] == list(ALGORITHMS)


def test_the_headers_let_caches_keep_and_revalidate_it(pairs: dict[Algorithm, KeyPair]) -> None:
    jwks = build_jwks([row(pairs["ES256"], "active")], now=0, max_age_seconds=900)
    assert jwks.headers["Cache-Control"] == "public, max-age=900"
    assert jwks.headers["Content-Type"] == "application/jwk-set+json"
    other = build_jwks([row(pairs["EdDSA"], "active")], now=0, max_age_seconds=900)
    assert jwks.etag != other.etag
    assert jwks.etag.startswith('"')


def test_withdrawn_and_expired_keys_are_not_published(pairs: dict[Algorithm, KeyPair]) -> None:
    rows = [
        row(pairs["RS256"], "withdrawn"),
        row(pairs["ES256"], "retired", unpublished_at=10),
        row(pairs["EdDSA"], "next"),
    ]
    kids = [key["kid"] for key in json.loads(build_jwks(rows, now=10, max_age_seconds=1).body)["keys"]]
    assert kids == [pairs["EdDSA"].kid]


def test_a_private_member_in_a_row_would_not_get_out(pairs: dict[Algorithm, KeyPair]) -> None:
    pair = pairs["ES256"]
    leaking = json.dumps({**json.loads(pair.public_jwk), "d": "private", "key_ops": ["sign"]})
    stored = KeyPair(kid=pair.kid, algorithm=pair.algorithm, public_jwk=leaking, pkcs8=b"")
    (key,) = json.loads(build_jwks([row(stored, "active")], now=0, max_age_seconds=1).body)["keys"]
    assert key == json.loads(pair.public_jwk)
