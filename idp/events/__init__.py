"""What happened: the audit trail, and the leases of background work."""
