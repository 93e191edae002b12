"""The registry of what we write: a template's words are in `templates/mail/`, what they need is here.

Each template also gets `brand`, `customer_id` and `name` (both empty to somebody without an account), which delivery
looks up. `samples` are contexts for previews and tests, one for each shape that the template can take.
"""

from idp.events.account_mails import ACCOUNT_MAILS
from idp.events.case_mails import CASE_MAILS
from idp.events.changes import CHANGES
from idp.events.template import NOT_ME, SEEN, Channel, Template, template

__all__ = ["TEMPLATES", "Channel", "Template", "template_named"]

_CHANGE = {**SEEN, **NOT_ME, "detail": ""}

_SIGN_IN = (
    template(
        "email-code",
        {"code": "1234 5678", "application": "Manager", "minutes": 10, **SEEN, **NOT_ME},
    ),
    template("address-code", {"code": "1234 5678", "minutes": 10}),
    template("new-sign-in", {"application": "Manager", **SEEN, **NOT_ME}),
    template(
        "security-changed",
        {**_CHANGE, "what": "totp-added", "detail": "Alice’s phone"},
        {**_CHANGE, "what": "backup-code-used", "detail": "3"},
        {**_CHANGE, "what": "password-changed"},
        choices={"what": CHANGES},
    ),
    template("sms-code", {"code": "1234 5678", "minutes": 10}, channel=Channel.SMS),
)
TEMPLATES = (*_SIGN_IN, *ACCOUNT_MAILS, *CASE_MAILS)
_BY_NAME = {known.name: known for known in TEMPLATES}


def template_named(name: str, channel: Channel) -> Template:
    """Raises KeyError."""
    found = _BY_NAME[name]
    if found.channel is not channel:
        raise KeyError(name)
    return found
