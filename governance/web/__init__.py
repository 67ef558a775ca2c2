"""Pages of governance for staff."""
