"""Factors: ways to prove who one is. A new one is a file, and a line in the registry."""
