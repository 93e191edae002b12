"""Who listens where: one base port, and fixed distances from it."""

from dataclasses import dataclass

DEFAULT_PORT = 8000
_SMTP_DISTANCE = 26
HIGHEST_DISTANCE = 27


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Origins and ports of one demo world. Two worlds on one machine use base ports at least 100 apart."""

    port: int = DEFAULT_PORT

    @property
    def issuer(self) -> str:
        return self._origin(0)

    @property
    def manager(self) -> str:
        return self._origin(1)

    @property
    def api(self) -> str:
        return self._origin(2)

    @property
    def billing(self) -> str:
        """Where `BILLING` answers: at the demo API's port."""
        return f"{self.api}/billing"

    @property
    def second(self) -> str:
        return self._origin(3)

    @property
    def mailbox(self) -> str:
        return self._origin(25)

    @property
    def sms(self) -> str:
        """The gateway that texts go to; they arrive in the mailbox."""
        return f"{self.mailbox}/api/v1/sms"

    @property
    def smtp_port(self) -> int:
        return self.port + _SMTP_DISTANCE

    @property
    def metrics(self) -> str:
        return self._origin(HIGHEST_DISTANCE)

    def _origin(self, distance: int) -> str:
        return f"http://localhost:{self.port + distance}"


BILLING = "https://billing.demo.test"
"""A resource server behind the demo API, which only exchanged tokens reach. Its name is no address of the demo."""
