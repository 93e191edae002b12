"""The device cookie: how a browser that a subject has used is recognised again.

The cookie holds a token for each of up to five subjects who use the browser, so that one's is worthless to another.
A token changes with each sign-in. One that was replaced is good for a minute more, for parallel tabs; seen later,
somebody has a copy of the cookie, and the device is forgotten. It survives signing out, and is never a factor.
"""

import re
from dataclasses import dataclass

from starlette.requests import Request

from idp.login.front_door import FrontDoor
from idp.records.account import SubjectId
from idp.records.interaction import BrowserStanding
from idp.records.risk import UserAgent
from idp.records.session import Device
from idp.risk.seen import Seen
from idp.spec.token_value import digest_of, is_same
from idp.store.devices import (
    DEVICES_BY_TOKENS,
    INSERT_DEVICE,
    MOST_TOKENS,
    REVOKE_SURPLUS,
    ROTATE_DEVICE,
    SEE_DEVICE,
)
from idp.store.statement import Effect
from idp.web.cookies import Cookie

_TOKEN_BYTES = 16
_TOKEN = re.compile(r"[0-9a-f]{32,64}")
_GRACE_SECONDS = 60
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a browser shows for one subject.

    `device` is the one that it is known as, or None. `is_current` is False for a token that was replaced a moment ago.
    `copied` is a device whose replaced token came back too late. `token` is the one that was recognised of `tokens`.
    """

    device: Device | None = None
    is_current: bool = True
    copied: Device | None = None
    token: str = ""
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """How a completed sign-in changes the device. `cookie` is None where the browser's stays as it is."""

    device_id: str | None = None
    cookie: str | None = None
    effects: tuple[Effect, ...] = ()


async def presented(
    door: FrontDoor, request: Request, subject_id: SubjectId, agent: UserAgent, now: int
) -> Presented:
    """What this browser is to a subject. Another operating system than before means another browser."""
    cookie = door.cookies.read(request, Cookie.DEVICE)
    if cookie is None:
        return Presented()
    tokens = tuple(filter(_TOKEN.fullmatch, cookie.split(".")))[:MOST_TOKENS]
    digests = {f"token_{number}": digest_of(token) for number, token in enumerate(tokens)}
    absent = {f"token_{number}": None for number in range(len(tokens), MOST_TOKENS)}
    found = await door.database.all(DEVICES_BY_TOKENS, of_subject=subject_id, **digests, **absent)
    return recognise(found, tokens, agent, now)


def recognise(devices: list[Device], tokens: tuple[str, ...], agent: UserAgent, now: int) -> Presented:
    """Pure: the device among those that the tokens name."""
    recognised = Presented(tokens=tokens)
    for device in devices:
        if not device.is_known(now) or (device.system and agent.system and device.system != agent.system):
            continue
        for token in tokens:
            if is_same(device.digest, digest_of(token)):
                return Presented(device=device, token=token, tokens=tokens)
            if device.former_digest is not None and is_same(device.former_digest, digest_of(token)):
                if now - (device.rotated_at or 0) > _GRACE_SECONDS:
                    recognised = Presented(copied=device, token=token, tokens=tokens)
                else:
                    recognised = Presented(device=device, is_current=False, token=token, tokens=tokens)
    return recognised


def standing_of(shown: Presented, *, trust_days: int, now: int) -> BrowserStanding:
    """What the browser is to the account."""
    if shown.device is None:
        return BrowserStanding.UNKNOWN
    if trust_days and shown.device.trusted_until is not None and now < shown.device.trusted_until:
        return BrowserStanding.TRUSTED
    return BrowserStanding.KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is kept of a sign-in beside the device. `trusts`: ask for no second factor here for a while."""

    subject_id: SubjectId
    seen: Seen
    trusts: bool
    now: int


def remember(door: FrontDoor, shown: Presented, sighting: Sighting, *, is_proven: bool) -> Remembered:
    """Keep the device, with a new token, after a completed sign-in. A browser that is not known yet becomes so only
    with `is_proven`: by more than a password.
    """
    if shown.device is not None and not shown.is_current:
        # Another tab was given the next token a moment ago.
        effect = SEE_DEVICE.effect(
            of_device=shown.device.device_id, now=sighting.now, until=_until(door, sighting)
        )
        return Remembered(device_id=shown.device.device_id, effects=(effect,))
    if shown.device is None and not is_proven:
        return Remembered()
    token = door.entropy.token_bytes(_TOKEN_BYTES).hex()
    others = [other for other in shown.tokens if other != shown.token]
    cookie = ".".join((token, *others)[:MOST_TOKENS])
    if shown.device is None:
        device_id, effects = _new(door, sighting, token)
        return Remembered(device_id=device_id, cookie=cookie, effects=effects)
    return Remembered(
        device_id=shown.device.device_id,
        cookie=cookie,
        effects=(_rotated(door, shown.device, sighting, token),),
    )


def _new(door: FrontDoor, sighting: Sighting, token: str) -> tuple[str, tuple[Effect, ...]]:
    device_id = door.entropy.uuid7(sighting.now)
    insertion = INSERT_DEVICE.effect(
        device_id=device_id,
        subject_id=sighting.subject_id,
        digest=digest_of(token),
        created_at=sighting.now,
        seen_at=sighting.now,
        expires_at=_until(door, sighting),
        browser=sighting.seen.browser_text,
        system=sighting.seen.agent.system,
        country=sighting.seen.place.country,
        place=sighting.seen.place_text,
        trusted_until=_trusted_until(door, sighting, None),
    )
    return device_id, (insertion, REVOKE_SURPLUS.effect(of_subject=sighting.subject_id, now=sighting.now))


def _rotated(door: FrontDoor, device: Device, sighting: Sighting, token: str) -> Effect:
    return ROTATE_DEVICE.effect(
        expects=1,
        of_device=device.device_id,
        former=device.digest,
        new_digest=digest_of(token),
        now=sighting.now,
        until=_until(door, sighting),
        with_browser=sighting.seen.browser_text,
        on_system=sighting.seen.agent.system or device.system,
        in_country=sighting.seen.place.country,
        at_place=sighting.seen.place_text,
        trusted=_trusted_until(door, sighting, device.trusted_until),
    )


def _until(door: FrontDoor, sighting: Sighting) -> int:
    return sighting.now + door.settings.session.device_days * _DAY


def _trusted_until(door: FrontDoor, sighting: Sighting, former: int | None) -> int | None:
    return sighting.now + door.settings.factors.trust_days * _DAY if sighting.trusts else former
