"""Pure protocol vocabulary: no clock, no database, no network, and nothing of ours below it."""
