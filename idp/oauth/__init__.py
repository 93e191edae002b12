"""The authorization server's endpoints. Authlib decides over facts that were loaded before; it never does I/O."""
