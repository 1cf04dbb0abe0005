"""The data of one person: which rows of which tables they are, and their export."""
