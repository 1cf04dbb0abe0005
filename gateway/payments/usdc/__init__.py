"""USDC: the chains that it is on, the client of their nodes, transfers in receipts."""
