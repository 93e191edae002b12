"""The acts on accounts: create, set a password, disable, end sessions, revoke applications, enrol."""
