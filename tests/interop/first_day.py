"""An operator's first day: commands on an empty installation, until somebody can sign in to something."""

from typing import Any

from tests.interop.installation import Installation

# Neither ASCII nor harmless in HTML: it has to arrive in applications as it is.
NAME = "Zoé <Łukasiewicz>"


def prepare(installation: Installation) -> None:
    """Check the configuration, and make the schema in an empty database."""
    assert "is fine" in installation.idp("config", "check")
    assert installation.idp_json("db", "upgrade")["former"] is None
    assert installation.idp_json("db", "check")["problems"] == []


def create_person(installation: Installation, *options: str) -> dict[str, Any]:
    """An account; answers it with its enrolment link."""
    created: dict[str, Any] = installation.idp_json("account", "create", "--name", NAME, *options)
    return created


def create_client(installation: Installation, client_id: str, *options: str) -> dict[str, Any]:
    """A client; answers it with its secret, which nobody reads again."""
    created: dict[str, Any] = installation.idp_json(
        "client", "create", client_id, "--name", client_id, *options
    )
    return created


def examine(installation: Installation) -> None:
    """`idp doctor` fails nothing, and doubts nothing but what is the machine's: its mail, its clock, its speed."""
    findings = installation.idp_json("doctor")
    for subject in ("configuration", "issuer", "tls", "proxy", "database", "keys"):
        assert {one["level"] for one in findings if one["subject"] == subject} == {"fine"}, findings
