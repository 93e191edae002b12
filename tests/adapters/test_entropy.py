import uuid
from concurrent.futures import ThreadPoolExecutor

from idp.adapters.clock import SystemClock
from idp.adapters.entropy import SystemEntropy

NOW = 1_700_000_000


def test_an_identifier_is_a_version_7_uuid_of_its_second() -> None:
    value = SystemEntropy().uuid7(NOW)
    parsed = uuid.UUID(hex=value)
    assert value == parsed.hex
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert (parsed.int >> 80) // 1000 == NOW


def test_identifiers_of_one_process_are_in_the_order_of_their_making() -> None:
    entropy = SystemEntropy()
    made = [entropy.uuid7(NOW + step // 5_000) for step in range(20_000)]
    assert made == sorted(set(made))


def test_a_request_that_began_a_second_ago_does_not_go_back() -> None:
    entropy = SystemEntropy()
    later = entropy.uuid7(NOW + 1)
    assert entropy.uuid7(NOW) > later


def test_a_clock_that_was_set_back_counts_again() -> None:
    entropy = SystemEntropy()
    entropy.uuid7(NOW + 3_600)
    assert (int(entropy.uuid7(NOW), 16) >> 80) // 1000 == NOW


def test_threads_share_the_order() -> None:
    entropy = SystemEntropy()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: entropy.uuid7(NOW), range(5_000)))
    assert len(set(made)) == 5_000


def test_neighbours_can_not_be_counted() -> None:
    entropy = SystemEntropy()
    steps = set()
    for _ in range(50):
        first, second = (int(entropy.uuid7(NOW), 16) for _ in range(2))
        steps.add(second - first)
    assert len(steps) == 50


def test_random_bytes_have_the_length_that_was_asked_for() -> None:
    entropy = SystemEntropy()
    assert len(entropy.token_bytes(32)) == 32
    assert entropy.token_bytes(32) != entropy.token_bytes(32)


def test_the_clock_says_whole_seconds() -> None:
    before = SystemClock().now()
    assert isinstance(before, int)
    assert SystemClock().now() >= before > NOW
