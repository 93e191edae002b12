"""Signing in: interactions, the dispatcher, the prompts, and the factors that they ask for."""
