"""Sign-ins as customers make them, from the first one on, on both databases."""

from idp.records.risk import Outcome
from tests.risk.conftest import ABROAD, CAFE, CHROME, HOME, HOME_AGAIN, Desk


async def test_a_first_sign_in_without_a_known_browser_needs_a_code(desk: Desk) -> None:
    assessment = await desk.assess(last_sign_in_at=None)
    assert assessment.outcome is Outcome.CODE
    assert assessment.reasons == ("never_used", "no_device_cookie")


async def test_a_known_browser_at_a_usual_place_is_not_asked(desk: Desk) -> None:
    await desk.usual()
    assessment = await desk.assess(device=desk.device())
    assert (assessment.outcome, assessment.reasons) == (Outcome.ALLOW, ("known_device",))


async def test_a_private_window_at_home_is_not_asked(desk: Desk) -> None:
    await desk.usual()
    for address in (HOME, HOME_AGAIN):
        assessment = await desk.assess(address)
        assert (assessment.outcome, assessment.reasons) == (Outcome.ALLOW, ("usual",))


async def test_the_same_password_from_a_new_country_is_asked(desk: Desk) -> None:
    await desk.usual()
    assert (await desk.assess(ABROAD)).outcome.severity >= Outcome.CODE.severity
    assert (await desk.assess(ABROAD, device=desk.device())).outcome.severity >= Outcome.CODE.severity


async def test_another_browser_elsewhere_is_asked(desk: Desk) -> None:
    await desk.usual()
    assessment = await desk.assess(CAFE, CHROME)
    assert assessment.outcome is not Outcome.ALLOW
    assert assessment.reasons == ("new_system", "new_network", "no_device_cookie")
