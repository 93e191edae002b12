"""The authorization request, typed: RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2, RFC 9449 §10, OpenID Connect Core
§3.1.2.1.

What can be said about a request by itself is checked here, in the order of the specification. What needs the client
is checked in `oauth/asked.py`, and what a request object holds is read before, in `oauth/request_object.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from idp.spec.acr_request import AcrRequest, acr_request, claimed_subjects
from idp.spec.claims_request import ClaimsRequest, read_claims_request
from idp.spec.errors import (
    InvalidRequest,
    InvalidScope,
    RegistrationNotSupported,
    UnsupportedResponseType,
)
from idp.spec.prompt import Prompt, prompts_of
from idp.spec.response import (
    CODE,
    RESPONSE_TYPES,
    ResponseMode,
    canonical_response_type,
    default_mode,
    is_allowed,
)
from idp.spec.scope import OPENID, is_well_formed, scopes_of

# What an interaction keeps, so that the request can be asked again. Unknown parameters are ignored (RFC 6749 §3.1).
KEPT_PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "dpop_jkt", "resource", "prompt", "max_age", "login_hint", "id_token_hint", "ui_locales",
    "display", "acr_values", "claims", "claims_locales",
)  # fmt: skip
KNOWN_PARAMETERS = (*KEPT_PARAMETERS, "request", "request_uri", "registration")
# RFC 7638 §3, RFC 4648 §5: 32 bytes without padding.
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """`max_age` is None where absent. `resource` holds the URIs of RFC 8707, none where absent."""

    client_id: str
    redirect_uri: str
    response_type: str
    response_mode: ResponseMode
    scopes: tuple[str, ...]
    state: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    dpop_jkt: str
    resource: tuple[str, ...]
    prompts: frozenset[Prompt]
    max_age: int | None
    login_hint: str
    id_token_hint: str
    ui_locales: str
    display: str
    claims: ClaimsRequest
    claims_locales: str
    acr: AcrRequest
    claimed_subjects: frozenset[str]

    @property
    def is_openid(self) -> bool:
        return OPENID in self.scopes

    @property
    def brings_code(self) -> bool:
        return CODE in self.response_type.split(" ")

    @property
    def brings_token(self) -> bool:
        """Whether an access token comes through the front channel."""
        return "token" in self.response_type.split(" ")

    @property
    def brings_id_token(self) -> bool:
        """Whether an ID token comes through the front channel."""
        return "id_token" in self.response_type.split(" ")

    @property
    def is_silent(self) -> bool:
        """Whether no page may be shown."""
        return Prompt.NONE in self.prompts


def read_authorization_request(parameters: Mapping[str, str]) -> AuthorizationRequest:
    """The request in `parameters`, of which none is repeated. Raises a ProtocolError that is fit for a redirect."""
    _check_unsupported(parameters)
    response_type = _response_type(parameters.get("response_type", ""))
    claims = read_claims_request(parameters.get("claims", ""))
    return AuthorizationRequest(
        client_id=parameters.get("client_id", ""),
        redirect_uri=parameters.get("redirect_uri", ""),
        response_type=response_type,
        response_mode=_response_mode(parameters.get("response_mode", ""), response_type),
        scopes=_scopes(parameters.get("scope", "")),
        state=parameters.get("state", ""),
        nonce=parameters.get("nonce", ""),
        code_challenge=parameters.get("code_challenge", ""),
        code_challenge_method=parameters.get("code_challenge_method", ""),
        dpop_jkt=_thumbprint(parameters.get("dpop_jkt", "")),
        resource=tuple(parameters.get("resource", "").split()),
        prompts=prompts_of(parameters.get("prompt", "")),
        max_age=_max_age(parameters.get("max_age", "")),
        login_hint=parameters.get("login_hint", "")[:256],
        id_token_hint=parameters.get("id_token_hint", ""),
        ui_locales=parameters.get("ui_locales", "")[:256],
        display=_display(parameters.get("display", "")),
        claims=claims,
        claims_locales=parameters.get("claims_locales", "")[:256],
        acr=acr_request(parameters.get("acr_values", "").split(), claims),
        claimed_subjects=claimed_subjects(claims),
    )


def _check_unsupported(parameters: Mapping[str, str]) -> None:
    # OpenID Connect Core §7.2.1: what we don't support is refused by name, never silently ignored.
    if "registration" in parameters:
        raise RegistrationNotSupported("self-issued registration is not supported")


def _response_type(value: str) -> str:
    if not value:
        raise InvalidRequest("response_type is missing")
    response_type = canonical_response_type(value)
    if response_type not in RESPONSE_TYPES:
        raise UnsupportedResponseType(f"response_type {value} is not supported")
    return response_type


def _response_mode(value: str, response_type: str) -> ResponseMode:
    if not value:
        return default_mode(response_type)
    if value not in set(ResponseMode):
        raise InvalidRequest("response_mode is not supported")
    if not is_allowed(ResponseMode(value), response_type):
        raise InvalidRequest("response_mode query would bring tokens into logs")
    return ResponseMode(value)


def _scopes(value: str) -> tuple[str, ...]:
    if value and not is_well_formed(value):
        raise InvalidScope("scope is malformed")
    return scopes_of(value)


def _thumbprint(value: str) -> str:
    if value and not _THUMBPRINT.fullmatch(value):
        raise InvalidRequest("dpop_jkt is not a SHA-256 thumbprint in base64url")  # RFC 9449 §10.
    return value


def _max_age(value: str) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 10):
        raise InvalidRequest("max_age is not a number of seconds")
    return int(value)


def _display(value: str) -> str:
    # Core §3.1.2.1: page, popup, touch and wap are hints; our pages fit each of them, so an unknown one harms nobody.
    return value if value in ("page", "popup", "touch", "wap") else "page"
