"""Whether the data that say where addresses are can be read, and how old they are."""

from collections.abc import Iterator

from idp.adapters.geography import open_geography
from idp.cli.checks.finding import Finding, fine, warning
from idp.config.settings import Risk

_DAY = 86_400


def check_address_data(policy: Risk, *, now: int) -> Iterator[Finding]:
    data_at = open_geography(policy).data_at()
    if not data_at:
        message = "None can be read: places are unknown, and more sign-ins need a code. Check [risk]."
        yield warning("address data", message)
        return
    days = max(0, now - data_at) // _DAY
    if days > policy.data_days:
        renewal = "Renew the database" if policy.country_database or policy.city_database else "Update iptocc"
        message = f"They may be {days} days old: more sign-ins need a code. {renewal}."
        yield warning("address data", message)
    else:
        yield fine("address data", f"No older than {days} days")
