"""Device authorization, RFC 8628: devices without a browser, and the person who approves them elsewhere."""
