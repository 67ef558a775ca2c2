"""Pages of consent: the person's own, and those of staff."""
