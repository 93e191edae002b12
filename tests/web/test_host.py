"""`web/host.py`: the names that are ours."""

import pytest

from idp.web.host import allowed_hosts

pytestmark = pytest.mark.requirement("S81")


def test_the_default_port_may_be_written_or_left_out() -> None:
    assert allowed_hosts("https://ID.example", ()) == {b"id.example", b"id.example:443"}
    assert allowed_hosts("https://id.example:443", ()) == {b"id.example", b"id.example:443"}


def test_another_port_is_part_of_the_name() -> None:
    assert allowed_hosts("http://localhost:8000", ()) == {b"localhost:8000"}


def test_listed_hosts_are_added_as_they_stand() -> None:
    assert allowed_hosts("https://id.example", ("Internal.example:8443", "[::1]:8000", "[::1]")) == {
        b"id.example",
        b"id.example:443",
        b"internal.example:8443",
        b"[::1]:8000",
        b"[::1]",
        b"[::1]:443",
    }
