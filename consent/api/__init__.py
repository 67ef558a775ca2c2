"""Consents and decisions under /api/v1/."""
