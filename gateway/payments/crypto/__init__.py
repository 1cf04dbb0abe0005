"""Payments in USDC: the operations, served by the provider that the book has."""
