"""What the chain leaves behind: neither log, trail, outbox nor any other table holds a code, a link, a cookie or a seed
that can be read.
"""

import logging
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pyotp
import pytest
import structlog

from idp.app import create_app
from idp.config.settings import Factors, Log
from idp.store.tables import metadata
from idp.web.logging import configure_logging
from tests.attacks.paused import Paused, at_email_code, at_second_factor, sign_in_with_app
from tests.support.factors import BACKUP_CODES, PHONE, TOTP_SECRET, give_factors, totp_at
from tests.support.mail import delivered, texts
from tests.support.world import World, open_risky_world, risky_settings

ADDRESS = "203.0.113.77"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 Marker/91"
NEW_PASSWORD = "a wholly different sentence"
LINKS = re.compile(r"http://localhost:8000(/(?:not-me|new-password)/[0-9A-Za-z_-]+)")


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that is logged, at the finest level."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = StringIO()
    configure_logging(Log(level="debug"), stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def _live(world: World) -> dict[str, str]:
    """Every way through the chain, right and wrong; every secret that was seen on the way."""
    secrets = {"seed": TOTP_SECRET, "phone": PHONE, "new password": NEW_PASSWORD}
    # A mailed code, a wrong one, and the report of it.
    alice = await at_email_code(world, address=ADDRESS)
    await alice.post("email-code", action="continue", code="0000 0001")
    mails = await delivered(world)
    secrets |= {f"mailed code {n}": code for n, code in enumerate(re.findall(r"\d{4} \d{4}", mails[0].text))}
    [link] = {*LINKS.findall(mails[0].text)}
    secrets["link"] = link.rpartition("/")[2]
    owner = world.browser(address=ADDRESS, headers={"user-agent": AGENT})
    page = await owner.follow(await owner.submit(await owner.get(link)))
    secrets["password link"] = page.url.path.rpartition("/")[2]
    await owner.follow(await owner.submit(page, password=NEW_PASSWORD))
    # An app, a used step, a backup code, an unknown one, and a text.
    now = world.clock.now()
    bob = await at_second_factor(world, address=ADDRESS)
    await bob.post("second-factor", action="continue", way="totp", code="987654")
    await bob.post("second-factor", action="continue", way="totp", code=BACKUP_CODES[0])
    secrets |= {"app's code": totp_at(now), "backup code": BACKUP_CODES[0]}
    world.clock.pass_(30)
    await sign_in_with_app(world, world.browser(address=ADDRESS, headers={"user-agent": AGENT}))
    carol = await at_second_factor(world, "ad90000-ovh", address=ADDRESS)
    await carol.post("second-factor", action="send", way="sms")
    [text] = await texts(world)
    [code] = re.findall(r"\d{4} \d{4}", text.text)
    secrets["texted code"] = code
    await carol.post("second-factor", action="continue", way="sms", code=code)
    # Setting an app up.
    fresh = await Paused.at_login(world, address=ADDRESS)
    await fresh.password("aa11111-ovh", NEW_PASSWORD)
    await fresh.post("email-code", action="continue", code=await fresh.mailed_code())
    secrets["second mailed code"] = fresh.sent[-1]
    secrets |= await _set_up(world, fresh)
    for number, browser in enumerate((alice.browser, bob.browser, carol.browser, fresh.browser, owner)):
        secrets |= {f"{name} {number}": value for name, value in browser.http.cookies.items()}
    await delivered(world)
    return secrets


async def _set_up(world: World, signed_in: Paused) -> dict[str, str]:
    browser = signed_in.browser
    page = await browser.follow(await browser.get("/account/security/set-up"))
    page = await browser.follow(await browser.submit(page, "set-up", action="totp"))
    shown = re.search(r'id="secret">(.*?)</span>\n', page.text, re.DOTALL)
    assert shown
    seed = re.sub(r"<[^>]*>|\s", "", shown[1])
    page = await browser.follow(
        await browser.submit(page, "set-up", code=pyotp.TOTP(seed).at(world.clock.now()))
    )
    codes = re.findall(r'<li class="code">([^<]+)</li>', page.text)
    assert len(codes) == 10
    await browser.follow(await browser.submit(page, "backup-codes", saved="1"))
    return {"new seed": seed, **{f"new backup code {number}": code for number, code in enumerate(codes)}}


def _spellings(secret: str) -> set[bytes]:
    """As it was shown, and as it may have been kept."""
    bare = re.sub(r"[\s-]", "", secret)
    return {spelling.encode() for spelling in (secret, bare, bare.lower()) if len(spelling) > 5}


@pytest.mark.requirement("S85", "S86")
async def test_nothing_of_the_chain_is_readable_afterwards(
    log: StringIO, database_url: str, tmp_path: Path
) -> None:
    settings = risky_settings(database_url, tmp_path, factors=Factors(sms_url="http://localhost:9/sms"))
    async with open_risky_world(settings) as world:
        world.app = create_app(world.house)
        await give_factors(
            world.house, world.people["ada"].subject_id, apps=(), backup_codes=(), phones=(PHONE,)
        )
        secrets = await _live(world)
        written = log.getvalue()
        assert written.count("\n") > 30
        for what, secret in secrets.items():
            for spelling in _spellings(secret):
                assert spelling.decode() not in written, f"{what} in the log"
        for what in ("example.test", ADDRESS, "Marker/91", "Alice Martin"):
            assert what not in written, what
        for table in metadata.tables:
            await _check_table(world, table, secrets)
        trail = str(await world.rows("SELECT * FROM audit_event"))
        for what in ("example.test", ADDRESS, "Marker/91", PHONE):
            assert what not in trail, what
        for table in (
            "risk_decision",
            "risk_profile",
            "risk_count",
            "velocity",
            "throttle",
            "outbox",
            "device",
        ):
            rows = str(await world.rows(f"SELECT * FROM {table}"))
            assert ADDRESS not in rows, table
            assert "Marker/91" not in rows, table
            assert "alice@example.test" not in rows, table


async def _check_table(world: World, table: str, secrets: dict[str, str]) -> None:
    rows = await world.rows(f"SELECT * FROM {table}")
    values = [value for row in rows for value in row if isinstance(value, str | bytes | memoryview)]
    kept = [value.encode() if isinstance(value, str) else bytes(value) for value in values]
    for what, secret in secrets.items():
        for spelling in _spellings(secret):
            assert not any(spelling in value for value in kept), f"{what} in {table}"
