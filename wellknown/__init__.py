"""Discovery documents for agents and tools; `documents.py` has the table of them."""
