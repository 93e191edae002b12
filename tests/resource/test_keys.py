"""The issuer's keys: read when first wanted, again when they must be, and not more often than that."""

import asyncio

from joserfc.jwk import ECKey

from tests.resource.conftest import GuardedApi
from tests.resource.issuing import NOW, SmallIssuer

_NEW = {"kid": "two"}


def _rotated(issuer: SmallIssuer) -> str:
    """A token by a key that the issuer has published since."""
    issuer.key = ECKey.generate_key("P-256", {"kid": "two"})
    return issuer.token(header=_NEW, exp=NOW + 100_000)


async def test_many_first_requests_read_the_keys_once(api: GuardedApi) -> None:
    token = api.issuer.token()
    answers = await asyncio.gather(*(api.get(token=token) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert api.issuer.reads == 1


async def test_a_new_key_is_found(api: GuardedApi) -> None:
    await api.get(token=api.issuer.token())
    api.clock.at += 61
    token = _rotated(api.issuer)
    answers = await asyncio.gather(*(api.get(token=token) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert api.issuer.reads == 2


async def test_unknown_keys_are_looked_for_once_a_minute_at_most(api: GuardedApi) -> None:
    await api.get(token=api.issuer.token())
    for index in range(10):
        await api.get(token=api.issuer.token(header={"kid": f"unknown-{index}"}))
    assert api.issuer.reads == 1
    api.clock.at += 60
    for index in range(10):
        await api.get(token=api.issuer.token(header={"kid": f"unknown-{index}"}))
    assert api.issuer.reads == 2


async def test_a_withdrawn_key_is_forgotten_within_an_hour(api: GuardedApi) -> None:
    token = api.issuer.token(exp=NOW + 100_000)
    assert (await api.get(token=token)).status_code == 200
    _rotated(api.issuer)
    api.clock.at += 3_600
    assert (await api.get(token=token)).status_code == 401


async def test_keys_survive_an_outage_for_a_day(api: GuardedApi) -> None:
    token = api.issuer.token(exp=NOW + 1_000_000)
    await api.get(token=token)
    api.issuer.is_down = True
    api.clock.at += 86_399
    assert (await api.get(token=token)).status_code == 200
    api.clock.at += 1
    response = await api.get(token=token)
    assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")
    assert response.headers["retry-after"] == "5"
    api.issuer.is_down = False
    api.clock.at += 61
    assert (await api.get(token=token)).status_code == 200


async def test_without_keys_the_answer_is_to_come_back(api: GuardedApi) -> None:
    api.issuer.is_down = True
    token = api.issuer.token()
    assert (await api.get(token=token)).status_code == 503
    api.issuer.is_down = False
    assert (await api.get(token=token)).status_code == 503  # Nobody asks again within five seconds.
    api.clock.at += 5
    assert (await api.get(token=token)).status_code == 200


async def test_metadata_of_another_issuer_is_not_believed(api: GuardedApi) -> None:
    """RFC 8414 §3.3."""
    for metadata in ({"issuer": "https://attacker.example"}, {"jwks_uri": 5}, {"issuer": None}):
        api.issuer.metadata = metadata
        assert (await api.get(token=api.issuer.token())).status_code == 503
        api.clock.at += 5
    api.issuer.metadata = {}
    for published in ([], [{"kty": "oct", "k": "AA", "kid": "one"}], [{"kty": "EC", "kid": "one"}], ["x"]):
        api.issuer.published = published  # type: ignore[assignment]
        assert (await api.get(token=api.issuer.token())).status_code == 503
        api.clock.at += 5
