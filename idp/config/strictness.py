"""Rules on exceptions: each that is on warns, and the strict profile refuses it. So for what a test suite is spared."""

import re
from collections.abc import Iterator

from idp.config.exceptions import relaxed
from idp.config.finding import Finding
from idp.config.positions import KeyPath
from idp.config.risk import small_network
from idp.config.settings import Settings

_PROFILE = ("profile",)
_NETWORKS: tuple[KeyPath, ...] = (("exceptions", "fetch_private_networks"), ("login", "unthrottled_networks"))
# A suite is a few machines; whoever means more than a site's network means something else.
_SHORTEST_PREFIX = {4: 8, 6: 32}
_CUSTOMER_ID = re.compile(r"[a-z]{2}[0-9]{5,12}(-[a-z0-9]{1,16})?")


def strict(settings: Settings) -> Iterator[Finding]:
    """Unsafe under the strict profile: everything that `exceptions` finds doubtful."""
    if settings.profile != "strict":
        return
    for finding in exceptions(settings):
        message = f'is refused by profile = "strict": it {finding.message}'
        fix = f'{finding.fix} Or choose profile = "standard".'
        yield Finding(path=finding.path, because=(_PROFILE,), message=message, fix=fix)


def exceptions(settings: Settings) -> Iterator[Finding]:
    """What is relaxed, and what that means."""
    for one in relaxed(settings.exceptions):
        yield Finding(path=("exceptions", one.key), message=one.warning, fix=one.fix)
    if settings.risk.observed_accounts:
        message = "sign in with a password alone, whatever the risk policy says."
        fix = "Name test accounts alone, and none once the tests are over."
        yield Finding(path=("risk", "observed_accounts"), message=message, fix=fix)
    if settings.login.unthrottled_networks:
        message = "may try passwords of many accounts without ever waiting."
        fix = "Name a test suite's addresses alone, and none once the tests are over."
        yield Finding(path=("login", "unthrottled_networks"), message=message, fix=fix)


def audiences(settings: Settings) -> Iterator[Finding]:
    if "issuer" not in settings.exceptions.assertion_audiences:
        message = "does not name the issuer, which is what strict clients name."
        path = ("exceptions", "assertion_audiences")
        yield Finding(path=path, message=message, fix='Write ["issuer"] or ["issuer", "endpoint"].')


def networks(settings: Settings) -> Iterator[Finding]:
    for section, key in _NETWORKS:
        for index, text in enumerate(getattr(getattr(settings, str(section)), str(key))):
            yield from small_network(
                (section, key, index),
                text,
                shortest=_SHORTEST_PREFIX,
                message="is so large that strangers are in it.",
            )


def test_accounts(settings: Settings) -> Iterator[Finding]:
    for index, customer_id in enumerate(settings.risk.observed_accounts):
        if not _CUSTOMER_ID.fullmatch(customer_id):
            path = ("risk", "observed_accounts", index)
            fix = f'Write it as "ab12345{settings.customer_id.suffix}".'
            yield Finding(path=path, message="is not a customer ID.", fix=fix)
