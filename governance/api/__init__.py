"""Governance over the API: the register to read, breaches to report."""
