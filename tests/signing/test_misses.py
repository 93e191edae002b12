from idp.signing.misses import Misses


def test_a_name_is_looked_for_once_in_a_while() -> None:
    misses = Misses(seconds=60)
    assert [misses.admits("a", now) for now in (0, 1, 59, 60, 61)] == [True, False, False, True, False]


def test_strangers_names_can_cause_only_so_many_looks() -> None:
    misses = Misses(seconds=60, most=3)
    assert [misses.admits(str(name), 0) for name in range(5)] == [True, True, True, False, False]
    assert misses.admits("later", 60)


def test_a_clock_that_was_set_back_blocks_nobody() -> None:
    misses = Misses(seconds=60)
    assert misses.admits("a", 10_000)
    assert misses.admits("a", 5)
