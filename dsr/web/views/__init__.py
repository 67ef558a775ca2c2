"""Views by who stands before them: `person` needs no account, `staff` signs in."""
