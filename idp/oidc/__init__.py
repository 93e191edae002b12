"""OpenID Connect on top of the grants: ID tokens, userinfo, claims, and logout."""
