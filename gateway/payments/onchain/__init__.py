"""Paying in USDC to an address of the checkout, read off the chain."""
