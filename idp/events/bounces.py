"""What a final refusal says about the mailbox (RFC 3463, RFC 5321 §4.2.3).

Only a mailbox that isn't there counts: a relay that takes us for a spammer, or a letter for spam, says nothing about
it. A bare 550 means either, so its words decide.
"""

import re

from idp.records.ports import NotDelivered

# No such mailbox, system or syntax (5.1.1 to 5.1.4), moved (5.1.6), a domain without mail (5.1.10), disabled (5.2.1).
_NO_SUCH_MAILBOX = re.compile(r"5\d\d 5\.(1\.(0|1|2|3|4|6|10)|2\.1)")
_BARE = re.compile(r"55[013]( 5\.[05]\.0)?")
_POLICY = re.compile(
    r"spam|block|bann|black|list|polic|reputation|denied|relay|reject|dmarc|dkim|spf|sender|auth|https?:",
    re.IGNORECASE,
)


def says_no_such_mailbox(refusal: NotDelivered) -> bool:
    """`refusal.details` say at which `stage` of SMTP it came, and in which `words`."""
    if not refusal.is_final or refusal.details.get("stage") != "recipient":
        return False
    if _NO_SUCH_MAILBOX.fullmatch(refusal.reply):
        return True
    return _BARE.fullmatch(refusal.reply) is not None and not _POLICY.search(refusal.details.get("words", ""))
