"""The people of the demo world. Their data is public; `idp serve` refuses a database that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.records.account import AccountStatus, Role

PASSWORD = "correct horse battery"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""The secret of every authenticator app, for whoever has two-factor authentication on."""

BACKUP_CODES = (
    "4Q7M-ZX2C-9KTA-61HN",
    "8D3W-PV5J-0RBE-7YGS",
    "K1XF-64MT-QH9N-2C8D",
    "ZT5B-93WA-E7JR-V0KP",
    "6GNC-Y8D2-4XSM-H1QF",
    "R9AJ-0KPV-T35W-8ZBE",
    "2HXS-7CQG-M64D-YN1T",
    "VE8R-5BJ0-W2KF-93PA",
    "D6YT-1NMH-8GZQ-C4X7",
    "J03P-KWRE-5SVB-A9T2",
)
"""Bob's. Always the same, so that what was printed once can be read again; one that was used stays used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """`profile` holds standard claims of OpenID Connect Core §5.1 beyond the addresses. Whoever has a `totp_secret` has
    two-factor authentication on; `phone` is an E.164 number, of those that are nobody's.
    """

    customer_id: str
    email: str
    profile: Mapping[str, Any]
    purpose: str
    totp_secret: str = ""
    backup_codes: tuple[str, ...] = ()
    phone: str = ""
    backup_email: str | None = None
    role: Role = Role.CUSTOMER
    status: AccountStatus = AccountStatus.ACTIVE


def _named(given_name: str, family_name: str, **others: Any) -> Mapping[str, Any]:
    name = f"{given_name} {family_name}"
    return {"name": name, "given_name": given_name, "family_name": family_name, **others}


ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount(
        customer_id="aa11111-ovh",
        email="alice@demo.test",
        profile=_named("Alice", "Martin"),
        purpose="plain customer: a code by mail in a new browser",
    ),
    DemoAccount(
        customer_id="bb22222-ovh",
        email="bob@demo.test",
        profile=_named("Bob", "Durand"),
        purpose="two-factor authentication: app, phone, backup codes",
        totp_secret=TOTP_SECRET,
        backup_codes=BACKUP_CODES,
        phone="+33199005678",
    ),
    DemoAccount(
        customer_id="cc33333-ovh",
        email="carol@demo.test",
        backup_email="carol.spare@demo.test",
        profile=_named(
            "Carol",
            "Lefèvre",
            middle_name="Anne",
            nickname="Caro",
            preferred_username="carol",
            profile="https://carol.demo.test/",
            picture="https://carol.demo.test/portrait.png",
            website="https://carol.demo.test/",
            gender="female",
            birthdate="1984-02-29",
            zoneinfo="Europe/Paris",
            locale="fr-FR",
            phone_number="+33 1 99 00 12 34",
            phone_number_verified=True,
            address={
                "formatted": "2 rue de l’Exemple\n59100 Roubaix\nFrance",
                "street_address": "2 rue de l’Exemple",
                "locality": "Roubaix",
                "region": "Hauts-de-France",
                "postal_code": "59100",
                "country": "France",
            },
        ),
        purpose="every standard claim, and a backup e-mail",
    ),
    DemoAccount(
        customer_id="dd44444-ovh",
        email="dan@demo.test",
        profile=_named("Dan", "Petit"),
        status=AccountStatus.DISABLED,
        purpose="disabled",
    ),
    DemoAccount(
        customer_id="ss90001-ovh",
        email="sam@demo.test",
        profile=_named("Sam", "Roux"),
        role=Role.SUPPORT,
        purpose="support agent: app",
        totp_secret=TOTP_SECRET,
    ),
    DemoAccount(
        customer_id="kk90002-ovh",
        email="kim@demo.test",
        profile=_named("Kim", "Faure"),
        role=Role.SUPPORT,
        purpose="support agent: app",
        totp_secret=TOTP_SECRET,
    ),
    DemoAccount(
        customer_id="ad90000-ovh",
        email="ada@demo.test",
        profile=_named("Ada", "Moreau"),
        role=Role.ADMINISTRATOR,
        purpose="administrator: app",
        totp_secret=TOTP_SECRET,
    ),
)
