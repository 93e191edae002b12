"""The form of a recovery case, and the page that says how it stands: what a person without a way in can do alone."""
