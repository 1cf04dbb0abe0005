"""The documents that agents and tools find us by; `documents.py` is the table of them."""
