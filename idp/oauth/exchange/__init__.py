"""Token exchange: what a subject or actor token says (`reading`, `foreign`), and what may become of it (`policy`).

RFC 8693. The grants `token_exchange` and `jwt_bearer` stand beside.
"""
