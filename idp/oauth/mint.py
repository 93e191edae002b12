"""Minting: access tokens (RFC 9068), ID tokens, refresh tokens. Values only; what is stored of them are effects."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from idp.config.settings import Settings
from idp.oauth.token_form import TokenForm, token_form
from idp.oidc.answer_format import id_token_format, write_answer
from idp.oidc.claims import asked_claims, scope_claims
from idp.oidc.id_token import Bound, id_token_claims
from idp.records.account import Person
from idp.records.client import Client, Owner
from idp.records.grant import Family
from idp.records.ports import Entropy
from idp.signing.keyring import Keyring
from idp.signing.public_keys import PublicKey
from idp.signing.sealing import RootKeys, Sealed
from idp.spec.actor import Actor
from idp.spec.claims_request import read_claims_request
from idp.spec.confirmation import UNBOUND, Confirmation
from idp.spec.token_value import SECRET_BYTES, TokenValue, make_token
from idp.store.access_tokens import INSERT_ACCESS_TOKEN
from idp.store.statement import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Grantee:
    """For whom an access token is: `sub` is a person's, or the client's own id where it acts for itself (§2.2).

    `actor` is who acts for them, `confirmation` the key that the token is bound to; `owner` is the customer whose
    service account it is for. `narrowed` is what is left of a grant where the token was asked for with less.
    """

    sub: str
    client_id: str
    family_id: str
    authenticated_at: int | None = None
    acr: str = ""
    amr: tuple[str, ...] = ()
    actor: Actor | None = None
    confirmation: Confirmation = UNBOUND
    owner: Owner | None = None
    narrowed: tuple[str, ...] | None = None

    @classmethod
    def of(cls, family: Family) -> Self:
        """Whom a family is for: a person, as its client knows them."""
        return cls(
            sub=family.sub,
            client_id=family.client_id,
            family_id=family.family_id,
            authenticated_at=family.authenticated_at,
            acr=family.acr,
            amr=family.amr,
            actor=family.actor,
            confirmation=family.confirmation,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """An access token, and what has to be stored before it leaves."""

    value: str
    token_type: str
    expires_in: int
    effects: tuple[Effect, ...] = ()

    def members(self) -> dict[str, Any]:
        """What a response says of it (RFC 6749 §5.1), but for its scope."""
        return {
            "access_token": self.value,
            "token_type": self.token_type,
            "expires_in": self.expires_in,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Mint:
    settings: Settings
    keyring: Keyring
    root_keys: RootKeys
    entropy: Entropy

    def access_token(
        self,
        grantee: Grantee,
        *,
        scopes: Sequence[str],
        audience: Sequence[str],
        now: int,
        most_seconds: int | None = None,
    ) -> Minted:
        """RFC 9068 §2.2, for no longer than `most_seconds`, in the form that its audience wants. The private claim
        `fid` names the family, so that revoking it is one column. Raises InvalidTarget where no form suits all of it.
        """
        form = token_form(audience, self.settings)
        lifetime_seconds = form.lifetime_seconds
        if most_seconds is not None:
            lifetime_seconds = min(lifetime_seconds, most_seconds)
        claims: dict[str, object] = {
            "iss": self.settings.issuer,
            "sub": grantee.sub,
            "aud": audience[0] if len(audience) == 1 else list(audience),
            "iat": now,
            "exp": now + lifetime_seconds,
            "jti": b64encode(self.entropy.token_bytes(12), b"-_").decode(),
            "client_id": grantee.client_id,
            "fid": grantee.family_id,
        }
        if scopes:
            claims["scope"] = " ".join(scopes)
        if grantee.authenticated_at is not None:
            claims |= {"auth_time": grantee.authenticated_at, "acr": grantee.acr, "amr": list(grantee.amr)}
        if grantee.owner is not None:
            # A private claim: `sub` is the service account, so an API has to learn whose data it may see.
            claims["owner"] = {"sub": grantee.owner.sub, "customer_id": grantee.owner.customer_id}
        if grantee.actor is not None:
            claims["act"] = grantee.actor.claim()
        if grantee.narrowed is not None:
            # Its API does not see all of a grant; whoever exchanges it for another one's gets no more than was meant.
            claims["narrowed"] = " ".join(grantee.narrowed)
        if grantee.confirmation:
            claims["cnf"] = grantee.confirmation.claim()
        value, effects = self._written(form, claims, now=now, expires_at=now + lifetime_seconds)
        return Minted(
            value=value,
            token_type=grantee.confirmation.token_type,
            expires_in=lifetime_seconds,
            effects=effects,
        )

    def id_token(
        self,
        family: Family,
        person: Person,
        client: Client,
        *,
        bound: Bound,
        scopes: Sequence[str] = (),
        encryption_key: PublicKey | None,
        now: int,
    ) -> str:
        """`scopes` are those whose claims it carries itself, where no access token fetches them (Core §5.4).

        Raises InvalidClientMetadata where it can't be made as the client registered.
        """
        form = id_token_format(client, self.settings)
        asked = read_claims_request(family.claims).id_token
        # What the protocol says comes last: nothing that was asked for takes its place.
        claims = (
            scope_claims(person, scopes)
            | asked_claims(person, asked)
            | id_token_claims(
                issuer=self.settings.issuer,
                family=family,
                bound=bound,
                algorithm=form.algorithm,
                lifetime_seconds=self.settings.tokens.id_token_lifetime_seconds,
                now=now,
            )
        )
        return write_answer(self.keyring, form, claims, encryption_key)

    def _written(
        self, form: TokenForm, claims: dict[str, object], *, now: int, expires_at: int
    ) -> tuple[str, tuple[Effect, ...]]:
        """A JWT is stored nowhere; of an opaque token what the JWT would say, and its digest."""
        if not form.is_opaque:
            return self.keyring.sign(claims, algorithm=form.algorithm, typ="at+jwt"), ()
        token = self.token(now)
        row = INSERT_ACCESS_TOKEN.effect(
            token_id=token.identifier,
            digest=token.digest,
            claims=json.dumps(claims, separators=(",", ":")),
            expires_at=expires_at,
        )
        return token.value, (row,)

    def token(self, now: int) -> TokenValue:
        """A new code, refresh token or opaque access token."""
        return make_token(self.entropy.uuid7(now), self.entropy.token_bytes(SECRET_BYTES))

    def seal_successor(self, token_id: str, successor: TokenValue) -> Sealed:
        return self.root_keys.seal(successor.value.encode(), binding=successor_binding(token_id))

    def open_successor(self, token_id: str, sealed: bytes, root_key_id: str) -> str:
        """The refresh token that `token_id` was rotated to."""
        binding = successor_binding(token_id)
        return self.root_keys.open(sealed, root_key_id=root_key_id, binding=binding).decode()


def successor_binding(token_id: str) -> str:
    return f"refresh_token:{token_id}"
