"""Staff pages of the ground floor, and what all staff pages share: access, navigation, middleware."""
