"""Back-channel logout: OpenID Connect Back-Channel Logout 1.0.

A session that has ended waits to be told of (`store/logouts.py`); who is to be told is written to the outbox, sealed,
and delivered from there. The token itself is made at each try, so that a retry hours later is as fresh as the first and
signed with a key that is published then. Sessions that run out by themselves are not told of: each application has
limits of its own, and nobody asked for anything.
"""

from dataclasses import dataclass

import structlog

from idp.clients.keys import ClientKeys
from idp.clients.registry import Clients
from idp.config.settings import Settings
from idp.events.outbox import Outbox
from idp.oidc.answer_format import key_for
from idp.records.client import Client
from idp.records.key import ALGORITHMS
from idp.records.ports import Clock, Entropy, NotDelivered, NotFetched, Outside
from idp.records.session import EndedSession
from idp.signing.encryption import DEFAULT_CONTENT_ALGORITHM, encrypt
from idp.signing.keyring import Keyring
from idp.store.database import Database
from idp.store.logouts import BATCH, CLIENTS_OF_SESSION, ENDED_SESSIONS, TELL_OF_SESSION

_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LIFETIME_SECONDS = 120
_JTI_BYTES = 16
# What was not told in a day, since nobody served, is of no use any more.
_DAY = 86_400
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutTokens:
    """A `Logouts` (`records/ports.py`)."""

    settings: Settings
    database: Database
    clock: Clock
    entropy: Entropy
    clients: Clients
    client_keys: ClientKeys
    keyring: Keyring
    outbox: Outbox
    outside: Outside

    async def write_due(self, now: int) -> None:
        ended = await self.database.all(ENDED_SESSIONS, since=now - _DAY)
        for session in ended:
            await self._write(session, now)
        if len(ended) == BATCH:
            self.outbox.wake()

    async def _write(self, session: EndedSession, now: int) -> None:
        """One message for each application that wants to know."""
        effects = [TELL_OF_SESSION.effect(expects=1, of_session=session.session_id, now=now)]
        for party in await self.database.all(CLIENTS_OF_SESSION, of_session=session.session_id):
            client = await self._client(party.client_id, now)
            if client is not None and client.backchannel_logout_uri:
                word = self.outbox.logout(client_id=client.client_id, sid=party.sid, sub=party.sub, now=now)
                effects.append(word)
        await self.database.apply(effects)

    async def _client(self, client_id: str, now: int) -> Client | None:
        """None too for one whose row can't be read: it keeps neither its neighbours' word waiting nor any mail."""
        try:
            return await self.clients.find(client_id, now)
        except (ValueError, TypeError) as bug:
            _log.error("a client can't be read, and is not told", client_id=client_id, exc_info=bug)
            return None

    async def send(self, client_id: str, *, sid: str, sub: str) -> str:
        """§2.5 and §2.8: 200 and 204 are success, 400 says that trying again is of no use."""
        now = self.clock.now()
        client = await self.clients.find(client_id, now)
        if client is None or not client.backchannel_logout_uri:
            raise NotDelivered("no client", is_final=True)
        token = await self._token(client, sid=sid, sub=sub, now=now)
        try:
            status = await self.outside.post(client.backchannel_logout_uri, {"logout_token": token})
        except NotFetched as error:
            _log.warning("a logout token was not taken", client_id=client_id, reason=str(error))
            raise NotDelivered("unreachable", is_final=False) from error
        if status not in (200, 204):
            raise NotDelivered(str(status), is_final=status == 400)
        return str(status)

    async def _token(self, client: Client, *, sid: str, sub: str, now: int) -> str:
        """§2.4: as the client's ID tokens, but always signed."""
        await self.keyring.refresh(now)
        claims = {
            "iss": self.settings.issuer,
            "aud": client.client_id,
            "iat": now,
            "exp": now + _LIFETIME_SECONDS,
            "jti": self.entropy.token_bytes(_JTI_BYTES).hex(),
            "events": {_EVENT: {}},
            "sub": sub,
            "sid": sid,
        }
        registered = (one for one in ALGORITHMS if one == client.id_token_signed_response_alg)
        algorithm = next(registered, self.settings.keys.id_token_algorithm)
        token = self.keyring.sign(claims, algorithm=algorithm, typ="logout+jwt")
        if not (encryption := client.id_token_encrypted_response_alg):
            return token
        key = await key_for(self.client_keys, client, encryption, now)
        if key is None:
            raise NotDelivered("no key", is_final=False)
        content = client.id_token_encrypted_response_enc or DEFAULT_CONTENT_ALGORITHM
        return encrypt(token, key, algorithm=encryption, content_algorithm=content, cty="JWT")
