"""Mails about recovery cases: to who asks, and to every address that we know of the account."""

from idp.events.template import Template

CASE_MAILS: tuple[Template, ...] = ()
