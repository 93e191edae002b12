"""Recovery cases: what people ask of support because they cannot get in, and what two agents decide together."""
