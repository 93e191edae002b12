"""Signing out, everywhere: at an application's request, and at every application of a session that ends.

OpenID Connect RP-Initiated Logout 1.0 (`request`, `endpoint`), Front-Channel Logout 1.0 (`frames`), Back-Channel
Logout 1.0 (`tokens`), Session Management 1.0 (`iframe`).
"""
