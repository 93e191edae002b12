"""The pages under /support: finding an account, seeing how it stands, helping, and the cases that two agents decide."""
