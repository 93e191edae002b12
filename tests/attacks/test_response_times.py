"""Who has an account, asked of the clock (`peers.md` §5 item 8): distributions are compared, and no single time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from tests.portal.pressing import forms_of
from tests.portal.signing_up import CHOSEN, begin
from tests.portal.ways_back import give_backup
from tests.support.mail import delivered
from tests.support.world import ISSUER, World

_DAY = 86_400
_ROUNDS, _WARM = 60, 6


@dataclass(kw_only=True)
class Stopwatch:
    """Around the application: how long the last answer took, as its reader sees it. What is done after it is not."""

    app: Any
    seconds: float = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began = perf_counter()

        async def timed(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.seconds = perf_counter() - began

        await self.app(scope, receive, timed)


async def distributions(
    world: World, ask: Callable[[str], Awaitable[None]], groups: dict[str, tuple[str, ...]]
) -> dict[str, list[float]]:
    """The times of each group, taken in turns so that all meet the same weather, and each as often after each other."""
    watch = Stopwatch(app=world.app)
    world.app = watch
    times: dict[str, list[float]] = {name: [] for name in groups}
    for round_ in range(_ROUNDS + _WARM):
        turned = [*groups.items()][round_ % len(groups) :] + [*groups.items()][: round_ % len(groups)]
        for name, typed in turned:
            await ask(typed[round_ % len(typed)])
            if round_ >= _WARM:
                times[name].append(watch.seconds)
        # Every count starts anew, so that the mail is written each time.
        world.clock.pass_(_DAY + 3_600)
    return times


def slower_share(first: list[float], second: list[float]) -> float:
    """How often one of the first is slower than one of the second (Mann and Whitney): a half where they are alike."""
    pairs = [(one > other) + (one == other) / 2 for one in first for other in second]
    return sum(pairs) / len(pairs)


def are_alike(first: list[float], second: list[float]) -> bool:
    """Whether nobody tells them apart: neither by ranks, which outliers don't move, nor by more than a twentieth. With
    sixty of each, chance moves the ranks by 0.2 once in some thousand runs, and by 0.25 never.
    """
    shift = abs(median(first) - median(second)) / median(second)
    return 0.25 < slower_share(first, second) < 0.75 or shift < 0.05


def test_the_ranks_tell_what_differs() -> None:
    noisy = [1.0 + number % 7 / 10 for number in range(60)]
    assert slower_share(noisy, noisy) == 0.5
    assert are_alike(noisy, [*noisy[1:], 500.0])
    assert not are_alike(noisy, [time * 1.5 for time in noisy])
    assert not are_alike([1.0, 3.0] * 30, [1.0] * 60)


async def test_nobody_learns_from_forgot_who_exists(world: World) -> None:
    """By ID, primary or backup address, of one account or of several, open or blocked, and nobody's."""
    for who in ("alice", "bob"):
        await give_backup(world, who, "both@example.test")
    page = await world.browser().get("/forgot")
    path, hidden = forms_of(page)["forgot-password"]
    cookies, number = page.cookies, 0

    async def ask(typed: str) -> None:
        nonlocal number
        number += 1
        client = world.browser(address=f"10.{number // 250}.{number % 250}.9")
        client.http.cookies.update(cookies)
        fields = {**hidden, "action": "continue", "username": typed}
        answered = await client.http.post(path, data=fields, headers={"origin": ISSUER})
        assert answered.status_code == 303

    times = await distributions(
        world,
        ask,
        {
            "nobody": ("zz99999-ovh", "nobody@example.test"),
            "somebody": ("aa11111-ovh", "bob@example.test"),
            "backup": ("both@example.test",),
            "blocked": ("dan@example.test",),
        },
    )
    for name in ("somebody", "backup", "blocked"):
        assert are_alike(times[name], times["nobody"]), name
    written = "SELECT count(DISTINCT subject_id) FROM outbox WHERE template <> 'new-sign-in'"
    assert await world.rows(written) == [(3,)]


async def test_nobody_learns_from_sign_up_who_has_an_account(world: World) -> None:
    number = 0

    async def ask(typed: str) -> None:
        nonlocal number
        number += 1
        newcomer = await begin(world, address=f"10.{number // 250}.{number % 250}.9")
        await newcomer.until("credentials")
        path, hidden = forms_of(newcomer.page)["sign-up-credentials"]
        fields = {**hidden, "action": "continue", "email": typed, "password": CHOSEN}
        answered = await newcomer.browser.http.post(path, data=fields, headers={"origin": ISSUER})
        assert answered.headers["location"].endswith("/code")

    times = await distributions(
        world,
        ask,
        {
            "taken": ("alice@example.test", "bob@example.test", "dan@example.test"),
            "free": ("elise@example.test", "bea@example.test", "don@example.test"),
        },
    )
    assert are_alike(times["taken"], times["free"])


async def test_mails_to_taken_and_to_free_addresses_leave_at_the_same_moment(world: World) -> None:
    for email in ("alice@example.test", "elise@example.test"):
        newcomer = await begin(world, address="192.0.2.1" if "elise" in email else "198.51.100.1")
        await (await newcomer.until("credentials")).choose(email)
    moments = await world.rows(
        "SELECT created_at, due_at, expires_at, attempts, status FROM outbox ORDER BY message_id"
    )
    assert len(moments) == 2
    assert moments[0] == moments[1]
    assert [mail.to for mail in await delivered(world)] == ["alice@example.test", "elise@example.test"]
