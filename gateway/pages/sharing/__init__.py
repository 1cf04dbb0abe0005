"""Pages of shares: a shared result as visitors see it, and the forms of its owner."""
