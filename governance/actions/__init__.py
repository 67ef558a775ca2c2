"""What governance does, one function per verb."""
