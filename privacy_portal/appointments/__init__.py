"""What the clock owes: a row per job and moment, so that a night is neither lost with a message nor kept twice."""
