"""Proving the address of a sign-up by a code that is mailed to it.

One that has an account already looks the same at every step: its owner is told by mail what somebody tried, there is
no code that is right, and the same work is done in the same time.
"""

from datetime import timedelta

from idp.login.address_proof import AddressFor, AddressProof
from idp.login.sending import Act, spend, stranger, to_recipient, wait_seconds
from idp.portal.signing_up.visit import Visit
from idp.records.account import Person
from idp.spec.identifier import canonical_email
from idp.store.accounts import PERSON_BY_EMAIL
from idp.store.statement import Effect
from idp.web.locale import Message


def proof_of(visit: Visit) -> AddressProof:
    return AddressProof(
        door=visit.door,
        request=visit.request,
        purpose=AddressFor.SIGN_UP,
        holder_id=visit.sign_up.sign_up_id,
        subject_id=None,
        locale=visit.sign_up.language,
        now=visit.now,
    )


async def must_wait(visit: Visit, address: str) -> int:
    """The seconds until a password may be taken for this address, of which 0 counts as one that was: before it is
    hashed, and before anybody is asked whether it was stolen.
    """
    door = visit.door
    network = stranger(door, visit.request)
    asker = to_recipient(door, network, canonical_email(address) or "")
    if wait := await wait_seconds(door, asker, Act.SEND, visit.now):
        return wait
    if await door.database.apply(spend(door, network, Act.CHOOSE, visit.now)):
        return 0
    return await wait_seconds(door, network, Act.CHOOSE, visit.now) or 1


async def send(visit: Visit, address: str) -> int:
    """Send a code to an address, unless one that was just sent there can be entered. 0, or the seconds to wait."""
    proof = proof_of(visit)
    challenge = await proof.open_challenge()
    if challenge is not None and proof.address_of(challenge) == address:
        return 0
    return await send_again(visit, address)


async def send_again(visit: Visit, address: str) -> int:
    """The same, whatever was sent there before."""
    owner = await visit.door.database.one(PERSON_BY_EMAIL, email_key=canonical_email(address))
    # Written in either case, and sent in one: the clock must not tell.
    taken = _taken(visit, owner, address)
    return await proof_of(visit).send(address, may_have=owner is None, instead=[taken])


def often(wait: int) -> dict[str, Message]:
    """What to say to whoever has to wait."""
    words = Message("That was often. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=wait)})
    return {"form": words}


def _taken(visit: Visit, owner: Person | None, typed: str) -> Effect:
    """To the address as we know it, not as it was typed."""
    door, seen = visit.door, visit.door.seen(visit.request)
    language = (owner.language if owner else "") or visit.sign_up.language
    return door.outbox.mail(
        "sign-up-taken",
        to=(owner.primary_email if owner else None) or typed,
        locale=language,
        context={
            "sign_in_url": f"{door.settings.issuer}/account",
            "forgot_url": f"{door.settings.issuer}/forgot",
            "browser": seen.browser_text,
            "place": seen.place_in(language),
            "at": visit.now,
        },
        subject_id=owner.subject_id if owner else None,
        now=visit.now,
        lifetime_seconds=door.settings.code.lifetime_seconds,
    )
