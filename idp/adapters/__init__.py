"""The outside world behind the Protocols of `records/ports.py`, constructed by `app` alone."""
