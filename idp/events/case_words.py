"""The words of recovery cases, for mails and for pages: what is asked, which documents, and why not."""

from collections.abc import Mapping

from idp.records.case import AskReason, CaseKind, DocumentKind, RefuseReason
from idp.web.locale import Message

KINDS: Mapping[CaseKind, Message] = {
    CaseKind.MAILBOX_BACKUP: Message("Make the backup address the primary one"),
    CaseKind.MAILBOX_DOCUMENTS: Message("Replace a lost e-mail address"),
    CaseKind.FACTOR: Message("Remove a lost second factor"),
    CaseKind.UNBLOCK: Message("Unblock the account"),
}
DOCUMENTS: Mapping[DocumentKind, Message] = {
    DocumentKind.IDENTITY: Message("Identity document, both sides"),
    DocumentKind.ADDRESS: Message("Proof of address, less than three months old"),
    DocumentKind.REGISTRATION: Message("Company register extract, less than three months old"),
    DocumentKind.REGISTER_NOTICE: Message("Register notice of the establishment"),
    DocumentKind.AUTHORISATION: Message("Authorisation on headed paper"),
    DocumentKind.MINUTES: Message("Minutes of the last general meeting"),
    DocumentKind.DECLARATION: Message("Receipt of the association’s declaration"),
    DocumentKind.POLICE_REPORT: Message("Police report"),
    DocumentKind.OTHER: Message("Another document"),
}
ASK_REASONS: Mapping[AskReason, Message] = {
    AskReason.MISSING: Message("It is missing."),
    AskReason.UNREADABLE: Message("We can’t read it: send a sharper picture or a scan."),
    AskReason.CUT_OFF: Message("A part of it is cut off: send the whole page, both sides."),
    AskReason.TOO_OLD: Message("It is too old: send one of the last three months."),
    AskReason.EXPIRED: Message("It has expired: send a valid one."),
    AskReason.OTHER_NAME: Message("It names somebody else than the account."),
    AskReason.WRONG_DOCUMENT: Message("It is another document than the one we need."),
}
REFUSE_REASONS: Mapping[RefuseReason, Message] = {
    RefuseReason.NOT_SHOWN: Message("What you sent doesn’t show that the account is yours."),
    RefuseReason.OTHER_OWNER: Message("The account belongs to somebody else."),
    RefuseReason.NOT_NEEDED: Message("You can get back in without us: by the ways back on the sign-in page."),
    RefuseReason.WITHDRAWN: Message("You told us that you no longer need it."),
}
WORDS: Mapping[str, Mapping[str, Message]] = {
    "kinds": {kind.value: words for kind, words in KINDS.items()},
    "documents": {kind.value: words for kind, words in DOCUMENTS.items()},
    "ask_reasons": {reason.value: words for reason, words in ASK_REASONS.items()},
    "refuse_reasons": {reason.value: words for reason, words in REFUSE_REASONS.items()},
}
"""For templates of mails, by the values in their contexts."""
