"""Owns staff: who signs in, which controllers they belong to, and what their role may do."""
