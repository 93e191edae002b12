"""An operator's first day and worst day: from nothing to a protected page, and from a backup to the same page.

Every step is a command of the operator's, or a page that somebody opens.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page

from idp.demo.mails import Mails
from tests.interop.apache import ProtectedSite, protecting, reserve_site
from tests.interop.authority import Authority
from tests.interop.first_day import NAME, create_client, create_person, examine, prepare
from tests.interop.installation import Installation
from tests.interop.person import choose_password, enter_code, press, set_up_app, sign_in
from tests.support.programs import POSTGRESQL
from tests.support.waiting import until


def create_administrator(installation: Installation) -> dict[str, Any]:
    """The first account of an installation, made where nobody is signed in yet."""
    return create_person(
        *(installation, "--role", "administrator", "--email", "zoe@example.test", "--email-verified")
    )


@contextmanager
def protected_site(installation: Installation, authority: Authority) -> Iterator[ProtectedSite]:
    """Register the site as a client, and start it with the secret that only this command ever prints."""
    site = reserve_site()
    told = installation.folder / "told.json"
    told.write_text(json.dumps({"backchannel_logout_uri": f"{site.redirect_uri}?logout=backchannel"}))
    client = create_client(
        *(installation, "intranet", "--first-party", "--refresh", "session", "--from-json", str(told)),
        *("--grant-type", "authorization_code", "--grant-type", "refresh_token"),
        *("--scope", "openid profile email"),
        *("--redirect-uri", site.redirect_uri, "--post-logout-redirect-uri", site.goodbye),
    )
    with protecting(
        site,
        authority,
        issuer=installation.issuer,
        client_id=client["client_id"],
        client_secret=client["client_secret"],
    ):
        yield site


async def test_from_an_empty_database_to_a_protected_page_and_out_again(
    installation: Installation, mails: Mails, authority: Authority, page: Page
) -> None:
    prepare(installation)
    administrator = create_administrator(installation)
    with installation.serving(), protected_site(installation, authority) as site:
        await asyncio.to_thread(examine, installation)

        await choose_password(page, administrator["enrolment_link"])
        await page.goto(site.private)
        assert page.url.startswith(f"{installation.issuer}/sign-in/")
        await sign_in(page, administrator["customer_id"])
        await enter_code(page, mails)
        await set_up_app(page)

        assert page.url == site.private
        assert await shown(page) == {
            "user": administrator["customer_id"],
            "name": NAME,
            "email": "zoe@example.test",
            "sub": administrator["sub"],
            "iss": installation.issuer,
        }

        # The module sends its ID token along, so nothing is asked, and the browser comes back.
        await page.goto(f"{site.redirect_uri}?logout={site.goodbye}")
        assert page.url == site.goodbye
        assert await page.inner_text("#goodbye") == "Signed out"

        # Neither the module nor the provider knows anybody here any more.
        await page.goto(site.private)
        assert await page.locator("form#login").count() == 1


async def test_a_sign_out_at_the_provider_reaches_the_protected_page(
    installation: Installation, mails: Mails, authority: Authority, page: Page
) -> None:
    prepare(installation)
    # Only because the site is on this machine as well.
    reaching = {"IDP_EXCEPTIONS__FETCH_PRIVATE_NETWORKS": "127.0.0.0/8"}
    installation = replace(installation, environment=installation.environment | reaching)
    person = create_person(installation, "--email", "zoe@example.test", "--email-verified")
    with installation.serving(), protected_site(installation, authority) as site:
        await choose_password(page, person["enrolment_link"])
        await page.goto(site.private)
        await sign_in(page, person["customer_id"])
        await enter_code(page, mails)
        assert (await shown(page))["user"] == person["customer_id"]

        await page.goto(f"{installation.issuer}/logout")
        await press(page, "#logout [name=action][value=continue]")

        async def is_over() -> bool:
            await page.goto(site.private)
            return page.url != site.private

        await until(is_over, what="a logout token")
        assert await page.locator("form#login").count() == 1


async def test_a_restored_backup_keeps_sessions_applications_and_tokens(
    installation: Installation,
    mails: Mails,
    authority: Authority,
    page: Page,
    tmp_path: Path,
) -> None:
    prepare(installation)
    administrator = create_administrator(installation)
    with protected_site(installation, authority) as site:
        with installation.serving():
            await choose_password(page, administrator["enrolment_link"])
            await page.goto(site.private)
            await sign_in(page, administrator["customer_id"])
            await enter_code(page, mails)
            await set_up_app(page)
            before = await tokens(page, site)
            assert before["refresh_token"]

            back_up(installation, tmp_path / "backup")
            create_person(installation, "--customer-id", "zz99999-ovh")

        lose_everything(installation)
        restore(installation, tmp_path / "backup")
        with installation.serving():
            await asyncio.to_thread(examine, installation)
            # What came after the backup is gone: this is the backup, not a survivor.
            with pytest.raises(RuntimeError, match="There is no account zz99999-ovh"):
                installation.idp("account", "show", "zz99999-ovh")

            # The application's refresh token still works.
            refresh = {"refresh": site.private, "access_token": before["access_token"]}
            await page.goto(f"{site.redirect_uri}?{urlencode(refresh)}")
            assert page.url == site.private
            after = await tokens(page, site)
            assert after["access_token"] != before["access_token"]
            assert after["refresh_token"] != before["refresh_token"]

            # The person's session too, so an application that forgot them asks for nothing.
            await page.context.clear_cookies(domain="127.0.0.1")
            await page.goto(site.private)
            assert page.url == site.private
            assert (await shown(page))["sub"] == administrator["sub"]


def back_up(installation: Installation, folder: Path) -> None:
    """Back up, while the provider serves: the database, and then the keys, since a key is there before what it seals.

    pg_dump --format=custom --file=BACKUP/idp.dump --dbname=DATABASE_URL
    cp -a KEYS BACKUP/keys
    """
    folder.mkdir()
    postgresql(
        "pg_dump", "--format=custom", f"--file={folder}/idp.dump", f"--dbname={installation.database_url}"
    )
    shutil.copytree(installation.keys, folder / "keys")


def lose_everything(installation: Installation) -> None:
    """A disk that died: nothing is left but the backup, and the configuration."""
    installation.cluster.drop(installation.database)
    shutil.rmtree(installation.keys)


def restore(installation: Installation, folder: Path) -> None:
    """Restore into a new and empty database, before anything serves from it. Both halves come from the same backup.

    createdb NAME
    pg_restore --exit-on-error --single-transaction --no-owner --dbname=DATABASE_URL BACKUP/idp.dump
    cp -a BACKUP/keys KEYS
    idp db upgrade      # if the release is newer than the backup
    idp db check
    idp keys check
    """
    installation.cluster.create(installation.database)
    postgresql(
        *("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner"),
        *(f"--dbname={installation.database_url}", f"{folder}/idp.dump"),
    )
    shutil.copytree(folder / "keys", installation.keys)
    assert installation.idp_json("db", "upgrade")["applied"] == []
    assert installation.idp_json("db", "check")["problems"] == []
    assert installation.idp_json("keys", "check")["problems"] == []


def postgresql(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs."""
    command: list[str | Path] = [POSTGRESQL.get().resolve().parent / program, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stderr}")


async def shown(page: Page) -> dict[str, str]:
    """What Apache passed on to the application."""
    return {
        await dd.get_attribute("id") or "": await dd.inner_text() for dd in await page.locator("dd").all()
    }


async def tokens(page: Page, site: ProtectedSite) -> dict[str, Any]:
    """What the module holds for this browser's session."""
    held: dict[str, Any] = await page.evaluate(
        "async address => (await fetch(address)).json()", f"{site.redirect_uri}?info=json"
    )
    return held
