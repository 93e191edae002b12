"""The customer's own pages under /account, and the ways in: enrolment, and help for who can't sign in."""
