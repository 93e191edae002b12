"""What the audit trail keeps of an exchange that was refused: whose token it was, and who would have acted. Pure."""

import re
from collections.abc import Mapping

from idp.oauth.exchange.chain import chain_names
from idp.oauth.exchange.party import ExchangeFacts, Party, Unusable
from idp.records.client import Client
from idp.records.event import Event, EventType
from idp.spec.errors import ProtocolError
from idp.spec.token_type import short

_LONGEST_TYPE = 64
# What customers and services are known by. Whatever else was sent may be an address of somebody's.
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def refusal(
    error: ProtocolError, client: Client, form: Mapping[str, str], exchange: ExchangeFacts | None
) -> Event:
    """The chain is as far as it is known: `chain` that of the subject token, `actor_chain` that of the actor token."""
    subject = _party(exchange.subject if exchange else None)
    actor = _party(exchange.actor if exchange else None)
    details: dict[str, str | list[str]] = {
        "chain": _chain(subject),
        "subject_token": short(form.get("subject_token_type", ""))[:_LONGEST_TYPE],
        "why": error.description,
    }
    if "actor_token" in form or "actor_token_type" in form:
        details["actor_chain"] = _chain(actor)
        details["actor_token"] = short(form.get("actor_token_type", ""))[:_LONGEST_TYPE]
    if "requested_subject" in form:
        named = form["requested_subject"]
        details["requested_subject"] = named if _IDENTIFIER.fullmatch(named) else ""
    family = subject.family if subject else None
    return Event(
        type=EventType.TOKEN_EXCHANGED,
        outcome="failure",
        reason=error.code,
        actor=f"client:{client.client_id}",
        subject_id=subject.person.subject_id if subject and subject.person else None,
        client_id=client.client_id,
        session_id=family.session_id if family else None,
        family_id=family.family_id if family else None,
        details=details,
    )


def _party(found: Party | Unusable | None) -> Party | None:
    return found.party if isinstance(found, Unusable) else found


def _chain(party: Party | None) -> list[str]:
    if party is None:
        return []
    return chain_names(f"client:{party.service_id}" if party.service_id else party.sub, party.actor)
