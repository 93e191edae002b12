"""Mails about accounts: becoming a customer, forgotten IDs and passwords, addresses, blocks and deletion."""

from idp.events.template import AT, NOT_ME, SEEN, template

_ORIGIN = "https://login.example.com"

ACCOUNT_MAILS = (
    # To somebody who has an account, and tried to make another one. Or somebody else did.
    template(
        "sign-up-taken", {"sign_in_url": f"{_ORIGIN}/account", "forgot_url": f"{_ORIGIN}/forgot", **SEEN}
    ),
    template("welcome", {"sign_in_url": f"{_ORIGIN}/account"}),
    # `to` is the address that was typed; its owner may have lost the primary one.
    template(
        "customer-id",
        {"to": "primary", "sign_in_url": f"{_ORIGIN}/account", "lost_mailbox_url": f"{_ORIGIN}/recovery"},
        {"to": "backup", "sign_in_url": f"{_ORIGIN}/account", "lost_mailbox_url": f"{_ORIGIN}/recovery"},
        choices={"to": ("primary", "backup")},
    ),
    template(
        "new-password",
        {"new_password_url": f"{_ORIGIN}/new-password/0192f3a4-sample", "minutes": 60, **SEEN},
    ),
    # To the current primary address: the code with which a change applies at once.
    template(
        "address-change-code",
        *(
            {"what": what, "code": "1234 5678", "minutes": 10, "new_address": new_address}
            for what, new_address in (
                ("primary", "n•••@example.com"),
                ("backup", "n•••@example.com"),
                ("removal", ""),
            )
        ),
        choices={"what": ("primary", "backup", "removal")},
    ),
    # A new password by a link, where something goes on that doesn't know it; else it is `security-changed`.
    template(
        "password-changed",
        *(
            {
                "programs": programs,
                "accounts": accounts,
                "applications_url": f"{_ORIGIN}/account/applications",
                "delegations_url": f"{_ORIGIN}/account/delegations",
                **SEEN,
                **NOT_ME,
            }
            for programs, accounts in ((2, 1), (1, 0), (0, 3))
        ),
    ),
    # To every known address: a change waits. `new_address` is empty where the backup address goes away.
    template(
        "address-change",
        *(
            {
                "what": what,
                "new_address": new_address,
                "apply_at": AT + 86_400,
                "cancel_url": f"{_ORIGIN}/address/0192f3a4-sample",
                **SEEN,
            }
            for what, new_address in (
                ("primary", "n•••@example.com"),
                ("backup", "n•••@example.com"),
                ("removal", ""),
            )
        ),
        choices={"what": ("primary", "backup", "removal")},
    ),
    # `by` decides what undoes it.
    template(
        "account-blocked",
        {"by": "owner", "forgot_url": f"{_ORIGIN}/forgot", "at": AT},
        {"by": "staff", "forgot_url": f"{_ORIGIN}/forgot", "at": AT},
        choices={"by": ("owner", "staff")},
    ),
    # One of two, each to another address.
    template("unblock-code", {"code": "1234 5678", "minutes": 10, **SEEN}),
    template(
        "deletion-planned",
        {"delete_at": AT + 2_592_000, "cancel_url": f"{_ORIGIN}/deletion/0192f3a4-sample", **SEEN},
    ),
    template("account-deleted", {"at": AT}),
    # What somebody else did. `other` is their customer ID.
    template(
        "delegation",
        *(
            {
                "what": what,
                "other": "bb22222-ovh",
                "page_url": f"{_ORIGIN}/account/delegations",
                "at": AT,
            }
            for what in ("offered", "accepted", "declined", "ended-for-customer", "ended-for-delegate")
        ),
        choices={"what": ("offered", "accepted", "declined", "ended-for-customer", "ended-for-delegate")},
    ),
)
