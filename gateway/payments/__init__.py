"""Money in: what is for sale."""
