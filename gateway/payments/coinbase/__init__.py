"""Paying on the page of Coinbase, in USDC."""
