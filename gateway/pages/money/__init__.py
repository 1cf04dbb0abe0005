"""Pages of money: credit, purchases, usage, the affiliate programme."""
