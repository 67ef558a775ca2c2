"""Everything that changes a row of consent: one function per verb."""
