"""Pages of requests: for staff, and for the person."""
