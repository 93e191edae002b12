"""What the risk decision knows: each subject's habits, everybody's, recent failures, and the decisions themselves."""

from sqlalchemy import Index, Table

from idp.store.tables.metadata import integer, metadata, text

risk_profile = Table(
    "risk_profile",
    metadata,
    text("subject_id", "Whose.", references="subject.subject_id", primary_key=True),
    integer("sign_ins", "Completed sign-ins that it has learnt from."),
    text("habits", "Counts of what was seen, a JSON object of at most 2 kB."),
    integer("updated_at", "When it last learnt."),
    comment="One subject's habits; learnt from completed sign-ins alone.",
)

risk_count = Table(
    "risk_count",
    metadata,
    text("feature", "Which feature: country, asn, browser …", primary_key=True),
    text("value", "Its value.", primary_key=True),
    integer("count", "Completed sign-ins that had it."),
    comment="Everybody's habits. No addresses and no user agents, so it is bounded.",
)

risk_decision = Table(
    "risk_decision",
    metadata,
    text("decision_id", "Time-ordered identifier.", primary_key=True),
    text("subject_id", "Who had given the right password.", references="subject.subject_id"),
    text("client_id", "Where to.", default=""),
    text("interaction_id", "In which sign-in."),
    integer("at", "When."),
    text("outcome", "allow, code, step-up, delay or refuse."),
    text("enforced", "What was asked for: allow in observe mode."),
    text("reasons", "The first reasons, codes, space separated."),
    text("terms", "Every term, a JSON object."),
    text("features", "What was seen, a JSON object: keyed address and network, country, families."),
    text("policy", "Digest of the policy."),
    integer("data_at", "Date of the address data, 0 for none."),
    integer("completed_at", "When the sign-in was completed.", nullable=True),
    Index("ix_risk_decision_subject_id", "subject_id", "decision_id"),
    Index("ix_risk_decision_at", "at"),
    comment="Every decision, with all that it was made of.",
)

velocity = Table(
    "velocity",
    metadata,
    text("key", "Network (as a keyed digest) or AS number, and when the window began.", primary_key=True),
    integer("window_at", "When the window began."),
    integer("failures", "Wrong passwords in it."),
    integer("unknown", "Those of them that named no account."),
    integer("successes", "Completed sign-ins in it."),
    Index("ix_velocity_window_at", "window_at"),
    comment="Recent failures, by network and AS number.",
)
