"""Frozen rows and Protocols that rooms pass to each other."""
