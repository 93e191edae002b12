"""`/forgot`: the ways back for who forgot their customer ID or password."""
