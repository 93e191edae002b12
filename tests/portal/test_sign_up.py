"""Becoming a customer: the questions in their order, and what there is at the end."""

import json

from tests.portal.signing_up import CHOSEN, EMAIL, begin, begin_from
from tests.support.mail import delivered
from tests.support.world import World, answer, is_asking


async def test_answers_become_an_account_that_is_signed_in_and_goes_on(risky_world: World) -> None:
    newcomer = await (await begin_from(risky_world)).until("welcome")
    [mail] = await delivered(risky_world)
    [row] = await risky_world.rows(
        "SELECT customer_id, primary_email, primary_email_verified, kind, country, language, status, profile,"
        f" backup_asked_at FROM account WHERE primary_email_key = '{EMAIL}'"
    )
    customer_id = row[0]
    assert row[1:7] == (EMAIL, 1, "individual", "FR", "en", "active")
    assert json.loads(row[7]) == {"given_name": "Nina", "family_name": "Novak", "name": "Nina Novak"}
    assert row[8] is None
    assert customer_id.startswith("nn")
    assert customer_id in newcomer.page.text
    assert (mail.to, customer_id in mail.subject, customer_id in mail.text) == (EMAIL, True, True)
    await newcomer.go_on()
    assert is_asking(newcomer.page, "backup-address"), newcomer.page.text
