"""Coinbase: payments in USDC on its page, its events and its client."""
