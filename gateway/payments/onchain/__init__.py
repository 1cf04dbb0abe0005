"""Deposits: payments in USDC to an address of the checkout, read from the chain."""
