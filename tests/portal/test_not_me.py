"""“This wasn’t me”: what the link in a mail ends, whoever opens it, and the new password that it leads to."""

from tests.login.coded import ask_for_code, code_in, link_in, mails_to
from tests.portal.pressing import press
from tests.support.world import World

CHOSEN = "seven quiet herons"


async def test_the_link_ends_the_challenge_and_leads_to_a_new_password(risky_world: World) -> None:
    stranger = await ask_for_code(risky_world, address="203.0.113.9")
    [mail] = await mails_to(risky_world, "code")
    owner = risky_world.browser()
    page = await owner.get(link_in(mail))
    assert page.status_code == 200, page.text
    chosen = await owner.follow(await press(owner, page, "not-me", "continue"))
    assert chosen.url.path.startswith("/new-password/")
    refused = await stranger.enter(code_in(mail))
    assert "/login" in str(refused.headers.get("location", "")) or refused.is_redirect
    saved = await press(owner, chosen, "new-password", "continue", password=CHOSEN)
    assert "Your password is saved" in saved.text
