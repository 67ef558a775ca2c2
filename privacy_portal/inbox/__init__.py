"""Signed messages from outside: verify the raw bytes, deduplicate, store, answer 202, act later."""
