"""The risk decision: what a sign-in with the right password still owes. `docs/risk.md` says how it is made."""
