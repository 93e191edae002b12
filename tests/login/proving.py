"""Somebody whose password is right, and what they show besides: codes, keys and passkeys."""

from os import urandom
from typing import Any

import httpx2

from idp.account.passkeys import RelyingParty, challenge_digest
from idp.records.factor import Notify
from idp.store.factors import INSERT_PASSKEY, INSERT_SECURITY, SECURITY
from tests.login.coded import Visitor
from tests.support.authenticator import SoftwareKey
from tests.support.factors import totp_at
from tests.support.world import PASSWORD, Browser, World

BOB, ALICE, ADA = "bb22222-ovh", "aa11111-ovh", "ad90000-ovh"


async def owe_factor(
    world: World,
    who: str = BOB,
    *,
    browser: Browser | None = None,
    address: str = "192.0.2.1",
    **parameters: str,
) -> Visitor:
    """A browser whose right password is followed by the question for a second factor."""
    browser = browser or world.browser(address=address)
    visitor = Visitor(world=world, browser=browser, page=await browser.authorize(**parameters))
    await visitor.press("continue", username=who, password=PASSWORD)
    assert visitor.path.endswith(("/second-factor", "/other-way")), visitor.page.text
    return visitor


async def sign_in_by_app(world: World, who: str = BOB, **asked: Any) -> Visitor:
    """All the way to the application; the app's next code is fresh afterwards."""
    visitor = await owe_factor(world, who, **asked)
    await visitor.enter(totp_at(world.clock.now()))
    assert visitor.page.status_code == 303, visitor.page.text
    world.clock.pass_(30)
    return visitor


async def give_key(
    world: World, who: str, key: SoftwareKey, *, is_passkey: bool = False, two_factor: bool = False
) -> None:
    """Set a key up, as its owner would have done."""
    house, subject_id = world.house, world.people[who].subject_id
    row = INSERT_SECURITY.effect(
        subject_id=subject_id,
        user_handle=urandom(32),
        two_factor_at=house.clock.now() if two_factor else None,
        last_way="",
        notify=Notify.NEW.value,
    )
    await house.database.apply([row])
    security = await house.database.one(SECURITY, of_subject=subject_id)
    assert security is not None
    party, challenge = RelyingParty.of(house.settings), urandom(32)
    options = party.registration_options(
        challenge=challenge,
        user_handle=security.user_handle,
        name=world.people[who].customer_id,
        display_name=world.people[who].name,
        existing=(),
        is_passkey=is_passkey,
    )
    new = party.complete_registration(
        key.create(options), digest=challenge_digest(challenge), is_passkey=is_passkey
    )
    insertion = INSERT_PASSKEY.effect(
        expects=1,
        passkey_id=house.entropy.uuid7(house.clock.now()),
        subject_id=subject_id,
        name="Blue key",
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        aaguid=new.aaguid,
        transports=new.transports,
        is_discoverable=int(new.is_discoverable),
        verifies_user=int(new.verifies_user),
        is_synced=int(new.is_synced),
        created_at=house.clock.now(),
    )
    assert await house.database.apply([insertion])


async def asked_of_key(visitor: Visitor) -> dict[str, Any]:
    """What the script of the page is told to ask the browser for."""
    answer = await submit_raw(visitor, action="options")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    asked: dict[str, Any] = answer.json()["publicKey"]
    return asked


async def sign(visitor: Visitor, key: SoftwareKey, **differently: Any) -> httpx2.Response:
    """Press the button of the security key page."""
    credential = key.get(await asked_of_key(visitor), **differently)
    return await visitor.press("continue", credential=credential)


async def sign_in_with_passkey(
    browser: Browser, key: SoftwareKey, page: httpx2.Response | None = None, **differently: Any
) -> httpx2.Response:
    """Press “Sign in with a passkey”; where that leads."""
    page = page or await browser.authorize()
    answer = await browser.submit(page, "passkey", action="options")
    assert answer.status_code == 200, answer.text
    credential = key.get(answer.json()["publicKey"], **differently)
    return await browser.follow(await browser.submit(page, "passkey", credential=credential))


async def submit_raw(visitor: Visitor, **fields: str) -> httpx2.Response:
    """The page's form, sent; nothing is followed."""
    return await visitor.browser.submit(visitor.page, **fields)


async def proof_failures(world: World) -> list[tuple[str, str]]:
    """What the audit trail says of wrong answers: factor and reason, in their order."""
    rows = await world.rows(
        "SELECT factor, reason FROM audit_event WHERE type = 'proof.failed' ORDER BY event_id"
    )
    return [(str(factor), str(reason)) for factor, reason in rows]
