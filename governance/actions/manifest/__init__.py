"""Reads a company's manifest (docs/manifest.md) and brings the register into step with it."""
