"""Who comes in at the support desk: staff, signed in with two factors, and nobody else ever learns that it exists."""

from tests.desk.agents import make_agent, open_desk
from tests.support.world import World


async def test_agent_signs_in_with_an_app_and_finds_the_search(world: World) -> None:
    sam = await make_agent(world, "sam")
    _, page = await open_desk(world, sam)
    assert page.status_code == 200
    assert 'id="search"' in page.text
    assert "Sam Test" in page.text
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert "form-action 'self'" in page.headers["content-security-policy"]
