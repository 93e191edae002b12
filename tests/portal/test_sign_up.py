"""Becoming a customer: the questions in their order, and what there is at the end."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from idp.config.settings import SignUp
from idp.records.account import AccountKind
from idp.spec.assurance import Acr
from tests.portal.pressing import open_account
from tests.portal.signing_up import CHOSEN, EMAIL, Newcomer, begin, begin_from
from tests.support.mail import delivered
from tests.support.world import World, answer, is_asking, open_world, risky_settings


async def account_of(world: World, email: str = EMAIL) -> dict[str, Any]:
    names = (
        "customer_id, primary_email, primary_email_verified, kind, country, language, status, profile,"
        " backup_asked_at"
    )
    [row] = await world.rows(f"SELECT {names} FROM account WHERE primary_email_key = '{email}'")
    return dict(zip(names.split(", "), row, strict=True))


async def skip_backup(newcomer: Newcomer) -> None:
    """Past the question that follows the welcome."""
    assert is_asking(newcomer.page, "backup-address"), newcomer.page.text
    page = await newcomer.browser.submit(newcomer.page, "backup-address", action="skip")
    newcomer.page = await newcomer.browser.follow(page)


async def test_answers_become_an_account_that_is_signed_in_and_goes_on(risky_world: World) -> None:
    newcomer = await (await begin_from(risky_world)).until("welcome")
    account = await account_of(risky_world)
    assert account.pop("customer_id") in newcomer.page.text
    assert json.loads(account.pop("profile")) == {
        "given_name": "Nina",
        "family_name": "Novak",
        "name": "Nina Novak",
    }
    assert account == {
        "primary_email": EMAIL,
        "primary_email_verified": 1,
        "kind": "individual",
        "country": "FR",
        "language": "en",
        "status": "active",
        "backup_asked_at": None,
    }
    await newcomer.go_on()
    await skip_backup(newcomer)
    granted = answer(newcomer.page)
    assert granted["state"] == "some state"
    tokens = await newcomer.browser.redeem(newcomer.page)
    assert tokens.status_code == 200


async def test_the_customer_id_is_shown_mailed_and_made_of_the_initials(world: World) -> None:
    newcomer = await (await begin(world)).until("welcome")
    customer_id = (await account_of(world))["customer_id"]
    [mail] = await delivered(world)
    assert customer_id[:2] == "nn"
    assert f'id="customer-id">{customer_id}<' in newcomer.page.text
    assert mail.to == EMAIL
    for said in (mail.subject, mail.text, mail.html):
        assert customer_id in said


async def test_the_browser_is_signed_in_and_known_at_once(risky_world: World) -> None:
    newcomer = await (await begin(risky_world)).until("welcome")
    [(device, amr)] = await risky_world.rows("SELECT device_id, amr FROM session")
    assert device is not None
    assert set(json.loads(amr)) >= {"pwd"}
    assert (await newcomer.browser.get("/account")).status_code == 200
    customer_id = (await account_of(risky_world))["customer_id"]
    await delivered(risky_world)
    # Signed in again there, nothing more than the password is asked for; elsewhere a code is.
    again = await newcomer.browser.authorize(prompt="login")
    again = await newcomer.browser.follow(
        await newcomer.browser.submit(again, "login", username=customer_id, password=CHOSEN)
    )
    assert is_asking(again, "backup-address")
    elsewhere = risky_world.browser(address="203.0.113.9")
    page = await open_account(elsewhere, identifier=EMAIL, password=CHOSEN)
    assert is_asking(page, "email-code")


async def test_the_first_sign_in_is_learnt_from_and_told_once(risky_world: World) -> None:
    await (await begin(risky_world)).until("welcome")
    assert await risky_world.rows("SELECT sign_ins FROM risk_profile") == [(1,)]
    [(completed,)] = await risky_world.rows("SELECT completed_at FROM risk_decision")
    assert completed is not None
    templates = await risky_world.rows("SELECT template FROM outbox ORDER BY template")
    assert templates == [("address-code",), ("welcome",)]
    events = {event for (event,) in await risky_world.rows("SELECT type FROM audit_event")}
    assert {"account.created", "password.set", "sign_in.succeeded"} <= events


async def test_without_an_application_the_account_is_next(world: World) -> None:
    newcomer = await (await begin(world)).until("welcome")
    await newcomer.go_on()
    await skip_backup(newcomer)
    assert newcomer.path == "/account"
    assert "Nina Novak" in newcomer.page.text


async def test_a_company_says_its_name_too(world: World) -> None:
    newcomer = await (await begin(world)).until("type")
    await newcomer.press(kind="company")
    page = await newcomer.name()
    assert (page.status_code, "Enter the name of your organisation" in page.text) == (422, True)
    assert 'value="Nina"' in page.text
    await newcomer.name(organization="  Novak &  Fils ")
    account = await account_of(world)
    assert account["kind"] == "company"
    assert json.loads(account["profile"])["organization"] == "Novak & Fils"


@pytest.mark.parametrize("kind", [kind.value for kind in AccountKind])
async def test_every_account_type_of_the_guide_can_be_chosen(sqlite_world: World, kind: str) -> None:
    newcomer = await (await begin(sqlite_world)).until("type")
    page = await newcomer.press(kind=kind)
    names_itself = 'name="organization"' in page.text
    assert names_itself is (kind not in ("individual", "self-employed"))
    await newcomer.name(**({"organization": "Pastel"} if names_itself else {}))
    assert (await account_of(sqlite_world))["kind"] == kind


async def test_who_lost_the_mailbox_gives_another_or_is_led_back_in(sqlite_world: World) -> None:
    """The page with the code says that a mail was sent, so it has the way as every such page."""
    newcomer = await (await begin_from(sqlite_world)).until("code")
    assert "spam" in newcomer.page.text
    [path] = re.findall(r'<a href="([^"]+)">I no longer have this mailbox', newcomer.page.text)
    page = await newcomer.look(path)
    assert is_asking(page, "sign-up-credentials")
    assert re.search(r'<a href="/recovery\?for=mailbox&amp;from=[0-9a-f]{32}"', page.text)
    await newcomer.choose("nora@new.test")
    assert newcomer.step == "code"
    assert "nora@new.test" in newcomer.page.text


async def test_the_country_is_guessed_and_the_pages_speak_the_language_that_is_chosen(world: World) -> None:
    newcomer = await begin(world)
    assert '<option value="FR" selected>France</option>' in newcomer.page.text
    page = await newcomer.say_where("DE", "fr")
    assert page.headers["content-language"] == "fr"
    await newcomer.choose()
    [mail] = await delivered(world)
    assert "est votre code" in mail.text
    elsewhere = await begin(world, address="198.18.0.1")
    assert '<option value="">Choose</option>' in elsewhere.page.text
    assert "Choose your country" in (await elsewhere.say_where("")).text
    assert (await elsewhere.say_where("QO")).status_code == 422


async def test_the_password_is_kept_as_a_hash_alone_and_then_in_one_place(world: World) -> None:
    newcomer = await (await begin(world)).until("code")
    [(encoded,)] = await world.rows("SELECT encoded FROM sign_up")
    assert encoded.startswith("$argon2id$")
    await newcomer.prove()
    await newcomer.press(kind="individual")
    await newcomer.name()
    assert await world.rows("SELECT encoded FROM sign_up") == [("",)]
    assert (encoded,) in await world.rows("SELECT encoded FROM password")


@pytest.mark.parametrize(
    ("email", "password", "sentences"),
    [
        ("", "", ["Enter your e-mail address", "Enter a new password"]),
        ("nina@", CHOSEN, ["Enter an e-mail address in full"]),
        (EMAIL, "short", ["Use at least 12 characters"]),
        (EMAIL, "1q2w3e4r5t6y", ["Many people use this password"]),
        (EMAIL, "nina@new.test!", ["little more than your name"]),
    ],
)
async def test_both_are_judged_at_once_and_the_address_stays(
    sqlite_world: World, email: str, password: str, sentences: list[str]
) -> None:
    newcomer = await (await begin(sqlite_world)).until("credentials")
    page = await newcomer.choose(email, password)
    assert page.status_code == 422
    assert "<title>Error:" in page.text
    for sentence in sentences:
        assert sentence in page.text
    assert f'name="email" type="text" value="{email}"' in page.text
    assert await delivered(sqlite_world) == []
    assert await sqlite_world.rows("SELECT email, encoded FROM sign_up") == [("", "")]


async def test_prompt_create_begins_here_also_for_who_is_signed_in(world: World) -> None:
    newcomer = await begin_from(world, prompt="create")
    assert is_asking(newcomer.page, "sign-up-country")
    assert "you continue to <bdi>Manager</bdi>" in newcomer.page.text
    signed_in = world.browser()
    await signed_in.sign_in()
    page = await signed_in.authorize(prompt="create")
    newcomer = Newcomer(world=world, browser=signed_in, page=page)
    await newcomer.until("welcome")
    await newcomer.go_on()
    await skip_backup(newcomer)
    assert "code" in answer(newcomer.page)
    home = await signed_in.get("/account")
    assert "Nina Novak" in home.text
    ended = await world.rows("SELECT count(*) FROM session WHERE ended_at IS NOT NULL")
    assert ended == [(1,)]


async def test_whoever_has_an_account_signs_in_instead(world: World) -> None:
    newcomer = await begin_from(world, prompt="create")
    [path] = re.findall(r'<li><a href="(/sign-in/[^"]+)"', newcomer.page.text)
    page = await newcomer.look(path)
    assert is_asking(page, "login")
    done = await newcomer.browser.submit(
        page, "login", username="aa11111-ovh", password="correct horse battery"
    )
    assert "code" in answer(await newcomer.browser.follow(done))


@pytest.mark.parametrize("prompt", ["create login", "none create", "create consent", "create select_account"])
async def test_prompt_create_stands_alone(sqlite_world: World, prompt: str) -> None:
    refused = await sqlite_world.browser().authorize(prompt=prompt)
    assert answer(refused)["error"] == "invalid_request"
    document = (await sqlite_world.browser().get("/.well-known/openid-configuration")).json()
    assert "create" in document["prompt_values_supported"]


async def test_an_application_that_wants_more_gets_it_after_the_welcome(risky_world: World) -> None:
    claims = json.dumps({"id_token": {"acr": {"essential": True, "value": Acr.TWO_FACTORS.value}}})
    newcomer = await (await begin_from(risky_world, claims=claims)).until("welcome")
    await newcomer.go_on()
    assert newcomer.path.endswith("/set-up"), newcomer.page.text


async def test_a_third_party_asks_for_consent_after_the_welcome(world: World) -> None:
    newcomer = await begin_from(
        world, client_id="spa", redirect_uri="http://localhost:3000/callback", resource=""
    )
    await newcomer.until("welcome")
    await newcomer.go_on()
    await skip_backup(newcomer)
    assert is_asking(newcomer.page, "consent")


async def test_closed_it_says_so_and_nothing_leads_there(sqlite_url: str, tmp_path: Path) -> None:
    settings = risky_settings(sqlite_url, tmp_path, sign_up=SignUp(open=False))
    async with open_world(settings) as world:
        browser = world.browser()
        assert "/sign-up" not in (await browser.authorize()).text
        page = await browser.authorize(prompt="create")
        assert (page.status_code, "No new accounts here" in page.text) == (403, True)
        assert '/login"' in page.text
        posted = await browser.http.post(
            "/sign-up", data={"country": "FR"}, headers={"origin": "http://localhost:8000"}
        )
        assert posted.status_code == 403
        assert await world.rows("SELECT * FROM sign_up") == []
        document = (await browser.get("/.well-known/openid-configuration")).json()
        assert "create" not in document["prompt_values_supported"]
