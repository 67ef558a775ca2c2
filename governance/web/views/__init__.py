"""One module per part of governance."""
