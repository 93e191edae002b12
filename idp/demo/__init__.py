"""The demo world: a manager and a second application to sign in to, an API, a mailbox, people and clients.

Nothing here runs under `idp serve`. Every application listens on loopback alone and knows our issuer only as any
relying party would: by discovery, over HTTP.
"""
