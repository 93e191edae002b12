"""Why an act on an account is not done."""


class AccountProblem(Exception):
    """The message is a sentence for whoever asked for it."""


class UnknownAccount(AccountProblem):
    """No account has this customer ID or address."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"There is no account {identifier}.")


class BadAddress(AccountProblem):
    """Not an e-mail address."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address!r} is not an e-mail address.")


class AddressTaken(AccountProblem):
    """Another account has this primary e-mail."""

    def __init__(self, address: str) -> None:
        super().__init__(f"Another account has the address {address}.")


class BadCustomerId(AccountProblem):
    """Not a customer ID of this installation."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(f"{customer_id!r} is not a customer ID.")


class CustomerIdTaken(AccountProblem):
    """Given before: customer IDs never repeat."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(f"The customer ID {customer_id} was given before.")


class BadGroup(AccountProblem):
    """Not a name for a group."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} can't name a group: use a to z, 0 to 9, - and _, at most 32 characters, and no role's name."
        )


class BadDomain(AccountProblem):
    """Not a domain name."""

    def __init__(self, domain: str) -> None:
        super().__init__(f"{domain!r} is not a domain name, such as example.com.")


class DomainTaken(AccountProblem):
    """Another account has this domain."""

    def __init__(self, domain: str) -> None:
        super().__init__(f"Another account has the domain {domain}. Remove it there first.")


class ChangedMeanwhile(AccountProblem):
    """Somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__("The account changed meanwhile. Look again, then repeat.")
