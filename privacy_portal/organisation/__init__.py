"""Owns the controller: the legal entity or brand that is answerable (GDPR Art. 4(7))."""
