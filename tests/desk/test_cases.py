"""A case from its opening to what it changes, as agents and mailboxes see it."""

from idp.records.case import CaseStatus
from tests.desk.casework import begin
from tests.support.world import World

SPARE, PRIMARY = "carol.spare@example.test", "carol@example.test"


async def test_two_agents_make_the_backup_address_primary(world: World) -> None:
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    told = await work.approve()
    assert {mail.to for mail in told} == {PRIMARY, SPARE}
    assert await work.addresses() == (PRIMARY, SPARE)
    done = await work.cool_off()
    assert {mail.to for mail in done} == {PRIMARY, SPARE}
    assert await work.addresses() == (SPARE, None)
    assert (await work.case()).status is CaseStatus.DONE
    assert await work.history() == [
        "opened",
        "code-sent",
        "read-back",
        "proposed",
        "approved",
        "applied",
    ]
