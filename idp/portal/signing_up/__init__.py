"""`/sign-up`: becoming a customer, one question on a page."""
