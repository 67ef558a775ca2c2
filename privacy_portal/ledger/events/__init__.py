"""The catalogue's pages, one per part of the house that has something to say; `catalogue.py` binds them."""
