"""What a granted authorization request brings: a code, an access token, an ID token, or several of them.

RFC 6749 §4.1.2 and §4.2.2, OpenID Connect Core §3.1.2.5, §3.2.2.5 and §3.3.2.5. Nothing is issued from a session that
ends in the same instant.
"""

from dataclasses import dataclass

from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.oauth.asked import Asked
from idp.oauth.mint import Grantee, Mint, Minted
from idp.oauth.reply import Reply
from idp.oauth.resources import scopes_at
from idp.oauth.token_form import longest_lifetime
from idp.oidc.id_token import Bound
from idp.records.client import RefreshPolicy
from idp.records.event import Circumstances, Event, EventType
from idp.records.grant import Family
from idp.records.session import SignedIn
from idp.signing.public_keys import PublicKey
from idp.spec.scope import OFFLINE_ACCESS, OPENID
from idp.spec.session_state import browser_state, session_state
from idp.spec.token_value import TokenValue
from idp.store.grants import INSERT_CODE, INSERT_FAMILY, family_columns
from idp.store.pushed_requests import REDEEM_PUSHED_REQUEST
from idp.store.sessions import KEEP_SESSION
from idp.store.statement import Effect

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """What answers are made with. `sub` and `sid` are those that the client knows person and session by,
    `encryption_key` what its ID tokens are encrypted to, if they are and it has one.
    """

    settings: Settings
    mint: Mint
    audit: Audit
    circumstances: Circumstances
    sub: str
    sid: str
    encryption_key: PublicKey | None
    now: int


def grant(issuing: Issuing, asked: Asked, signed_in: SignedIn) -> tuple[Reply, list[Effect]]:
    """The answer, and what has to be stored before it leaves. Raises InvalidClientMetadata."""
    family = _family(issuing, asked, signed_in)
    code = issuing.mint.token(issuing.now) if asked.request.brings_code else None
    effects = [
        *answering(asked, issuing.now),
        KEEP_SESSION.effect(expects=1, of_session=signed_in.session.session_id),
        INSERT_FAMILY.effect(**family_columns(family)),
        *([_code_row(issuing, asked, family, code)] if code else []),
        issuing.audit.effect(_granted(asked, family), issuing.circumstances, now=issuing.now),
    ]
    request = asked.request
    access_token = _access_token(issuing, asked, family) if request.brings_token else None
    if access_token is not None:
        effects.extend(access_token.effects)
    reply = Reply(
        redirect_uri=request.redirect_uri,
        mode=request.response_mode,
        parameters={
            **({"code": code.value} if code else {}),
            **_tokens(issuing, asked, signed_in, family, code=code, access_token=access_token),
            **({"state": request.state} if request.state else {}),
            **_session_state(issuing, asked, signed_in),
            "iss": issuing.settings.issuer,
        },
    )
    return reply, effects


def answering(asked: Asked, now: int) -> list[Effect]:
    """What any answer to the request has to be stored with: a pushed one is answered once (RFC 9126 §4)."""
    if asked.pushed_id is None:
        return []
    return [REDEEM_PUSHED_REQUEST.effect(expects=1, of_request=asked.pushed_id, now=now)]


def _tokens(
    issuing: Issuing,
    asked: Asked,
    signed_in: SignedIn,
    family: Family,
    *,
    code: TokenValue | None,
    access_token: Minted | None,
) -> dict[str, str]:
    """What the front channel brings beside a code."""
    request, parameters = asked.request, {}
    if access_token is not None:
        parameters = {
            **{name: str(value) for name, value in access_token.members().items()},
            "scope": " ".join(_scopes_of_token(issuing, asked)),
        }
    if request.brings_id_token:
        bound = Bound(
            nonce=request.nonce,
            access_token=access_token.value if access_token else "",
            code=code.value if code else "",
            state=request.state,
        )
        parameters["id_token"] = issuing.mint.id_token(
            family,
            signed_in.person,
            asked.client,
            bound=bound,
            scopes=asked.scopes if request.response_type == "id_token" else (),
            encryption_key=issuing.encryption_key,
            now=issuing.now,
        )
    return parameters


def _session_state(issuing: Issuing, asked: Asked, signed_in: SignedIn) -> dict[str, str]:
    """Session Management 1.0 §2."""
    value = session_state(
        client_id=asked.client.client_id,
        redirect_uri=asked.request.redirect_uri,
        state=browser_state(signed_in.session.session_id),
        salt=issuing.mint.entropy.token_bytes(_SALT_BYTES).hex(),
    )
    return {"session_state": value} if value and OPENID in asked.scopes else {}


def _access_token(issuing: Issuing, asked: Asked, family: Family) -> Minted:
    return issuing.mint.access_token(
        Grantee.of(family),
        scopes=_scopes_of_token(issuing, asked),
        audience=asked.audience,
        now=issuing.now,
    )


def _scopes_of_token(issuing: Issuing, asked: Asked) -> tuple[str, ...]:
    """What was granted may go beyond what its first access token is for (`resources.reached`)."""
    settings = issuing.settings
    return scopes_at(asked.scopes, asked.audience, settings.every_resource, issuer=settings.issuer)


def _family(issuing: Issuing, asked: Asked, signed_in: SignedIn) -> Family:
    session = signed_in.session
    return Family(
        family_id=issuing.mint.entropy.uuid7(issuing.now),
        subject_id=session.subject_id,
        client_id=asked.client.client_id,
        session_id=session.session_id,
        parent_id=None,
        is_offline=OFFLINE_ACCESS in asked.scopes,
        scope=" ".join(asked.scopes),
        resource=" ".join(asked.audience),
        authenticated_at=session.authenticated_at,
        acr=asked.request.acr.reported(session.acr),
        amr=tuple(session.amr),
        sid=issuing.sid,
        sub=issuing.sub,
        claims=asked.claims.text(),
        created_at=issuing.now,
        expires_at=_family_end(issuing, asked, signed_in),
        revoked_at=None,
    )


def _code_row(issuing: Issuing, asked: Asked, family: Family, code: TokenValue) -> Effect:
    return INSERT_CODE.effect(
        code_id=code.identifier,
        digest=code.digest,
        family_id=family.family_id,
        redirect_uri=asked.request.redirect_uri,
        code_challenge=asked.request.code_challenge,
        nonce=asked.request.nonce,
        dpop_jkt=asked.request.dpop_jkt,
        created_at=issuing.now,
        expires_at=issuing.now + issuing.settings.tokens.code_lifetime_seconds,
    )


def _granted(asked: Asked, family: Family) -> Event:
    return Event(
        type=EventType.AUTHORIZATION_GRANTED,
        actor=f"subject:{family.subject_id}",
        subject_id=family.subject_id,
        client_id=family.client_id,
        session_id=family.session_id,
        family_id=family.family_id,
        details={
            "scopes": list(asked.scopes),
            "response_type": asked.request.response_type,
            **({"pushed": True} if asked.pushed_id else {}),
        },
    )


def _family_end(issuing: Issuing, asked: Asked, signed_in: SignedIn) -> int:
    """When the family's last token is dead: by itself, with its session, or soon, where it can't be refreshed."""
    tokens, now = issuing.settings.tokens, issuing.now
    longest = longest_lifetime(asked.audience, issuing.settings)
    soonest = now + tokens.code_lifetime_seconds + longest
    if OFFLINE_ACCESS in asked.scopes:
        return now + tokens.refresh_absolute_seconds
    is_refreshed = "refresh_token" in asked.client.grant_types and asked.request.brings_code
    if is_refreshed and asked.client.refresh is RefreshPolicy.SESSION:
        return max(soonest, signed_in.session.expires_at)
    return soonest
