"""The keys and algorithms in client metadata: what one member promises, another has to make possible.

RFC 7591 §2, OpenID Connect Registration §2, Core §10.
"""

from collections.abc import Iterator

from idp.records.client import Client
from idp.signing.encryption import NoEncryptionKey, encryption_key
from idp.signing.public_keys import read_key_set

_TO_CLIENTS = (
    "id_token_encrypted_response",
    "userinfo_encrypted_response",
    "introspection_encrypted_response",
)
_WITH_KEYS = ("private_key_jwt", "self_signed_tls_client_auth")
_ENCRYPTED = (*_TO_CLIENTS, "request_object_encryption")


def key_problems(client: Client) -> Iterator[tuple[str, str]]:
    """Members and what is wrong with them."""
    if client.jwks is not None and client.jwks_uri:
        yield "jwks", "excludes jwks_uri: the keys are in one place (RFC 7591 §2)"
    yield from _signing(client)
    yield from _encryption(client)


def _signing(client: Client) -> Iterator[tuple[str, str]]:
    has_keys = client.jwks is not None or bool(client.jwks_uri)
    if client.token_endpoint_auth_method in _WITH_KEYS and not has_keys:
        message = f"is {client.token_endpoint_auth_method}, which needs jwks_uri or jwks"
        yield "token_endpoint_auth_method", message
    elif client.token_endpoint_auth_method == "self_signed_tls_client_auth" and not _has_certificate(client):
        yield "jwks", "has no key with its certificate, x5c (RFC 8705 §2.2.2)"
    elif client.token_endpoint_auth_method == "private_key_jwt" and not _can_sign(
        client, client.token_endpoint_auth_signing_alg
    ):
        yield "jwks", "has no key that token_endpoint_auth_method private_key_jwt could be used with"
    if client.require_signed_request_object and not has_keys:
        yield "require_signed_request_object", "is true, which needs jwks_uri or jwks"
    algorithm = client.request_object_signing_alg
    if algorithm not in ("", "none"):
        if not has_keys:
            yield "request_object_signing_alg", f"is {algorithm}, which needs jwks_uri or jwks"
        elif not _can_sign(client, algorithm):
            yield "jwks", f"has no key for request_object_signing_alg {algorithm}"


def _has_certificate(client: Client) -> bool:
    return client.jwks is None or any(key.certificate for key in read_key_set(client.jwks))


def _can_sign(client: Client, algorithm: str) -> bool:
    """Whether a registered key verifies `algorithm`, or anything where it is empty. Nobody knows yet of `jwks_uri`."""
    if client.jwks is None:
        return True
    return any(
        key.use in ("", "sig")
        and (algorithm in key.signs if algorithm else bool(key.signs))
        and (not algorithm or key.algorithm in ("", algorithm))
        for key in read_key_set(client.jwks)
    )


def _encryption(client: Client) -> Iterator[tuple[str, str]]:
    for name in _ENCRYPTED:
        if getattr(client, f"{name}_enc") and not getattr(client, f"{name}_alg"):
            yield f"{name}_enc", f"needs {name}_alg (Registration §2)"
    for name in _TO_CLIENTS:
        algorithm = getattr(client, f"{name}_alg")
        if not algorithm:
            continue
        if client.jwks is None:
            if not client.jwks_uri:
                yield f"{name}_alg", "needs jwks_uri or jwks: we encrypt to a key of the client"
            continue
        try:
            encryption_key(read_key_set(client.jwks), algorithm)
        except NoEncryptionKey:
            yield "jwks", f"has no key for {name}_alg {algorithm}"
