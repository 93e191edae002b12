"""OAuth clients: check their metadata, register them, find them, rotate their secrets."""
