"""Token exchange: RFC 8693. What a service was sent becomes a token for the next one, in the name of whose it was.

What the tokens say is read before (`exchange/reading.py`), what may become of them is decided in `exchange/policy.py`,
and each exchange and refusal goes to the audit trail with its chain. No refresh token: whoever wants more exchanges
again.
"""

from collections.abc import Mapping
from typing import Any, cast

from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from idp.account.delegation_use import find_acting
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.endpoint import Authority
from idp.oauth.exchange.issuing import issue
from idp.oauth.exchange.party import ExchangeFacts, Party, Unusable
from idp.oauth.exchange.policy import Case, Wish, decide, rules_of
from idp.oauth.exchange.reading import TokenReader
from idp.oauth.exchange.refused import refusal
from idp.oauth.facts import TokenFacts
from idp.oidc.subjects import subjects_of_hint
from idp.records.client import Client
from idp.records.delegation import CustomersDelegation
from idp.spec.errors import InvalidRequest, ProtocolError, UnauthorizedClient
from idp.spec.identifier import canonical_customer_id
from idp.spec.token_type import ACCESS_TOKEN, ISSUED, READABLE

GRANT_TYPE = TOKEN_EXCHANGE
VALUE = ""
_LONGEST_NAME = 255


async def load(authority: Authority, facts: TokenFacts) -> dict[str, Any]:
    """What the tokens say, for a client that may exchange any: strangers have nothing looked up."""
    client, form = facts.client, facts.form
    if client is None or GRANT_TYPE not in client.grant_types or "subject_token" not in form:
        return {}
    reader = TokenReader(authority=authority, client=client, now=facts.now)
    subject = await reader.read(form["subject_token"], form.get("subject_token_type", ""))
    actor = None
    if "actor_token" in form:
        actor = await reader.read(form["actor_token"], form.get("actor_token_type", ""))
    delegation = await _delegation(authority, client, form.get("requested_subject", ""), subject, facts.now)
    customer_sub = await reader.sub_of(delegation.customer) if delegation else ""
    return {
        "exchange": ExchangeFacts(
            subject=subject, actor=actor, delegation=delegation, customer_sub=customer_sub
        )
    }


async def _delegation(
    authority: Authority, client: Client, named: str, subject: Party | Unusable, now: int
) -> CustomersDelegation | None:
    """What lets whose token it is act for whom is `named`, a customer ID or the `sub` that the client knows."""
    person = subject.person if isinstance(subject, Party) else None
    if person is None or not named or len(named) > _LONGEST_NAME:
        return None
    database, settings = authority.database, authority.settings
    if canonical_customer_id(named, suffix=settings.customer_id.suffix) is None:
        [named] = await subjects_of_hint(database, client, [named])
    return await find_acting(database, settings, delegate=person, named=named, now=now)


class Grant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    GRANT_TYPE = GRANT_TYPE
    TOKEN_ENDPOINT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server
    request: Request

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        try:
            return 200, self._exchanged(), []
        except ProtocolError as error:
            facts = self.server.facts
            event = refusal(error, self._client, facts.form, facts.exchange)
            self.server.penalties.append(self.server.recorded(event))
            raise

    def _exchanged(self) -> dict[str, Any]:
        """The answer (§2.2.1). Raises a ProtocolError."""
        facts, client = self.server.facts, self._client
        _check_client(client, self.server)
        _check_form(facts.form)
        assert facts.exchange is not None  # For who may exchange, what was sent was read.
        subject, actor = _usable(facts.exchange.subject, "subject_token"), facts.exchange.actor
        wish = _wish(facts)
        case = Case(
            wish=wish,
            subject=subject,
            actor=None if actor is None else _usable(actor, "actor_token"),
            client=client,
            settings=self.server.settings,
            now=facts.now,
            delegation=facts.exchange.delegation,
            customer_sub=facts.exchange.customer_sub,
        )
        allowed = decide(case)
        answer = issue(self.server, case, allowed)
        return {**answer, "issued_token_type": wish.token_type}

    @property
    def _client(self) -> Client:
        return cast(ClientView, self.request.client).client


def _check_client(client: Client, server: Server) -> None:
    """Raises UnauthorizedClient."""
    if GRANT_TYPE not in client.grant_types:
        raise UnauthorizedClient("this client may not exchange tokens")
    if client.is_public:
        raise UnauthorizedClient("a public client can't exchange tokens")  # §5: anybody could in its name.
    rules_of(client, server.settings)


def _check_form(form: Mapping[str, str]) -> None:
    """§2.1. Raises InvalidRequest."""
    for name in ("subject_token", "subject_token_type"):
        if name not in form:
            raise InvalidRequest(f"{name} is missing")
    if ("actor_token" in form) != ("actor_token_type" in form):
        raise InvalidRequest("actor_token and actor_token_type go together")
    for name in ("subject_token_type", "actor_token_type"):
        if form.get(name, ACCESS_TOKEN) not in READABLE:
            raise InvalidRequest(f"{name} is none of {', '.join(READABLE)}")
    if form.get("requested_token_type", ACCESS_TOKEN) not in ISSUED:
        raise InvalidRequest(f"requested_token_type is none of {', '.join(ISSUED)}")


def _usable(found: Party | Unusable, name: str) -> Party:
    """§2.2.2: a token that is invalid for any reason is an invalid request."""
    if isinstance(found, Unusable):
        raise InvalidRequest(f"{name}: {found.reason}")
    return found


def _wish(facts: TokenFacts) -> Wish:
    """What is asked for. Raises InvalidRequest."""
    form, seconds = facts.form, facts.form.get("expires_in")
    if seconds is not None and not (
        seconds.isascii() and seconds.isdigit() and 0 < len(seconds) < 10 and int(seconds)
    ):
        raise InvalidRequest("expires_in is not a number of seconds")
    return Wish(
        targets=tuple(dict.fromkeys((*facts.resources, *facts.audiences))),
        scope=form.get("scope", ""),
        token_type=form.get("requested_token_type", ACCESS_TOKEN),
        seconds=None if seconds is None else int(seconds),
        for_customer="requested_subject" in form,
        confirmation=facts.confirmation,
    )
