"""The demo company: outside systems as processes and stores of their own, and the people in them."""
