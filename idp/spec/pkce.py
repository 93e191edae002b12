"""Proof Key for Code Exchange: RFC 7636, with S256 alone (RFC 9700 §2.1.1)."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

from idp.spec.errors import InvalidGrant, InvalidRequest

# An S256 challenge is 43 characters; the verifier's alphabet and length are those of §4.1.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_challenge(challenge: str, method: str) -> None:
    """Raises InvalidRequest unless both are there and the method is S256. §4.3: an absent method means plain."""
    if not challenge:
        raise InvalidRequest("code_challenge is required (PKCE, RFC 7636)")
    if method != "S256":
        raise InvalidRequest("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge is not an S256 challenge")


def challenge_of(verifier: str) -> str:
    """BASE64URL-ENCODE(SHA256(ASCII(code_verifier))), §4.2."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def check_verifier(verifier: str, challenge: str) -> None:
    """Raises InvalidGrant unless `verifier` is that of `challenge`, §4.6; both may be absent, one alone may not.

    A verifier without a challenge is a downgrade: RFC 9700 §4.8.2.
    """
    if not challenge:
        if verifier:
            raise InvalidGrant("code_verifier sent, but the authorization request had no code_challenge")
        return
    if not verifier:
        raise InvalidGrant("code_verifier is missing")
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code_verifier is malformed")
    if not hmac.compare_digest(challenge_of(verifier), challenge):
        raise InvalidGrant("code_verifier does not match the code_challenge")
