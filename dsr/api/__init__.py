"""Requests over REST."""
