"""A client as the suite plays one: registers, sends a person to sign in, reads the answer from where it belongs, and
checks everything that comes.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.conformance.checks import (
    CLAIMS_OF_SCOPE,
    check_id_token,
    check_jwks,
    check_standard_claims,
    check_token_answer,
    check_unguessable,
    half_hash,
    is_https,
    is_json,
    read_jws,
)
from tests.conformance.modules import Run
from tests.conformance.party import REDIRECT_URI, Flow, Party, client_key, public_jwk
from tests.conformance.person import Landing, Person
from tests.support.world import World


@dataclass(kw_only=True)
class Suite:
    """One run of a module against a world."""

    world: World
    run: Run
    http: httpx2.AsyncClient
    person: Person
    metadata: dict[str, Any] = field(default_factory=dict)
    jwks: dict[str, Any] = field(default_factory=dict)
    id_token_algorithm: str = "RS256"
    parties: list[Party] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return self.world.house.settings.issuer

    @property
    def now(self) -> int:
        return self.world.clock.now()

    async def discover(self) -> None:
        """What every module begins with."""
        self.metadata = (await self.http.get("/.well-known/openid-configuration")).json()
        assert self.metadata["issuer"] == self.issuer
        await self.fetch_keys()

    async def fetch_keys(self) -> None:
        self.jwks = (await self.http.get(self.metadata["jwks_uri"])).json()
        check_jwks(self.jwks)

    # Registration.

    async def ask_to_register(self, **changes: Any) -> tuple[dict[str, Any], httpx2.Response]:
        """What is registered for this run, with `changes`; None leaves a member out."""
        variant = self.run.variant
        grants = {"code": "authorization_code", "token": "implicit", "id_token": "implicit"}
        ordinary = {
            "client_name": "OIDF Conformance Test",
            "grant_types": sorted({grants[part] for part in variant.parts}),
            "jwks": {"keys": [public_jwk(client_key())]},
            "token_endpoint_auth_method": variant.client_auth,
            "response_types": [variant.response_type],
            "redirect_uris": [REDIRECT_URI],
            "contacts": ["certification@suite.example"],
        }
        asked = {name: value for name, value in {**ordinary, **changes}.items() if value is not None}
        return asked, await self.http.post(self.metadata["registration_endpoint"], json=asked)

    async def register(self, *, scope: str = "openid", **changes: Any) -> Party:
        """Register and check the answer. RFC 7591 §3.2.1, Registration §3.2."""
        asked, response = await self.ask_to_register(**changes)
        assert response.status_code == 201, response.text
        assert is_json(response)
        registered = response.json()
        assert "error" not in registered
        assert is_https(registered["registration_client_uri"])
        assert registered["registration_access_token"]
        assert isinstance(registered.get("client_secret_expires_at", 0), int)
        assert ("client_secret" in registered) <= ("client_secret_expires_at" in registered)
        assert asked["token_endpoint_auth_method"] in self.metadata["token_endpoint_auth_methods_supported"]
        party = Party(asked=asked, registered=registered, scope=scope)
        self.parties.append(party)
        return party

    async def unregister(self) -> None:
        """How every module ends."""
        for party in self.parties:
            token = party.registered["registration_access_token"]
            response = await self.http.delete(
                party.registered["registration_client_uri"], headers={"authorization": f"Bearer {token}"}
            )
            assert response.status_code == 204, response.text

    # The authorization endpoint.

    def request(self, party: Party, **changes: str | None) -> dict[str, str]:
        """An authorization request of this run, with `changes`; None leaves a parameter out."""
        variant = self.run.variant
        ordinary: dict[str, str | None] = {
            "client_id": party.client_id,
            "redirect_uri": party.redirect_uri,
            "scope": party.scope,
            "state": uuid4().hex,
            "nonce": uuid4().hex,
            "response_type": variant.response_type,
            "response_mode": "form_post" if variant.is_form_post else None,
        }
        return {name: value for name, value in {**ordinary, **changes}.items() if value is not None}

    def authorize_url(self, sent: Mapping[str, str]) -> str:
        return f"{self.metadata['authorization_endpoint']}?{urlencode(sent)}"

    async def sign_in(self, party: Party, **changes: str | None) -> Flow:
        """A whole sign-in, from the request to userinfo."""
        request = self.request(party, **changes)
        return await self.follow(party, request, request)

    async def authorize(self, party: Party, **changes: str | None) -> Flow:
        """A sign-in as far as the authorization response."""
        request = self.request(party, **changes)
        landing = await self.person.visit(self.authorize_url(request))
        return self.checked_answer(party, request, self.answer(landing, request))

    async def follow(self, party: Party, request: Mapping[str, str], sent: Mapping[str, str]) -> Flow:
        """The same for a `request` that is `sent` in another way: in an object, say."""
        landing = await self.person.visit(self.authorize_url(sent))
        return await self.finish(party, request, self.answer(landing, request))

    def answer(self, landing: Landing, request: Mapping[str, str]) -> dict[str, str]:
        """The parameters of an authorization response, from where this run wants them and nowhere else."""
        assert landing.url, f"a page instead of an answer: {landing.page.status_code} {landing.page.text}"
        expected, url = urlsplit(request["redirect_uri"]), urlsplit(landing.url)
        assert url._replace(query="", fragment="") == expected._replace(query="")
        query = parse_qsl(url.query, keep_blank_values=True)
        for registered in parse_qsl(expected.query):
            query.remove(registered)
        if self.run.variant.is_form_post:
            assert landing.posted is not None
            assert not url.fragment
            found = list(landing.posted)
        elif request.get("response_type", "code") == "code":
            found, query = query, []
        else:
            found = parse_qsl(url.fragment, keep_blank_values=True)
        assert query == []
        assert len(dict(found)) == len(found)
        return dict(found)

    async def finish(self, party: Party, request: Mapping[str, str], answer: Mapping[str, str]) -> Flow:
        """Check an authorization response, and fetch what it leads to."""
        flow = self.checked_answer(party, request, answer)
        parts = self.run.variant.parts
        if "token" in parts:
            assert (await self.userinfo(flow.access_token)).status_code == 200
        if "code" not in parts:
            return flow
        flow = await self.redeem(party, flow)
        assert (await self.userinfo(flow.access_token)).status_code == 200
        return flow

    def checked_answer(self, party: Party, request: Mapping[str, str], answer: Mapping[str, str]) -> Flow:
        assert "error" not in answer, answer
        assert answer["state"] == request["state"]
        assert answer["iss"] == self.issuer
        parts, front = self.run.variant.parts, {}
        if "code" in parts:
            check_unguessable(answer["code"])
        if "token" in parts:
            check_unguessable(answer["access_token"])
            assert answer["token_type"].lower() == "bearer"
            assert int(answer["expires_in"]) > 0
        if "id_token" in parts:
            front = self.read_id_token(party, request, answer["id_token"])
            for part, value, name in (("token", "access_token", "at_hash"), ("code", "code", "c_hash")):
                if part in parts:
                    assert front[name] == half_hash(answer[value])
        return Flow(request=request, answer=answer, front=front)

    # The token endpoint and userinfo.

    async def redeem(
        self, party: Party, flow: Flow, *, audience: str = "", key: RSAKey | None = None, **form: str
    ) -> Flow:
        """The code for tokens; `form` goes with it."""
        response = await self.ask_token(party, self.redemption(flow) | form, audience=audience, key=key)
        tokens = check_token_answer(response)
        back = self.read_id_token(party, flow.request, tokens["id_token"])
        if self.id_token_algorithm != "none":
            assert back.get("at_hash", half_hash(tokens["access_token"])) == half_hash(tokens["access_token"])
            assert back.get("c_hash", half_hash(flow.answer["code"])) == half_hash(flow.answer["code"])
        assert flow.front.get("sub", back["sub"]) == back["sub"]
        return Flow(request=flow.request, answer=flow.answer, front=flow.front, tokens=tokens, back=back)

    def redemption(self, flow: Flow) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": flow.answer["code"],
            "redirect_uri": flow.request["redirect_uri"],
        }

    async def ask_token(
        self, party: Party, form: Mapping[str, str], *, audience: str = "", key: RSAKey | None = None
    ) -> httpx2.Response:
        """A request to the token endpoint, authenticated as `party` registered. An assertion is for `audience`, or else
        for the endpoint; its `kid` is named only where the client published one.
        """
        registered, headers, sent = party.registered, {}, dict(form)
        endpoint = self.metadata["token_endpoint"]
        match party.asked["token_endpoint_auth_method"]:
            case "client_secret_basic":
                credentials = f"{party.client_id}:{registered['client_secret']}"
                headers["authorization"] = f"Basic {b64encode(credentials.encode()).decode()}"
            case "client_secret_post":
                sent |= {"client_id": party.client_id, "client_secret": registered["client_secret"]}
            case "private_key_jwt":
                sent |= {
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    "client_assertion": self._assertion(party, audience or endpoint, key or client_key()),
                }
            case unknown:
                raise AssertionError(unknown)
        return await self.http.post(endpoint, data=sent, headers=headers)

    def _assertion(self, party: Party, audience: str, key: RSAKey) -> str:
        kid = key.as_dict(private=False).get("kid")
        claims = {
            "iss": party.client_id,
            "sub": party.client_id,
            "aud": audience,
            "jti": uuid4().hex[:20],
            "nbf": self.now,
            "iat": self.now,
            "exp": self.now + 60,
        }
        return jwt.encode({"alg": "RS256"} | ({"kid": kid} if kid else {}), claims, key)

    def read_id_token(self, party: Party, request: Mapping[str, str], token: str) -> dict[str, Any]:
        claims = read_jws(token, self.jwks, algorithm=self.id_token_algorithm)
        allowed: set[str] = set()
        if request["response_type"] == "id_token":
            scopes = request["scope"].split()
            allowed = {name for scope in scopes for name in CLAIMS_OF_SCOPE[scope]}
            allowed |= {"customer_id"} if "profile" in scopes else set()
            allowed |= set(json.loads(request.get("claims", "{}")).get("id_token", {}))
        check_id_token(
            claims,
            issuer=self.issuer,
            client_id=party.client_id,
            nonce=request.get("nonce", ""),
            now=self.now,
            allowed=allowed,
        )
        return claims

    async def userinfo(self, token: str) -> httpx2.Response:
        return await self.http.get(
            self.metadata["userinfo_endpoint"], headers={"authorization": f"Bearer {token}"}
        )

    def checked_userinfo(self, flow: Flow, response: httpx2.Response) -> dict[str, Any]:
        """§5.3.2."""
        assert response.status_code == 200, response.text
        assert is_json(response)
        claims: dict[str, Any] = response.json()
        check_standard_claims({name: value for name, value in claims.items() if name != "customer_id"})
        for id_token in (flow.front, flow.back):
            assert id_token.get("sub", claims["sub"]) == claims["sub"]
        return claims
