"""What acts on accounts work with: the front door has it for requests, the house for jobs."""

from typing import Protocol

from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.events.outbox import Outbox
from idp.records.ports import Entropy
from idp.store.database import Database


class Office(Protocol):
    @property
    def settings(self) -> Settings: ...

    @property
    def database(self) -> Database: ...

    @property
    def entropy(self) -> Entropy: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def outbox(self) -> Outbox: ...
