"""Shapes of client metadata: of what kind the value of each member is, whatever it says. RFC 7591 §2, OpenID Connect
Registration §2, RP-Initiated, Front-Channel and Back-Channel Logout, and what we add.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from idp.records.client import LOCALIZED, ApplicationType, RefreshPolicy
from idp.records.key import ALGORITHMS, ENCRYPTION_ALGORITHMS, SECRET_ALGORITHMS
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from idp.signing.public_keys import BadKeySet, read_key_set
from idp.spec.assurance import ACR_VALUES_SUPPORTED

AUTH_METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
)

Shape = Callable[[object], str | None]
"""What is wrong with a value, or None."""

_LONGEST_TEXT, _LONGEST_ITEM, _MOST_ITEMS = 200, 2_048, 50
_MOST_REQUESTS = 1_000_000
# RFC 5646 §2.1, as far as it takes to be one: well-formed, not necessarily known.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
# Controls, line separators, marks that turn or hide what is around them, letters and signs that draw nothing, and
# halves of characters, which no database takes.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def is_text(value: object) -> str | None:
    if not isinstance(value, str):
        return "is not a text"
    return "holds unprintable characters" if _UNPRINTABLE.search(value) else None


def _is_short_text(value: object) -> str | None:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"is longer than {_LONGEST_TEXT} characters"
    return is_text(value)


def _is_name(value: object) -> str | None:
    is_seen = any(unicodedata.category(letter)[0] in "LNPS" for letter in str(value))
    return _is_short_text(value) or (None if is_seen else "is empty")


def _is_long_text(value: object) -> str | None:
    if isinstance(value, str) and len(value) > _LONGEST_ITEM:
        return f"is longer than {_LONGEST_ITEM} characters"
    return is_text(value)


def _is_texts(value: object) -> str | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return "is not a list of texts"
    if len(value) > _MOST_ITEMS:
        return f"has more than {_MOST_ITEMS} items"
    if len(set(value)) < len(value):
        return "holds something twice"
    return next((problem for item in value if (problem := is_text(item))), None)


def _is_flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "is neither true nor false"


def _is_seconds(value: object) -> str | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**31
    return None if is_count else "is not a number of seconds"


def _is_allowance(value: object) -> str | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_REQUESTS
    return None if is_count else f"is not a number of 1 to {_MOST_REQUESTS}"


def _is_key_set(value: object) -> str | None:
    if not isinstance(value, dict):
        return "is not a JWK set"
    try:
        read_key_set(value)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except BadKeySet as error:
        return str(error)
    except UnicodeEncodeError:
        return "holds half a character"
    except ValueError:
        return "holds a number that JSON doesn't have"  # Python reads 1e400 as infinity, and would write it.
    return None


def _one_of(*words: str) -> Shape:
    # Something that can't be compared by its hash is none of them either.
    return lambda value: (
        None if isinstance(value, str) and value in words else f"is none of {', '.join(words)}"
    )


SHAPES: Mapping[str, Shape] = {
    "client_name": _is_name,
    "application_type": _one_of(*ApplicationType),
    "token_endpoint_auth_method": _one_of(*AUTH_METHODS),
    "grant_types": _is_texts,
    "response_types": _is_texts,
    "redirect_uris": _is_texts,
    "post_logout_redirect_uris": _is_texts,
    "initiate_login_uri": is_text,
    "client_uri": is_text,
    "logo_uri": is_text,
    "policy_uri": is_text,
    "tos_uri": is_text,
    "contacts": _is_texts,
    "scope": _is_long_text,
    "resources": _is_texts,
    "is_first_party": _is_flag,
    "may_introspect": _is_flag,
    "refresh": _one_of(*RefreshPolicy),
    "id_token_signed_response_alg": _one_of(*ALGORITHMS, "none"),
    "id_token_encrypted_response_alg": _one_of(*KEY_ALGORITHMS),
    "id_token_encrypted_response_enc": _one_of(*CONTENT_ALGORITHMS),
    "userinfo_signed_response_alg": _one_of(*ALGORITHMS),
    "userinfo_encrypted_response_alg": _one_of(*KEY_ALGORITHMS),
    "userinfo_encrypted_response_enc": _one_of(*CONTENT_ALGORITHMS),
    "request_object_signing_alg": _one_of(*ALGORITHMS, "none"),
    "request_object_encryption_alg": _one_of(*ENCRYPTION_ALGORITHMS),
    "request_object_encryption_enc": _one_of(*CONTENT_ALGORITHMS),
    "token_endpoint_auth_signing_alg": _one_of(*ALGORITHMS, *SECRET_ALGORITHMS),
    "introspection_signed_response_alg": _one_of(*ALGORITHMS),
    "introspection_encrypted_response_alg": _one_of(*KEY_ALGORITHMS),
    "introspection_encrypted_response_enc": _one_of(*CONTENT_ALGORITHMS),
    "require_pushed_authorization_requests": _is_flag,
    "require_signed_request_object": _is_flag,
    "dpop_bound_access_tokens": _is_flag,
    "tls_client_certificate_bound_access_tokens": _is_flag,
    "tls_client_auth_subject_dn": _is_long_text,
    "tls_client_auth_san_dns": _is_long_text,
    "tls_client_auth_san_uri": _is_long_text,
    "tls_client_auth_san_ip": _is_short_text,
    "tls_client_auth_san_email": _is_long_text,
    "assertion_audiences": _one_of("issuer"),
    "requests_per_minute": _is_allowance,
    "request_uris": _is_texts,
    "jwks": _is_key_set,
    "jwks_uri": is_text,
    "subject_type": _one_of("public", "pairwise"),
    "sector_identifier_uri": is_text,
    "frontchannel_logout_uri": is_text,
    "frontchannel_logout_session_required": _is_flag,
    "backchannel_logout_uri": is_text,
    "backchannel_logout_session_required": _is_flag,
    "software_id": _is_short_text,
    "software_version": _is_short_text,
    "default_max_age": _is_seconds,
    "require_auth_time": _is_flag,
    "default_acr_values": _is_texts,
    "minimum_acr": _one_of(*ACR_VALUES_SUPPORTED),
    "asks_new_browsers": _is_flag,
    "require_pkce": _is_flag,
}


def is_known(member: str) -> bool:
    """Whether `member` is one of ours, in a language where it may be."""
    name, mark, language = member.partition("#")
    if not mark:
        return name in SHAPES
    return name in LOCALIZED and _LANGUAGE.fullmatch(language) is not None


def shape_problems(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Members and what is wrong with them."""
    languages = [member.lower() for member in metadata if "#" in member]
    for member, value in metadata.items():
        if not is_known(member):
            yield member, "is no member that we know"
        elif problem := SHAPES[member.partition("#")[0]](value):
            yield member, problem
        elif languages.count(member.lower()) > 1:
            yield (
                member,
                "is there twice: language tags are the same in upper and lower case (RFC 5646 §2.1.1)",
            )
