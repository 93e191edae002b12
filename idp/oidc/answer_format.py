"""How an answer reaches a client: a JWT that is signed as the client registered, then encrypted where it wants that.

OpenID Connect Core §5.3.2 and §10.2, Registration §2. ID tokens are always JWTs; userinfo is one if the client says so.
The key to encrypt to is a fact, loaded before (`key_for`); a client that has none is told so, and loses nothing.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from idp.clients.keys import ClientKeys
from idp.config.settings import Settings
from idp.records.client import Client
from idp.records.key import ALGORITHMS, Algorithm
from idp.signing.encryption import DEFAULT_CONTENT_ALGORITHM, NoEncryptionKey, encrypt, encryption_key
from idp.signing.keyring import Keyring
from idp.signing.public_keys import PublicKey
from idp.spec.errors import InvalidClientMetadata

UNSIGNED: Final = "none"
_MEDIA_TYPE = "JWT"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFormat:
    """`algorithm` is empty where nothing is signed, `none` where that is said in so many words; `encryption` is the
    `alg` of a JWE and `content` its `enc`, empty where nothing is encrypted.
    """

    algorithm: Algorithm | Literal["none", ""]
    encryption: str = ""
    content: str = ""

    @property
    def is_jwt(self) -> bool:
        return bool(self.algorithm or self.encryption)


def id_token_format(client: Client, settings: Settings) -> AnswerFormat:
    """As the client registered, RS256 unless it says otherwise or the configuration does (Registration §2).

    Raises InvalidClientMetadata for an unsigned one that nobody may have: where the configuration knows none, or the
    client gets ID tokens from the authorization endpoint (Core §2), where only a signature vouches for them.
    """
    registered = client.id_token_signed_response_alg
    if registered != UNSIGNED:
        algorithm = _algorithm(registered) or settings.keys.id_token_algorithm
        return _with_encryption(
            algorithm, client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc
        )
    if not settings.exceptions.allow_unsigned:
        raise InvalidClientMetadata("id_token_signed_response_alg none is not allowed by this server")
    if any("id_token" in response_type.split(" ") for response_type in client.response_types):
        raise InvalidClientMetadata(
            "id_token_signed_response_alg none does not go with response types that bring an ID token"
        )
    if client.id_token_encrypted_response_alg:
        # §10.2: what is encrypted was signed before, or anybody could have made it.
        raise InvalidClientMetadata(
            "id_token_signed_response_alg none does not go with id_token_encrypted_response_alg"
        )
    return AnswerFormat(algorithm=UNSIGNED)


def userinfo_format(client: Client) -> AnswerFormat:
    """JSON unless the client registered otherwise (§5.3.2). Encrypted alone is allowed: TLS says whose answer it is."""
    return _with_encryption(
        _algorithm(client.userinfo_signed_response_alg),
        client.userinfo_encrypted_response_alg,
        client.userinfo_encrypted_response_enc,
    )


async def key_for(keys: ClientKeys, client: Client, encryption: str, now: int) -> PublicKey | None:
    """The client's key for an `encryption`, or None where nothing is encrypted, or the client has none for it. A set
    without one is fetched anew, within the limits of `clients/keys.py`.
    """
    if not encryption:
        return None
    for lacking in (None, ""):
        try:
            return encryption_key(await keys.find(client, now, lacking=lacking), encryption)
        except NoEncryptionKey:
            continue
    return None


def introspection_format(client: Client) -> AnswerFormat:
    """RS256 unless the client registered otherwise (RFC 9701 §6): such an answer is always signed."""
    return _with_encryption(
        _algorithm(client.introspection_signed_response_alg) or "RS256",
        client.introspection_encrypted_response_alg,
        client.introspection_encrypted_response_enc,
    )


def write_answer(
    keyring: Keyring,
    form: AnswerFormat,
    claims: Mapping[str, Any],
    key: PublicKey | None,
    *,
    typ: str = _MEDIA_TYPE,
) -> str:
    """`claims` in the form of a JWT of this `typ`. Raises InvalidClientMetadata where there is no key to encrypt to."""
    match form.algorithm:
        case "":
            content, media_type = _json(claims), ""
        case "none":
            content, media_type = _unsigned(claims), _MEDIA_TYPE
        case algorithm:
            content, media_type = keyring.sign(claims, algorithm=algorithm, typ=typ), _MEDIA_TYPE
    if not form.encryption:
        return content
    if key is None:
        raise InvalidClientMetadata(
            f"neither jwks nor jwks_uri of this client has a usable key for {form.encryption}"
        )
    return encrypt(content, key, algorithm=form.encryption, content_algorithm=form.content, cty=media_type)


def _algorithm(registered: str) -> Algorithm | Literal[""]:
    return next((algorithm for algorithm in ALGORITHMS if algorithm == registered), "")


def _with_encryption(algorithm: Algorithm | Literal[""], encryption: str, content: str) -> AnswerFormat:
    if not encryption:
        return AnswerFormat(algorithm=algorithm)
    return AnswerFormat(
        algorithm=algorithm, encryption=encryption, content=content or DEFAULT_CONTENT_ALGORITHM
    )


def _unsigned(claims: Mapping[str, Any]) -> str:
    """RFC 7519 §6: the signature is empty."""
    return f"{_base64url(_json({'alg': UNSIGNED, 'typ': _MEDIA_TYPE}))}.{_base64url(_json(claims))}."


def _json(members: Mapping[str, Any]) -> str:
    return json.dumps(members, separators=(",", ":"))


def _base64url(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
