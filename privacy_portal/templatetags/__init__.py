"""What templates may say; `portal` is a built-in of every template (settings.TEMPLATES)."""
