"""How somebody who is signed in stands: their devices, and what is asked of them."""

from idp.account.own_devices import OwnDevice, devices_of, usable
from idp.portal.visit import Visit
from idp.records.factor import Standing
from idp.store.factors import STANDING

__all__ = ["OwnDevice", "devices_of", "standing_of", "usable"]


async def standing_of(visit: Visit) -> Standing:
    found = await visit.door.database.one(STANDING, of_subject=visit.person.subject_id)
    assert found is not None  # Whoever is signed in is a subject.
    return found
