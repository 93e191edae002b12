"""FAPI 2.0 final, as the official suite (release v5.2.4) plays it: the modules of its two plans for servers, and what
their tests do again and again.

Of the variants we take plain_fapi, openid_connect, private_key_jwt, dpop, and signed_non_repudiation for requests; what
belongs to other ecosystems alone is not listed. Ids are the suite's, without their prefix.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import getmembers, isfunction
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from idp.clients.registration import register_client
from idp.oauth.client_auth.private_key_jwt import ASSERTION_TYPE
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.oauth.asserting import assertion_claims
from tests.support.client_keys import JoseKey, client_key, jwks, public_jwk, signed
from tests.support.proving import dpop_key, proof
from tests.support.world import CHALLENGE, ISSUER, PASSWORD, START, VERIFIER, Browser, World, answer

PREFIX = "fapi2-security-profile-final-"
SECURITY_PROFILE = "fapi2-security-profile-final-test-plan"
MESSAGE_SIGNING = "fapi2-message-signing-final-test-plan"

SIGNED_REQUEST_MODULES = (
    "ensure-request-object-with-multiple-aud-succeeds",
    "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
    "ensure-request-object-without-exp-fails",
    "ensure-request-object-without-nbf-fails",
    "ensure-expired-request-object-fails",
    "ensure-request-object-with-bad-aud-fails",
    "ensure-request-object-with-exp-over-60-fails",
    "ensure-request-object-with-nbf-over-60-fails",
    "ensure-signed-request-object-with-RS256-fails",
    "ensure-request-object-signature-algorithm-is-not-none",
    "ensure-request-object-with-invalid-signature-fails",
    "ensure-matching-key-in-authorization-request",
    "ensure-unsigned-request-at-par-endpoint-fails",
    "par-authorization-request-containing-request_uri",
)
"""Those of Message Signing alone."""

MODULES = (
    "discovery-end-point-verification",
    "happy-flow",
    "user-rejects-authentication",
    "ensure-authorization-request-without-state-success",
    "ensure-authorization-request-without-nonce-success",
    "ensure-authorization-request-with-64-char-nonce-success",
    "ensure-other-scope-order-succeeds",
    "test-claims-parameter-identity-claims",
    "access-token-type-header-case-sensitivity",
    "check-dpop-proof-nbf-exp",
    "ensure-dpopproof-with-iat-10seconds-before-succeeds",
    "ensure-dpopproof-with-iat-10seconds-after-succeeds",
    "ensure-mismatched-dpop-jkt-fails",
    "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
    "ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
    "ensure-dpopproof-at-par-endpoint-binding-success",
    "ensure-dpop-auth-code-binding-success",
    "ensure-different-nonce-inside-and-outside-request-object",
    "ensure-different-state-inside-and-outside-request-object",
    "ensure-authorization-request-with-long-nonce",
    "ensure-authorization-request-with-long-state",
    "state-only-outside-request-object-not-used",
    "ensure-request-object-without-redirect-uri-fails",
    "plain-fapi-tolerate-unregistered-redirect-uri",
    "ensure-unsigned-authorization-request-without-using-par-fails",
    "ensure-redirect-uri-in-authorization-request",
    "ensure-response-type-code-idtoken-fails",
    "ensure-response-type-token-fails",
    "ensure-client-id-in-token-endpoint",
    "ensure-holder-of-key-required",
    "ensure-authorization-code-is-bound-to-client",
    "attempt-reuse-authorization-code-after-one-second",
    "ensure-token-endpoint-fails-with-expired-auth-code",
    "ensure-signed-client-assertion-with-RS256-fails",
    "ensure-client-assertion-in-token-endpoint",
    "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
    "ensure-client-assertion-with-wrong-aud-fails",
    "ensure-client-assertion-with-no-sub-fails",
    "dpop-negative-tests",
    "refresh-token",
    "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
    "par-attempt-reuse-request_uri",
    "par-attempt-to-use-expired-request_uri",
    "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
    "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
    "par-attempt-to-use-request_uri-for-different-client",
    "par-authorization-request-containing-request_uri-form-param",
    "par-attempt-invalid-http-method",
    "par-ensure-pkce-required",
    "ensure-pkce-code-verifier-required",
    "incorrect-pkce-code-verifier-rejected",
    "par-plain-pkce-rejected",
    "par-without-duplicate-parameters",
    "par-test-array-as-audience-fails",
    "par-test-par-endpoint-url-as-audience-fails",
    "par-test-token-endpoint-url-as-audience-fails",
)
"""Those of both plans."""

EVERY_MODULE = (*MODULES, *SIGNED_REQUEST_MODULES)

Function = TypeVar("Function", bound=Callable[..., Any])


def plays(*modules: str) -> Callable[[Function], Function]:
    """Which modules a test function stands for."""
    assert set(modules) <= set(EVERY_MODULE), modules

    def marked(function: Function) -> Function:
        function.fapi_modules = modules  # type: ignore[attr-defined]
        return function

    return marked


def players() -> Iterator[tuple[str, str, str]]:
    """Each module that is played, with the file and the function that stand for it."""
    for file in sorted(Path(__file__).parent.glob("test_fapi2_*.py")):
        found = import_module(f"tests.conformance.{file.stem}")
        for name, function in getmembers(found, isfunction):
            if name.startswith("test_") and function.__module__ == found.__name__:
                for module in getattr(function, "fapi_modules", ()):
                    yield module, file.name, name


FIRST, SECOND = "fapi-first", "fapi-second"
CALLBACK = "https://suite.example/test/a/fapi/callback"
CALLBACKS = defaultdict(lambda: CALLBACK, {SECOND: f"{CALLBACK}?dummy1=lorem&dummy2=ipsum"})
"""Of other clients, as of the first."""
_NUMBERS = (FIRST, SECOND)


def signing_key(client: str = FIRST) -> JoseKey:
    """The key that signs a client's assertions and request objects."""
    number = _NUMBERS.index(client) if client in _NUMBERS else len(_NUMBERS)
    return client_key("PS256", 100 + number)


@dataclass(kw_only=True)
class Fapi:
    """The suite before a world, with two clients that prove themselves by PS256 and their tokens by DPoP."""

    world: World
    browser: Browser

    async def register(self, client: str = FIRST, **metadata: Any) -> None:
        """What a profile asks of a client, unless `metadata` has it otherwise."""
        house = self.world.house
        usual: dict[str, Any] = {
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "PS256",
            "request_object_signing_alg": "PS256",
            "id_token_signed_response_alg": "PS256",
            "jwks": jwks(public_jwk(signing_key(client))),
            "redirect_uris": (CALLBACKS[client],),
            "grant_types": frozenset({"authorization_code", "refresh_token"}),
            "scopes": frozenset({"openid", "profile", "email", "offline_access", "invoices:read"}),
            "is_first_party": True,
            "dpop_bound_access_tokens": True,
            "require_pushed_authorization_requests": True,
        }
        record = Client(client_id=ClientId(client), client_name=client, **{**usual, **metadata})
        occasion = Occasion(now=START, actor="cli:test")
        await register_client(house.database, house.audit, house.entropy, occasion, record)

    def request(self, client: str = FIRST, **changes: Any) -> dict[str, Any]:
        """An authorization request; None leaves a parameter out."""
        ordinary = {
            "client_id": client,
            "redirect_uri": CALLBACKS[client],
            "response_type": "code",
            "scope": "openid email",
            "state": "state of the suite",
            "nonce": "nonce of the suite",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**ordinary, **changes}.items() if value is not None}

    def request_object(self, client: str = FIRST, **changes: Any) -> str:
        """The same as a signed object."""
        now = self.world.clock.now()
        times = {"iss": client, "aud": ISSUER, "nbf": now, "exp": now + 300}
        claims = self.request(client, **{**times, **changes})
        return signed(claims, signing_key(client), "PS256")

    def assertion(
        self, client: str = FIRST, *, key: JoseKey | None = None, alg: str = "PS256", **claims: Any
    ) -> str:
        """Who the client is, for the issuer as a text; None leaves a claim out."""
        return signed(assertion_claims(self.world, client, **claims), key or signing_key(client), alg)

    def proven(self, client: str = FIRST, assertion: str | None = None) -> dict[str, str]:
        """The form's part that authenticates a client."""
        said = assertion or self.assertion(client)
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": said}

    async def push(
        self, client: str = FIRST, *, assertion: str | None = None, dpop: str | None = None, **changes: Any
    ) -> httpx2.Response:
        """A request to the PAR endpoint."""
        form = {**self.request(client, **changes), **self.proven(client, assertion)}
        return await self.browser.http.post("/par", data=form, headers={"dpop": dpop} if dpop else {})

    async def pushed(self, client: str = FIRST, **changes: Any) -> str:
        """The reference to a request that was taken."""
        return reference_of(await self.push(client, **changes))

    async def visit(self, reference: str, client: str = FIRST, **beside: str) -> httpx2.Response:
        """Where a browser ends that comes with a reference."""
        sent = {"client_id": client, "request_uri": reference, **beside}
        return await self.browser.follow(await self.browser.get("/authorize", params=sent))

    async def sign_in(self, page: httpx2.Response) -> httpx2.Response:
        """The authorization response, past the sign-in page."""
        done = await self.browser.submit(page, username="aa11111-ovh", password=PASSWORD)
        return await self.browser.follow(done)

    async def authorize(
        self, client: str = FIRST, *, dpop: str | None = None, **changes: Any
    ) -> dict[str, str]:
        """The parameters of the authorization response to a request that was pushed."""
        response = await self.visit(await self.pushed(client, dpop=dpop, **changes), client)
        if not response.is_redirect:
            response = await self.sign_in(response)
        assert response.headers["location"].startswith(CALLBACKS[client])
        found = answer(response)
        assert found["iss"] == ISSUER
        return found

    async def token(
        self,
        client: str = FIRST,
        *,
        assertion: str | None = None,
        dpop: str | None = None,
        without_proof: bool = False,
        **form: Any,
    ) -> httpx2.Response:
        """A request to the token endpoint, with a right proof unless it is said otherwise."""
        headers = {} if without_proof else {"dpop": dpop or proof(self.world, dpop_key())}
        sent = {name: value for name, value in form.items() if value is not None}
        data = {**sent, **self.proven(client, assertion)}
        return await self.browser.http.post("/token", data=data, headers=headers)

    async def redeem(self, code: str, client: str = FIRST, **changes: Any) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACKS[client],
            "code_verifier": VERIFIER,
        }
        return await self.token(client, **{**form, **changes})


def reference_of(response: httpx2.Response) -> str:
    """RFC 9126 §2.2."""
    assert response.status_code == 201, response.text
    assert response.headers["content-type"].startswith("application/json")
    assert isinstance(response.json()["expires_in"], int)
    assert 5 <= response.json()["expires_in"] < 600
    reference: str = response.json()["request_uri"]
    assert reference.startswith("urn:ietf:params:oauth:request_uri:")
    return reference
