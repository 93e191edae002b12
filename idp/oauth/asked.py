"""An authorization request that was checked against its client: what was asked, by whom, and what of it can be granted.

The checks are in the order of the specifications. Until `trusted_client` has returned, an error is a page; afterwards a
redirect (RFC 6749 §4.1.2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.clients.registry import Clients
from idp.config.settings import Settings
from idp.login.demand import Demand
from idp.oauth.resources import choose_resources, reached, scopes_at
from idp.oauth.token_form import token_form
from idp.oidc.subjects import subjects_of_hint
from idp.records.client import ApplicationType, Client
from idp.signing.compact import BadToken
from idp.signing.encryption import is_encrypted
from idp.signing.keyring import Keyring
from idp.spec.assurance import ACR_VALUES_SUPPORTED
from idp.spec.authorization_request import (
    KEPT_PARAMETERS,
    AuthorizationRequest,
    read_authorization_request,
)
from idp.spec.claims import CLAIM_PREFIX, SCOPE_OF_CLAIM
from idp.spec.claims_request import ClaimsRequest
from idp.spec.errors import InvalidRequest, InvalidScope, UnauthorizedClient, UnsupportedResponseType
from idp.spec.pkce import check_challenge
from idp.spec.prompt import Prompt
from idp.spec.redirect_uri import matches
from idp.spec.response import CODE
from idp.spec.scope import OFFLINE_ACCESS, OPENID
from idp.store.database import Database

_LONGEST_STATE = 4_096
# Strangers choose what an interaction stores.
_LONGEST_REQUEST = 16_384


class Untrusted(Exception):
    """Nobody may be redirected: the client or its redirect URI is unknown (RFC 6749 §4.1.2.1)."""

    def __init__(self, reason: str, *, client: Client | None = None, redirect_uri: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.client = client
        self.redirect_uri = redirect_uri


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`scopes` and `claims` are what would be granted, `audience` the resources of the access token. `pushed_id` is the
    pushed request that this is, if it is one: whatever answers it redeems that too.
    """

    request: AuthorizationRequest
    client: Client
    scopes: tuple[str, ...]
    claims: ClaimsRequest
    audience: tuple[str, ...]
    demand: Demand
    pushed_id: str | None = None


async def trusted_client(parameters: Mapping[str, str], clients: Clients, now: int) -> Client:
    """The client, once its redirect URI is one that it registered. Raises Untrusted."""
    client = await known_client(parameters, clients, now)
    check_redirect_uri(parameters, client)
    return client


async def known_client(parameters: Mapping[str, str], clients: Clients, now: int) -> Client:
    """Raises Untrusted."""
    client = await clients.find(parameters.get("client_id", ""), now)
    if client is None:
        raise Untrusted("client_id is missing or unknown")
    return client


def check_redirect_uri(parameters: Mapping[str, str], client: Client) -> None:
    """Raises Untrusted unless the client registered it; a missing one is never guessed."""
    redirect_uri = parameters.get("redirect_uri", "")
    if not redirect_uri:
        raise Untrusted("redirect_uri is missing", client=client)
    is_native = client.application_type is ApplicationType.NATIVE
    if not any(matches(redirect_uri, registered, is_native=is_native) for registered in client.redirect_uris):
        raise Untrusted("redirect_uri is not registered", client=client, redirect_uri=redirect_uri)


def kept_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """What is stored of a request: enough to ask the same again without looking into an object again. Raises
    InvalidRequest.
    """
    kept = {name: parameters[name] for name in KEPT_PARAMETERS if name in parameters}
    if sum(map(len, kept.values())) > _LONGEST_REQUEST:
        raise InvalidRequest("the request is too long")
    return kept


async def check_asked(
    parameters: Mapping[str, str],
    client: Client,
    *,
    settings: Settings,
    database: Database,
    keyring: Keyring,
    now: int,
    pushed_id: str | None = None,
) -> Asked:
    """The request of a trusted client. Raises a ProtocolError that is fit for a redirect."""
    request = read_authorization_request(parameters)
    _check_response_type(request, client, settings)
    if len(request.state) > _LONGEST_STATE or len(request.nonce) > _LONGEST_STATE:
        raise InvalidRequest("state or nonce is too long")
    _check_challenge(request, client, settings)
    audience = choose_resources(request.resource, client, settings.every_resource, issuer=settings.issuer)
    if request.brings_token:
        token_form(audience, settings)  # One token for all of them, or a refusal before anybody is asked.
    scopes = _granted_scopes(request, client, audience, settings)
    claims = _granted_claims(request, client, scopes)
    hinted = await _hinted_subjects(request, client, settings=settings, keyring=keyring, now=now)
    subjects = await subjects_of_hint(database, client, hinted)
    demand = Demand(
        prompts=request.prompts | {Prompt.CONSENT} if _may_be_another(request, client) else request.prompts,
        max_age=request.max_age if request.max_age is not None else client.default_max_age,
        subjects=subjects,
        consent_scopes=None
        if client.is_first_party
        else frozenset({*scopes, *claim_permissions(claims, scopes)}),
        acr=max(request.acr.essential, client.minimum_acr),
        wished_acr=request.acr.wished or _default_acr(client, request),
    )
    return Asked(
        request=request,
        client=client,
        scopes=scopes,
        claims=claims,
        audience=audience,
        demand=demand,
        pushed_id=pushed_id,
    )


def claim_permissions(claims: ClaimsRequest, scopes: tuple[str, ...]) -> frozenset[str]:
    """What a person allows of claims that are asked for by themselves: each that none of `scopes` stands for."""
    names = (name for name in claims.names if SCOPE_OF_CLAIM.get(name, "") not in scopes)
    return frozenset(f"{CLAIM_PREFIX}{name}" for name in names if name in SCOPE_OF_CLAIM)


def _check_response_type(request: AuthorizationRequest, client: Client, settings: Settings) -> None:
    asked = request.response_type
    if asked != CODE and not settings.exceptions.legacy_response_types:
        raise UnsupportedResponseType(f"response_type {asked} is not supported")
    if asked not in client.response_types:
        raise UnsupportedResponseType("response_type is not one that this client registered")
    if request.brings_code and "authorization_code" not in client.grant_types:
        raise UnauthorizedClient("this client may not use the authorization code grant")
    if request.brings_token and _binds_tokens(client):
        # RFC 9449 §5, RFC 8705 §3: a key is proven at the token endpoint alone.
        raise UnauthorizedClient("access tokens of this client are bound to a key, which no browser proves")
    if request.brings_id_token and OPENID not in request.scopes:
        raise InvalidScope("an ID token needs the scope openid")
    if request.brings_id_token and not request.nonce:
        # Core §3.2.2.1: an ID token in a front channel is bound by it.
        raise InvalidRequest("nonce is missing")


def _binds_tokens(client: Client) -> bool:
    return client.dpop_bound_access_tokens or client.tls_client_certificate_bound_access_tokens


def _check_challenge(request: AuthorizationRequest, client: Client, settings: Settings) -> None:
    is_excepted = not (settings.exceptions.require_pkce or client.require_pkce or client.is_public)
    if not request.brings_code or (is_excepted and not request.code_challenge):
        return
    check_challenge(request.code_challenge, request.code_challenge_method)


def _granted_claims(request: AuthorizationRequest, client: Client, scopes: tuple[str, ...]) -> ClaimsRequest:
    """Those that this client could have by a scope, too; the others are ignored (Core §5.5)."""
    if OPENID not in scopes:
        return ClaimsRequest()
    return request.claims.only({name for name, scope in SCOPE_OF_CLAIM.items() if scope in client.scopes})


def _default_acr(client: Client, request: AuthorizationRequest) -> str:
    """What the client registered to ask for where its request says nothing (Registration §2)."""
    if request.acr.named:
        return ""
    return next((value for value in client.default_acr_values if value in ACR_VALUES_SUPPORTED), "")


def _may_be_another(request: AuthorizationRequest, client: Client) -> bool:
    """Whether another program may pose as this one: then no remembered consent speaks for it (RFC 8252 §8.6, S30).

    An https address that the operating system opens in its owner's program alone is proof enough.
    """
    is_native = client.application_type is ApplicationType.NATIVE
    return client.is_public and is_native and not request.redirect_uri.startswith("https://")


def _granted_scopes(
    request: AuthorizationRequest, client: Client, audience: tuple[str, ...], settings: Settings
) -> tuple[str, ...]:
    """The scopes that this client may have. Unknown ones are ignored (OpenID Connect Core §3.1.2.1), and
    `offline_access` where no refresh token could come of it (§11).
    """
    allowed = tuple(scope for scope in request.scopes if scope in client.scopes)
    if "refresh_token" not in client.grant_types or not request.brings_code:
        allowed = tuple(scope for scope in allowed if scope != OFFLINE_ACCESS)
    meant = reached(audience, client.client_id, settings)
    scopes = scopes_at(allowed, meant, settings.every_resource, issuer=settings.issuer)
    if not scopes:
        raise InvalidScope("no scope is left that this client may ask for")
    return scopes


async def _hinted_subjects(
    request: AuthorizationRequest, client: Client, *, settings: Settings, keyring: Keyring, now: int
) -> frozenset[str]:
    """The `sub` of id_token_hint or those of `claims`, or empty. An expired hint is as good as any: it is only a hint
    (§3.1.2.1).
    """
    if not request.id_token_hint:
        return request.claimed_subjects
    try:
        claims = await _hint_claims(request.id_token_hint, keyring, now)
    except BadToken:
        raise InvalidRequest("id_token_hint is not an ID token of ours") from None
    if claims.get("iss") != settings.issuer or claims.get("aud") != client.client_id:
        raise InvalidRequest("id_token_hint was issued to another client")
    subject = str(claims["sub"])
    if request.claimed_subjects and subject not in request.claimed_subjects:
        raise InvalidRequest("id_token_hint and claims name different people")
    return frozenset({subject})


async def _hint_claims(hint: str, keyring: Keyring, now: int) -> dict[str, Any]:
    """A client that gets encrypted ID tokens may encrypt the signed one to us (§3.1.2.1). Raises BadToken."""
    await keyring.refresh_for(hint, now)
    if is_encrypted(hint):
        hint = keyring.decrypt(hint)
        await keyring.refresh_for(hint, now)
    return keyring.verify(hint, typ="JWT")
