"""Whether a subject has signed in from a network before: what a stranger uses up there is not taken from its owner."""

from idp.records.account import SubjectId
from idp.records.event import Circumstances
from idp.risk.features import connection_of
from idp.risk.habits import Habits, Level, read
from idp.risk.keyed import Keyed, key_number
from idp.signing.secrets import Purpose, Secrets
from idp.store.database import Database
from idp.store.risk import PROFILE


async def is_familiar(
    database: Database, secrets: Secrets, subject_id: SubjectId, circumstances: Circumstances
) -> bool:
    """Whether a completed sign-in came from this address or its network, as far as habits remember."""
    profile = await database.one(PROFILE, of_subject=subject_id)
    if profile is None:
        return False
    habits = read(profile.habits)
    return _is_used(habits, secrets, Level.ADDRESS, connection_of(circumstances.address)) or _is_used(
        habits, secrets, Level.NETWORK, circumstances.network
    )


def _is_used(habits: Habits, secrets: Secrets, level: Level, value: str) -> bool:
    """Under whichever key the habits have it."""
    used = habits.at(level)
    if not value:
        return False
    keys = (secrets.find(f"{Purpose.ADDRESS}-{number}") for number in {key_number(name) for name in used})
    return any(Keyed(newest=key).digest(value) in used for key in keys if key is not None)
