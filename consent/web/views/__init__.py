"""Views of consent, by who opens them."""
