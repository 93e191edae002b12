"""What mails call an application."""

import pytest

from idp.records.client import OPEN, Client, ClientId

CALL = "Your account is blocked, call +33 1 99 00 00 99"


def client(name: str, registered_by: str, **metadata: object) -> Client:
    return Client(client_id=ClientId("c1"), client_name=name, registered_by=registered_by, **metadata)  # type: ignore[arg-type]


@pytest.mark.parametrize("registered_by", [OPEN, "some-token"])
def test_a_stranger_s_name_is_no_message(registered_by: str) -> None:
    assert client("Photo prints", registered_by).mailed_name("en") == "Photo prints"
    assert client(CALL, registered_by).mailed_name("en") == "c1"
    localized = {"client_name#fr": "Voir evil.example"}
    assert client("Photo prints", registered_by, localized=localized).mailed_name("fr") == "c1"


def test_an_operator_s_name_is_what_it_is() -> None:
    assert client("Booking.example", "").mailed_name("en") == "Booking.example"
