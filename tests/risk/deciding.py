"""Facts and histories for tests of the pure decision."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from idp.config.settings import Risk
from idp.risk.counts import EVERYBODY, Counted, Counts, counted
from idp.risk.decision import Facts
from idp.risk.features import Features
from idp.risk.habits import Habits, learnt
from tests.support.rooms import NOW

DAY = 86_400
POLICY = Risk(least_sign_ins=0)
# One of each network, so that an address tells the network, and that the country.
FEATURES = Features(
    ip="1.home",
    network="1.net",
    asn=64_500,
    country="FR",
    browser="Firefox",
    version=140,
    system="Linux",
    data_at=NOW - DAY,
)


def seen(**fields: Any) -> Features:
    return replace(FEATURES, **fields)


def history(visits: Iterable[Features], *, until: int = NOW) -> Habits:
    """The habits after some sign-ins, one a day, the last one a day ago."""
    visits = list(visits)
    habits = Habits()
    for number, visit in enumerate(visits):
        habits = learnt(habits, visit, until - (len(visits) - number) * DAY)
    return habits


def tally(visits: Iterable[Features]) -> Counts:
    found: dict[Counted, int] = {}
    for visit in visits:
        for one in counted(visit):
            found[one] = found.get(one, 0) + 1
    return Counts(of=found)


def facts(visits: Iterable[Features] = (FEATURES,) * 10, **fields: Any) -> Facts:
    """A customer with a history; the world's is theirs and a thousand others'."""
    visits = list(visits)
    counts = tally([*visits, *[FEATURES] * 400, *[seen(country="DE", asn=64_600)] * 300])
    plain = Facts(
        features=FEATURES,
        habits=history(visits),
        sign_ins=len(visits),
        counts=counts,
        last_sign_in_at=NOW - DAY,
    )
    assert counts.of[EVERYBODY] > 0
    return replace(plain, **fields)


_places = st.sampled_from(
    [
        (ip, network, asn, country)
        for country, asns in {
            "FR": (64_500, 64_501),
            "DE": (64_600,),
            "AU": (64_700,),
            "-": (0,),
            "": (0,),
        }.items()
        for asn in asns
        for network in (f"1.n{asn}{country}", f"1.m{asn}{country}")
        for ip in (f"{network}1", f"{network}2")
    ]
)


@st.composite
def visits(draw: st.DrawFn) -> Features:
    """A sign-in somewhere in a small world."""
    ip, network, asn, country = draw(_places)
    browser, system = draw(
        st.sampled_from([("Firefox", "Linux"), ("Chrome", "Windows"), ("Chrome", "Linux"), ("", "")])
    )
    return seen(
        ip=ip,
        network=network,
        asn=asn,
        country=country,
        browser=browser,
        system=system,
        version=draw(st.sampled_from([0, 100, 110])),
        is_hosting=draw(st.booleans()),
        data_at=draw(st.sampled_from([0, NOW - 100 * DAY, NOW - DAY])),
    )
