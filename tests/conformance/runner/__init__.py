"""Runs the plans of a running official suite against a provider of our own.

The suite plays the relying party, and asks somebody to open its addresses: that is Chromium here, signing in as a
person would, so that no list of buttons for the suite's own browser has to be kept, and session management works too.
"""
