"""The four steps of setting a factor up (choose, verify, backup codes, done), for whichever page they stand in."""
