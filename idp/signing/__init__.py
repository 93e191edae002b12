"""Keys: root keys that seal, secrets that pepper and authenticate, and keys that sign tokens."""
